"""A check of which rows of a batch can be trades of this symbol: by fixed bounds, the ledger, and the symbol's recent
price.

The reference is the state of the tape at its last ``flush_changes``, so that the result does not depend on how arrivals
were cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from spreadscope.jit import njit
from spreadscope.model.events import Bools, Floats, Ints, Origin, Trades
from spreadscope.model.facts import TradeRefused
from spreadscope.model.trade_limits import (
    LARGEST_ID,
    LARGEST_PRICE,
    LARGEST_QUANTITY,
    LATEST_TIME,
    is_empty_print,
    is_trade,
)
from spreadscope.tape.ledger import Ledger

# No market moves by more than this factor between two trades; REST history may lie much further from today's price.
_FACTOR = 8.0
_FACTOR_HISTORY = 100.0
# How many ids can have passed while no trade came: ten thousand a second, and a burst.
_IDS_PER_SECOND = 10_000
_IDS_AT_ONCE = 600_000
_DISORDER_MS = 60_000  # times follow ids but for a few milliseconds; for a stream that is late, a little more
# This many refused prices in a row, within this factor of each other, are a new price level (a redenominated contract).
_LEVEL_PRICES = 3
_LEVEL_FACTOR = 1.25

OUT_OF_BOUNDS = "price, quantity, time or id out of all bounds"


# Results of ``_scan``.
_IMPLAUSIBLE, _PLAUSIBLE, _CONSECUTIVE = 0, 1, 2
_NONE = -1  # instead of an id: there is none yet


@njit
def largest_plausible_id(newest: int, newest_time: int, time: int) -> int:  # pragma: no cover - compiled
    """Returns the largest id that a trade of ``time`` (ms) can have, where ``newest`` was the id at ``newest_time``."""
    seconds = (max(newest_time, min(time, LATEST_TIME)) - newest_time) // 1_000
    return min(LARGEST_ID, min(newest, LARGEST_ID) + _IDS_AT_ONCE + _IDS_PER_SECOND * seconds)


@njit
def _scan(
    ids: Ints, times: Ints, prices: Floats, quantities: Floats, newest: int, newest_time: int, low: float, high: float
) -> int:  # pragma: no cover - compiled
    """Returns whether every row is plausible, and whether the ids are consecutive: the usual case, in one pass.

    ``newest`` and ``newest_time`` are the id and the time of the tape's newest trade.
    """
    most_id, least_time = LARGEST_ID, 0
    if newest != _NONE:
        if ids[0] <= newest:
            return _IMPLAUSIBLE  # a fill has neighbours on both sides
        most_id, least_time = largest_plausible_id(newest, newest_time, times[-1]), newest_time - _DISORDER_MS
    sound, follows = True, True
    for i in range(1, len(ids)):  # a separate loop, so that the compiler can vectorise both
        follows &= ids[i] == ids[i - 1] + 1
    for i in range(len(ids)):
        sound &= (
            (prices[i] >= low)
            & (prices[i] <= high)
            & (quantities[i] > 0.0)
            & (quantities[i] <= LARGEST_QUANTITY)
            & (ids[i] >= 0)
            & (ids[i] <= most_id)
            & (times[i] >= least_time)
            & (times[i] <= LATEST_TIME)
        )
    if not sound:
        return _IMPLAUSIBLE
    return _CONSECUTIVE if follows else _PLAUSIBLE


class Split(NamedTuple):
    """A batch's rows by what becomes of them. Masks cover all rows of the batch."""

    keep: Bools | None = None  # None: all rows
    empty: Bools | None = None  # prints without a price or quantity, which are no trades; None: there are none
    refused: Sequence[TradeRefused] = ()
    consecutive: bool = False  # every id is one more than the id before it


_ALL = Split()
_ALL_IN_ORDER = Split(consecutive=True)


class PlausibilityCheck:
    """A check of the rows of one symbol's batches, used by ``Tape``. ``set_reference`` sets what they are compared
    with."""

    def __init__(self) -> None:
        self._newest_id: int | None = None
        self._newest_time = 0
        self._newest_price: float | None = None
        self._live_bounds = self.price_bounds()
        self._odd_prices: list[float] = []

    def set_reference(
        self, last_id: int | None, last_time: int | None, last_price: float | None, *, accepted_new: bool
    ) -> None:
        """Set the tape's newest trade. ``accepted_new``: trades were accepted since the last call."""
        self._newest_id, self._newest_time = last_id, last_time or 0
        if accepted_new:
            self._odd_prices.clear()
        if last_price is not None and last_price != self._newest_price:
            self._newest_price = last_price
            self._live_bounds = self.price_bounds()

    def split(self, trades: Trades, ledger: Ledger) -> Split:
        """Returns which rows to add to the ledger, which of them are empty prints, and which rows are refused."""
        ids, times = trades.ids, trades.times
        if not len(ids):
            return _ALL
        if self._newest_price is None:
            self._set_first_price(trades)
        low, high = self._live_bounds if trades.origin is Origin.LIVE else self.price_bounds(trades.origin)
        newest = _NONE if self._newest_id is None else self._newest_id
        found = _scan(ids, times, trades.prices, trades.quantities, newest, self._newest_time, low, high)
        if found == _CONSECUTIVE:
            return _ALL_IN_ORDER
        return _ALL if found else self._row_by_row(trades, ledger)

    def _set_first_price(self, trades: Trades) -> None:
        """Compare the very first batch with the price of its own first trade."""
        # That is usually the first row, so the columns are not converted to lists.
        for price, quantity in zip(map(float, trades.prices), map(float, trades.quantities), strict=True):
            if is_trade(price, quantity):
                self._newest_price = price
                self._live_bounds = self.price_bounds()
                return

    def price_bounds(self, origin: Origin = Origin.LIVE) -> tuple[float, float]:
        """Returns the lowest and the highest plausible price of this market."""
        if self._newest_price is None:
            return np.finfo(float).tiny, LARGEST_PRICE
        factor = _FACTOR if origin is Origin.LIVE else _FACTOR_HISTORY
        return self._newest_price / factor, min(LARGEST_PRICE, self._newest_price * factor)

    def _row_by_row(self, trades: Trades, ledger: Ledger) -> Split:
        keep = np.ones(len(trades), dtype=np.bool_)
        empty = np.zeros(len(trades), dtype=np.bool_)
        refused: list[TradeRefused] = []
        for row, (number, time, price, quantity) in enumerate(_rows(trades)):
            reason = self._refusal_reason(number, time, price, quantity, trades.origin, ledger)
            if reason:
                keep[row] = False
                refused.append(TradeRefused(trades.symbol, number, time, price, quantity, reason))
            elif not is_trade(price, quantity):
                empty[row] = True
        return Split(None if keep.all() else keep, empty if empty.any() else None, refused)

    def _refusal_reason(
        self, number: int, time: int, price: float, quantity: float, origin: Origin, ledger: Ledger
    ) -> str:
        """Returns why a row is implausible; empty where it is plausible."""
        possible = is_trade(price, quantity) or is_empty_print(price, quantity)
        if not (possible and 0 <= number <= LARGEST_ID and 0 <= time <= LATEST_TIME):
            return OUT_OF_BOUNDS
        if ledger.covers(number, number):
            return ""  # a repeat; whether its content differs is checked elsewhere
        if self._newest_id is not None and number > largest_plausible_id(self._newest_id, self._newest_time, time):
            return f"the id is {number - self._newest_id} ahead of the newest one, more than can have been traded since"
        before, after = ledger.neighbour_times(number)
        if before is not None and time < before - _DISORDER_MS:
            return f"it is dated {(before - time) / 1_000:.0f} s before the trade that precedes it"
        if after is not None and time > after + _DISORDER_MS:
            return f"it is dated {(time - after) / 1_000:.0f} s after the trade that follows it"
        return self._price_reason(price, origin)

    def _price_reason(self, price: float, origin: Origin) -> str:
        low, high = self.price_bounds(origin)
        if price and not low <= price <= high and not self._is_new_level(price):
            return f"the price is {price:g} where the market is at {self._newest_price:g}"
        return ""

    def _is_new_level(self, price: float) -> bool:
        """Returns whether the market has moved to this price: several odd prices in a row agree."""
        self._odd_prices.append(price)
        del self._odd_prices[:-_LEVEL_PRICES]
        if len(self._odd_prices) < _LEVEL_PRICES or max(self._odd_prices) > _LEVEL_FACTOR * min(self._odd_prices):
            return False
        self._newest_price = price
        self._live_bounds = self.price_bounds()
        self._odd_prices.clear()
        return True


def plausible_jump(before_id: int, before_time: int, number: int, time: int) -> bool:
    """Returns whether so many ids can have passed between two trades.

    >>> plausible_jump(1_000, 0, 50_000, 1_000), plausible_jump(1_000, 0, 2**62, 86_400_000)
    (True, False)
    """
    seconds = max(0, min(time, LATEST_TIME) - before_time) // 1_000
    return number - before_id <= _IDS_AT_ONCE + _IDS_PER_SECOND * seconds


def _rows(trades: Trades) -> Iterator[tuple[int, int, float, float]]:
    yield from zip(
        trades.ids.tolist(), trades.times.tolist(), trades.prices.tolist(), trades.quantities.tolist(), strict=True
    )
