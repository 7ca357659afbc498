"""Funding: what was held at a funding time pays or receives its rate, booked once, and corrected when it is settled."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from spreadscope.model.trading import PairTrade
from spreadscope.model.trading_events import FundingSettled
from spreadscope.model.trading_states import EntryKind
from spreadscope.trading.account_book import AccountBook, leg_of, legs, with_leg
from spreadscope.trading.fixed_point import notional, times, to_units
from spreadscope.trading.market_view import FundingPassed

_KEPT = 400  # bookings that can still be corrected


class Funding:
    """Books funding on an account. ``booked`` has quantity and amount by symbol, time, trade and leg."""

    def __init__(self, book: AccountBook, booked: dict[str, tuple[int, int]]) -> None:
        self.booked = booked
        self._book = book

    def book_passed(self, passed: Sequence[FundingPassed], now: int) -> None:
        """Book the funding times that have passed, each once, on what was held then: −q · mark · rate."""
        for due in passed:
            for trade in list(self._book.trades.values()):
                self._book_trade(trade, due, now)

    def _book_trade(self, trade: PairTrade, due: FundingPassed, now: int) -> None:
        for leg, value in legs(trade):
            key = _key(due.symbol, due.time, trade.id, leg.value)
            if value.symbol != due.symbol or key in self.booked:
                continue
            held = self._book.held_at(trade, leg, due.time)
            amount = funding(held, due.mark, due.rate)
            if not held:
                continue
            self.booked[key] = held, amount
            while len(self.booked) > _KEPT:
                del self.booked[next(iter(self.booked))]
            self._post(trade.id, leg.value, due.symbol, due.time, EntryKind.FUNDING, amount, now)

    def settle(self, event: FundingSettled, now: int) -> None:
        """Correct what was booked to the settled rate, by a second entry.

        What was not booked, because the engine was down then, is booked where the trade has not changed since.
        """
        for trade in list(self._book.trades.values()):
            for leg, value in legs(trade):
                key = _key(event.symbol, event.time, trade.id, leg.value)
                if value.symbol != event.symbol:
                    continue
                if key in self.booked:
                    held, before = self.booked[key]
                    kind = EntryKind.FUNDING_CORRECTION
                elif trade.opened and trade.opened <= event.time and trade.time <= event.time:
                    held, before, kind = value.held, 0, EntryKind.FUNDING
                else:
                    continue
                amount = funding(held, event.mark, event.rate)
                self.booked[key] = held, amount
                if amount != before:
                    self._post(trade.id, leg.value, event.symbol, event.time, kind, amount - before, now)
                if kind is EntryKind.FUNDING:
                    # What is held has not changed: other fundings that were missed, of either leg, are booked as well.
                    booked = self._book.trades[trade.id]
                    self._book.put_trade(msgspec.structs.replace(booked, time=trade.time))

    def _post(self, number: int, leg: str, symbol: str, due: int, kind: EntryKind, amount: int, now: int) -> None:
        trade = self._book.trades[number]
        side = next(each for each, _ in legs(trade) if each.value == leg)
        value = leg_of(trade, side)
        changed = with_leg(trade, side, msgspec.structs.replace(value, funding=value.funding + amount))
        self._book.post(kind, amount, now, trade=number, leg=leg, symbol=symbol, reference=due)
        self._book.put_trade(msgspec.structs.replace(changed, time=now))


def funding(quantity: int, mark: float, rate: float) -> int:
    """Returns what a signed quantity receives (above 0) or pays: −q · mark · rate. A long pays a positive rate.

    >>> from spreadscope.model.trading import UNIT
    >>> funding(2 * UNIT, 50_000.0, 0.0001) == -10 * UNIT, funding(-2 * UNIT, 50_000.0, 0.0001) == 10 * UNIT
    (True, True)
    """
    return -times(notional(quantity, to_units(mark)), rate)


def _key(symbol: str, time: int, trade: int, leg: str) -> str:
    return f"{symbol}@{time}/{trade}{leg}"
