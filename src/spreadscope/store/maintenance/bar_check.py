"""The check of bars: they are made again from all stored trades, and compared with the stored bars."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import msgspec

from spreadscope.bars.trade_bars import BarValues, bars_of_trades
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.store.archive import archive_catalog, retirement
from spreadscope.store.trades import proof, trade_blocks
from spreadscope.store.trades.bars_from_trades import put_bars, trades_between
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.tape.ledger import IdRange

_FIELDS = ("open", "high", "low", "close", "volume", "trades")


class WrongBar(msgspec.Struct, frozen=True):
    """A stored bar that differs from its trades. ``values`` are those of the trades; None where it has none."""

    timeframe: Timeframe
    open_time: int
    what: str
    values: BarValues | None


def wrong_bars(
    connection: sqlite3.Connection, symbol_id: int, symbol: str, only: Iterable[int] | None = None
) -> Iterator[WrongBar]:
    """Yields every bar of the tape that differs from its trades, is missing between others, or is falsely marked
    complete or incomplete.

    With ``only`` it checks the bars of these days, and also those that are missing at the end of the tape.
    """
    ranges = [
        IdRange(*row)
        for row in connection.execute(
            "SELECT first, last, first_time, last_time FROM ledger WHERE symbol_id = ? ORDER BY first", (symbol_id,)
        )
    ]
    if proof.is_unprovable(connection, symbol):
        ranges = []
    retired_days = retirement.days(connection, symbol)  # their bars stay as they are: their trades were deleted
    newest = {timeframe: _newest(connection, symbol_id, symbol, timeframe) for timeframe in TIMEFRAMES}
    for day in days(connection, symbol_id, symbol) if only is None else only:
        if day in retired_days:
            continue
        trades = trades_between(connection, symbol_id, symbol, start=day, end=day + DAY_MS)
        for timeframe in TIMEFRAMES:
            stored = stored_bars(connection, symbol_id, symbol, timeframe, day, day + DAY_MS)
            expected = bars_of_trades(trades, timeframe)
            for start in sorted(expected.keys() | stored.keys()):
                problem = _difference(expected.get(start), stored.get(start), ranges, start, timeframe)
                # A bar that was still open when the engine stopped was never written.
                if problem and (start in stored or only is not None or start < newest[timeframe]):
                    yield WrongBar(timeframe, start, problem, expected.get(start))


def repair_bars(connection: sqlite3.Connection, symbol_id: int, wrong: Iterable[WrongBar]) -> int:
    """Rebuild bars from their trades. Returns how many. A bar without trades stays: nothing is deleted."""
    bars_by_day: dict[tuple[Timeframe, int], dict[int, BarValues]] = {}
    for bar in wrong:
        if bar.values is not None:
            bars_by_day.setdefault((bar.timeframe, bar.open_time // DAY_MS), {})[bar.open_time] = bar.values
    for (timeframe, _), bars in bars_by_day.items():
        put_bars(connection, symbol_id, timeframe, bars)
    return sum(map(len, bars_by_day.values()))


def days(connection: sqlite3.Connection, symbol_id: int, symbol: str) -> list[int]:
    """Returns the starts (ms) of the days that have trades or bars of the tape."""
    start_days = {part.day for part in archive_catalog.parts(connection, archive_catalog.TRADES, symbol)}
    start_days |= trade_blocks.days(connection, symbol_id)
    query = "SELECT DISTINCT open_time / ? FROM bars WHERE symbol_id = ? AND origin = 'tape'"
    start_days |= {day * DAY_MS for (day,) in connection.execute(query, (DAY_MS, symbol_id))}
    for timeframe in TIMEFRAMES:
        start_days |= {part.day for part in archive_catalog.parts(connection, archive_catalog.BARS, symbol, timeframe)}
    return sorted(start_days)


def stored_bars(
    connection: sqlite3.Connection, symbol_id: int, symbol: str, timeframe: Timeframe, start: int, end: int
) -> dict[int, tuple[Any, ...]]:
    """Returns the stored bars of ``[start, end)`` by open time, of database and archive, as
    ``archive_catalog.BAR_COLUMNS``.
    """
    rows = connection.execute(
        f"SELECT {', '.join(archive_catalog.BAR_COLUMNS)} FROM bars"  # noqa: S608 - names of ours
        " WHERE symbol_id = ? AND timeframe = ? AND open_time >= ? AND open_time < ?",
        (symbol_id, timeframe, start, end),
    )
    in_database = {row[0]: row for row in rows}
    return archive_catalog.rows_by_time(connection, archive_catalog.BARS, symbol, timeframe, start, end) | in_database


def _newest(connection: sqlite3.Connection, symbol_id: int, symbol: str, timeframe: Timeframe) -> int:
    in_database = connection.execute(
        "SELECT coalesce(max(open_time), 0) FROM bars WHERE symbol_id = ? AND timeframe = ? AND origin = 'tape'",
        (symbol_id, timeframe),
    ).fetchone()[0]
    return max(
        [
            int(in_database),
            *(part.last_time for part in archive_catalog.parts(connection, archive_catalog.BARS, symbol, timeframe)),
        ]
    )


def _difference(
    expected: tuple[Any, ...] | None, stored: tuple[Any, ...] | None, ranges: list[IdRange], start: int,
    timeframe: Timeframe,
) -> str:  # fmt: skip
    end = start + timeframe.milliseconds
    if stored is None:
        return "is missing"
    if stored[8] != "tape":
        return ""
    if expected is None:
        return "has no trades"
    for name, expected_value, value in zip(_FIELDS, expected, stored[1:7], strict=True):
        if expected_value != value:
            return f"has {name} {value}, its trades give {expected_value}"
    return _falsely_marked(bool(stored[7]), ranges, start, end)


def _falsely_marked(
    complete: bool,  # noqa: FBT001 - a column of the bar
    ranges: list[IdRange],
    start: int,
    end: int,
) -> str:
    proven = any(r.first_time < start and end <= r.last_time for r in ranges)
    beside_hole = any(low.last_time < end and high.first_time >= start for low, high in pairwise(ranges))
    if complete and beside_hole:
        return "is marked complete beside a hole"
    if complete and not ranges:
        return "is marked complete, and its trades have no ids that prove it"
    if not complete and proven:
        return "is marked incomplete, and the ledger proves it whole"
    return ""
