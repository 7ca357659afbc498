"""The trades that lie in the database: blocks of columns, written one a symbol and transaction, read by time or by id.

A block's rows are sorted by id; ids may have holes, and blocks of a symbol may interleave (late fills). ``block`` counts up
as blocks are written, so that where an id stands twice, which the ledger prevents, the row that was written first is read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec
import numpy as np

from spreadscope.model.events import Ints
from spreadscope.store.trades.block_codec import decode, encode
from spreadscope.store.trades.trade_columns import TradeColumns, between, chosen, joined, stacked

DAY_MS = 86_400_000
ROWS_A_BLOCK = 16_384
_BLOCKS_A_PAGE = 4
_LARGEST_ID = 2**63 - 1  # no id can follow on it in a column of integers

# The first index holds all that says which blocks a read needs; the last one is what merging looks at (see merging.SMALL).
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
    """A row of ``trade_blocks`` without its bytes. Times (ms) are the least and the greatest of its trades."""

    block: int
    first: int
    last: int
    first_time: int
    last_time: int
    rows: int


def add(connection: sqlite3.Connection, symbol_id: int, pieces: list[TradeColumns]) -> None:
    """Write trades of one symbol, in any order, as one block (several where they are many, or ids lie far apart)."""
    columns = stacked(pieces)
    jumps = np.flatnonzero(np.diff(columns[0]) > ROWS_A_BLOCK) + 1  # a fill of long ago is no neighbour of what is new
    for start, end in zip([0, *jumps.tolist()], [*jumps.tolist(), len(columns[0])], strict=True):
        for piece in pieces_of(chosen(columns, slice(start, end))):
            put(connection, symbol_id, piece)


def pieces_of(columns: TradeColumns) -> Iterator[TradeColumns]:
    """Sorted rows in parts of like size, none larger than a block."""
    n = len(columns[0])
    count = -(-n // ROWS_A_BLOCK)
    for number in range(count):
        yield chosen(columns, slice(number * n // count, (number + 1) * n // count))


def put(connection: sqlite3.Connection, symbol_id: int, columns: TradeColumns, block: int | None = None) -> None:
    """Write one block of sorted rows, under a number that is free or a new one."""
    ids, times = columns[0], columns[1]
    bounds = (int(ids[0]), int(ids[-1]), int(times.min()), int(times.max()), len(ids))
    connection.execute(
        "INSERT INTO trade_blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (block, symbol_id, *bounds, encode(columns))
    )


def blocks(connection: sqlite3.Connection, symbol_id: int) -> list[Block]:
    """Every block of a symbol, by first id."""
    query = (
        "SELECT block, first, last, first_time, last_time, rows FROM trade_blocks WHERE symbol_id = ?"
        " ORDER BY first, block"
    )
    return [Block(*row) for row in connection.execute(query, (symbol_id,))]


def content(connection: sqlite3.Connection, block: int) -> TradeColumns:
    """The trades of one block. Raises ``StoreError`` where it is damaged."""
    return decode(connection.execute("SELECT data FROM trade_blocks WHERE block = ?", (block,)).fetchone()[0])


def pieces(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> list[TradeColumns]:
    """The trades with times in ``[start, end)`` (ms), block by block as they were written."""
    query = "SELECT data FROM trade_blocks WHERE symbol_id = ? AND last_time >= ? AND first_time < ? ORDER BY block"
    return [between(decode(data), start, end) for (data,) in connection.execute(query, (symbol_id, start, end))]


def times(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> Ints:
    """The times in ``[start, end)`` of the trades in the database, ascending: how a day is spread, in little memory."""
    query = "SELECT data FROM trade_blocks WHERE symbol_id = ? AND last_time >= ? AND first_time < ?"
    found = [between(decode(data), start, end)[1] for (data,) in connection.execute(query, (symbol_id, start, end))]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *found]))


def read(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> TradeColumns:
    """The trades with times in ``[start, end)`` (ms), by id, each id once."""
    return joined(pieces(connection, symbol_id, start, end))


def read_ids(connection: sqlite3.Connection, symbol_id: int, low: int, high: int) -> TradeColumns:
    """The trades with ids in ``low … high``, by id, each once."""
    query = "SELECT data FROM trade_blocks WHERE symbol_id = ? AND first <= ? AND last >= ? ORDER BY block"
    found = (decode(data) for (data,) in connection.execute(query, (symbol_id, high, low)))
    return joined([chosen(columns, slice(*_span(columns, low, high))) for columns in found])


def page(
    connection: sqlite3.Connection, symbol_id: int, after: int, start: int, end: int
) -> tuple[int, TradeColumns] | None:
    """The next trades above the id ``after`` with times in ``[start, end)``, and the id they reach; None at the end.

    A page ends with one of the blocks that end first, so that no more than those and what interleaves there are in memory.
    """
    if after >= _LARGEST_ID:
        return None
    low = after + 1
    query = (
        "SELECT max(last) FROM (SELECT last FROM trade_blocks"
        " WHERE symbol_id = ? AND last >= ? AND last_time >= ? AND first_time < ? ORDER BY last LIMIT ?)"
    )
    (reach,) = connection.execute(query, (symbol_id, low, start, end, _BLOCKS_A_PAGE)).fetchone()
    return None if reach is None else (reach, between(read_ids(connection, symbol_id, low, reach), start, end))


def days(connection: sqlite3.Connection, symbol_id: int) -> set[int]:
    """Starts (ms) of the days that have trades in the database."""
    found: set[int] = set()
    for block in blocks(connection, symbol_id):
        spanned = {block.first_time // DAY_MS, block.last_time // DAY_MS}
        if max(spanned) - min(spanned) > 1:  # the days between may have nothing in it
            spanned = set(np.unique(content(connection, block.block)[1] // DAY_MS).tolist())
        found |= {day * DAY_MS for day in spanned}
    return found


def cut(connection: sqlite3.Connection, symbol_id: int, start: int, end: int) -> int:
    """Take out the trades with times in ``[start, end)``; → how many. What else a block holds is written anew in its place."""
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
            put(connection, symbol_id, chosen(columns, outside), block)
    return removed


def _span(columns: TradeColumns, low: int, high: int) -> tuple[int, int]:
    ids = columns[0]
    return int(np.searchsorted(ids, low, "left")), int(np.searchsorted(ids, high, "right"))
