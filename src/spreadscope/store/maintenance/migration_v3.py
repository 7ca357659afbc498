"""The migration of trades of an older store: rows of a table become blocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np
import structlog

from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_columns import TradeColumns

log = structlog.get_logger()

_LOG_EVERY = 1_000_000


def move_trades(connection: sqlite3.Connection) -> None:
    """Fill ``trade_blocks`` from the table ``trades`` and drop that, in the caller's transaction, block by block."""
    for statement in trade_blocks.TABLES.split(";"):
        connection.execute(statement)
    moved = 0
    for symbol_id in list(_symbol_ids(connection)):
        cursor = connection.execute(
            "SELECT id, time, price, quantity, buyer_maker FROM trades WHERE symbol_id = ? ORDER BY id", (symbol_id,)
        )
        while rows := cursor.fetchmany(trade_blocks.ROWS_A_BLOCK):
            trade_blocks.put(connection, symbol_id, _columns(rows))
            if (moved + len(rows)) // _LOG_EVERY > moved // _LOG_EVERY:
                log.info("trades move into blocks, once for this store", rows=moved + len(rows))
            moved += len(rows)
    connection.execute("DROP TABLE trades")
    if moved:
        log.info("trades moved into blocks; the space they had is used again, the file does not shrink", rows=moved)


def _symbol_ids(connection: sqlite3.Connection) -> Iterator[int]:
    """Yields the symbols that have trades.

    Each is found by one step in the index: to read all rows would take minutes.
    """
    symbol_id = connection.execute("SELECT min(symbol_id) FROM trades").fetchone()[0]
    while symbol_id is not None:
        yield symbol_id
        symbol_id = connection.execute(
            "SELECT min(symbol_id) FROM trades WHERE symbol_id > ?", (symbol_id,)
        ).fetchone()[0]


def _columns(rows: list[tuple[int, int, float, float, int]]) -> TradeColumns:
    ids, times, prices, quantities, sides = zip(*rows, strict=True)
    return (
        np.array(ids, dtype=np.int64),
        np.array(times, dtype=np.int64),
        np.array(prices, dtype=np.float64),
        np.array(quantities, dtype=np.float64),
        np.array(sides, dtype=np.bool_),
    )
