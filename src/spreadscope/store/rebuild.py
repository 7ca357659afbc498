"""Bars from stored trades: what the live bars must equal, and how one is mended after a very late fill."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Collection

import numpy as np

from spreadscope.bars.kernel import exact_volume, group
from spreadscope.model.events import Trades
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.store import archived

# Times follow ids, but a few milliseconds of disorder between neighbours have been seen.
_DISORDER_MS = 2_000
_CHUNK = 100_000

BarValues = tuple[float, float, float, float, float, int]  # open, high, low, close, volume, trades


def first_id_at(connection: sqlite3.Connection, symbol_id: int, time: int) -> int:
    """The lowest id whose trade can be at or after ``time`` (ms), found by halving the id range."""
    low, high = connection.execute("SELECT min(id), max(id) FROM trades WHERE symbol_id = ?", (symbol_id,)).fetchone()
    if low is None:
        return 0

    def time_of(identity: int) -> int:
        row = connection.execute(
            "SELECT time FROM trades WHERE symbol_id = ? AND id >= ? ORDER BY id LIMIT 1", (symbol_id, identity)
        ).fetchone()
        return int(row[0])

    return int(low) + bisect_left(range(int(low), int(high) + 1), time - _DISORDER_MS, key=time_of)


def trades_between(connection: sqlite3.Connection, symbol_id: int, symbol: str, *, start: int, end: int) -> Trades:
    """The stored trades with times in ``[start, end)``, by id, of the database and the archive."""
    hot = hot_trades(connection, symbol_id, start, end)
    cold = archived.trades(connection, symbol or archived.symbol_of(connection, symbol_id), start, end)
    return Trades(symbol, *archived.joined([*cold, hot] if len(hot[0]) or not cold else cold))


def trades_of_ids(connection: sqlite3.Connection, symbol_id: int, symbol: str, first: int, last: int) -> Trades:
    """The stored trades ``first … last``, by id, of the database and the archive."""
    rows = connection.execute(
        "SELECT id, time, price, quantity, buyer_maker FROM trades WHERE symbol_id = ? AND id BETWEEN ? AND ? ORDER BY id",
        (symbol_id, first, last),
    ).fetchall()
    cold = archived.trades_of_ids(connection, symbol, first, last)
    return Trades(symbol, *archived.joined([*cold, _columns(rows)] if rows or not cold else cold))


def hot_trades(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> archived.TradeColumns:
    """The trades with times in ``[start, end)`` that lie in the database, by id."""
    low = first_id_at(connection, symbol_id, start)
    high = first_id_at(connection, symbol_id, end + 2 * _DISORDER_MS)
    cursor = connection.execute(
        "SELECT id, time, price, quantity, buyer_maker FROM trades"
        " WHERE symbol_id = ? AND id BETWEEN ? AND ? AND time >= ? AND time < ? ORDER BY id",
        (symbol_id, low, high, start, end),
    )
    pieces = []
    while rows := cursor.fetchmany(_CHUNK):  # a busy day has millions of rows, which are small only as columns
        pieces.append(_columns(rows))
    return archived.joined(pieces or [_columns([])])


def _columns(rows: list[tuple[int, int, float, float, int]]) -> archived.TradeColumns:
    ids, times, prices, quantities, sides = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return (
        np.array(ids, dtype=np.int64),
        np.array(times, dtype=np.int64),
        np.array(prices, dtype=np.float64),
        np.array(quantities, dtype=np.float64),
        np.array(sides, dtype=np.bool_),
    )


def rebuild_bar(connection: sqlite3.Connection, symbol_id: int, timeframe: Timeframe, start: int) -> None:
    """Write the bar at ``start`` anew from its stored trades; quotes and the exchange's klines stay as they are."""
    trades = trades_between(connection, symbol_id, "", start=start, end=start + timeframe.milliseconds)
    integers, numbers, _ = group(trades.ids, trades.times, trades.prices, trades.quantities, timeframe.milliseconds)
    if len(integers) == 0:
        return
    _, _, _, whole, fraction, count = integers[0].tolist()
    opened, high, low, close = numbers[0].tolist()
    values = (opened, high, low, close, exact_volume(whole, fraction), count)
    put_bars(connection, symbol_id, timeframe, {start: values})


def put_bars(connection: sqlite3.Connection, symbol_id: int, timeframe: Timeframe, bars: dict[int, BarValues]) -> None:
    """Write what the trades of bars (by open time) give; quotes and the exchange's klines stay as they are."""
    ranges = _proved(connection, symbol_id)
    _fetch_bars(connection, symbol_id, timeframe, bars)
    connection.executemany(
        "INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'tape', NULL, NULL)"
        " ON CONFLICT DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low,"
        " close = excluded.close, volume = excluded.volume, trades = excluded.trades,"
        " complete = excluded.complete, origin = 'tape' WHERE origin = 'tape' OR excluded.complete",
        [
            (symbol_id, timeframe, start, *values, _complete(ranges, start, start + timeframe.milliseconds))
            for start, values in bars.items()
        ],
    )


def mend_bars(connection: sqlite3.Connection, symbol_id: int, from_time: int, to_time: int) -> None:
    """A hole between ``from_time`` and ``to_time`` ended: make the bars beside it that stayed incomplete anew."""
    for timeframe in TIMEFRAMES:
        rows = connection.execute(
            "SELECT open_time FROM bars WHERE symbol_id = ? AND timeframe = ? AND open_time > ? AND open_time <= ?"
            " AND origin = 'tape' AND NOT complete",
            (symbol_id, timeframe, from_time - timeframe.milliseconds, to_time),
        ).fetchall()
        old = archived.keyed(
            connection, archived.BARS, archived.symbol_of(connection, symbol_id), timeframe,
            from_time - timeframe.milliseconds + 1, to_time + 1,
        )  # fmt: skip
        starts = {start for (start,) in rows} | {start for start, bar in old.items() if bar[8] == "tape" and not bar[7]}
        for start in sorted(starts):
            rebuild_bar(connection, symbol_id, timeframe, start)


def _fetch_bars(connection: sqlite3.Connection, symbol_id: int, timeframe: Timeframe, starts: Collection[int]) -> None:
    """A bar of an archived day is mended in the database, where it takes the place of the archived one."""
    symbol = archived.symbol_of(connection, symbol_id)
    old = archived.keyed(connection, archived.BARS, symbol, timeframe, min(starts), max(starts) + 1)
    connection.executemany(
        "INSERT OR IGNORE INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(symbol_id, timeframe, *row) for start, row in old.items() if start in starts],
    )


def _proved(connection: sqlite3.Connection, symbol_id: int) -> list[tuple[int, int]]:
    """Times of the first and last trade of every contiguous range."""
    return connection.execute(
        "SELECT first_time, last_time FROM ledger WHERE symbol_id = ? ORDER BY first", (symbol_id,)
    ).fetchall()


def _complete(ranges: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether the ledger proves that no trade of ``[start, end)`` is missing."""
    return any(first_time < start and end <= last_time for first_time, last_time in ranges)
