"""Trades as five columns, the shape in which the store keeps, moves and joins them."""

from __future__ import annotations

import numpy as np

from spreadscope.model.events import Bools, Floats, Ints

TradeColumns = tuple[Ints, Ints, Floats, Floats, Bools]  # id, time (ms), price, quantity, buyer_maker


def nothing() -> TradeColumns:
    """Columns without rows."""
    return (
        np.empty(0, dtype=np.int64),
        np.empty(0, dtype=np.int64),
        np.empty(0, dtype=np.float64),
        np.empty(0, dtype=np.float64),
        np.empty(0, dtype=np.bool_),
    )


def chosen(columns: TradeColumns, rows: Bools | Ints | slice) -> TradeColumns:
    """The rows named by a mask, an index array or a slice."""
    ids, times, prices, quantities, sides = columns
    return ids[rows], times[rows], prices[rows], quantities[rows], sides[rows]


def stacked(pieces: list[TradeColumns]) -> TradeColumns:
    """Columns of several pieces as one, by id; rows of the same id stay in the order of their pieces."""
    if not pieces:
        return nothing()
    columns = pieces[0]
    if len(pieces) > 1:
        ids, times, prices, quantities, sides = (np.concatenate(column) for column in zip(*pieces, strict=True))
        columns = (ids, times, prices, quantities, sides)
    ids = columns[0]
    return columns if bool(np.all(ids[1:] >= ids[:-1])) else chosen(columns, np.argsort(ids, kind="stable"))


def joined(pieces: list[TradeColumns]) -> TradeColumns:
    """Columns of several pieces as one, by id. Of an id that comes twice the row of the earlier piece is the one that counts."""
    columns = stacked(pieces)
    first = np.ones(len(columns[0]), dtype=np.bool_)
    first[1:] = columns[0][1:] != columns[0][:-1]
    return columns if bool(first.all()) else chosen(columns, first)


def between(columns: TradeColumns, start: int, end: int) -> TradeColumns:
    """The rows with times in ``[start, end)`` (ms)."""
    inside = (columns[1] >= start) & (columns[1] < end)
    return columns if bool(inside.all()) else chosen(columns, inside)
