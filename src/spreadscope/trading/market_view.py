"""The market as paper trading sees it: newest quotes and marks, trades of symbols with limit orders, order rules.

Of quotes and marks the newest of each second and tick of the clock is kept, as in the journal; of symbols with orders
on the way every one is kept, here and there. So a replay fills orders at the same quotes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from statistics import median

import msgspec
import numpy as np

from spreadscope.model.events import Mark, Quote, StoredQuotes, Trades
from spreadscope.model.instrument import Instrument
from spreadscope.model.timeframe import SECOND
from spreadscope.trading.fixed_point import to_units
from spreadscope.trading.order_rules import OrderRules

_KEPT_MS = 10_000
_TOP_SAMPLES = 60  # seconds over which the usual displayed size is taken


class BookTop(msgspec.Struct, frozen=True):
    """Best bid and ask with their sizes, in units of 1e-8; a size of 0 was not said."""

    time: int
    bid: int
    ask: int
    bid_size: int = 0
    ask_size: int = 0
    update: int = 0

    @property
    def mid(self) -> int:
        return (self.bid + self.ask) // 2

    def price(self, quantity: int) -> int:
        """Returns the price on the side that a signed quantity takes."""
        return self.ask if quantity > 0 else self.bid

    def size(self, quantity: int) -> int:
        """Returns the size on that side."""
        return self.ask_size if quantity > 0 else self.bid_size


class MarketTrade(msgspec.Struct, frozen=True):
    """One trade of the market, in units of 1e-8; ``sold``: its taker was a seller."""

    time: int
    price: int
    quantity: int
    sold: bool


class FundingPassed(msgspec.Struct, frozen=True):
    """A funding time that has passed: its rate and mark by the newest message before it."""

    symbol: str
    time: int
    rate: float
    mark: float


class MarketView:
    """Quotes, marks and rules by symbol. ``watched`` are symbols with orders on the way."""

    def __init__(self) -> None:
        self.watched: set[str] = set()
        self.halted: Collection[str] = ()
        self.rules: dict[str, OrderRules] = {}
        self._quotes: dict[str, list[Quote]] = {}
        self._stored: dict[str, StoredQuotes] = {}
        self._marks: dict[str, list[Mark]] = {}
        self._trades: dict[str, list[MarketTrade]] = {}
        self._tops: dict[str, deque[float]] = {}
        self._ticked: dict[str, int] = {}  # by symbol: how many of its quotes are of earlier ticks
        self._touched: set[str] = set()  # with quotes since the last tick
        self._sampled: dict[str, int] = {}
        self._passed: list[FundingPassed] = []

    # --- what comes in ------------------------------------------------------------------------------------------------

    def add_quote(self, quote: Quote) -> None:
        kept = self._quotes.setdefault(quote.symbol, [])
        if kept and quote.time < kept[-1].time:
            return
        self._touched.add(quote.symbol)
        first = self._ticked.get(quote.symbol, 0)
        if quote.symbol not in self.watched and len(kept) > first and kept[-1].time // SECOND == quote.time // SECOND:
            kept[-1] = quote
        else:
            kept.append(quote)

    def add_stored_quotes(self, quotes: StoredQuotes) -> None:
        """Keep the quotes at the ends of the shortest bars."""
        before = self._stored.get(quotes.symbol)
        if before is None or quotes.timeframe.milliseconds <= before.timeframe.milliseconds:
            self._stored[quotes.symbol] = quotes

    def add_mark(self, mark: Mark) -> None:
        kept = self._marks.setdefault(mark.symbol, [])
        if kept:
            newest = kept[-1]
            if mark.time < newest.time:
                return
            due = newest.next_funding
            if newest.funding_rate is not None and 0 < due <= mark.time and due < mark.next_funding:
                self._passed.append(FundingPassed(mark.symbol, due, newest.funding_rate, newest.mark))
        kept.append(mark)
        del kept[:-4]

    def add_trades(self, trades: Trades) -> None:
        if trades.symbol in self.watched:
            order = np.argsort(trades.times, kind="stable")
            self._trades.setdefault(trades.symbol, []).extend(
                MarketTrade(int(trades.times[row]), to_units(float(trades.prices[row])),
                            to_units(float(trades.quantities[row])), bool(trades.buyer_maker[row]))
                for row in order
            )  # fmt: skip

    def set_instrument(self, instrument: Instrument) -> None:
        rules = OrderRules.of(instrument)
        if rules is not None:
            self.rules[instrument.symbol] = rules

    def end_tick(self, now: int) -> None:
        """Forget what no order can be filled by any more."""
        oldest = now - _KEPT_MS
        for symbol in self._touched:
            kept = self._quotes[symbol]
            while len(kept) > 1 and kept[1].time < oldest:
                del kept[0]
            newest, second = kept[-1], kept[-1].time // SECOND
            if newest.bid_quantity and newest.ask_quantity and self._sampled.get(symbol) != second:
                self._sampled[symbol] = second
                tops = self._tops.setdefault(symbol, deque(maxlen=_TOP_SAMPLES))
                tops.append((newest.bid * newest.bid_quantity + newest.ask * newest.ask_quantity) / 2)
            self._ticked[symbol] = len(kept)
        self._touched.clear()
        # Trades can be ahead of the clock by a moment: those are of the next tick.
        ahead = {symbol: [each for each in trades if each.time > now] for symbol, trades in self._trades.items()}
        self._trades = {symbol: trades for symbol, trades in ahead.items() if trades}
        self._passed.clear()

    # --- what is asked ------------------------------------------------------------------------------------------------

    def top_at(self, symbol: str, time: int) -> BookTop | None:
        """Returns the newest best bid and ask at ``time`` (ms)."""
        return _top(self._quote_at(symbol, time))

    def tops_between(self, symbol: str, after: int, until: int) -> Sequence[BookTop]:
        """Returns the quotes later than ``after`` and not later than ``until``."""
        found = (_top(quote) for quote in self._quotes.get(symbol, ()) if after < quote.time <= until)
        return [top for top in found if top is not None]

    def trades_between(self, symbol: str, after: int, until: int) -> Iterable[MarketTrade]:
        return (trade for trade in self._trades.get(symbol, ()) if after < trade.time <= until)

    def mark(self, symbol: str, now: int) -> int:
        """Returns the mark price, the mid where there is none, 0 where there is neither."""
        marks = self._marks.get(symbol)
        if marks:
            return to_units(marks[-1].mark)
        top = self.top_at(symbol, now)
        return top.mid if top is not None else 0

    def next_funding(self, symbol: str) -> tuple[int, float] | None:
        """Returns when the next funding is due, and its rate by the newest message."""
        marks = self._marks.get(symbol)
        if not marks or marks[-1].funding_rate is None or not marks[-1].next_funding:
            return None
        return marks[-1].next_funding, marks[-1].funding_rate

    def funding_passed(self) -> Sequence[FundingPassed]:
        """Returns the funding times that have passed since the last tick."""
        return self._passed

    def usual_top(self, symbol: str) -> float | None:
        """Returns the median notional displayed at best in the last minute; None where it is not known."""
        tops = self._tops.get(symbol)
        return median(tops) if tops else None

    def _quote_at(self, symbol: str, time: int) -> Quote | None:
        found = next((quote for quote in reversed(self._quotes.get(symbol, ())) if quote.time <= time), None)
        stored = self._stored.get(symbol)
        if stored is None:
            return found
        length = stored.timeframe.milliseconds
        row = bisect_right(stored.times, time - length + 1) - 1
        while row >= 0 and not (stored.bids[row] > 0 and stored.asks[row] > 0):
            row -= 1
        if row < 0:
            return found
        end = int(stored.times[row]) + length - 1
        if found is not None and found.time >= end:
            return found
        return Quote(symbol, end, float(stored.bids[row]), float(stored.asks[row]))


@lru_cache(maxsize=1_024)  # one quote is asked for several times a tick, and decimals are slow
def _top(quote: Quote | None) -> BookTop | None:
    if quote is None or not 0 < quote.bid <= quote.ask:
        return None
    return BookTop(
        quote.time,
        to_units(quote.bid),
        to_units(quote.ask),
        to_units(quote.bid_quantity),
        to_units(quote.ask_quantity),
        quote.update,
    )
