"""Bars from stored trades: what the live bars must equal, and how one is mended after a very late fill."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from spreadscope.bars.kernel import exact_volume, group
from spreadscope.model.events import Trades
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.store.archive import archive_catalog, retirement
from spreadscope.store.trades import proof, trade_blocks
from spreadscope.store.trades.trade_columns import joined

BarValues = tuple[float, float, float, float, float, int]  # open, high, low, close, volume, trades


def trades_between(connection: sqlite3.Connection, symbol_id: int, symbol: str, *, start: int, end: int) -> Trades:
    """The stored trades with times in ``[start, end)``, by id, of the archive and the database."""
    cold = archive_catalog.trades(connection, symbol or archive_catalog.symbol_of(connection, symbol_id), start, end)
    return Trades(symbol, *joined([*cold, *trade_blocks.pieces(connection, symbol_id, start, end)]))


def trades_of_ids(connection: sqlite3.Connection, symbol_id: int, symbol: str, first: int, last: int) -> Trades:
    """The stored trades ``first … last``, by id, of the archive and the database."""
    cold = archive_catalog.trades_of_ids(connection, symbol, first, last)
    return Trades(symbol, *joined([*cold, trade_blocks.read_ids(connection, symbol_id, first, last)]))


def rebuild_bar(connection: sqlite3.Connection, symbol_id: int, timeframe: Timeframe, start: int) -> None:
    """Write the bar at ``start`` anew from its stored trades; quotes and the exchange's klines stay as they are.

    A bar of a day whose trades were retired stays as it is: what is left of them is not all of them.
    """
    if start - start % trade_blocks.DAY_MS in retirement.days(
        connection, archive_catalog.symbol_of(connection, symbol_id)
    ):
        return
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
        old = archive_catalog.keyed(
            connection, archive_catalog.BARS, archive_catalog.symbol_of(connection, symbol_id), timeframe,
            from_time - timeframe.milliseconds + 1, to_time + 1,
        )  # fmt: skip
        starts = {start for (start,) in rows} | {start for start, bar in old.items() if bar[8] == "tape" and not bar[7]}
        for start in sorted(starts):
            rebuild_bar(connection, symbol_id, timeframe, start)


def _fetch_bars(connection: sqlite3.Connection, symbol_id: int, timeframe: Timeframe, starts: Collection[int]) -> None:
    """A bar of an archived day is mended in the database, where it takes the place of the archived one."""
    symbol = archive_catalog.symbol_of(connection, symbol_id)
    old = archive_catalog.keyed(connection, archive_catalog.BARS, symbol, timeframe, min(starts), max(starts) + 1)
    connection.executemany(
        "INSERT OR IGNORE INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(symbol_id, timeframe, *row) for start, row in old.items() if start in starts],
    )


def _proved(connection: sqlite3.Connection, symbol_id: int) -> list[tuple[int, int]]:
    """Times of the first and last trade of every contiguous range; none where the ids prove nothing."""
    if proof.is_unprovable(connection, archive_catalog.symbol_of(connection, symbol_id)):
        return []
    return connection.execute(
        "SELECT first_time, last_time FROM ledger WHERE symbol_id = ? ORDER BY first", (symbol_id,)
    ).fetchall()


def _complete(ranges: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether the ledger proves that no trade of ``[start, end)`` is missing."""
    return any(first_time < start and end <= last_time for first_time, last_time in ranges)
