"""The synthetic market's order book: a function of its newest quote, so that streams and REST always say the same."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscope.exchange.local.book import BookQuote, BookState, Levels
from spreadscope.exchange.local.decimal_text import decimal_text
from spreadscope.exchange.local.flow import Asset, Ints, Quotes

LEVELS: Final = 100  # price levels a side
_KEEPS_MS: Final = 5_000  # for so long a level keeps its quantity
_DRAWS: Final = 1_000
_MOST: Final = 40  # a level's quantity is up to so many times the asset's usual size


class _State(NamedTuple):
    """One quote in ticks and steps."""

    update: int
    event_ms: int
    time_ms: int
    bid: int
    bid_size: int
    ask: int
    ask_size: int


class SyntheticBook:
    """The quotes of one symbol around now, and the book around each of them.

    The best levels are the quote itself. Behind it stands a level at every tick, whose quantity is a hash of the seed,
    the price and the five seconds at hand (each price has its own five seconds): invented, and the same whenever it is
    asked.
    """

    def __init__(self, asset: Asset, *, seed: int, number: int, delay_ms: int) -> None:
        self._asset = asset
        self._delay_ms = delay_ms
        self._salt = np.uint64((seed * 1_000_003 + number * 7_919 + 1) & (1 << 64) - 1)
        self._before: _State | None = None
        self._blocks: list[tuple[Quotes, int]] = []  # the block at hand and the one before it

    def open(self, update: int, time_ms: int, bid: int, ask: int) -> None:
        """The quote before the first one that is played."""
        size = max(round(10 * self._asset.size_steps), 1)
        self._before = _State(update, time_ms, time_ms, bid, size, ask, size)

    def add(self, quotes: Quotes, first_update: int) -> None:
        """The next quotes, some of them still to be played."""
        if not quotes.time.size:
            return
        self._blocks.append((quotes, first_update))
        if len(self._blocks) > 2:
            oldest, update = self._blocks.pop(0)
            self._before = self._state(oldest, update, oldest.time.size - 1)

    def quote(self, now_ms: int) -> BookQuote | None:
        """The newest quote that has been told by a time."""
        state = self._at(now_ms)
        if state is None:
            return None
        price, size = self._asset.price_decimals, self._asset.quantity_decimals
        return BookQuote(
            self._asset.symbol, state.update, state.event_ms, state.time_ms, decimal_text(state.bid, price),
            decimal_text(state.bid_size, size), decimal_text(state.ask, price), decimal_text(state.ask_size, size),
        )  # fmt: skip

    def book(self, now_ms: int) -> BookState | None:
        """The book around that quote."""
        state = self._at(now_ms)
        if state is None:
            return None
        steps = np.arange(LEVELS, dtype=np.int64)
        below = (state.bid - steps)[: max(state.bid, 1)]
        bids = self._levels(below, state.bid_size, state.time_ms, side=1)
        asks = self._levels(state.ask + steps, state.ask_size, state.time_ms, side=2)
        return BookState(self._asset.symbol, state.update, state.time_ms, bids, asks)

    def _levels(self, prices: Ints, best_size: int, time_ms: int, *, side: int) -> Levels:
        own = _mixed(prices.astype(np.uint64) * np.uint64(4) + np.uint64(side) ^ self._salt)
        spell = (np.uint64(time_ms) + own % np.uint64(_KEEPS_MS)) // np.uint64(_KEEPS_MS)
        draw = _mixed(own ^ spell) % np.uint64(_DRAWS)
        sizes = 1 + (draw.astype(np.float64) * self._asset.size_steps * _MOST / _DRAWS).astype(np.int64)
        sizes[0] = best_size
        price, size = self._asset.price_decimals, self._asset.quantity_decimals
        return {
            decimal_text(level, price): decimal_text(steps, size)
            for level, steps in zip(prices.tolist(), sizes.tolist(), strict=True)
        }

    def _at(self, now_ms: int) -> _State | None:
        for quotes, first_update in reversed(self._blocks):
            row = int(np.searchsorted(quotes.time, now_ms - self._delay_ms, side="right")) - 1
            if row >= 0:
                return self._state(quotes, first_update, row)
        return self._before

    def _state(self, quotes: Quotes, first_update: int, row: int) -> _State:
        time, bid, ask, bid_size, ask_size = (int(column[row]) for column in quotes)
        return _State(first_update + row, time + self._delay_ms, time, bid, bid_size, ask, ask_size)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix the bits of numbers: neighbours get unlike results (the finaliser of SplitMix64)."""
    values = (values + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return values ^ values >> np.uint64(31)
