"""The trades in the database: blocks of columns, one a symbol and transaction, read by time or by id.

A block's rows are sorted by id; ids may have holes, and blocks of a symbol may interleave (late fills). The number
``block`` grows with each write. The ledger prevents that an id is stored twice; where it is, the row written first is
read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec
import numpy as np

from spreadscope.model.events import Ints
from spreadscope.store.trades.block_codec import decode, encode
from spreadscope.store.trades.trade_columns import TradeColumns, concatenate, merge_by_id, select_rows, select_times

DAY_MS = 86_400_000
ROWS_A_BLOCK = 16_384
_BLOCKS_A_PAGE = 4
_LARGEST_ID = 2**63 - 1  # the largest integer of a column

# The first index has all that a read needs to find its blocks; the last one serves the merging (see
# block_merging.SMALL).
TABLES = """
CREATE TABLE trade_blocks (
    block INTEGER PRIMARY KEY, symbol_id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, rows INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE INDEX trade_blocks_by_id ON trade_blocks (symbol_id, first, last, first_time, last_time, rows);
CREATE INDEX trade_blocks_by_last ON trade_blocks (symbol_id, last);
CREATE INDEX trade_blocks_small ON trade_blocks (symbol_id) WHERE rows < 4096;
"""


class Block(msgspec.Struct, frozen=True, array_like=True):
    """A row of ``trade_blocks`` without its bytes.

    ``first_time`` and ``last_time`` (ms) are the least and the greatest of its trades.
    """

    block: int
    first: int
    last: int
    first_time: int
    last_time: int
    rows: int


def add(connection: sqlite3.Connection, symbol_id: int, pieces: list[TradeColumns]) -> None:
    """Write trades of one symbol, in any order, as one block (several where they are many, or ids lie far apart)."""
    columns = concatenate(pieces)
    jumps = (
        np.flatnonzero(np.diff(columns[0]) > ROWS_A_BLOCK) + 1
    )  # old trades that fill a hole must not share a block with new ones
    for start, end in zip([0, *jumps.tolist()], [*jumps.tolist(), len(columns[0])], strict=True):
        for piece in pieces_of(select_rows(columns, slice(start, end))):
            put(connection, symbol_id, piece)


def pieces_of(columns: TradeColumns) -> Iterator[TradeColumns]:
    """Yields sorted rows in parts of similar size, none larger than a block."""
    n = len(columns[0])
    count = -(-n // ROWS_A_BLOCK)
    for number in range(count):
        yield select_rows(columns, slice(number * n // count, (number + 1) * n // count))


def put(connection: sqlite3.Connection, symbol_id: int, columns: TradeColumns, block: int | None = None) -> None:
    """Write one block of sorted rows, under a number that is free or a new one."""
    ids, times = columns[0], columns[1]
    bounds = (int(ids[0]), int(ids[-1]), int(times.min()), int(times.max()), len(ids))
    connection.execute(
        "INSERT INTO trade_blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (block, symbol_id, *bounds, encode(columns))
    )


def blocks(connection: sqlite3.Connection, symbol_id: int) -> list[Block]:
    """Returns every block of a symbol, by first id."""
    query = (
        "SELECT block, first, last, first_time, last_time, rows FROM trade_blocks WHERE symbol_id = ?"
        " ORDER BY first, block"
    )
    return [Block(*row) for row in connection.execute(query, (symbol_id,))]


def read_block(connection: sqlite3.Connection, block: int) -> TradeColumns:
    """Returns the trades of one block. Raises ``StoreError`` where it is damaged."""
    return decode(connection.execute("SELECT data FROM trade_blocks WHERE block = ?", (block,)).fetchone()[0])


def pieces(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> list[TradeColumns]:
    """Returns the trades with times in ``[start, end)`` (ms), block by block as they were written."""
    query = "SELECT data FROM trade_blocks WHERE symbol_id = ? AND last_time >= ? AND first_time < ? ORDER BY block"
    return [select_times(decode(data), start, end) for (data,) in connection.execute(query, (symbol_id, start, end))]


def times(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> Ints:
    """Returns the times in ``[start, end)`` of the trades in the database, ascending: the distribution of a day's
    trades in little memory.
    """
    query = "SELECT data FROM trade_blocks WHERE symbol_id = ? AND last_time >= ? AND first_time < ?"
    time_columns = [
        select_times(decode(data), start, end)[1] for (data,) in connection.execute(query, (symbol_id, start, end))
    ]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *time_columns]))


def read(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> TradeColumns:
    """Returns the trades with times in ``[start, end)`` (ms), by id, each id once."""
    return merge_by_id(pieces(connection, symbol_id, start, end))


def read_ids(connection: sqlite3.Connection, symbol_id: int, low: int, high: int) -> TradeColumns:
    """Returns the trades with ids in ``low … high``, by id, each once."""
    query = "SELECT data FROM trade_blocks WHERE symbol_id = ? AND first <= ? AND last >= ? ORDER BY block"
    found = (decode(data) for (data,) in connection.execute(query, (symbol_id, high, low)))
    return merge_by_id([select_rows(columns, slice(*_span(columns, low, high))) for columns in found])


def page(
    connection: sqlite3.Connection, symbol_id: int, after: int, start: int, end: int
) -> tuple[int, TradeColumns] | None:
    """Returns the next trades above the id ``after`` with times in ``[start, end)``, and the id they reach; None at the
    end.

    A page ends with one of the blocks that end first, so that no more than those and what interleaves there are in
    memory.
    """
    if after >= _LARGEST_ID:
        return None
    low = after + 1
    query = (
        "SELECT max(last) FROM (SELECT last FROM trade_blocks"
        " WHERE symbol_id = ? AND last >= ? AND last_time >= ? AND first_time < ? ORDER BY last LIMIT ?)"
    )
    (last_id,) = connection.execute(query, (symbol_id, low, start, end, _BLOCKS_A_PAGE)).fetchone()
    return (
        None if last_id is None else (last_id, select_times(read_ids(connection, symbol_id, low, last_id), start, end))
    )


def days(connection: sqlite3.Connection, symbol_id: int) -> set[int]:
    """Returns starts (ms) of the days that have trades in the database."""
    start_days: set[int] = set()
    for block in blocks(connection, symbol_id):
        block_days = {block.first_time // DAY_MS, block.last_time // DAY_MS}
        if max(block_days) - min(block_days) > 1:  # the days between may have nothing in it
            block_days = set(np.unique(read_block(connection, block.block)[1] // DAY_MS).tolist())
        start_days |= {day * DAY_MS for day in block_days}
    return start_days


def remove_times(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> int:
    """Delete the trades with times in ``[start, end)`` and write the rest of their blocks again. Returns how many."""
    query = (
        "SELECT block, data FROM trade_blocks WHERE symbol_id = ? AND last_time >= ? AND first_time < ? ORDER BY block"
    )
    removed = 0
    for block, data in connection.execute(query, (symbol_id, start, end)).fetchall():
        columns = decode(data)
        outside = (columns[1] < start) | (columns[1] >= end)
        if outside.all():
            continue
        removed += int(len(outside) - outside.sum())
        connection.execute("DELETE FROM trade_blocks WHERE block = ?", (block,))
        if outside.any():
            put(connection, symbol_id, select_rows(columns, outside), block)
    return removed


def _span(columns: TradeColumns, low: int, high: int) -> tuple[int, int]:
    ids = columns[0]
    return int(np.searchsorted(ids, low, "left")), int(np.searchsorted(ids, high, "right"))
