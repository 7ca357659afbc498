"""Small blocks become larger ones: a quiet symbol writes a few trades a transaction, and a block has a price of its own.

Merging never drops a row: where an id stands twice, both rows stay, in the order in which they were written.
"""

from __future__ import annotations

import sqlite3

from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_blocks import Block
from spreadscope.store.trades.trade_columns import stacked

SMALL = 4_096  # rows; the same number as in the table's partial index
MOST_SMALL = 64
_MOST_ROWS = 16 * trade_blocks.ROWS_A_BLOCK  # moved in one transaction: a tenth of a second or so


def merge_small(connection: sqlite3.Connection, symbol_id: int, most_small: int = MOST_SMALL) -> int:
    """Merge the small blocks of a symbol once there are ``most_small``, in the caller's transaction; → how many rows were moved.

    What is beyond the bound of a transaction is left for the next one. Raises ``StoreError`` where a block is damaged.
    """
    query = "SELECT count(*) FROM trade_blocks WHERE symbol_id = ? AND rows < 4096"
    if connection.execute(query, (symbol_id,)).fetchone()[0] < most_small:
        return 0
    moved = 0
    for run in runs(trade_blocks.blocks(connection, symbol_id)):
        if moved and moved + _rows(run) > _MOST_ROWS:
            break
        _merge(connection, symbol_id, run)
        moved += _rows(run)
    return moved


def runs(blocks: list[Block]) -> list[list[Block]]:
    """Which blocks (by first id) are to be one: small ones that follow on each other, and larger ones they lie inside.

    A small block that stands alone joins the block before it, or after it.
    """
    groups: list[list[Block]] = []
    for block in blocks:
        if groups and _joins(groups[-1], block) and _rows(groups[-1]) + block.rows <= _MOST_ROWS:
            groups[-1].append(block)
        else:
            groups.append([block])
    found: list[list[Block]] = []
    for group in groups:
        if found and (_alone(group) or _alone(found[-1])):
            found[-1].extend(group)
        else:
            found.append(group)
    return [run for run in found if len(run) > 1 and any(block.rows < SMALL for block in run)]


def _alone(group: list[Block]) -> bool:
    return len(group) == 1 and group[0].rows < SMALL


def _joins(group: list[Block], block: Block) -> bool:
    if block.rows < SMALL:
        return group[-1].rows < SMALL or any(block.first <= other.last for other in group)
    return any(other.rows < SMALL and block.first <= other.last for other in group)


def _merge(connection: sqlite3.Connection, symbol_id: int, run: list[Block]) -> None:
    numbers = sorted(block.block for block in run)
    columns = stacked([trade_blocks.content(connection, number) for number in numbers])
    connection.executemany("DELETE FROM trade_blocks WHERE block = ?", [(number,) for number in numbers])
    # No more of them than before, so there is a number for each, and later blocks stay the later ones.
    parts = list(trade_blocks.pieces_of(columns))
    for number, part in zip(numbers[: len(parts)], parts, strict=True):
        trade_blocks.put(connection, symbol_id, part, number)


def _rows(run: list[Block]) -> int:
    return sum(block.rows for block in run)


__all__ = ["MOST_SMALL", "SMALL", "merge_small", "runs"]
