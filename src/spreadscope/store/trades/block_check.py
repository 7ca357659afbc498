"""The check of blocks of trades: whether they are as their table rows say, and agree where they overlap."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np

from spreadscope.model.errors import StoreError
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_blocks import Block
from spreadscope.store.trades.trade_columns import TradeColumns, select_rows

_CONTENT = ("time", "price", "quantity", "side")


def wrong_blocks(connection: sqlite3.Connection, symbol_id: int) -> Iterator[str]:
    """Yields what is wrong with the blocks of a symbol, a sentence each. Only overlapping blocks are in memory."""
    overlapping: list[tuple[Block, TradeColumns]] = []
    for block in trade_blocks.blocks(connection, symbol_id):
        try:
            columns = trade_blocks.read_block(connection, block.block)
        except StoreError as error:
            yield f"block {block.block} (trades {block.first}…{block.last}): {error}"
            continue
        if why := _header_mismatch(block, columns):
            yield f"block {block.block} (trades {block.first}…{block.last}) {why}"
            continue
        overlapping = [(other, rows) for other, rows in overlapping if other.last >= block.first]
        for other, rows in overlapping:
            if why := _conflict(rows, columns):
                yield f"blocks {other.block} and {block.block} both hold {why}: the one written first is read"
        overlapping.append((block, columns))


def _header_mismatch(block: Block, columns: TradeColumns) -> str:
    ids, times = columns[0], columns[1]
    if len(ids) != block.rows or not len(ids):
        return f"holds {len(ids)} trades, and its row says {block.rows}"
    steps = np.diff(ids)
    if bool(np.any(steps < 0)):
        return "is not in the order of ids"
    if bool(np.any(steps == 0)):
        return f"holds trade {ids[1:][steps == 0][0]} twice"
    bounds = (int(ids[0]), int(ids[-1]), int(times.min()), int(times.max()))
    stated = (block.first, block.last, block.first_time, block.last_time)
    return "" if bounds == stated else f"has the bounds {bounds}, and its row says {stated}"


def _conflict(first: TradeColumns, second: TradeColumns) -> str:
    common_ids, first_rows, second_rows = np.intersect1d(first[0], second[0], assume_unique=True, return_indices=True)
    if not len(common_ids):
        return ""
    first_content, second_content = select_rows(first, first_rows), select_rows(second, second_rows)
    for name, before, after in zip(_CONTENT, first_content[1:], second_content[1:], strict=True):
        differing = np.flatnonzero(before != after)
        if len(differing):
            row = int(differing[0])
            return f"trade {common_ids[row]} with another {name} ({before[row]}, {after[row]})"
    return f"trade {common_ids[0]} (the same)"


__all__ = ["wrong_blocks"]
