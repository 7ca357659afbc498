"""The import of trades without the exchange's ids: collected, freed of duplicates, and stored as unprovable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from spreadscope.importing.duplicates import DuplicateFilter, split_saves
from spreadscope.model.errors import StoreError
from spreadscope.model.events import Origin, Trades
from spreadscope.store.import_target import ImportTarget, TradeRow

_MAX_ROWS = 1_500_000
_BATCH_ROWS = 100_000
#: How much older than the newest stored trade a new one may be: streams are ordered only so far.
_DISORDER_MS = 2_000
_COLUMNS = ("time", "price", "quantity", "buyer_maker")


class TradesWithoutIds:
    """The trades of one file. ``too_old`` counts new rows from before the stored ones, which cannot be stored."""

    def __init__(self, target: ImportTarget, source: str) -> None:
        self._target = target
        self._source = source
        self._parts: dict[str, list[pl.DataFrame]] = {}
        self._rows = 0
        self.new = 0
        self.repeated = 0
        self.too_old = 0

    def add(self, symbol: str, rows: pl.DataFrame) -> None:
        """Collect the rows of a block, in the order of the file."""
        if rows.height == 0:
            return
        self._rows += rows.height
        if self._rows > _MAX_ROWS:
            raise StoreError(
                f"{self._source} holds over {_MAX_ROWS:,} trades without ids, which must be compared in memory: cut "
                "it in parts"
            )
        self._parts.setdefault(symbol, []).append(rows.select(_COLUMNS))

    def finish(self) -> None:
        """Store the new trades of every symbol."""
        for symbol, parts in self._parts.items():
            self._enter(symbol, pl.concat(parts).rows())
        self._parts.clear()

    def _enter(self, symbol: str, rows: list[TradeRow]) -> None:
        self._target.require_unnumbered(symbol)
        earliest, latest = min(row[0] for row in rows), max(row[0] for row in rows)
        stored, newest = self._target.stored_rows(symbol, earliest, latest)
        duplicates = DuplicateFilter(stored)
        new_rows = [row for save in split_saves(rows) for row in duplicates.add(save)]
        self.repeated += duplicates.repeated
        new_rows.sort(key=lambda row: row[0])  # stable: rows of one time keep the order of the file
        too_old = [row for row in new_rows if newest is not None and row[0] < newest - _DISORDER_MS]
        self.too_old += len(too_old)
        new_rows = new_rows[len(too_old) :]
        first = (self._target.last_id(symbol) or 0) + 1
        for trades in _batches(symbol, new_rows, first):
            self.new += self._target.add_trades(trades, unprovable=self._source)[0]


def _batches(symbol: str, rows: list[TradeRow], first: int) -> Iterator[Trades]:
    for low in range(0, len(rows), _BATCH_ROWS):
        part = rows[low : low + _BATCH_ROWS]
        times, prices, quantities, sides = zip(*part, strict=True)
        yield Trades(
            symbol,
            np.arange(first + low, first + low + len(part), dtype=np.int64),
            np.array(times, dtype=np.int64),
            np.array(prices),
            np.array(quantities),
            np.array(sides, dtype=np.bool_),
            Origin.IMPORT,
        )
