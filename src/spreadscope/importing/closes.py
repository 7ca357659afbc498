"""What a scan needs of a file of bars: closes by symbol and time, in whatever layout and unit they are written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from spreadscope.importing.checking import Checks
from spreadscope.importing.file_subject import no_times
from spreadscope.importing.kinds import Content
from spreadscope.importing.names import frame_name, of_name
from spreadscope.importing.opening import OpenedFile
from spreadscope.model.errors import ConfigError

_MOST = 50_000_000
# The stretch that all symbols share is at least so much of what most of them have.
_SHARE = 0.4
_CALENDAR = 20 * 3_600_000  # a step this long is one of a calendar
_SCHEMA = {"symbol": pl.String, "open_time": pl.Int64, "close": pl.Float64}


class Closes(msgspec.Struct):
    """``frame``: symbol, open_time (ms), close, one row each; ``notes``: what was left out or does not agree."""

    frame: pl.DataFrame
    notes: list[str] = []


def read_closes(path: Path) -> Closes:
    """Read one file. Raises ``StoreError`` or ``ConfigError`` where it cannot be read as closes."""
    source, checks = OpenedFile(path, {}, Content.CLOSES), Checks()
    parts: list[pl.DataFrame] = []
    bad = rows = 0
    first = ""
    for block in source.blocks():
        layout = source.layout
        if layout is None:
            continue
        wide = tuple(layout.wide)
        good, wrong = checks.closes(block, wide or ("close",))
        if wrong.height and not bad:
            first = str(block["open_time"][0])
        bad += wrong.height
        rows += good.height * max(len(wide), 1)
        if rows > _MOST:
            raise ConfigError(
                f"{path} holds over {_MOST:,} closes, which must be held in memory: scan fewer symbols or bars"
            )
        parts.append(_long(path, good, wide))
    if bad and not rows:
        raise no_times(path, first)
    if not parts:
        raise ConfigError(f"{path} holds no rows")
    frame = pl.concat(parts)
    result = closes_of(frame, path.name)
    if bad:
        result.notes.insert(0, f"{bad} rows have no time and are left out")
    return result


def closes_of(frame: pl.DataFrame, where: str) -> Closes:
    """One close a symbol and time. Rows without one are left out; where two do not agree, the first one stays and it is said."""
    notes = []
    known = frame.filter(pl.col("close").is_not_null() & pl.col("close").is_finite() & (pl.col("close") > 0))
    if known.height < frame.height:
        notes.append(f"{frame.height - known.height} closes of {where} are empty or no price, and count as missing")
    differing = (
        known.group_by("symbol", "open_time")
        .agg(pl.col("close").n_unique().alias("values"))
        .filter(pl.col("values") > 1)
    )
    once = known.unique(["symbol", "open_time"], keep="first", maintain_order=True)
    if differing.height:
        first = differing.sort("open_time", "symbol").row(0, named=True)
        notes.append(
            f"{differing.height} bars are in {where} twice with different closes (the first: {first['symbol']} "
            f"{first['open_time']}); they are left out, because nothing tells which of them is right"
        )
        once = once.join(differing, on=["symbol", "open_time"], how="anti")
    elif once.height < known.height:
        notes.append(f"{known.height - once.height} bars of {where} are repeats of others, and count once")
    return Closes(once.select(list(_SCHEMA)), notes)


def _long(path: Path, good: pl.DataFrame, wide: tuple[str, ...]) -> pl.DataFrame:
    if wide:
        return good.unpivot(wide, index="open_time", variable_name="symbol", value_name="close").select(list(_SCHEMA))
    if "symbol" not in good.columns:
        name = of_name(path.name)[0] or path.stem.split(".")[0]
        good = good.with_columns(pl.lit(name).alias("symbol"))
    return good.select(pl.col("symbol").cast(pl.String), "open_time", "close")


class Grid(msgspec.Struct):
    """Closes of symbols on one grid of times: rows × symbols, NaN where a symbol has no bar. ``step`` is in ms."""

    times: npt.NDArray[np.int64]
    symbols: list[str]
    closes: npt.NDArray[np.float64]
    step: int
    notes: list[str] = []


def on_a_grid(closes: Closes) -> Grid:
    """Lay closes out so that neighbours in rows are neighbours in time: a bar that is missing is a hole, and stays one.

    The grid reaches as far as the bars of all symbols do; a symbol that would leave little of it is left out, with the
    reason. Bars of a day and longer follow a calendar (weekends, months), so there every time that any symbol has is a row.
    """
    frame, notes = _stretch(closes.frame)
    step = _step(frame)
    if step < _CALENDAR:
        off = frame.filter((pl.col("open_time") - _phase(frame, step)) % step != 0)
        if off.height:
            notes.append(
                f"{off.height} bars do not lie on the grid of {frame_name(step)} of the others, and are left out"
            )
            frame = frame.join(off, on=["symbol", "open_time"], how="anti")
    times = frame["open_time"].unique().sort()
    symbols = frame["symbol"].unique().sort().to_list()
    if step < _CALENDAR:
        low, high = int(times[0]), int(times[-1])
        rows = (high - low) // step + 1
        if rows * len(symbols) > _MOST:
            raise ConfigError(
                f"the bars reach over {rows:,} steps of {frame_name(step)}, from {low} to {high} ms: take out the ones that are "
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
    together = np.flatnonzero(np.isfinite(prices).sum(axis=1) >= 2)
    if len(together) == 0:
        raise ConfigError("no two symbols have a bar at one time: their times do not meet")
    inside = slice(int(together[0]), int(together[-1]) + 1)
    return Grid(wide["open_time"].to_numpy()[inside], symbols, prices[inside], step, [*closes.notes, *notes])


def _stretch(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The bars of the stretch that all symbols have, and which symbols were left out so that it is no short one."""
    spans = frame.group_by("symbol").agg(
        pl.col("open_time").min().alias("first"), pl.col("open_time").max().alias("last")
    )
    spans = spans.sort("symbol")
    if spans.height < 2:
        only = f" (there is {spans['symbol'][0]} alone)" if spans.height else ""
        raise ConfigError(f"a scan needs the bars of at least two symbols{only}: name more files with --bars")
    usual = float(np.median((spans["last"] - spans["first"]).to_numpy()))
    held = {symbol: (first, last) for symbol, first, last in spans.rows()}
    notes = []
    while True:
        low, high = max(first for first, _ in held.values()), min(last for _, last in held.values())
        if len(held) <= 2 or high - low >= _SHARE * usual:
            break
        starts_last = max(held, key=lambda symbol: held[symbol][0])
        ends_first = min(held, key=lambda symbol: held[symbol][1])
        worst = max((starts_last, ends_first), key=lambda symbol: _length(held, symbol))
        first, last = held.pop(worst)
        notes.append(
            f"{worst} is left out: its bars, from {_day(first)} to {_day(last)}, share too little time with the others"
        )
    if high < low:
        raise ConfigError(f"the bars of {' and '.join(held)} share no time: their times do not meet")
    inside = pl.col("symbol").is_in(list(held)) & pl.col("open_time").is_between(low, high)
    return frame.filter(inside), notes


def _length(held: dict[str, tuple[int, int]], without: str) -> int:
    """How long the stretch would be without a symbol."""
    rest = [span for symbol, span in held.items() if symbol != without]
    return min(last for _, last in rest) - max(first for first, _ in rest)


def _day(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _step(frame: pl.DataFrame) -> int:
    """The distance of most bars to the one before of their symbol."""
    steps = (
        frame.sort("symbol", "open_time").select(pl.col("open_time").diff().over("symbol").alias("step")).to_series()
    )
    steps = steps.drop_nulls()
    if steps.is_empty():
        raise ConfigError("each symbol has one bar alone: a scan needs many")
    counted = steps.value_counts(sort=True)
    # Of two steps that are as frequent the shorter one: the longer one is a hole.
    most = counted.filter(pl.col("count") == counted["count"].max())
    return int(most["step"].min())  # type: ignore[arg-type]  # a column of integers


def _phase(frame: pl.DataFrame, step: int) -> int:
    """Where in a step most bars begin."""
    return int(frame.select((pl.col("open_time") % step).mode().min()).item())
