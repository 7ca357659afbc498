"""The merging of small blocks: a quiet symbol writes a few trades a transaction, and each block costs time and space.

Merging never drops a row: where an id is stored twice, both rows stay, in the order in which they were written.
"""

from __future__ import annotations

import sqlite3

from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_blocks import Block
from spreadscope.store.trades.trade_columns import concatenate

SMALL = 4_096  # rows; the same number as in the table's partial index
MAX_SMALL = 64
_MAX_ROWS = 16 * trade_blocks.ROWS_A_BLOCK  # moved in one transaction: a tenth of a second or so


def merge_small(connection: sqlite3.Connection, symbol_id: int, max_small: int = MAX_SMALL) -> int:
    """Merge the small blocks of a symbol once there are ``max_small``, in the caller's transaction.

    Returns the number of rows moved.

    What is beyond the bound of a transaction is left for the next one. Raises ``StoreError`` where a block is damaged.
    """
    query = "SELECT count(*) FROM trade_blocks WHERE symbol_id = ? AND rows < 4096"
    if connection.execute(query, (symbol_id,)).fetchone()[0] < max_small:
        return 0
    moved = 0
    for group in merge_groups(trade_blocks.blocks(connection, symbol_id)):
        if moved and moved + _rows(group) > _MAX_ROWS:
            break
        _merge(connection, symbol_id, group)
        moved += _rows(group)
    return moved


def merge_groups(blocks: list[Block]) -> list[list[Block]]:
    """Returns groups of blocks (by first id) to merge: small ones in sequence, and larger ones that overlap them.

    A small block that stands alone joins the block before it, or after it.
    """
    groups: list[list[Block]] = []
    for block in blocks:
        if groups and _can_join(groups[-1], block) and _rows(groups[-1]) + block.rows <= _MAX_ROWS:
            groups[-1].append(block)
        else:
            groups.append([block])
    merged_groups: list[list[Block]] = []
    for group in groups:
        if merged_groups and (_is_single_small(group) or _is_single_small(merged_groups[-1])):
            merged_groups[-1].extend(group)
        else:
            merged_groups.append(group)
    return [group for group in merged_groups if len(group) > 1 and any(block.rows < SMALL for block in group)]


def _is_single_small(group: list[Block]) -> bool:
    return len(group) == 1 and group[0].rows < SMALL


def _can_join(group: list[Block], block: Block) -> bool:
    if block.rows < SMALL:
        return group[-1].rows < SMALL or any(block.first <= other.last for other in group)
    return any(other.rows < SMALL and block.first <= other.last for other in group)


def _merge(connection: sqlite3.Connection, symbol_id: int, group: list[Block]) -> None:
    numbers = sorted(block.block for block in group)
    columns = concatenate([trade_blocks.read_block(connection, number) for number in numbers])
    connection.executemany("DELETE FROM trade_blocks WHERE block = ?", [(number,) for number in numbers])
    # There are no more parts than blocks before: each gets an old number, and the order of blocks stays.
    parts = list(trade_blocks.pieces_of(columns))
    for number, part in zip(numbers[: len(parts)], parts, strict=True):
        trade_blocks.put(connection, symbol_id, part, number)


def _rows(group: list[Block]) -> int:
    return sum(block.rows for block in group)


__all__ = ["MAX_SMALL", "SMALL", "merge_groups", "merge_small"]
