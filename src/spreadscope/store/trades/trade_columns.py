"""Trades as five columns, the shape in which the store keeps, moves and joins them."""

from __future__ import annotations

import numpy as np

from spreadscope.model.events import Bools, Floats, Ints

TradeColumns = tuple[Ints, Ints, Floats, Floats, Bools]  # id, time (ms), price, quantity, buyer_maker


def empty_columns() -> TradeColumns:
    """Returns columns without rows."""
    return (
        np.empty(0, dtype=np.int64),
        np.empty(0, dtype=np.int64),
        np.empty(0, dtype=np.float64),
        np.empty(0, dtype=np.float64),
        np.empty(0, dtype=np.bool_),
    )


def select_rows(columns: TradeColumns, rows: Bools | Ints | slice) -> TradeColumns:
    """Returns the rows that a mask, an index array or a slice selects."""
    ids, times, prices, quantities, sides = columns
    return ids[rows], times[rows], prices[rows], quantities[rows], sides[rows]


def concatenate(pieces: list[TradeColumns]) -> TradeColumns:
    """Returns the columns of several pieces as one, sorted by id; rows of one id stay in the order of their pieces."""
    if not pieces:
        return empty_columns()
    columns = pieces[0]
    if len(pieces) > 1:
        ids, times, prices, quantities, sides = (np.concatenate(column) for column in zip(*pieces, strict=True))
        columns = (ids, times, prices, quantities, sides)
    ids = columns[0]
    return columns if bool(np.all(ids[1:] >= ids[:-1])) else select_rows(columns, np.argsort(ids, kind="stable"))


def merge_by_id(pieces: list[TradeColumns]) -> TradeColumns:
    """Returns the columns of several pieces as one, each id once: of two equal ids the earlier piece counts."""
    columns = concatenate(pieces)
    first = np.ones(len(columns[0]), dtype=np.bool_)
    first[1:] = columns[0][1:] != columns[0][:-1]
    return columns if bool(first.all()) else select_rows(columns, first)


def select_times(columns: TradeColumns, start: int, end: int) -> TradeColumns:
    """Returns the rows with times in ``[start, end)`` (ms)."""
    inside = (columns[1] >= start) & (columns[1] < end)
    return columns if bool(inside.all()) else select_rows(columns, inside)
