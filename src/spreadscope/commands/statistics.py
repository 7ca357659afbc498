"""``spreadscope check`` (size and power of our decisions) and ``spreadscope scan`` (the search for pairs)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table

from spreadscope.commands.console import print_json, print_message
from spreadscope.importing.closes import Closes, clean_closes, make_grid, read_closes
from spreadscope.importing.names import timeframe_name
from spreadscope.model.errors import ConfigError, SpreadscopeError, StatisticsError, StoreError
from spreadscope.model.timeframe import Timeframe
from spreadscope.stats.check import CheckRow, run_check
from spreadscope.stats.scan import LegVerdict, ScanPair, ScanResult, scan
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader

_SHOWN_PAIRS = 20
_SHOWN_HOLES = 8
_MIN_ROWS = 200
_MAX_MISSING = 0.75  # of a leg: missing bars stay missing, so a leg is tested on its own rows
_HOUR_MS = 3_600_000


def check(*, seed: int, simulations: int, rows: int, universes: int, as_json: bool) -> None:
    """Measure size and power, print a table, and raise where a bound is broken."""
    measured: list[CheckRow] = []
    status = Console(stderr=True).status("measuring …") if sys.stderr.isatty() and not as_json else None
    if status is not None:
        status.start()
    try:
        for row in run_check(seed=seed, n_sim=simulations, rows=rows, universes=universes):
            measured.append(row)
            if status is not None:
                status.update(f"measured {row.what}, {row.hedge}")
    finally:
        if status is not None:
            status.stop()
    if as_json:
        print_json({"seed": seed, "rows": [asdict(row) for row in measured]})
    else:
        table = Table(
            title=f"Size and power of what the product says (seed {seed}, {simulations} pairs a row)", box=box.SIMPLE
        )
        for name in ("what", "hedge", "rate", "95% interval", "bound", ""):
            table.add_column(
                name, justify="right" if name in {"rate", "95% interval"} else "left", no_wrap=name != "what"
            )
        for row in measured:
            verdict = "" if row.holds is None else "holds" if row.holds else "above"
            interval = f"{row.rate.low:.1%} – {row.rate.high:.1%}"
            table.add_row(row.what, row.hedge, f"{row.rate.rate:.1%}", interval, row.bound, verdict)
        _console().print(table)
    # A rate may exceed its bound by chance: only an interval above the bound breaks it.
    violated = [row for row in measured if row.holds is False and row.rate.low > float(row.bound.removeprefix("<= "))]
    if violated:
        raise SpreadscopeError(
            f"{violated[0].what} ({violated[0].hedge}) is {violated[0].rate.rate:.1%}, not {violated[0].bound}"
        )


def bars_from_files(files: Sequence[Path]) -> Closes:
    """Returns the closes of all files, in any layout and unit."""
    all_closes = [read_closes(file) for file in files]
    if len(all_closes) == 1:
        return all_closes[0]
    merged = clean_closes(pl.concat([closes.frame for closes in all_closes]), "the files")
    return Closes(merged.frame, [*(note for closes in all_closes for note in closes.notes), *merged.notes])


def bars_from_store(data: Path, timeframe: Timeframe) -> Closes:
    """Returns the stored closes of every symbol."""
    database = data / DATABASE
    if not database.exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data, or a file with --bars")
    reader = StoreReader(database)
    rows = [(symbol, bar.open_time, bar.close) for symbol in reader.symbols() for bar in reader.bars(symbol, timeframe)]
    if not rows:
        raise StoreError(
            f"the store in {data} has no bars of {timeframe}: name another --timeframe, or a file with --bars"
        )
    schema = {"symbol": pl.String, "open_time": pl.Int64, "close": pl.Float64}
    return clean_closes(pl.DataFrame(rows, schema=schema, orient="row"), f"the store in {data}")


def run_scan(
    bars: Closes, *, surrogates: int, seed: int, max_lags: int, as_json: bool, keep: Sequence[str] = ()
) -> None:
    """Scan all symbols on one grid of times, select on the first half, test again on the second."""
    grid = make_grid(bars)
    rows = len(grid.times)
    joint = int((np.isfinite(grid.closes).sum(axis=1) >= 2).sum())
    if joint < _MIN_ROWS:
        raise ConfigError(f"the symbols have {joint} bars in common; a scan needs at least {_MIN_ROWS}")
    for note in grid.notes:
        print_message(note)
    missing = {
        name: share
        for name, share in zip(grid.symbols, np.isnan(grid.closes).mean(axis=0).tolist(), strict=True)
        if share
    }
    if missing:
        worst = sorted(missing, key=lambda name: -missing[name])[:_SHOWN_HOLES]
        text = ", ".join(f"{name} {missing[name]:.1%}" for name in worst)
        more_text = f" and {len(missing) - len(worst)} more" if len(missing) > len(worst) else ""
        print_message(f"bars that are missing stay holes: {text}{more_text}")
    half = rows // 2
    print_message(
        f"{len(grid.symbols)} symbols, {rows} bars of {timeframe_name(grid.step)}; selecting on the first {half} …"
    )
    prices = np.log(grid.closes)
    result = scan(
        prices[:half], grid.symbols, next_prices=prices[half:], surrogates=surrogates, seed=seed, max_lags=max_lags,
        block=max(1, round(_HOUR_MS / grid.step)), threads=os.cpu_count() or 1, max_missing=_MAX_MISSING,
        keep=keep,
    )  # fmt: skip
    if as_json:
        print_json(_document(result) | {"rows": rows, "step_ms": grid.step, "missing": missing, "notes": grid.notes})
    else:
        _print(result)


def _print(result: ScanResult) -> None:
    console = _console()
    rejected = [leg for leg in result.legs if leg.verdict is not LegVerdict.CANDIDATE]
    for leg in rejected:
        way_out = "" if leg.verdict is LegVerdict.INCOMPLETE else f"; --keep {leg.symbol} tests it all the same"
        console.print(f"no candidate: {leg.symbol} ({leg.verdict}{way_out})")
    selected, selected_again, others, others_again = result.survival()
    bh_passed = sum(pair.bh <= result.level for pair in result.pairs)
    by_passed = sum(pair.by <= result.level for pair in result.pairs)
    calibrated = sum((pair.calibrated_bh or 1) <= result.level for pair in result.pairs)
    table = Table(
        title=f"The {min(_SHOWN_PAIRS, len(result.pairs))} smallest p of {result.tests} tests", box=box.SIMPLE
    )
    for name in ("pair", "p", "BH q", "BY q", "calibr.", "β", "bars", "corr.", "next p"):
        table.add_column(name, justify="left" if name == "pair" else "right", no_wrap=True)
    for pair in result.pairs[:_SHOWN_PAIRS]:
        table.add_row(*_cells(pair))
    console.print(table)
    console.print(
        f"{result.tests} tests; raw p ≤ {result.level:.0%}: {selected} (by chance {result.tests * result.level:.0f})"
    )
    console.print(f"BH q ≤ {result.level:.0%}: {bh_passed};  BY: {by_passed};  calibrated, then BH: {calibrated}")
    if result.familywise is not None:
        console.print(f"family-wise p of the best pair, from {result.surrogates} surrogates: {result.familywise:.2f}")
    console.print(
        f"second half: {selected_again} of the {selected} selected pass again "
        f"({selected_again / max(1, selected):.1%}); "
        f"of the other {others}, {others_again} ({others_again / max(1, others):.1%})"
    )
    try:
        p, correlation, volatility = result.persistence()
    except StatisticsError as error:
        console.print(f"what persists from half to half is left out: {error}")
    else:
        console.print(
            f"what persists (rank correlation of the halves): p {p:.2f}, return correlation {correlation:.2f}, "
            f"spread volatility {volatility:.2f}"
        )
    if not (calibrated if result.surrogates else bh_passed):
        console.print("No pair passes. That is an answer.")


def _console() -> Console:
    """Returns a console for tables on standard output; in a file or pipe they have a fixed width."""
    return Console(width=None if sys.stdout.isatty() else 120)


def _cells(pair: ScanPair) -> list[str]:
    calibrated = "–" if pair.calibrated is None else f"{pair.calibrated:.4f}"
    half_life = "–" if pair.half_life is None else f"{pair.half_life:.1f}"
    return [
        f"{pair.y}/{pair.x}", f"{pair.pvalue:.1e}", f"{pair.bh:.3f}", f"{pair.by:.3f}", calibrated, f"{pair.beta:.3f}",
        half_life, _format(pair.return_correlation, ".2f"), _format(pair.next_pvalue, ".3f"),
    ]  # fmt: skip


def _format(value: float | None, number_format: str) -> str:
    return "–" if value is None else format(value, number_format)


def _document(result: ScanResult) -> dict[str, Any]:
    names = ("selected", "selected_again", "others", "others_again")
    return {
        "tests": result.tests,
        "undefined": result.undefined,
        "familywise": result.familywise,
        "survival": dict(zip(names, result.survival(), strict=True)),
        "legs": [asdict(leg) for leg in result.legs],
        "pairs": [asdict(pair) for pair in result.pairs],
    }
