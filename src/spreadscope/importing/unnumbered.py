"""Trades without the exchange's ids: gathered to the end of the file, told from repeats, and entered as unprovable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from spreadscope.importing.target import ImportTarget
from spreadscope.importing.twins import Row, Twins, saves
from spreadscope.model.errors import StoreError
from spreadscope.model.events import Origin, Trades

_MOST = 1_500_000
_AT_ONCE = 100_000
#: How far behind the newest trade held a new one may be: the order of a stream is no better than that.
_DISORDER_MS = 2_000
_COLUMNS = ("time", "price", "quantity", "buyer_maker")


class Unnumbered:
    """The rows of one file. ``older`` counts new rows that are from before what is held, and so cannot enter."""

    def __init__(self, target: ImportTarget, source: str) -> None:
        self._target = target
        self._source = source
        self._parts: dict[str, list[pl.DataFrame]] = {}
        self._rows = 0
        self.new = 0
        self.repeated = 0
        self.older = 0

    def add(self, symbol: str, rows: pl.DataFrame) -> None:
        """Gather the rows of a block, in the order of the file."""
        if rows.height == 0:
            return
        self._rows += rows.height
        if self._rows > _MOST:
            raise StoreError(
                f"{self._source} holds over {_MOST:,} trades without ids, which must be compared in memory: cut it in parts"
            )
        self._parts.setdefault(symbol, []).append(rows.select(_COLUMNS))

    def finish(self) -> None:
        """Enter what is new of every symbol."""
        for symbol, parts in self._parts.items():
            self._enter(symbol, pl.concat(parts).rows())
        self._parts.clear()

    def _enter(self, symbol: str, rows: list[Row]) -> None:
        self._target.require_unnumbered(symbol)
        earliest, latest = min(row[0] for row in rows), max(row[0] for row in rows)
        held, newest = self._target.rows_of(symbol, earliest, latest)
        twins = Twins(held)
        fresh = [row for save in saves(rows) for row in twins.add(save)]
        self.repeated += twins.repeated
        fresh.sort(key=lambda row: row[0])  # stable: of one time the order of the file stays
        late = [row for row in fresh if newest is not None and row[0] < newest - _DISORDER_MS]
        self.older += len(late)
        fresh = fresh[len(late) :]
        first = (self._target.last_id(symbol) or 0) + 1
        for trades in _batches(symbol, fresh, first):
            self.new += self._target.add_trades(trades, unprovable=self._source)[0]


def _batches(symbol: str, rows: list[Row], first: int) -> Iterator[Trades]:
    for low in range(0, len(rows), _AT_ONCE):
        part = rows[low : low + _AT_ONCE]
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
