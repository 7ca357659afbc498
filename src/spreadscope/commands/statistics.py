"""``spreadscope check`` (size and power of our own decisions) and ``spreadscope scan`` (a universe for pairs)."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table

from spreadscope.commands.console import give, say
from spreadscope.model.errors import ConfigError, SpreadscopeError, StoreError
from spreadscope.model.timeframe import Timeframe
from spreadscope.stats.check import CheckRow, run_check
from spreadscope.stats.scan import LegVerdict, ScanPair, ScanResult, scan
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader

_SHOWN_PAIRS = 20


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


def bars_from_file(file: Path) -> pl.DataFrame:
    """A table with ``symbol``, ``open_time`` and ``close`` from Parquet or CSV."""
    try:
        frame = pl.read_csv(file) if file.suffix == ".csv" else pl.read_parquet(file)
        return frame.select("symbol", "open_time", "close")
    except FileNotFoundError:
        raise ConfigError(f"no file {file}: name one with columns symbol, open_time, close") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        first = str(error).splitlines()[0]
        raise ConfigError(f"{file} is no table with columns symbol, open_time and close: {first}") from None


def bars_from_store(data: Path, timeframe: Timeframe) -> pl.DataFrame:
    """The stored closes of every symbol."""
    database = data / DATABASE
    if not database.exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data, or a file with --bars")
    reader = StoreReader(database)
    rows = [(symbol, bar.open_time, bar.close) for symbol in reader.symbols() for bar in reader.bars(symbol, timeframe)]
    return pl.DataFrame(rows, schema=["symbol", "open_time", "close"], orient="row")


def run_scan(bars: pl.DataFrame, *, surrogates: int, seed: int, max_lags: int, as_json: bool) -> None:
    """Scan the rows that all symbols share: select on the first half, look again on the second."""
    panel = _panel(bars)
    symbols = [name for name in panel.columns if name != "open_time"]
    prices = np.log(panel.select(symbols).to_numpy())
    half = len(prices) // 2
    say(f"{len(symbols)} symbols, {len(prices)} bars in common; selecting on the first {half} …")
    result = scan(
        prices[:half], symbols, next_prices=prices[half:], surrogates=surrogates, seed=seed, max_lags=max_lags,
        block=_hour(panel),
    )  # fmt: skip
    if as_json:
        give(_document(result))
    else:
        _print(result)


def _panel(bars: pl.DataFrame) -> pl.DataFrame:
    """Time × symbol, only times at which every symbol has a bar; symbols with few bars leave first."""
    counts = bars.group_by("symbol").len()
    if counts.height < 2:
        raise ConfigError("a scan needs the bars of at least two symbols")
    typical = float(counts["len"].median() or 0)  # type: ignore[arg-type]  # a median of integers is a number
    kept = counts.filter(pl.col("len") >= typical / 2)["symbol"].to_list()
    columns = sorted(kept)
    wide = (
        bars.filter(pl.col("symbol").is_in(kept) & (pl.col("close") > 0))
        .unique(["symbol", "open_time"])
        .pivot(on="symbol", index="open_time", values="close")
        .drop_nulls()
        .sort("open_time")
        .select("open_time", *columns)
    )
    if wide.height < 200:
        raise ConfigError(f"the symbols have {wide.height} bars in common; a scan needs at least 200")
    return wide


def _hour(panel: pl.DataFrame) -> int:
    """Bars in an hour: the block whose volatility a surrogate keeps together."""
    step: Any = panel["open_time"].diff().drop_nulls().median()
    milliseconds = step / timedelta(milliseconds=1) if isinstance(step, timedelta) else float(step or 3.6e6)
    return max(1, round(3_600_000 / milliseconds))


def _print(result: ScanResult) -> None:
    console = _console()
    left = [leg for leg in result.legs if leg.verdict is not LegVerdict.CANDIDATE]
    for leg in left:
        console.print(f"no candidate: {leg.symbol} ({leg.verdict})")
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
    p, correlation, volatility = result.persistence()
    console.print(
        f"what persists (rank correlation of the halves): p {p:.2f}, return correlation {correlation:.2f}, "
        f"spread volatility {volatility:.2f}"
    )
    if not low:
        console.print("No pair passes. That is an answer.")


def _console() -> Console:
    """Tables go to standard output; into a file or a pipe they are never squeezed."""
    return Console(width=None if sys.stdout.isatty() else 120)


def _cells(pair: ScanPair) -> list[str]:
    calibrated = "–" if pair.calibrated is None else f"{pair.calibrated:.4f}"
    life = "–" if pair.half_life is None else f"{pair.half_life:.0f}"
    return [
        f"{pair.y}/{pair.x}", f"{pair.pvalue:.1e}", f"{pair.bh:.3f}", f"{pair.by:.3f}", calibrated, f"{pair.beta:.3f}",
        life, f"{pair.return_correlation:.2f}", f"{pair.next_pvalue:.3f}",
    ]  # fmt: skip


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
