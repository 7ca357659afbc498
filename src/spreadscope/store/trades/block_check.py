"""Whether blocks of trades are what their rows in the table say, and agree where they interleave."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np

from spreadscope.model.errors import StoreError
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_blocks import Block
from spreadscope.store.trades.trade_columns import TradeColumns, chosen

_CONTENT = ("time", "price", "quantity", "side")


def wrong_blocks(connection: sqlite3.Connection, symbol_id: int) -> Iterator[str]:
    """What is wrong with the blocks of a symbol, a sentence each. No more are in memory than interleave."""
    beside: list[tuple[Block, TradeColumns]] = []
    for block in trade_blocks.blocks(connection, symbol_id):
        try:
            columns = trade_blocks.content(connection, block.block)
        except StoreError as error:
            yield f"block {block.block} (trades {block.first}…{block.last}): {error}"
            continue
        if why := _differs(block, columns):
            yield f"block {block.block} (trades {block.first}…{block.last}) {why}"
            continue
        beside = [(other, rows) for other, rows in beside if other.last >= block.first]
        for other, rows in beside:
            if why := _disagreement(rows, columns):
                yield f"blocks {other.block} and {block.block} both hold {why}: the one written first is read"
        beside.append((block, columns))


def _differs(block: Block, columns: TradeColumns) -> str:
    ids, times = columns[0], columns[1]
    if len(ids) != block.rows or not len(ids):
        return f"holds {len(ids)} trades, and is said to hold {block.rows}"
    steps = np.diff(ids)
    if bool(np.any(steps < 0)):
        return "is not in the order of ids"
    if bool(np.any(steps == 0)):
        return f"holds trade {ids[1:][steps == 0][0]} twice"
    bounds = (int(ids[0]), int(ids[-1]), int(times.min()), int(times.max()))
    said = (block.first, block.last, block.first_time, block.last_time)
    return "" if bounds == said else f"has the bounds {bounds}, and is said to have {said}"


def _disagreement(one: TradeColumns, other: TradeColumns) -> str:
    same, mine, theirs = np.intersect1d(one[0], other[0], assume_unique=True, return_indices=True)
    if not len(same):
        return ""
    kept, later = chosen(one, mine), chosen(other, theirs)
    for name, before, after in zip(_CONTENT, kept[1:], later[1:], strict=True):
        unequal = np.flatnonzero(before != after)
        if len(unequal):
            row = int(unequal[0])
            return f"trade {same[row]} with another {name} ({before[row]}, {after[row]})"
    return f"trade {same[0]} (the same)"


__all__ = ["wrong_blocks"]
