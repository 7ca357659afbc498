"""The closes of a file of bars for a scan, by symbol and time, in any layout and unit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from spreadscope.importing.checking import Checks
from spreadscope.importing.file_subject import no_times_error
from spreadscope.importing.kinds import Content
from spreadscope.importing.names import subject_of_name, timeframe_name
from spreadscope.importing.opening import OpenedFile
from spreadscope.model.errors import ConfigError

_MAX_CLOSES = 50_000_000
# The common span of all symbols is at least this share of the median span.
_MIN_SHARE = 0.4
_CALENDAR_STEP = 20 * 3_600_000  # from this step on, bars follow a calendar
_SCHEMA = {"symbol": pl.String, "open_time": pl.Int64, "close": pl.Float64}


class Closes(msgspec.Struct):
    """The closes of a file. ``frame``: symbol, open_time (ms), close; ``notes``: what was left out or differs."""

    frame: pl.DataFrame
    notes: list[str] = []


def read_closes(path: Path) -> Closes:
    """Returns the closes of one file. Raises ``StoreError`` or ``ConfigError`` where it cannot be read as closes."""
    source, checks = OpenedFile(path, {}, Content.CLOSES), Checks()
    parts: list[pl.DataFrame] = []
    bad = rows = 0
    first = ""
    for block in source.blocks():
        layout = source.layout
        if layout is None:
            continue
        wide = tuple(layout.wide)
        good, bad_rows = checks.closes(block, wide or ("close",))
        if bad_rows.height and not bad:
            first = str(block["open_time"][0])
        bad += bad_rows.height
        rows += good.height * max(len(wide), 1)
        if rows > _MAX_CLOSES:
            raise ConfigError(
                f"{path} holds over {_MAX_CLOSES:,} closes, which must be held in memory: scan fewer symbols or bars"
            )
        parts.append(_one_row_a_close(path, good, wide))
    if bad and not rows:
        raise no_times_error(path, first)
    if not parts:
        raise ConfigError(f"{path} holds no rows")
    frame = pl.concat(parts)
    result = clean_closes(frame, path.name)
    if bad:
        result.notes.insert(0, f"{bad} rows have no time and are left out")
    return result


def clean_closes(frame: pl.DataFrame, where: str) -> Closes:
    """Returns one close a symbol and time. Empty closes and contradicting repeats are left out, with notes."""
    notes = []
    valid = frame.filter(pl.col("close").is_not_null() & pl.col("close").is_finite() & (pl.col("close") > 0))
    if valid.height < frame.height:
        notes.append(f"{frame.height - valid.height} closes of {where} are empty or no price, and count as missing")
    differing = (
        valid.group_by("symbol", "open_time")
        .agg(pl.col("close").n_unique().alias("values"))
        .filter(pl.col("values") > 1)
    )
    unique = valid.unique(["symbol", "open_time"], keep="first", maintain_order=True)
    if differing.height:
        first = differing.sort("open_time", "symbol").row(0, named=True)
        notes.append(
            f"{differing.height} bars are in {where} twice with different closes (the first: {first['symbol']} "
            f"{first['open_time']}); they are left out, because nothing tells which of them is right"
        )
        unique = unique.join(differing, on=["symbol", "open_time"], how="anti")
    elif unique.height < valid.height:
        notes.append(f"{valid.height - unique.height} bars of {where} are repeats of others, and count once")
    return Closes(unique.select(list(_SCHEMA)), notes)


def _one_row_a_close(path: Path, good: pl.DataFrame, wide: tuple[str, ...]) -> pl.DataFrame:
    if wide:
        return good.unpivot(wide, index="open_time", variable_name="symbol", value_name="close").select(list(_SCHEMA))
    if "symbol" not in good.columns:
        name = subject_of_name(path.name)[0] or path.stem.split(".")[0]
        good = good.with_columns(pl.lit(name).alias("symbol"))
    return good.select(pl.col("symbol").cast(pl.String), "open_time", "close")


class Grid(msgspec.Struct):
    """The closes of symbols on one grid of times: rows × symbols, NaN where a symbol has no bar. ``step`` is in ms."""

    times: npt.NDArray[np.int64]
    symbols: list[str]
    closes: npt.NDArray[np.float64]
    step: int
    notes: list[str] = []


def make_grid(closes: Closes) -> Grid:
    """Returns closes on a regular grid of times, where a missing bar is NaN.

    The grid covers the span that all symbols share; a symbol that would make it too short is left out, with a note.
    Bars of a day and longer follow a calendar (weekends, months), so there every time of any symbol is a row.
    """
    frame, notes = _common_span(closes.frame)
    step = _step(frame)
    if step < _CALENDAR_STEP:
        off_grid = frame.filter((pl.col("open_time") - _phase(frame, step)) % step != 0)
        if off_grid.height:
            notes.append(
                f"{off_grid.height} bars do not lie on the grid of {timeframe_name(step)} of the others, and are "
                "left out"
            )
            frame = frame.join(off_grid, on=["symbol", "open_time"], how="anti")
    times = frame["open_time"].unique().sort()
    symbols = frame["symbol"].unique().sort().to_list()
    if step < _CALENDAR_STEP:
        low, high = int(times[0]), int(times[-1])
        rows = (high - low) // step + 1
        if rows * len(symbols) > _MAX_CLOSES:
            raise ConfigError(
                f"the bars reach over {rows:,} steps of {timeframe_name(step)}, from {low} to {high} ms: take out "
                "the ones that are "
                "far from the others"
            )
        times = pl.Series("open_time", np.arange(low, high + 1, step, dtype=np.int64))
    wide = (
        times.alias("open_time")
        .to_frame()
        .join(frame.pivot(on="symbol", index="open_time", values="close"), on="open_time", how="left")
        .sort("open_time")
    )
    prices = wide.select(symbols).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    shared_rows = np.flatnonzero(np.isfinite(prices).sum(axis=1) >= 2)
    if len(shared_rows) == 0:
        raise ConfigError("no two symbols have a bar at one time: their times do not meet")
    inside = slice(int(shared_rows[0]), int(shared_rows[-1]) + 1)
    return Grid(wide["open_time"].to_numpy()[inside], symbols, prices[inside], step, [*closes.notes, *notes])


def _common_span(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Returns the bars of the span that all symbols share, and notes on the symbols that would shorten it."""
    spans = frame.group_by("symbol").agg(
        pl.col("open_time").min().alias("first"), pl.col("open_time").max().alias("last")
    )
    spans = spans.sort("symbol")
    if spans.height < 2:
        found_text = f" (there is {spans['symbol'][0]} alone)" if spans.height else ""
        raise ConfigError(f"a scan needs the bars of at least two symbols{found_text}: name more files with --bars")
    median_span = float(np.median((spans["last"] - spans["first"]).to_numpy()))
    spans_by_symbol = {symbol: (first, last) for symbol, first, last in spans.rows()}
    notes = []
    while True:
        low, high = (
            max(first for first, _ in spans_by_symbol.values()),
            min(last for _, last in spans_by_symbol.values()),
        )
        if len(spans_by_symbol) <= 2 or high - low >= _MIN_SHARE * median_span:
            break
        latest_start = max(spans_by_symbol, key=lambda symbol: spans_by_symbol[symbol][0])
        earliest_end = min(spans_by_symbol, key=lambda symbol: spans_by_symbol[symbol][1])
        worst = max((latest_start, earliest_end), key=lambda symbol: _span_without(spans_by_symbol, symbol))
        first, last = spans_by_symbol.pop(worst)
        notes.append(
            f"{worst} is left out: its bars, from {_day(first)} to {_day(last)}, share too little time with the others"
        )
    if high < low:
        raise ConfigError(f"the bars of {' and '.join(spans_by_symbol)} share no time: their times do not meet")
    inside = pl.col("symbol").is_in(list(spans_by_symbol)) & pl.col("open_time").is_between(low, high)
    return frame.filter(inside), notes


def _span_without(spans_by_symbol: dict[str, tuple[int, int]], without: str) -> int:
    """Returns how long the common span would be without a symbol."""
    rest = [span for symbol, span in spans_by_symbol.items() if symbol != without]
    return min(last for _, last in rest) - max(first for first, _ in rest)


def _day(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _step(frame: pl.DataFrame) -> int:
    """Returns the most frequent distance between neighbouring bars of a symbol."""
    steps = (
        frame.sort("symbol", "open_time").select(pl.col("open_time").diff().over("symbol").alias("step")).to_series()
    )
    steps = steps.drop_nulls()
    if steps.is_empty():
        raise ConfigError("each symbol has one bar alone: a scan needs many")
    step_counts = steps.value_counts(sort=True)
    # Of two equally frequent steps the shorter one counts: the longer one is a hole.
    most_frequent = step_counts.filter(pl.col("count") == step_counts["count"].max())
    return int(most_frequent["step"].min())  # type: ignore[arg-type]  # a column of integers


def _phase(frame: pl.DataFrame, step: int) -> int:
    """Returns the offset within a step at which most bars begin."""
    return int(frame.select((pl.col("open_time") % step).mode().min()).item())
