"""What the report of a backtest consists of, in its order, for every form that it is written in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

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

_FAULTS = 5


class Tone(Enum):
    """How sentences are set."""

    SOFT = auto()
    STRONG = auto()


class Sentences(NamedTuple):
    """Sentences, each on a line of its own."""

    lines: Sequence[str]
    tone: Tone = Tone.SOFT


class Bullets(NamedTuple):
    """A list of sentences."""

    lines: Sequence[str]


class ReportCommand(NamedTuple):
    """A command, to be copied."""

    text: str


class ReportTable(NamedTuple):
    """A table. Columns of numbers, from ``first_number`` on, stand to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    first_number: int = 1

    @property
    def numbers(self) -> list[bool]:
        """Returns of each column whether it holds numbers."""
        return [
            place >= self.first_number and all(_is_number(row[place]) for row in self.rows)
            for place in range(len(self.columns))
        ]


class ReportCurve(NamedTuple):
    """Values over time (ms), with a line at ``base``. ``fall``: the area between the two is filled, as of a loss."""

    times: Sequence[int]
    values: Sequence[float]
    base: float
    fall: bool = False


Part = Sentences | Bullets | ReportCommand | ReportTable | ReportCurve


class ReportSection(NamedTuple):
    """Parts under a heading."""

    title: str
    parts: Sequence[Part]


def title(report: BacktestReport) -> str:
    return f"Backtest of {report.title}"


def opening(report: BacktestReport) -> list[Sentences]:
    """Returns what stands below the title: what was tested, and the answer."""
    figures = report.figures
    found: list[Sentences] = []
    if report.demo:
        found.append(Sentences([f"DEMO DATA, not a market: {report.source}"], Tone.STRONG))
    elif report.source:
        found.append(Sentences([report.source]))
    if report.faults:
        found.append(Sentences([f"a fault of the program: {each}" for each in report.faults[:_FAULTS]], Tone.STRONG))
    span = f"{utc(report.first)} to {utc(report.last)} UTC, {report.market_trades:,} trades of the market"
    answer = f"{figures.trades} trades, net {money(figures.parts.net)} USDT: {figures.verdict}"
    return [*found, Sentences([span]), Sentences([answer], Tone.STRONG)]


def sections(report: BacktestReport, trades: Sequence[BacktestTrade]) -> Iterator[ReportSection]:
    """Yields the sections of a report with all of its ``trades``."""
    figures = report.figures
    yield ReportSection("Where the money came from, USDT", [ReportTable(("part", "amount"), money_rows(figures.parts))])
    yield ReportSection(
        "Figures",
        [ReportTable(("figure", "value", "95% interval"), figure_rows(figures)), Sentences([period_words(figures)])],
    )
    yield ReportSection("Equity and its fall from the high", list(_curves(report)))
    yield ReportSection(
        "Compared with", [ReportTable(("", "total return", "Sharpe", "drawdown"), benchmark_rows(report))]
    )
    if report.variations:
        told = [*trial_lines(report), *filter(None, [placebo_line(report)])]
        told += [f"left out: {each}" for each in report.left_out]
        yield ReportSection(
            "Variations", [ReportTable(VARIATION_COLUMNS, variation_rows(report.variations)), Sentences(told)]
        )
    if report.walk_forward is not None:
        yield ReportSection("Walk-forward", [Sentences([report.walk_forward.words]), _walk(report)])
    if report.checks:
        yield ReportSection("Checks of the backtest", [Bullets(list(check_lines(report)))])
    yield ReportSection("Assumptions", [Bullets([f"known of the books: {report.fidelity}", *report.assumptions])])
    refused: Part = Sentences(["none"])
    if report.refused:
        refused = ReportTable(
            ("rule", "signals"), [(rule, str(count)) for rule, count in sorted(report.refused.items())]
        )
    yield ReportSection("Signals that were refused", [refused])
    yield ReportSection("To make it again", list(_again(report)))
    rows = [trade_cells(trade) for trade in trades]
    yield ReportSection(f"Trades ({len(trades):,})", [ReportTable(TRADE_COLUMNS, rows, first_number=5)])


def _curves(report: BacktestReport) -> Iterator[Part]:
    """Yields equity, and below it how far it is below its high."""
    line, start = report.equity, report.figures.start_cash / 1e8
    if not line.times:
        yield Sentences([NONE])
        return
    low, high = min(line.equity), max(line.equity)
    yield ReportCurve(line.times, line.equity, start)
    yield Sentences([f"equity from {low:,.2f} to {high:,.2f} USDT (dashed: the cash at the start, {start:,.2f})"])
    yield ReportCurve(line.times, line.drawdown, 0.0, fall=True)
    yield Sentences([f"deepest fall {100 * min(line.drawdown):.2f}%"])


def _walk(report: BacktestReport) -> ReportTable:
    windows = report.walk_forward.windows if report.walk_forward is not None else ()
    rows = [
        (
            f"{utc(each.formed_from)[:16]} – {utc(each.formed_to)[:16]}",
            f"{utc(each.traded_from)[:16]} – {utc(each.traded_to)[:16]}",
            each.chosen, money(each.formation_net), str(each.trades), money(each.gross), money(each.net),
        )
        for each in windows
    ]  # fmt: skip
    columns = ("formation", "traded", "chosen", "net in formation", "trades", "gross", "net")
    return ReportTable(columns, rows, first_number=3)


def _again(report: BacktestReport) -> Iterator[Part]:
    yield ReportCommand(report.command)
    if report.settings:
        yield ReportTable(("setting that is not its default", "value"), list(report.settings.items()), first_number=9)
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    yield Sentences([f"hash over all facts of the run: {report.hash}", f"made by {versions} in {report.seconds:g} s"])


def _is_number(text: str) -> bool:
    return not text or text[0] in "+-–0123456789"
