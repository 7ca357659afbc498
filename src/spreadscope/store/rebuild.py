"""Bars from stored trades: what the live bars must equal, and how one is mended after a very late fill."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left

import numpy as np

from spreadscope.bars.kernel import exact_volume, group
from spreadscope.model.events import Trades
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe

# Times follow ids, but a few milliseconds of disorder between neighbours have been seen.
_DISORDER_MS = 2_000


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
    """The stored trades with times in ``[start, end)``, by id."""
    low = first_id_at(connection, symbol_id, start)
    high = first_id_at(connection, symbol_id, end + 2 * _DISORDER_MS)
    rows = connection.execute(
        "SELECT id, time, price, quantity, buyer_maker FROM trades"
        " WHERE symbol_id = ? AND id BETWEEN ? AND ? AND time >= ? AND time < ? ORDER BY id",
        (symbol_id, low, high, start, end),
    ).fetchall()
    ids, times, prices, quantities, sides = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Trades(
        symbol,
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
    complete = _complete(connection, symbol_id, start, start + timeframe.milliseconds)
    connection.execute(
        "INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'tape', NULL, NULL)"
        " ON CONFLICT DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low,"
        " close = excluded.close, volume = excluded.volume, trades = excluded.trades,"
        " complete = excluded.complete, origin = 'tape' WHERE origin = 'tape' OR excluded.complete",
        (
            symbol_id,
            timeframe,
            start,
            opened,
            high,
            low,
            close,
            exact_volume(whole, fraction),
            count,
            complete,
        ),
    )


def mend_bars(connection: sqlite3.Connection, symbol_id: int, from_time: int, to_time: int) -> None:
    """A hole between ``from_time`` and ``to_time`` ended: make the bars beside it that stayed incomplete anew."""
    for timeframe in TIMEFRAMES:
        rows = connection.execute(
            "SELECT open_time FROM bars WHERE symbol_id = ? AND timeframe = ? AND open_time > ? AND open_time <= ?"
            " AND origin = 'tape' AND NOT complete",
            (symbol_id, timeframe, from_time - timeframe.milliseconds, to_time),
        ).fetchall()
        for (start,) in rows:
            rebuild_bar(connection, symbol_id, timeframe, start)


def _complete(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> bool:
    """Whether the ledger proves that no trade of ``[start, end)`` is missing."""
    rows = connection.execute(
        "SELECT first_time, last_time FROM ledger WHERE symbol_id = ? ORDER BY first", (symbol_id,)
    ).fetchall()
    return any(first_time < start and end <= last_time for first_time, last_time in rows)
