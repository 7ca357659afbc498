"""Trades of the archive and of the database as one sequence of pages by id, each a few thousand rows of columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spreadscope.store.archive import archive_catalog
from spreadscope.store.archive.archive_catalog import Part
from spreadscope.store.trades.trade_columns import TradeColumns, chosen, joined

_ROWS_A_PAGE = 65_536


def of_files(place: Path, found: list[Part], after: int, start: int, end: int) -> Iterator[TradeColumns]:
    """The trades of archived files with ids above ``after``, holding no more than the files whose ids overlap."""
    together: list[Part] = []
    last = after
    for part in sorted((part for part in found if part.last_id > after), key=lambda part: part.first_id):
        if together and part.first_id > last:
            yield from _pages(place, together, after, start, end)
            together = []
        together.append(part)
        last = max(last, part.last_id)
    yield from _pages(place, together, after, start, end)


def _pages(place: Path, found: list[Part], after: int, start: int, end: int) -> Iterator[TradeColumns]:
    columns = joined(
        [archive_catalog.trade_columns(archive_catalog.read_part(place, part, start, end)) for part in found]
    )
    first = int(np.searchsorted(columns[0], after, "right"))
    for low in range(first, len(columns[0]), _ROWS_A_PAGE):
        yield chosen(columns, slice(low, low + _ROWS_A_PAGE))


def merged(one: Iterator[TradeColumns], other: Iterator[TradeColumns]) -> Iterator[TradeColumns]:
    """Two sequences of pages as one by id; where an id is in both, the row of ``one`` counts. No page is empty."""
    mine, theirs = next(one, None), next(other, None)
    while mine is not None and theirs is not None:
        reach = min(int(mine[0][-1]), int(theirs[0][-1]))
        my_cut, their_cut = (int(np.searchsorted(page[0], reach, "right")) for page in (mine, theirs))
        yield joined([chosen(mine, slice(my_cut)), chosen(theirs, slice(their_cut))])
        mine = chosen(mine, slice(my_cut, None)) if my_cut < len(mine[0]) else next(one, None)
        theirs = chosen(theirs, slice(their_cut, None)) if their_cut < len(theirs[0]) else next(other, None)
    if mine is not None:
        yield mine
        yield from one
    if theirs is not None:
        yield theirs
        yield from other
