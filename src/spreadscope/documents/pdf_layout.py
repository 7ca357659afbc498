"""The layout of our PDF documents: A4 pages across, headings, tables that go over pages, and page numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

FONT, BOLD = "Vera", "VeraBd"
MARGIN = 15 * mm
WIDTH = landscape(A4)[0] - 2 * MARGIN
LINE = colors.Color(0.80, 0.82, 0.85)
_SIZE = 8
_PADDING = 12.0  # of a cell, both sides together
_NARROWEST = 30.0
_WORDS = {
    "α": "alpha", "β": "beta", "σ": "sigma", "φ": "phi", "τ": "tau", "∞": "infinity",
    "→": "->", "≤": "<=", "≥": ">=", "≈": "about ", "⁻": "^-",
}  # fmt: skip


def pdf(title: str, version: str, parts: Iterable[Flowable]) -> bytes:
    """Returns the document. The same parts give the same bytes."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=landscape(A4), leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=shown(title), author=f"Spreadscope {version}", invariant=1,
    )  # fmt: skip
    document.build(list(parts), canvasmaker=_NumberedPages)
    return out.getvalue()


def heading(text: str) -> Flowable:
    return Paragraph(markup(text), style(10, bold=True, before=9))


def lines(texts: Iterable[str], *, bold: bool = False) -> list[Flowable]:
    """Returns a paragraph of each text."""
    return [Paragraph(markup(text), style(_SIZE, bold=bold)) for text in texts]


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], *, last: bool = False
) -> Flowable:
    """Returns a table, with its head on each page; ``right``: columns that stand to the right. ``last``: its last line
    is a sum."""
    styles = [style(_SIZE, right=each) for each in right]
    cells = [[Paragraph(markup(cell), each) for cell, each in zip(row, styles, strict=True)] for row in rows]
    head = [Paragraph(f"<b>{markup(column)}</b>", each) for column, each in zip(columns, styles, strict=True)]
    made = Table([head, *cells], repeatRows=1, hAlign="LEFT", colWidths=column_widths(columns, rows))
    drawn: list[tuple[Any, ...]] = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]  # fmt: skip
    if last:
        drawn.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black))
    made.setStyle(TableStyle(drawn))
    return made


def column_widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Returns as much as the widest cell of each column needs; where that is more than the page has, the widest columns
    share what the others leave, and their text is broken."""
    fonts()
    needs = [
        max(
            _NARROWEST,
            pdfmetrics.stringWidth(shown(column), BOLD, _SIZE) + _PADDING,
            *(pdfmetrics.stringWidth(shown(row[place]), FONT, _SIZE) + _PADDING for row in rows),
        )
        for place, column in enumerate(columns)
    ]
    room, left = WIDTH, len(needs)
    for need in sorted(needs):
        if need > room / left:
            return [min(each, room / left) for each in needs]
        room, left = room - need, left - 1
    return needs


def markup(text: str) -> str:
    """Returns a text as the markup of a paragraph."""
    return escape(shown(text))


def shown(text: str) -> str:
    """Returns a text in which what the font cannot draw is written out: our signs as words, others, as names of symbols
    may be in any script, as their number."""
    known = fonts().face.charToGlyph
    return "".join(each if ord(each) in known else _WORDS.get(each) or f"\\u{ord(each):04x}" for each in text)


@cache
def style(size: int, *, bold: bool = False, right: bool = False, before: int = 0) -> ParagraphStyle:
    fonts()
    return ParagraphStyle(
        f"{size}{bold}{right}{before}", fontName=BOLD if bold else FONT, fontSize=size, leading=size * 1.35,
        alignment=2 if right else 0, spaceBefore=before or 2, spaceAfter=2,
    )  # fmt: skip


@cache
def fonts() -> TTFont:
    """Load the fonts. Returns the plain one."""
    plain = TTFont(FONT, "Vera.ttf")
    pdfmetrics.registerFont(plain)
    pdfmetrics.registerFont(TTFont(BOLD, "VeraBd.ttf"))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD)
    return plain


class _NumberedPages(Canvas):
    """Writes "page 2 of 3" below each page; how many there are is known at the end."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # its stub lacks it

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(FONT, 7)
            self.drawRightString(landscape(A4)[0] - MARGIN, 8 * mm, f"page {number} of {len(self._pages)}")
            super().showPage()
        super().save()
