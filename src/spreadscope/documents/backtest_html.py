"""The report of a backtest as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from spreadscope.contract import BacktestReport, BacktestTrade
from spreadscope.documents.backtest_parts import (
    Bullets,
    Part,
    ReportCommand,
    ReportCurve,
    ReportSection,
    ReportTable,
    Sentences,
    Tone,
    opening,
    sections,
    title,
)

_WIDTH, _HEIGHT, _LOW = 960, 220, 90
_STYLE = """
:root{color-scheme:light dark;--text:#1a1c1f;--soft:#5b6270;--line:#d6d9de;--back:#fff;--good:#0b7a4b;--bad:#b3261e;
--mark:#2457c5}
@media (prefers-color-scheme:dark){:root{--text:#e6e8eb;--soft:#9aa3b2;--line:#353a42;--back:#14161a;--good:#4cc38a;
--bad:#f2827a;--mark:#7fa6ff}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);max-width:1000px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid var(--line)}
.soft,caption{color:var(--soft)}.strong{font-weight:600}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{text-align:left;color:var(--soft);font-weight:500}
th.number,td.number{text-align:right}
th,td{padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.scroll{overflow-x:auto}svg{width:100%;height:auto;display:block}
code,pre{font-family:ui-monospace,monospace;font-size:.85rem;overflow-wrap:anywhere;white-space:pre-wrap}
"""


def html_of(report: BacktestReport, trades: Sequence[BacktestTrade]) -> str:
    """Returns the report as an HTML document with all ``trades``. Every text of it is escaped."""
    name = escape(title(report))
    head = f"<h1>{name}</h1>{''.join(map(_sentences, opening(report)))}"
    body = "".join(map(_section, sections(report, trades)))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body>{head}{body}</body></html>\n"
    )


def _section(section: ReportSection) -> str:
    return f"<section><h2>{escape(section.title)}</h2>{''.join(map(_part, section.parts))}</section>"


def _part(part: Part) -> str:
    match part:
        case Sentences():
            return _sentences(part)
        case Bullets(lines):
            return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
        case ReportCommand(text):
            return f"<pre>{escape(text)}</pre>"
        case ReportTable():
            return _table(part)
        case ReportCurve():
            return _chart(part)


def _sentences(part: Sentences) -> str:
    kind = "soft" if part.tone is Tone.SOFT else "strong"
    return "".join(f'<p class="{kind}">{escape(line)}</p>' for line in part.lines)


def _table(grid: ReportTable) -> str:
    numbers = grid.numbers
    head = "".join(_cell("th", name, numbers[place]) for place, name in enumerate(grid.columns))
    body = "".join(
        f"<tr>{''.join(_cell('td', cell, numbers[place]) for place, cell in enumerate(row))}</tr>" for row in grid.rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(tag: str, text: str, number: bool) -> str:  # noqa: FBT001 - a cell of a column of numbers
    mark = ' class="number"' if number else ""
    shown = f"−{text[1:]}" if number and text.startswith("-") else text
    return f"<{tag}{mark}>{escape(shown)}</{tag}>"


def _chart(curve: ReportCurve) -> str:
    times, values, base = curve.times, curve.values, curve.base
    height, colour = (_LOW, "var(--bad)") if curve.fall else (_HEIGHT, "var(--mark)")
    low, high = min(*values, base), max(*values, base)
    room = (high - low) or 1.0
    span = (times[-1] - times[0]) or 1

    def y(value: float) -> float:
        return 4 + (height - 8) * (high - value) / room

    path = " ".join(
        f"{_WIDTH * (time - times[0]) / span:.1f},{y(value):.1f}" for time, value in zip(times, values, strict=True)
    )
    area = ""
    if curve.fall:
        area = f'<polygon points="0,{y(base):.1f} {path} {_WIDTH},{y(base):.1f}" fill="{colour}" opacity="0.2"/>'
    level = f'y1="{y(base):.1f}" y2="{y(base):.1f}"'
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" preserveAspectRatio="none">{area}'
        f'<line x1="0" x2="{_WIDTH}" {level} stroke="var(--soft)" stroke-dasharray="4 4"/>'
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/></svg>'
    )
