"""A statement of a paper account as a PDF document of A4 pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
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

from spreadscope.contract import Statement
from spreadscope.contract.statement_words import (
    EQUITY_COLUMNS,
    PAIR_COLUMNS,
    PAPER,
    TRADE_COLUMNS,
    WORD_COLUMNS,
    equity_rows,
    notes,
    pair_rows,
    period,
    title,
    trade_rows,
    wallet_rows,
)

_FONT, _BOLD = "Vera", "VeraBd"
_MARGIN = 15 * mm
_WIDTHS = {
    "": 48.0, "pair": 46.0, "note": 42.0, "noted": 50.0, "opened (UTC)": 37.0, "closed (UTC)": 37.0, "trade": 14.0,
    "side": 17.0, "closed": 17.0,
}  # fmt: skip
"""In mm, where it is not 24: all columns of trades together are as wide as the page."""
_LINE = colors.Color(0.80, 0.82, 0.85)


def statement_pdf(statement: Statement) -> bytes:
    """Returns the document. The same statement gives the same bytes."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=landscape(A4), leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=_shown(title(statement)), author=f"Spreadscope {statement.version}", invariant=1,
    )  # fmt: skip
    document.build(list(_parts(statement)), canvasmaker=_NumberedPages)
    return out.getvalue()


def _parts(statement: Statement) -> list[Flowable]:
    parts: list[Flowable] = [Paragraph(_text(title(statement)), _style(15, bold=True))]
    parts.append(Paragraph(_text(period(statement)), _style(8)))
    parts.append(Paragraph(_text(PAPER), _style(8, bold=True)))
    if statement.demo:
        parts.append(Paragraph("DEMO DATA, not a market.", _style(8, bold=True)))
    parts += _section("Wallet", ("", "USDT"), wallet_rows(statement), last=True)
    parts += _section("Equity", EQUITY_COLUMNS, equity_rows(statement))
    parts += _section("By pair: what came into the wallet", PAIR_COLUMNS, pair_rows(statement), last=True)
    trades = trade_rows(statement)
    if trades:
        parts += _section("Trades that were closed", TRADE_COLUMNS, trades)
    else:
        parts += [_heading("Trades that were closed"), Paragraph("None in this time.", _style(8))]
    parts += [_heading("Notes"), *(Paragraph(_text(each), _style(8)) for each in notes(statement))]
    return parts


def _section(
    heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, last: bool = False
) -> list[Flowable]:
    """A heading and a table; ``last``: its last line is a sum."""
    styles = [_style(8, right=column not in WORD_COLUMNS) for column in columns]
    cells = [[Paragraph(_text(cell), style) for cell, style in zip(row, styles, strict=True)] for row in rows]
    head = [Paragraph(f"<b>{_text(column)}</b>", style) for column, style in zip(columns, styles, strict=True)]
    table = Table([head, *cells], repeatRows=1, hAlign="LEFT", colWidths=_widths(columns))
    style: list[tuple[Any, ...]] = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]  # fmt: skip
    if last:
        style.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black))
    table.setStyle(TableStyle(style))
    return [_heading(heading), table]


def _widths(columns: Sequence[str]) -> list[float]:
    """Returns the widths; a table of few columns does not spread over the page."""
    return [_WIDTHS.get(column, 24.0) * mm for column in columns]


def _heading(text: str) -> Flowable:
    return Paragraph(_text(text), _style(10, bold=True, before=9))


def _text(text: str) -> str:
    """Returns a text as the markup of a paragraph."""
    return escape(_shown(text))


def _shown(text: str) -> str:
    """Returns a text in which what the font cannot draw is written as its number: names of symbols may be in any
    script."""
    known = _fonts().face.charToGlyph
    return "".join(each if ord(each) in known else f"\\u{ord(each):04x}" for each in text)


@cache
def _style(size: int, *, bold: bool = False, right: bool = False, before: int = 0) -> ParagraphStyle:
    return ParagraphStyle(
        f"{size}{bold}{right}{before}", fontName=_BOLD if bold else _FONT, fontSize=size, leading=size * 1.35,
        alignment=2 if right else 0, spaceBefore=before, spaceAfter=2,
    )  # fmt: skip


@cache
def _fonts() -> TTFont:
    """Load the fonts. Returns the plain one."""
    plain = TTFont(_FONT, "Vera.ttf")
    pdfmetrics.registerFont(plain)
    pdfmetrics.registerFont(TTFont(_BOLD, "VeraBd.ttf"))
    pdfmetrics.registerFontFamily(_FONT, normal=_FONT, bold=_BOLD)
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
            self.setFont(_FONT, 7)
            self.drawRightString(landscape(A4)[0] - _MARGIN, 8 * mm, f"page {number} of {len(self._pages)}")
            super().showPage()
        super().save()
