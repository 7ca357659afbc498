"""Trades of the archive and of the database as one sequence of pages by id, each with at most ``_ROWS_A_PAGE`` rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spreadscope.store.archive import archive_catalog
from spreadscope.store.archive.archive_catalog import Part
from spreadscope.store.trades.trade_columns import TradeColumns, merge_by_id, select_rows

_ROWS_A_PAGE = 65_536


def archive_pages(archive_folder: Path, parts: list[Part], after: int, start: int, end: int) -> Iterator[TradeColumns]:
    """Yields the trades of archived files with ids above ``after``; only files whose ids overlap are in memory."""
    overlapping: list[Part] = []
    last = after
    for part in sorted((part for part in parts if part.last_id > after), key=lambda part: part.first_id):
        if overlapping and part.first_id > last:
            yield from _pages(archive_folder, overlapping, after, start, end)
            overlapping = []
        overlapping.append(part)
        last = max(last, part.last_id)
    yield from _pages(archive_folder, overlapping, after, start, end)


def _pages(archive_folder: Path, parts: list[Part], after: int, start: int, end: int) -> Iterator[TradeColumns]:
    columns = merge_by_id(
        [archive_catalog.trade_columns(archive_catalog.read_part(archive_folder, part, start, end)) for part in parts]
    )
    first = int(np.searchsorted(columns[0], after, "right"))
    for low in range(first, len(columns[0]), _ROWS_A_PAGE):
        yield select_rows(columns, slice(low, low + _ROWS_A_PAGE))


def merge_pages(first: Iterator[TradeColumns], second: Iterator[TradeColumns]) -> Iterator[TradeColumns]:
    """Yields two sequences of pages as one by id; the row of ``first`` counts where an id is in both."""
    first_page, second_page = next(first, None), next(second, None)
    while first_page is not None and second_page is not None:
        last_common_id = min(int(first_page[0][-1]), int(second_page[0][-1]))
        first_cut, second_cut = (
            int(np.searchsorted(page[0], last_common_id, "right")) for page in (first_page, second_page)
        )
        yield merge_by_id([select_rows(first_page, slice(first_cut)), select_rows(second_page, slice(second_cut))])
        first_page = (
            select_rows(first_page, slice(first_cut, None)) if first_cut < len(first_page[0]) else next(first, None)
        )
        second_page = (
            select_rows(second_page, slice(second_cut, None))
            if second_cut < len(second_page[0])
            else next(second, None)
        )
    if first_page is not None:
        yield first_page
        yield from first
    if second_page is not None:
        yield second_page
        yield from second
