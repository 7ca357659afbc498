"""``spreadscope check`` (size and power of our own decisions) and ``spreadscope scan`` (a universe for pairs)."""

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

from spreadscope.commands.console import give, say
from spreadscope.importing.closes import Closes, closes_of, on_a_grid, read_closes
from spreadscope.importing.names import frame_name
from spreadscope.model.errors import ConfigError, SpreadscopeError, StatisticsError, StoreError
from spreadscope.model.timeframe import Timeframe
from spreadscope.stats.check import CheckRow, run_check
from spreadscope.stats.scan import LegVerdict, ScanPair, ScanResult, scan
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader

_SHOWN_PAIRS = 20
_SHOWN_HOLES = 8
_FEWEST_ROWS = 200
_MOST_MISSING = 0.75  # holes are kept as holes, so a leg with many of them has a test of its own rows
_HOUR_MS = 3_600_000


def check(*, seed: int, simulations: int, rows: int, universes: int, as_json: bool) -> None:
    """Measure, print a table as it goes, and fail where a bound is broken."""
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
        give({"seed": seed, "rows": [asdict(row) for row in measured]})
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
    # A rate above its bound by chance is no broken promise: the interval must lie above it.
    broken = [row for row in measured if row.holds is False and row.rate.low > float(row.bound.removeprefix("<= "))]
    if broken:
        raise SpreadscopeError(
            f"{broken[0].what} ({broken[0].hedge}) is {broken[0].rate.rate:.1%}, not {broken[0].bound}"
        )


def bars_from_files(files: Sequence[Path]) -> Closes:
    """The closes of all files together, whatever their layouts and the units of their times."""
    read = [read_closes(file) for file in files]
    if len(read) == 1:
        return read[0]
    together = closes_of(pl.concat([one.frame for one in read]), "the files")
    return Closes(together.frame, [*(note for one in read for note in one.notes), *together.notes])


def bars_from_store(data: Path, timeframe: Timeframe) -> Closes:
    """The stored closes of every symbol."""
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
    return closes_of(pl.DataFrame(rows, schema=schema, orient="row"), f"the store in {data}")


def run_scan(
    bars: Closes, *, surrogates: int, seed: int, max_lags: int, as_json: bool, keep: Sequence[str] = ()
) -> None:
    """Scan all symbols on one grid of times, holes kept as holes: select on the first half, look again on the second."""
    grid = on_a_grid(bars)
    rows = len(grid.times)
    joint = int((np.isfinite(grid.closes).sum(axis=1) >= 2).sum())
    if joint < _FEWEST_ROWS:
        raise ConfigError(f"the symbols have {joint} bars in common; a scan needs at least {_FEWEST_ROWS}")
    for note in grid.notes:
        say(note)
    missing = {
        name: share
        for name, share in zip(grid.symbols, np.isnan(grid.closes).mean(axis=0).tolist(), strict=True)
        if share
    }
    if missing:
        worst = sorted(missing, key=lambda name: -missing[name])[:_SHOWN_HOLES]
        said = ", ".join(f"{name} {missing[name]:.1%}" for name in worst)
        more = f" and {len(missing) - len(worst)} more" if len(missing) > len(worst) else ""
        say(f"bars that are missing stay holes: {said}{more}")
    half = rows // 2
    say(f"{len(grid.symbols)} symbols, {rows} bars of {frame_name(grid.step)}; selecting on the first {half} …")
    prices = np.log(grid.closes)
    result = scan(
        prices[:half], grid.symbols, next_prices=prices[half:], surrogates=surrogates, seed=seed, max_lags=max_lags,
        block=max(1, round(_HOUR_MS / grid.step)), threads=os.cpu_count() or 1, max_missing=_MOST_MISSING,
        keep=keep,
    )  # fmt: skip
    if as_json:
        give(_document(result) | {"rows": rows, "step_ms": grid.step, "missing": missing, "notes": grid.notes})
    else:
        _print(result)


def _print(result: ScanResult) -> None:
    console = _console()
    left = [leg for leg in result.legs if leg.verdict is not LegVerdict.CANDIDATE]
    for leg in left:
        way_out = "" if leg.verdict is LegVerdict.INCOMPLETE else f"; --keep {leg.symbol} tests it all the same"
        console.print(f"no candidate: {leg.symbol} ({leg.verdict}{way_out})")
    chosen, again, rest, rest_again = result.survival()
    low = sum(pair.bh <= result.level for pair in result.pairs)
    by = sum(pair.by <= result.level for pair in result.pairs)
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
        f"{result.tests} tests; raw p ≤ {result.level:.0%}: {chosen} (by chance {result.tests * result.level:.0f})"
    )
    console.print(f"BH q ≤ {result.level:.0%}: {low};  BY: {by};  calibrated, then BH: {calibrated}")
    if result.familywise is not None:
        console.print(f"family-wise p of the best pair, from {result.surrogates} surrogates: {result.familywise:.2f}")
    console.print(
        f"second half: {again} of the {chosen} selected pass again ({again / max(1, chosen):.1%}); "
        f"of the other {rest}, {rest_again} ({rest_again / max(1, rest):.1%})"
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
    if not (calibrated if result.surrogates else low):
        console.print("No pair passes. That is an answer.")


def _console() -> Console:
    """Tables go to standard output; into a file or a pipe they are never squeezed."""
    return Console(width=None if sys.stdout.isatty() else 120)


def _cells(pair: ScanPair) -> list[str]:
    calibrated = "–" if pair.calibrated is None else f"{pair.calibrated:.4f}"
    life = "–" if pair.half_life is None else f"{pair.half_life:.1f}"
    return [
        f"{pair.y}/{pair.x}", f"{pair.pvalue:.1e}", f"{pair.bh:.3f}", f"{pair.by:.3f}", calibrated, f"{pair.beta:.3f}",
        life, _figure(pair.return_correlation, ".2f"), _figure(pair.next_pvalue, ".3f"),
    ]  # fmt: skip


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


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
