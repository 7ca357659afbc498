"""The hash of the tape: one number for the trades of a symbol on a UTC day, equal wherever they lie.

The definition is in ``docs/store.md``, so that others can compute it; a change of it needs another ``DEFINITION``.
"""

from __future__ import annotations

import hashlib

import numpy as np

from spreadscope.model.errors import StoreError
from spreadscope.model.trade_limits import trades_among
from spreadscope.store.trades.trade_columns import TradeColumns, select_rows

DEFINITION = "spreadscope-tape-1"
_CHAIN = "spreadscope-chain-1"

# 33 bytes a trade, little-endian, without padding.
_ROW = np.dtype(
    [("id", "<i8"), ("time", "<i8"), ("price", "<f8"), ("quantity", "<f8"), ("buyer_maker", "u1")], align=False
)


class TapeOrderError(StoreError):
    """The error that trades do not come in the order of their ids, or that one comes twice."""


class TapeHash:
    """The hash of the trades of one symbol and day, which come in the order of their ids, in parts of any size.

    Prints that are no market trades are counted (``empty_prints``), and not hashed: exports do not have them.
    """

    def __init__(self, symbol: str, day: str) -> None:
        self._digest = hashlib.sha256(f"{DEFINITION}\n{symbol}\n{day}\n".encode())
        self.trades = 0
        self.empty_prints = 0
        self.first_id = self.last_id = 0
        self.first_time = self.last_time = 0

    def update(self, columns: TradeColumns) -> None:
        """Add trades. Raises ``TapeOrderError`` where an id is not above the one before it."""
        is_trade = trades_among(columns[2], columns[3])
        if not bool(is_trade.all()):
            self.empty_prints += int(len(is_trade) - is_trade.sum())
            columns = select_rows(columns, is_trade)
        ids, times, prices, quantities, sides = columns
        if not len(ids):
            return
        self._require_order(ids)
        rows = np.empty(len(ids), dtype=_ROW)
        for name, column in zip(_ROW.names or (), (ids, times, prices, quantities, sides), strict=True):
            rows[name] = column
        self._digest.update(rows.tobytes())
        if not self.trades:
            self.first_id, self.first_time, self.last_time = int(ids[0]), int(times.min()), int(times.max())
        self.first_time = min(self.first_time, int(times.min()))
        self.last_time = max(self.last_time, int(times.max()))
        self.last_id = int(ids[-1])
        self.trades += len(ids)

    def _require_order(self, ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> None:
        if self.trades and int(ids[0]) <= self.last_id:
            raise TapeOrderError(_order_text(self.last_id, int(ids[0])))
        wrong = np.flatnonzero(ids[1:] <= ids[:-1])
        if len(wrong):
            place = int(wrong[0])
            raise TapeOrderError(_order_text(int(ids[place]), int(ids[place + 1])))

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _order_text(before: int, trade: int) -> str:
    if before == trade:
        return f"trade {trade} comes twice"
    return f"the trades are not in the order of their ids: {trade} comes after {before}"


def chain(before: str, day: str, tape: str) -> str:
    """Returns the hash that ties a day to the one before it. ``before`` is that day's chain, empty for the first.

    >>> chain("", "2026-11-22", "ab" * 32)[:16]
    '69ce130cf04412cd'
    """
    return hashlib.sha256(f"{_CHAIN}\n{before}\n{day}\n{tape}\n".encode()).hexdigest()
