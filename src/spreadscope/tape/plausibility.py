"""Which rows of a batch can be trades of this symbol at all: against fixed bounds, the ledger, and the symbol's recent price.

What is judged by is the state of the tape when it was last settled, so that the verdict does not depend on how arrivals were cut
into batches.
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

# A price moves by this factor between two trades on no market; in the past that REST gives a symbol may have been elsewhere.
_FACTOR = 8.0
_FACTOR_OF_THE_PAST = 100.0
# So many ids can have passed while nothing was heard: ten thousand a second, and a burst.
_IDS_A_SECOND = 10_000
_IDS_AT_ONCE = 600_000
_DISORDER_MS = 60_000  # times follow ids but for a few milliseconds; for a stream that is late, a little more
# So many refused prices in a row that agree with one another are a new level (a contract that was redenominated).
_AGREEING = 3
_AGREEMENT = 1.25

OUT_OF_BOUNDS = "price, quantity, time or id out of all bounds"


# What one pass over a batch finds.
_DOUBTFUL, _SOUND, _CONSECUTIVE = 0, 1, 2
_NONE = -1  # in the place of an id: there is none yet


@njit
def furthest_id(newest: int, newest_time: int, time: int) -> int:  # pragma: no cover - compiled
    """Returns the largest id that a trade of ``time`` (ms) can have, where ``newest`` was the id at ``newest_time``."""
    seconds = (max(newest_time, min(time, LATEST_TIME)) - newest_time) // 1_000
    return min(LARGEST_ID, min(newest, LARGEST_ID) + _IDS_AT_ONCE + _IDS_A_SECOND * seconds)


@njit
def _look(
    ids: Ints, times: Ints, prices: Floats, quantities: Floats, newest: int, newest_time: int, low: float, high: float
) -> int:  # pragma: no cover - compiled
    """Whether every row is beyond doubt, and whether every id follows on the one before it: the usual case, in one pass.

    ``newest`` and ``newest_time`` are those of the tape.
    """
    most_id, least_time = LARGEST_ID, 0
    if newest != _NONE:
        if ids[0] <= newest:
            return _DOUBTFUL  # a fill has neighbours on both sides
        most_id, least_time = furthest_id(newest, newest_time, times[-1]), newest_time - _DISORDER_MS
    sound, follows = True, True
    for i in range(1, len(ids)):  # a loop of its own, so that each of the two is worked out several rows at a time
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
        return _DOUBTFUL
    return _CONSECUTIVE if follows else _SOUND


class Split(NamedTuple):
    """The rows of a batch, told apart. Masks are over all of its rows."""

    keep: Bools | None = None  # None: all of them
    void: Bools | None = None  # prints that are no trades; None: none
    refused: Sequence[TradeRefused] = ()
    consecutive: bool = False  # every id is known to follow on the one before it


_ALL = Split()
_ALL_IN_ORDER = Split(consecutive=True)


class TradeSense:
    """Judges the rows of one symbol's batches. ``settle`` moves what they are judged by."""

    def __init__(self) -> None:
        self._id: int | None = None
        self._time = 0
        self._price: float | None = None
        self._live = self.prices()
        self._strange: list[float] = []

    def settle(self, last_id: int | None, last_time: int | None, last_price: float | None, *, heard: bool) -> None:
        """The tape as it is now; ``heard``: trades were accepted since the last time."""
        self._id, self._time = last_id, last_time or 0
        if heard:
            self._strange.clear()
        if last_price is not None and last_price != self._price:
            self._price = last_price
            self._live = self.prices()

    def split(self, trades: Trades, ledger: Ledger) -> Split:
        """Which rows are to be entered, which of those are no trades, and which are refused."""
        ids, times = trades.ids, trades.times
        if not len(ids):
            return _ALL
        if self._price is None:
            self._begin(trades)
        low, high = self._live if trades.origin is Origin.LIVE else self.prices(trades.origin)
        newest = _NONE if self._id is None else self._id
        found = _look(ids, times, trades.prices, trades.quantities, newest, self._time, low, high)
        if found == _CONSECUTIVE:
            return _ALL_IN_ORDER
        return _ALL if found else self._row_by_row(trades, ledger)

    def _begin(self, trades: Trades) -> None:
        """The very first trades are judged by their own first one that is a trade."""
        # As a rule that is the very first row: columns of an hour are not made lists for it.
        for price, quantity in zip(map(float, trades.prices), map(float, trades.quantities), strict=True):
            if is_trade(price, quantity):
                self._price = price
                self._live = self.prices()
                return

    def prices(self, origin: Origin = Origin.LIVE) -> tuple[float, float]:
        """The lowest and the highest price that can be one of this market."""
        if self._price is None:
            return np.finfo(float).tiny, LARGEST_PRICE
        factor = _FACTOR if origin is Origin.LIVE else _FACTOR_OF_THE_PAST
        return self._price / factor, min(LARGEST_PRICE, self._price * factor)

    def _row_by_row(self, trades: Trades, ledger: Ledger) -> Split:
        keep = np.ones(len(trades), dtype=np.bool_)
        void = np.zeros(len(trades), dtype=np.bool_)
        refused: list[TradeRefused] = []
        for row, (number, time, price, quantity) in enumerate(_rows(trades)):
            why = self._why_not(number, time, price, quantity, trades.origin, ledger)
            if why:
                keep[row] = False
                refused.append(TradeRefused(trades.symbol, number, time, price, quantity, why))
            elif not is_trade(price, quantity):
                void[row] = True
        return Split(None if keep.all() else keep, void if void.any() else None, refused)

    def _why_not(self, number: int, time: int, price: float, quantity: float, origin: Origin, ledger: Ledger) -> str:
        """Why a row cannot be; empty where it can."""
        possible = is_trade(price, quantity) or is_empty_print(price, quantity)
        if not (possible and 0 <= number <= LARGEST_ID and 0 <= time <= LATEST_TIME):
            return OUT_OF_BOUNDS
        if ledger.covers(number, number):
            return ""  # a repeat: whether it says something else than what is held is another question
        if self._id is not None and number > furthest_id(self._id, self._time, time):
            return f"the id is {number - self._id} ahead of the newest one, more than can have been traded since"
        before, after = ledger.neighbours(number)
        if before is not None and time < before - _DISORDER_MS:
            return f"it is dated {(before - time) / 1_000:.0f} s before the trade that precedes it"
        if after is not None and time > after + _DISORDER_MS:
            return f"it is dated {(time - after) / 1_000:.0f} s after the trade that follows it"
        return self._strange_price(price, origin)

    def _strange_price(self, price: float, origin: Origin) -> str:
        low, high = self.prices(origin)
        if price and not low <= price <= high and not self._new_level(price):
            return f"the price is {price:g} where the market is at {self._price:g}"
        return ""

    def _new_level(self, price: float) -> bool:
        """Whether the market has moved there: several strange prices in a row agree."""
        self._strange.append(price)
        del self._strange[:-_AGREEING]
        if len(self._strange) < _AGREEING or max(self._strange) > _AGREEMENT * min(self._strange):
            return False
        self._price = price
        self._live = self.prices()
        self._strange.clear()
        return True


def plausible_jump(before_id: int, before_time: int, number: int, time: int) -> bool:
    """Whether so many ids can have passed between two trades.

    >>> plausible_jump(1_000, 0, 50_000, 1_000), plausible_jump(1_000, 0, 2**62, 86_400_000)
    (True, False)
    """
    seconds = max(0, min(time, LATEST_TIME) - before_time) // 1_000
    return number - before_id <= _IDS_AT_ONCE + _IDS_A_SECOND * seconds


def _rows(trades: Trades) -> Iterator[tuple[int, int, float, float]]:
    yield from zip(
        trades.ids.tolist(), trades.times.tolist(), trades.prices.tolist(), trades.quantities.tolist(), strict=True
    )
