"""Trades of a store as its blocks hold them, for tests that look behind the readers or do harm."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from spreadscope.store.directory import DATABASE, connect
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_columns import TradeColumns, concatenate, select_rows

EVER = (-(1 << 62), 1 << 62)


def rows(connection: sqlite3.Connection, symbol_id: int) -> TradeColumns:
    """Every row of a symbol, by id; an id that stands twice comes twice."""
    return concatenate(trade_blocks.pieces(connection, symbol_id, *EVER))


def count(path: Path) -> int:
    """How many trades lie in the database of a data directory."""
    connection = connect(path / DATABASE, read_only=True)
    try:
        return int(connection.execute("SELECT coalesce(sum(rows), 0) FROM trade_blocks").fetchone()[0])
    finally:
        connection.close()


def lose(path: Path, trade_id: int, symbol_id: int = 1) -> None:
    """Take one trade out, as no part of the program does."""
    connection = connect(path / DATABASE)
    try:
        for block in trade_blocks.blocks(connection, symbol_id):
            columns = trade_blocks.read_block(connection, block.block)
            keep = columns[0] != trade_id
            if not keep.all():
                connection.execute("DELETE FROM trade_blocks WHERE block = ?", (block.block,))
                trade_blocks.put(connection, symbol_id, select_rows(columns, keep), block.block)
    finally:
        connection.close()
