"""Bars made of stored trades: the live bars must equal them, and a late fill rebuilds the stored ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from spreadscope.bars.trade_bars import BarValues, bars_of_trades
from spreadscope.model.events import Trades
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.store.archive import archive_catalog, retirement
from spreadscope.store.trades import proof, trade_blocks
from spreadscope.store.trades.trade_columns import merge_by_id


def trades_between(connection: sqlite3.Connection, symbol_id: int, symbol: str, *, start: int, end: int) -> Trades:
    """Returns the stored trades with times in ``[start, end)``, by id, of the archive and the database."""
    archived = archive_catalog.trades(
        connection, symbol or archive_catalog.symbol_of(connection, symbol_id), start, end
    )
    return Trades(symbol, *merge_by_id([*archived, *trade_blocks.pieces(connection, symbol_id, start, end)]))


def trades_of_ids(connection: sqlite3.Connection, symbol_id: int, symbol: str, first: int, last: int) -> Trades:
    """Returns the stored trades ``first … last``, by id, of the archive and the database."""
    archived = archive_catalog.trades_of_ids(connection, symbol, first, last)
    return Trades(symbol, *merge_by_id([*archived, trade_blocks.read_ids(connection, symbol_id, first, last)]))


def rebuild_bar(connection: sqlite3.Connection, symbol_id: int, timeframe: Timeframe, start: int) -> None:
    """Write the bar at ``start`` again from its stored trades; its quotes and the klines of the exchange stay.

    A bar of a day whose trades were retired stays as it is: what is left of them is not all of them.
    """
    if start - start % trade_blocks.DAY_MS in retirement.days(
        connection, archive_catalog.symbol_of(connection, symbol_id)
    ):
        return
    trades = trades_between(connection, symbol_id, "", start=start, end=start + timeframe.milliseconds)
    if bars := bars_of_trades(trades, timeframe):
        put_bars(connection, symbol_id, timeframe, bars)


def put_bars(connection: sqlite3.Connection, symbol_id: int, timeframe: Timeframe, bars: dict[int, BarValues]) -> None:
    """Write bars (by open time) made of trades; their quotes and the klines of the exchange stay."""
    ranges = _proven_times(connection, symbol_id)
    _copy_archived_bars(connection, symbol_id, timeframe, bars)
    connection.executemany(
        "INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'tape', NULL, NULL)"
        " ON CONFLICT DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low,"
        " close = excluded.close, volume = excluded.volume, trades = excluded.trades,"
        " complete = excluded.complete, origin = 'tape' WHERE origin = 'tape' OR excluded.complete",
        [
            (symbol_id, timeframe, start, *values, _is_complete(ranges, start, start + timeframe.milliseconds))
            for start, values in bars.items()
        ],
    )


def rebuild_incomplete_bars(connection: sqlite3.Connection, symbol_id: int, from_time: int, to_time: int) -> None:
    """Rebuild the incomplete bars beside a hole that was filled, from ``from_time`` to ``to_time``."""
    for timeframe in TIMEFRAMES:
        rows = connection.execute(
            "SELECT open_time FROM bars WHERE symbol_id = ? AND timeframe = ? AND open_time > ? AND open_time <= ?"
            " AND origin = 'tape' AND NOT complete",
            (symbol_id, timeframe, from_time - timeframe.milliseconds, to_time),
        ).fetchall()
        archived = archive_catalog.rows_by_time(
            connection, archive_catalog.BARS, archive_catalog.symbol_of(connection, symbol_id), timeframe,
            from_time - timeframe.milliseconds + 1, to_time + 1,
        )  # fmt: skip
        starts = {start for (start,) in rows} | {
            start for start, bar in archived.items() if bar[8] == "tape" and not bar[7]
        }
        for start in sorted(starts):
            rebuild_bar(connection, symbol_id, timeframe, start)


def _copy_archived_bars(
    connection: sqlite3.Connection, symbol_id: int, timeframe: Timeframe, starts: Collection[int]
) -> None:
    """Copy archived bars to the database, where they take precedence and can be changed."""
    symbol = archive_catalog.symbol_of(connection, symbol_id)
    archived = archive_catalog.rows_by_time(
        connection, archive_catalog.BARS, symbol, timeframe, min(starts), max(starts) + 1
    )
    connection.executemany(
        "INSERT OR IGNORE INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(symbol_id, timeframe, *row) for start, row in archived.items() if start in starts],
    )


def _proven_times(connection: sqlite3.Connection, symbol_id: int) -> list[tuple[int, int]]:
    """Returns first and last time of every contiguous range of ids; none where the ids prove nothing."""
    if proof.is_unprovable(connection, archive_catalog.symbol_of(connection, symbol_id)):
        return []
    return connection.execute(
        "SELECT first_time, last_time FROM ledger WHERE symbol_id = ? ORDER BY first", (symbol_id,)
    ).fetchall()


def _is_complete(ranges: list[tuple[int, int]], start: int, end: int) -> bool:
    """Returns whether the ledger proves that no trade of ``[start, end)`` is missing."""
    return any(first_time < start and end <= last_time for first_time, last_time in ranges)
