"""The report of a backtest as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from spreadscope.contract import BacktestReport, BacktestTrade
from spreadscope.contract.backtest_words import (
    NONE,
    TRADE_COLUMNS,
    VARIATION_COLUMNS,
    benchmark_rows,
    check_lines,
    figure_rows,
    money,
    money_rows,
    period_words,
    placebo_line,
    trade_cells,
    trial_lines,
    utc,
    variation_rows,
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
.soft,caption{color:var(--soft)}.demo,.verdict{font-weight:600}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{text-align:left;color:var(--soft);font-weight:500}
th.number,td.number{text-align:right}
th,td{padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.scroll{overflow-x:auto}svg{width:100%;height:auto;display:block}
code,pre{font-family:ui-monospace,monospace;font-size:.85rem;overflow-wrap:anywhere;white-space:pre-wrap}
"""


def html_of(report: BacktestReport, trades: Sequence[BacktestTrade]) -> str:
    """Returns the report as an HTML document with all ``trades``. Every text of it is escaped."""
    parts = [
        _head(report),
        _section("Where the money came from, USDT", _table(("part", "amount"), money_rows(report.figures.parts))),
        _section(
            "Figures",
            _table(("figure", "value", "95% interval"), figure_rows(report.figures)),
            _soft([period_words(report.figures)]),
        ),
        _section("Equity and its fall from the high", _curves(report)),
        _section("Compared with", _table(("", "total return", "Sharpe", "drawdown"), benchmark_rows(report))),
    ]
    if report.variations:
        lines = [*trial_lines(report), *filter(None, [placebo_line(report)])]
        table = _table(VARIATION_COLUMNS, variation_rows(report.variations))
        parts.append(_section("Variations", table, _soft([*lines, *(f"left out: {each}" for each in report.left_out)])))
    parts.append(_walk(report))
    if report.checks:
        parts.append(_section("Checks of the backtest", _list(check_lines(report))))
    parts += [
        _section("Assumptions", _list([f"known of the books: {report.fidelity}", *report.assumptions])),
        _section("Signals that were refused", _refused(report)),
        _section("To make it again", _again(report)),
        _section(f"Trades ({len(trades):,})", _table(TRADE_COLUMNS, map(trade_cells, trades), first_number=5)),
    ]
    title = escape(f"Backtest of {report.title}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _head(report: BacktestReport) -> str:
    figures = report.figures
    answer = f"{figures.trades} trades, net {money(figures.parts.net)} USDT: {figures.verdict}"
    demo = f'<p class="demo">DEMO DATA, not a market: {escape(report.source)}</p>' if report.demo else ""
    source = f"<p class=soft>{escape(report.source)}</p>" if report.source and not report.demo else ""
    faults = "".join(f"<p class=demo>a fault of the program: {escape(each)}</p>" for each in report.faults[:5])
    return (
        f"<h1>Backtest of {escape(report.title)}</h1>{demo}{source}{faults}"
        f'<p class="soft">{utc(report.first)} to {utc(report.last)} UTC, {report.market_trades:,} trades of the'
        " market</p>"
        f'<p class="verdict">{escape(answer)}</p>'
    )


def _section(title: str, *bodies: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(bodies)}</section>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, first_number: int = 1) -> str:
    """A table whose columns of numbers, from ``first_number`` on, stand to the right."""
    listed = list(rows)
    numbers = [place >= first_number and all(_is_number(row[place]) for row in listed) for place in range(len(columns))]
    head = "".join(_cell("th", name, numbers[place]) for place, name in enumerate(columns))
    body = "".join(
        f"<tr>{''.join(_cell('td', cell, numbers[place]) for place, cell in enumerate(row))}</tr>" for row in listed
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _is_number(text: str) -> bool:
    return not text or text[0] in "+-–0123456789"


def _cell(tag: str, text: str, number: bool) -> str:  # noqa: FBT001 - a cell of a column of numbers
    mark = ' class="number"' if number else ""
    shown = f"−{text[1:]}" if number and text.startswith("-") else text
    return f"<{tag}{mark}>{escape(shown)}</{tag}>"


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _soft(lines: Iterable[str]) -> str:
    return "".join(f'<p class="soft">{escape(line)}</p>' for line in lines)


def _refused(report: BacktestReport) -> str:
    if not report.refused:
        return _soft(["none"])
    return _table(("rule", "signals"), [(rule, str(count)) for rule, count in sorted(report.refused.items())])


def _again(report: BacktestReport) -> str:
    settings = list(report.settings.items())
    changed = _table(("setting that is not its default", "value"), settings, first_number=9) if settings else ""
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return (
        f"<pre>{escape(report.command)}</pre>{changed}"
        f"{_soft([f'hash over all facts of the run: {report.hash}', f'made by {versions} in {report.seconds:g} s'])}"
    )


def _walk(report: BacktestReport) -> str:
    walked = report.walk_forward
    if walked is None:
        return ""
    rows = [
        (
            f"{utc(each.formed_from)[:16]} – {utc(each.formed_to)[:16]}",
            f"{utc(each.traded_from)[:16]} – {utc(each.traded_to)[:16]}",
            each.chosen, money(each.formation_net), str(each.trades), money(each.gross), money(each.net),
        )
        for each in walked.windows
    ]  # fmt: skip
    columns = ("formation", "traded", "chosen", "net in formation", "trades", "gross", "net")
    return _section("Walk-forward", _soft([walked.words]), _table(columns, rows, first_number=3))


def _curves(report: BacktestReport) -> str:
    """Two charts of our own over one axis of time: equity, and below it how far it is below its high."""
    line = report.equity
    start = report.figures.start_cash / 1e8
    equity = _chart(line.times, line.equity, _HEIGHT, "var(--mark)", base=start)
    fall = _chart(line.times, line.drawdown, _LOW, "var(--bad)", base=0.0, filled=True)
    low, high = min(line.equity), max(line.equity)
    deepest = min(line.drawdown, default=0.0)
    words = [
        f"equity from {low:,.2f} to {high:,.2f} USDT (dashed: the cash at the start, {start:,.2f})",
        f"deepest fall {100 * deepest:.2f}%",
    ]
    return f"{equity}{_soft(words[:1])}{fall}{_soft(words[1:])}"


def _chart(
    times: Sequence[int], values: Sequence[float], height: int, colour: str, *, base: float, filled: bool = False
) -> str:
    if not times:
        return _soft([NONE])
    low, high = min(*values, base), max(*values, base)
    room = (high - low) or 1.0
    span = (times[-1] - times[0]) or 1

    def y(value: float) -> float:
        return 4 + (height - 8) * (high - value) / room

    path = " ".join(
        f"{_WIDTH * (time - times[0]) / span:.1f},{y(value):.1f}" for time, value in zip(times, values, strict=True)
    )
    area = ""
    if filled:
        area = f'<polygon points="0,{y(base):.1f} {path} {_WIDTH},{y(base):.1f}" fill="{colour}" opacity="0.2"/>'
    level = f'y1="{y(base):.1f}" y2="{y(base):.1f}"'
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" preserveAspectRatio="none">{area}'
        f'<line x1="0" x2="{_WIDTH}" {level} stroke="var(--soft)" stroke-dasharray="4 4"/>'
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/></svg>'
    )
