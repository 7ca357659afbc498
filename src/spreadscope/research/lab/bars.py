"""The bars of a leg for a study: of dropped files, else of the store; made of shorter ones where there are none."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import polars as pl

from spreadscope.importing.resampling import resample
from spreadscope.model.errors import ConfigError
from spreadscope.model.facts import Bar
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.research.lab.dropped import ReadFiles
from spreadscope.store.reader import StoreReader

_COLUMNS = ("open_time", "open", "high", "low", "close", "volume", "trades", "complete")


class LegBars(msgspec.Struct, frozen=True):
    """Bars ascending in time, where they come from, and notes on them."""

    bars: Sequence[Bar]
    source: str
    notes: tuple[str, ...] = ()
    stored: bool = False


def bars_of(
    symbol: str,
    timeframe: Timeframe,
    start: int,
    end: int,
    files: ReadFiles,
    store: StoreReader | None,
    *,
    most: int,
) -> LegBars:
    """Returns the bars that open in ``[start, end)`` (ms).

    Raises ``ConfigError`` where there are none, or more than ``most``.
    """
    places: list[tuple[StoreReader, str, bool]] = []
    if files.reader is not None:
        places.append((files.reader, files.names_with(symbol), False))
    if store is not None:
        places.append((store, "the store", True))
    for reader, source, stored in places:
        found = _read(reader, symbol, timeframe, start, end, most)
        if found is not None:
            bars, notes = found
            return LegBars(bars, source, notes, stored)
    raise ConfigError(_nothing(symbol, timeframe, start, end, files, store))


def _read(
    reader: StoreReader, symbol: str, timeframe: Timeframe, start: int, end: int, most: int
) -> tuple[Sequence[Bar], tuple[str, ...]] | None:
    for length in _divisors(timeframe):
        parts = timeframe.milliseconds // length.milliseconds
        low, high = _aligned(start, end, timeframe) if parts > 1 else (start, end)
        bars = reader.bars(symbol, length, low, high, most * parts + 1)
        if not bars:
            continue
        if len(bars) > most * parts:
            raise ConfigError(
                f"the range has more than {most:,} bars of {symbol}: choose a shorter range or a longer timeframe"
            )
        if parts == 1:
            return bars, ()
        return _longer(symbol, bars, length, timeframe), (
            f"bars of {timeframe} of {symbol} are made of those of {length}",
        )
    return None


def _divisors(timeframe: Timeframe) -> list[Timeframe]:
    """Returns the timeframes that bars of ``timeframe`` can be made of, the longest first."""
    lengths = [each for each in TIMEFRAMES if timeframe.milliseconds % each.milliseconds == 0]
    return sorted(lengths, key=lambda each: -each.milliseconds)


def _aligned(start: int, end: int, timeframe: Timeframe) -> tuple[int, int]:
    """Returns the times of the parts of the bars that open in ``[start, end)``."""
    length = timeframe.milliseconds
    return -(-start // length) * length, -(-end // length) * length


def _longer(symbol: str, bars: Sequence[Bar], length: Timeframe, timeframe: Timeframe) -> list[Bar]:
    rows = [tuple(getattr(bar, name) for name in _COLUMNS) for bar in bars]
    frame = pl.DataFrame(rows, schema=list(_COLUMNS), orient="row")
    made = resample(frame, length.milliseconds, timeframe)
    quotes = {timeframe.open_time(bar.open_time): (bar.open_time, bar.bid, bar.ask) for bar in bars}
    last_part = timeframe.milliseconds - length.milliseconds
    result = []
    for row in made.select(_COLUMNS).iter_rows():
        part_time, bid, ask = quotes[row[0]]
        quoted = part_time == row[0] + last_part  # else the bar's last quote is not known
        values = dict(zip(_COLUMNS, row, strict=True))
        quote = (bid, ask) if quoted else (None, None)
        result.append(
            Bar(symbol=symbol, timeframe=timeframe, origin=BarOrigin.TAPE, bid=quote[0], ask=quote[1], **values)
        )
    return result


def _nothing(
    symbol: str, timeframe: Timeframe, start: int, end: int, files: ReadFiles, store: StoreReader | None
) -> str:
    """Returns why there are no bars, and what there is instead."""
    for report in files.reports:
        if report.error:
            return f"nothing of {report.name} can be used: {report.error}"
    readers = [reader for reader in (files.reader, store) if reader is not None]
    spans = [span for reader in readers if (span := _any_span(reader, symbol, timeframe)) is not None]
    if spans:
        first, last = min(low for low, _ in spans), max(high for _, high in spans)
        return (
            f"there are no bars of {symbol} from {_utc(start)} to {_utc(end)}: they reach from {_utc(first)} to"
            f" {_utc(last + timeframe.milliseconds)} (UTC)"
        )
    known = sorted({name for reader in readers for name in reader.symbols()})
    there = (
        f"there are bars of {', '.join(known[:8])}{' …' if len(known) > 8 else ''}" if known else "nothing is stored"
    )
    return f"there are no bars of {symbol}: {there}; drop a file with them, or follow the symbol"


def _any_span(reader: StoreReader, symbol: str, timeframe: Timeframe) -> tuple[int, int] | None:
    for length in _divisors(timeframe):
        span = reader.bars_span(symbol, length)
        if span is not None:
            return span
    return None


def _utc(time: int) -> str:
    from datetime import UTC, datetime

    if not 0 < time < 253_402_300_800_000:
        return "the first one" if time <= 0 else "the last one"
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M")
