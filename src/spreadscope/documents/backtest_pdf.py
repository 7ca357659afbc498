"""The report of a backtest as a PDF document of A4 pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportlab.graphics.shapes import Drawing, Line, Polygon, PolyLine
from reportlab.lib import colors
from reportlab.platypus import Flowable, KeepTogether, Paragraph

from spreadscope.contract import BacktestReport, BacktestTrade
from spreadscope.documents.backtest_parts import (
    Bullets,
    Part,
    ReportCommand,
    ReportCurve,
    ReportTable,
    Sentences,
    Tone,
    opening,
    sections,
    title,
)
from spreadscope.documents.pdf_layout import WIDTH, heading, lines, markup, pdf, style, table

_HEIGHT, _LOW = 150.0, 70.0
_MOST_ROWS = 1_000  # of a table: some 30 pages, and a second of work
_MARK, _BAD = colors.Color(0.14, 0.34, 0.77), colors.Color(0.70, 0.15, 0.12)
_SOFT = colors.Color(0.36, 0.38, 0.44)


def backtest_pdf(report: BacktestReport, trades: Sequence[BacktestTrade]) -> bytes:
    """Returns the report as a document with all ``trades``. The same report gives the same bytes."""
    version = report.versions.get("spreadscope", "")
    return pdf(title(report), version, _parts(report, trades))


def _parts(report: BacktestReport, trades: Sequence[BacktestTrade]) -> Iterator[Flowable]:
    yield Paragraph(markup(title(report)), style(15, bold=True))
    for part in opening(report):
        yield from _flowables(part)
    for section in sections(report, trades):
        first, *rest = (flowable for part in section.parts for flowable in _flowables(part))
        # A heading stands on no page alone; a table may go over several.
        together = isinstance(first, Paragraph | Drawing)
        yield from [KeepTogether([heading(section.title), first])] if together else [heading(section.title), first]
        yield from rest


def _flowables(part: Part) -> list[Flowable]:
    match part:
        case Sentences(texts, tone):
            return lines(texts, bold=tone is Tone.STRONG)
        case Bullets(texts):
            return lines(f"• {text}" for text in texts)
        case ReportCommand(text):
            return lines([text])
        case ReportTable(columns, rows, _):
            shown = [_with_minus_signs(row, part.numbers) for row in rows[:_MOST_ROWS]]
            left = len(rows) - len(shown)
            more = (
                lines([f"The first {_MOST_ROWS:,} of {len(rows):,}: the files of the backtest have all."])
                if left
                else []
            )
            return [table(columns, shown, part.numbers), *more]
        case ReportCurve():
            return [_drawing(part)]


def _with_minus_signs(row: Sequence[str], numbers: Sequence[bool]) -> list[str]:
    return [
        f"−{cell[1:]}" if number and cell.startswith("-") else cell for cell, number in zip(row, numbers, strict=True)
    ]


def _drawing(curve: ReportCurve) -> Drawing:
    times, values, base = curve.times, curve.values, curve.base
    height, colour = (_LOW, _BAD) if curve.fall else (_HEIGHT, _MARK)
    low, high = min(*values, base), max(*values, base)
    room, span = (high - low) or 1.0, (times[-1] - times[0]) or 1

    def y(value: float) -> float:
        return 4.0 + (height - 8.0) * (value - low) / room

    points = [
        each for time, value in zip(times, values, strict=True) for each in (WIDTH * (time - times[0]) / span, y(value))
    ]
    drawing = Drawing(WIDTH, height)
    if curve.fall:
        area = [0.0, y(base), *points, WIDTH, y(base)]
        drawing.add(Polygon(area, fillColor=colors.Color(0.70, 0.15, 0.12, alpha=0.2), strokeColor=None))
    drawing.add(Line(0, y(base), WIDTH, y(base), strokeColor=_SOFT, strokeDashArray=[4, 4], strokeWidth=0.6))
    drawing.add(PolyLine(points, strokeColor=colour, strokeWidth=1.0))
    return drawing
