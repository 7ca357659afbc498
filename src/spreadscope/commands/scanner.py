"""``spreadscope scan``: the search for pairs among the symbols of files, of the store, or of an exchange."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Self

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from spreadscope.commands.console import print_json, print_message, table_console
from spreadscope.contract import ScanReport, ScanRow
from spreadscope.exchange.venues import DEFAULT, addresses
from spreadscope.model.clock import SystemClock
from spreadscope.model.config import Config
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.research.exchange_candles import CandleRequest, fetch
from spreadscope.research.pair_scan import ScanAnswer, ScanParameters, scan_closes
from spreadscope.research.scan_sources import ClosesSource, ExchangeCandles
from spreadscope.stats.scan import LegVerdict

_SHOWN_PAIRS = 20
_SHOWN_HOLES = 8


def run_scan(source: ClosesSource, parameters: ScanParameters, *, as_json: bool) -> None:
    """Scan all symbols of a source, and print the answer."""
    with _Progress(shown=not as_json) as progress:
        answer = scan_closes(source.read(progress.report), parameters, progress.report)
    report = answer.report
    for note in report.notes:
        print_message(note)
    if report.missing:
        worst = sorted(report.missing, key=lambda name: -report.missing[name])[:_SHOWN_HOLES]
        text = ", ".join(f"{name} {report.missing[name]:.1%}" for name in worst)
        more_text = f" and {len(report.missing) - len(worst)} more" if len(report.missing) > len(worst) else ""
        print_message(f"bars that are missing stay holes: {text}{more_text}")
    if as_json:
        print_json(document(answer))
    else:
        _print(answer)


def document(answer: ScanAnswer) -> dict[str, object]:
    """Returns the answer as one JSON object: the report, with the pairs."""
    built: dict[str, object] = msgspec.to_builtins(answer.report)
    return built | {"pairs": msgspec.to_builtins(answer.rows)}


async def run_exchange_scan(
    config: Config, request: CandleRequest, parameters: ScanParameters, *, as_json: bool
) -> None:
    """Ask the exchange for candles of its most traded perpetuals, and scan them."""
    rest_url = addresses(DEFAULT, config).rest_url
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with DEFAULT.client(rest_url, SystemClock()) as client:
            try:
                listed = await client.instruments()
            except DecodeError as error:
                raise ExchangeError(f"{rest_url} is not the exchange: {error}") from None
            with _Progress(shown=not as_json) as progress:
                await fetch(client, listed, request, folder, progress.report, title=DEFAULT.title)
        await asyncio.to_thread(run_scan, ExchangeCandles(folder), parameters, as_json=as_json)


class _Progress:
    """A line on a terminal that says what is going on."""

    def __init__(self, *, shown: bool) -> None:
        on_terminal = shown and sys.stderr.isatty()
        self._status = Console(stderr=True).status("starting …") if on_terminal else None

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def report(self, fraction: float | None, words: str) -> None:
        if self._status is not None:
            self._status.update(f"{words} …" if fraction is None else f"{fraction:4.0%}  {words} …")


def _print(answer: ScanAnswer) -> None:
    console, report = table_console(), answer.report
    print_message(f"{report.source}: {len(report.legs)} symbols, {report.rows} bars of {report.timeframe}")
    if report.demo:
        print_message("DEMO, not a market")
    for left_out in report.left_out:
        console.print(f"left out: {left_out.symbol} ({left_out.why})")
    for leg in report.legs:
        if leg.verdict != LegVerdict.CANDIDATE:
            way_out = "" if leg.verdict == LegVerdict.INCOMPLETE else f"; --keep {leg.symbol} tests it all the same"
            console.print(f"no candidate: {leg.symbol} ({leg.verdict}{way_out})")
    console.print(_table(answer))
    _print_summary(console, report)
    console.print(report.answer)


def _table(answer: ScanAnswer) -> Table:
    table = Table(
        title=f"The {min(_SHOWN_PAIRS, len(answer.rows))} smallest p of {answer.report.tests} tests", box=box.SIMPLE
    )
    for name in ("pair", "p", "BH q", "BY q", "calibr.", "fam.", "β", "half-life", "95%", "b.e. z", "corr.", "next p"):
        table.add_column(name, justify="left" if name == "pair" else "right", no_wrap=True)
    for row in answer.rows[:_SHOWN_PAIRS]:
        table.add_row(*_cells(row))
    return table


def _print_summary(console: Console, report: ScanReport) -> None:
    passed, survival = report.passed, report.survival
    calibrated = "not made" if passed.calibrated is None else passed.calibrated
    console.print(
        f"{report.tests} tests; raw p ≤ {report.level:.0%}: {passed.raw} (by chance {report.tests * report.level:.0f})"
    )
    console.print(f"BH q ≤ {report.level:.0%}: {passed.bh};  BY: {passed.by};  calibrated, then BH: {calibrated}")
    if report.familywise is not None:
        console.print(f"family-wise p of the best pair, from {report.surrogates} surrogates: {report.familywise:.2f}")
    console.print(
        f"second half: {survival.selected_again} of the {survival.selected} selected pass again "
        f"({survival.selected_again / max(1, survival.selected):.1%}); "
        f"of the other {survival.others}, {survival.others_again} "
        f"({survival.others_again / max(1, survival.others):.1%})"
    )
    if report.persistence is None:
        console.print(f"what persists from half to half is left out: {report.no_persistence}")
    else:
        persists = report.persistence
        console.print(
            f"what persists (rank correlation of the halves): p {persists.pvalue:.2f}, return correlation "
            f"{persists.return_correlation:.2f}, spread volatility {persists.spread_sd:.2f}"
        )


def _cells(row: ScanRow) -> list[str]:
    return [
        f"{row.y}/{row.x}", f"{row.pvalue:.1e}", f"{row.bh:.3f}", f"{row.by:.3f}", _number(row.calibrated, ".4f"),
        _number(row.familywise, ".2f"), f"{row.beta:.3f}", _number(row.half_life, ".1f"), _interval(row),
        _number(row.break_even_z, ".2f"), _number(row.return_correlation, ".2f"), _number(row.next_pvalue, ".3f"),
    ]  # fmt: skip


def _interval(row: ScanRow) -> str:
    if row.half_life_low is None:
        return "–"
    return f"{row.half_life_low:.1f}–{'∞' if row.half_life_high is None else f'{row.half_life_high:.0f}'}"


def _number(value: float | None, number_format: str) -> str:
    return "–" if value is None else format(value, number_format)
