"""Takes a pair trade from its entry to its end: two legs that are one position.

Each leg has a planned quantity; whatever differs from it is sent. Where one leg is filled and the other is not, the
missing one is sent again until a deadline, and then what is held is closed; what cannot be closed either ends as
``failed``, for a person to see to.
"""

from __future__ import annotations

import msgspec

from spreadscope.model.trading import PairTrade
from spreadscope.model.trading_states import Execution, OrderKind, PairLeg, Repair, TradeState
from spreadscope.trading.account_book import AccountBook, leg_of, legs, with_leg
from spreadscope.trading.attribution import attribution
from spreadscope.trading.executable import passive_leg
from spreadscope.trading.fixed_point import divide, nearest, to_float, to_units
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.order_manager import OrderManager
from spreadscope.trading.paper_figures import residual_at
from spreadscope.trading.sizing import imbalance

_WAITS = "; it waits: "
_MOST_EXITS = 20  # tries of both legs together
_MOST_REPRICES = 3  # of a passive leg, before it goes to the market
_STATES_UNDER_WAY = frozenset({TradeState.ENTERING, TradeState.EXITING, TradeState.REPAIR})


class TradeDriver:
    """Sends the orders of an account's trades, and moves the trades on by what became of them."""

    def __init__(self, book: AccountBook, market: MarketView, orders: OrderManager) -> None:
        self._book = book
        self._market = market
        self._orders = orders
        self._passive: dict[int, PairLeg] = {}  # by trade: the leg that is posted

    # --- from outside -------------------------------------------------------------------------------------------------

    def enter(self, trade: PairTrade, now: int) -> None:
        """Send the first orders of a trade."""
        self._book.put_trade(trade)
        if trade.execution is Execution.PASSIVE_FIRST and self._post_passive(trade, now):
            return
        for leg, value in legs(trade):
            if value.planned != value.held:
                self._orders.send(trade, leg, value.planned - value.held, now)

    def add(self, trade: PairTrade, planned_y: int, planned_x: int, now: int) -> None:
        """Enter more of an open trade, up to these quantities. Where that cannot be done whole, what it held before
        stays."""
        self._forget(trade.id)
        for leg, planned in ((PairLeg.Y, planned_y), (PairLeg.X, planned_x)):
            value = leg_of(trade, leg)
            trade = with_leg(trade, leg, msgspec.structs.replace(value, planned=planned, base=value.held))
        self.enter(msgspec.structs.replace(trade, state=TradeState.ENTERING, attempts=0, time=now), now)

    def stop_posting(self, trade: PairTrade, why: str, now: int) -> None:
        """Post no more of an entry: its waiting order is canceled, and what of it was filled stays hedged."""
        passive = self._passive.get(trade.id)
        if trade.state is not TradeState.ENTERING or passive is None:
            return
        for order in self._book.working(trade.id):
            if order.kind is OrderKind.POST_ONLY:
                self._orders.cancel(order, now)
        other = PairLeg.X if passive is PairLeg.Y else PairLeg.Y
        self._plan_what_hedges(msgspec.structs.replace(trade, note=why), passive, other, now)
        self.advance(self._book.trades[trade.id], now)

    def close(self, trade: PairTrade, percent: int, reason: str, now: int) -> None:
        """Close a share of a trade; of one that is entered, all of it."""
        if percent >= 100 or trade.state is not TradeState.OPEN:
            self._orders.cancel_all(trade.id, now)
            trade = self._book.trades[trade.id]
            targets = {leg: 0 for leg, _ in legs(trade)}
        else:
            targets = {leg: self._kept(value.symbol, value.held, percent) for leg, value in legs(trade)}
        if all(value.held == targets[leg] for leg, value in legs(trade)) and any(
            value.held for _, value in legs(trade)
        ):
            return  # the share is less than a step of either leg
        for leg, target in targets.items():
            trade = with_leg(trade, leg, msgspec.structs.replace(leg_of(trade, leg), planned=target, base=0))
        trade = self._book.put_trade(
            msgspec.structs.replace(trade, state=TradeState.EXITING, note=reason, deadline=0, attempts=0, time=now)
        )
        self.advance(trade, now)

    def cancel_entries(self, now: int) -> None:
        """No position grows any more: cancel what enters, and close what came of it."""
        for trade in list(self._book.trades.values()):
            if trade.state not in {TradeState.ENTERING, TradeState.REPAIR} or not _grows(trade):
                continue
            if trade.y.base or trade.x.base:
                self._orders.cancel_all(trade.id, now)
                self._unwind(self._book.trades[trade.id], "the kill switch was pulled", now)
            else:
                self.close(trade, 100, "the kill switch was pulled", now)

    def finish(self, trade: PairTrade, note: str, now: int) -> None:
        """The exchange has closed what a trade held; where something is left, it has failed."""
        left = any(value.held for _, value in legs(trade))
        flat = {leg.value: msgspec.structs.replace(value, planned=0) for leg, value in legs(trade)}
        trade = msgspec.structs.replace(trade, **flat)
        self._end(trade, TradeState.FAILED if left else TradeState.CLOSED, note, now)

    # --- with each tick of the clock ----------------------------------------------------------------------------------

    def advance_all(self, now: int) -> None:
        for trade in list(self._book.trades.values()):
            self.advance(trade, now)

    def advance(self, trade: PairTrade, now: int) -> None:
        """Move one trade on."""
        if trade.state in {TradeState.OPEN, TradeState.FROZEN}:
            self._watch(trade, now)
        elif trade.state in _STATES_UNDER_WAY:
            if trade.state is TradeState.ENTERING and trade.execution is Execution.PASSIVE_FIRST:
                self._step_passive(trade, now)
                trade = self._book.trades[trade.id]
            if not self._book.working(trade.id):
                self._settle(trade, now)

    # --- the states ---------------------------------------------------------------------------------------------------

    def _watch(self, trade: PairTrade, now: int) -> None:
        """An open trade is frozen while a leg is halted, and goes on afterwards."""
        halted = self._halted(trade)
        if halted and trade.state is TradeState.OPEN:
            self._change(trade, TradeState.FROZEN, f"trading of {halted} is halted: it waits", now)
        elif trade.state is TradeState.FROZEN and not halted:
            going = any(value.planned != value.held for _, value in legs(trade))
            note = trade.note if going else ""
            trade = self._change(trade, TradeState.EXITING if going else TradeState.OPEN, note, now)
            if going:
                self._settle(trade, now)

    def _settle(self, trade: PairTrade, now: int) -> None:
        """No order of the trade is on the way: it has arrived, or what is missing is sent."""
        missing = {leg: value.planned - value.held for leg, value in legs(trade) if value.planned != value.held}
        if not missing:
            self._arrived(trade, now)
            return
        entering = trade.state is TradeState.ENTERING
        if entering and not trade.y.held and not trade.x.held:
            self._end(trade, TradeState.CLOSED, f"not entered: {self._orders.reason(trade, missing)}", now)
        elif self._is_balanced(trade) and (entering or trade.state is TradeState.REPAIR) and trade.y.planned:
            self._plan_what_is_held(trade, now)
        elif self._is_balanced(trade) and trade.attempts < _MOST_EXITS:
            self._exit_together(trade, missing, now)
        else:
            self._repair(trade, missing, now)

    def _exit_together(self, trade: PairTrade, missing: dict[PairLeg, int], now: int) -> None:
        """Both legs hedge each other: closing one of them alone would not be safer, so they wait for each other."""
        halted = self._halted(trade)
        waits = self._without_quote(trade, now)
        if halted or waits:
            why = f"trading of {halted} is halted" if halted else f"{waits} has no new quote"
            note = f"{trade.note.partition(_WAITS)[0]}{_WAITS}{why}"
            state = TradeState.FROZEN if halted else TradeState.EXITING
            if (state, note) != (trade.state, trade.note):
                self._change(trade, state, note, now)
            return
        trade = msgspec.structs.replace(
            trade, state=TradeState.EXITING, attempts=trade.attempts + 1, deadline=0, time=now,
            note=trade.note.partition(_WAITS)[0],
        )  # fmt: skip
        self._send_missing(self._book.put_trade(trade), missing, now)

    def _is_balanced(self, trade: PairTrade) -> bool:
        """Returns whether both legs are held, in the proportion of the entry; of a slice, what it brought."""
        y, x = trade.y, trade.x
        held_y, held_x = y.held - y.base, x.held - x.base
        if not held_y and not held_x and (y.base or x.base):
            return True
        if not held_y or not held_x:
            return False
        plan_y, plan_x = y.planned - y.base, x.planned - x.base
        plan = (plan_y, plan_x) if plan_y and plan_x else (y.whole or y.entered, x.whole or x.entered)
        return 100 * imbalance(held_y, held_x, *plan) <= self._book.settings.max_imbalance_percent

    def _halted(self, trade: PairTrade) -> str:
        return next((value.symbol for _, value in legs(trade) if value.symbol in self._market.halted), "")

    def _without_quote(self, trade: PairTrade, now: int) -> str:
        """Returns a leg by whose quotes no order would be filled now; empty where there is none."""
        for _, value in legs(trade):
            top = self._market.top_at(value.symbol, now)
            if top is None or now - top.time > self._book.settings.max_quote_age_ms:
                return value.symbol
        return ""

    def _repair(self, trade: PairTrade, missing: dict[PairLeg, int], now: int) -> None:
        """One leg is filled and the other is not: send what is missing, until the deadline."""
        wait = self._book.settings.repair_deadline_ms
        entering = _grows(trade)
        why = self._orders.reason(trade, missing)
        if trade.state is not TradeState.REPAIR:
            trade = self._book.put_trade(
                msgspec.structs.replace(trade, state=TradeState.REPAIR, deadline=now + wait, note=why, time=now)
            )
            if entering and self._book.settings.repair is Repair.UNWIND:
                self._unwind(trade, why, now)
                return
        elif now >= trade.deadline:
            if entering:
                self._unwind(trade, why, now)
            else:
                self._end(trade, TradeState.FAILED, f"legs are left that could not be closed: {why}", now)
            return
        self._send_missing(trade, missing, now)

    def _unwind(self, trade: PairTrade, why: str, now: int) -> None:
        """Close what is held, or what the slice brought: the other leg could not be had."""
        before = {leg.value: msgspec.structs.replace(value, planned=value.base) for leg, value in legs(trade)}
        deadline = now + self._book.settings.repair_deadline_ms
        what = "what the slice brought" if trade.y.base or trade.x.base else "what is held"
        trade = self._book.put_trade(
            msgspec.structs.replace(trade, deadline=deadline, note=f"closes {what}: {why}", time=now, **before)
        )
        self._settle(trade, now)

    def _arrived(self, trade: PairTrade, now: int) -> None:
        if trade.y.held or trade.x.held:
            opened = trade.opened or now
            whole = {leg.value: msgspec.structs.replace(value, base=0) for leg, value in legs(trade)}
            self._book.put_trade(
                msgspec.structs.replace(
                    trade, state=TradeState.OPEN, opened=opened, note="", deadline=0, attempts=0, time=now, **whole
                )
            )
        else:
            self._end(trade, TradeState.CLOSED, trade.note, now)

    def _plan_what_is_held(self, trade: PairTrade, now: int) -> None:
        held = {leg.value: msgspec.structs.replace(value, planned=value.held) for leg, value in legs(trade)}
        self._arrived(msgspec.structs.replace(trade, **held), now)

    def _end(self, trade: PairTrade, state: TradeState, note: str, now: int) -> None:
        closed = msgspec.structs.replace(trade, state=state, note=note, closed=now, time=now)
        if state is TradeState.CLOSED:
            closed = msgspec.structs.replace(closed, attribution=attribution(closed))
        self._book.put_trade(closed)
        self._forget(trade.id)

    def _forget(self, trade: int) -> None:
        """Forget what was tried of a trade so far."""
        self._passive.pop(trade, None)
        self._orders.forget(trade)

    def _change(self, trade: PairTrade, state: TradeState, note: str, now: int) -> PairTrade:
        return self._book.put_trade(msgspec.structs.replace(trade, state=state, note=note, time=now))

    # --- a passive leg ------------------------------------------------------------------------------------------------

    def _post_passive(self, trade: PairTrade, now: int) -> bool:
        """Post the leg with the wider spread at its best price. Returns whether it could be."""
        top_y, top_x = (self._market.top_at(value.symbol, now) for _, value in legs(trade))
        if top_y is None or top_x is None:
            return False
        self._passive[trade.id] = passive_leg(top_y, top_x)
        return self._post(trade, self._passive[trade.id], now)

    def _post(self, trade: PairTrade, leg: PairLeg, now: int) -> bool:
        value = leg_of(trade, leg)
        top = self._market.top_at(value.symbol, now)
        quantity = value.planned - value.held
        if top is None or not quantity:
            return False
        self._orders.send(trade, leg, quantity, now, limit=top.bid if quantity > 0 else top.ask)
        return True

    def _step_passive(self, trade: PairTrade, now: int) -> None:
        """Hedge every fill of the passive leg; when it has waited long enough, post it anew, in the end at market."""
        passive = self._passive.get(trade.id)
        if passive is None:
            return
        other = PairLeg.X if passive is PairLeg.Y else PairLeg.Y
        if self._orders.failed(trade.id, other) is not None:  # no hedge: no more is added to the leg that is alone
            self._orders.cancel_all(trade.id, now)
            self._plan_what_hedges(self._book.trades[trade.id], passive, other, now)
            return
        self._hedge(trade, passive, other, now)
        working = self._book.working(trade.id)
        order = next((order for order in working if order.kind is OrderKind.POST_ONLY), None)
        if order is not None and now - order.sent < self._book.settings.patience_ms:
            return
        if order is not None:
            self._orders.cancel(order, now)
        value = leg_of(trade, passive)
        if value.planned == value.held or any(each.leg is passive for each in self._book.working(trade.id)):
            return
        trade = self._book.put_trade(msgspec.structs.replace(trade, attempts=trade.attempts + 1, time=now))
        if trade.attempts <= _MOST_REPRICES and self._post(trade, passive, now):
            return
        if trade.attempts == _MOST_REPRICES + 1:
            self._orders.send(trade, passive, value.planned - value.held, now)

    def _plan_what_hedges(self, trade: PairTrade, passive: PairLeg, other: PairLeg, now: int) -> None:
        """Plan what is held of the passive leg, and of the other what belongs to it; the repair does the rest."""
        value, against = leg_of(trade, passive), leg_of(trade, other)
        wanted = nearest(divide(against.planned * value.held, value.planned), self._step(against.symbol))
        trade = with_leg(trade, passive, msgspec.structs.replace(value, planned=value.held))
        trade = with_leg(trade, other, msgspec.structs.replace(against, planned=wanted))
        self._book.put_trade(msgspec.structs.replace(trade, time=now))
        del self._passive[trade.id]

    def _hedge(self, trade: PairTrade, passive: PairLeg, other: PairLeg, now: int) -> None:
        """Send what belongs to the filled part of the passive leg, less what is held or on the way."""
        value, against = leg_of(trade, passive), leg_of(trade, other)
        rules = self._market.rules.get(against.symbol)
        if not value.held or rules is None:
            return
        step = rules.order_step(market=True)
        wanted = nearest(divide(against.planned * value.held, value.planned), step)
        on_the_way = sum(order.quantity - order.filled for order in self._book.working(trade.id) if order.leg is other)
        due = wanted - against.held - on_the_way
        if (
            due
            and (due > 0) == (against.planned > 0)
            and rules.check(due, self._orders.price(against.symbol, due, now)) is None
        ):
            self._orders.send(trade, other, due, now)

    def _price(self, symbol: str, quantity: int, now: int) -> int:
        top = self._market.top_at(symbol, now)
        return top.price(quantity) if top is not None else 0

    # --- orders -------------------------------------------------------------------------------------------------------

    def _send_missing(self, trade: PairTrade, missing: dict[PairLeg, int], now: int) -> None:
        for leg, quantity in missing.items():
            self._orders.send(trade, leg, quantity, now)

    def _kept(self, symbol: str, held: int, percent: int) -> int:
        """Returns what of a leg stays when a share of it is closed, in steps of its orders."""
        return nearest(divide(held * (100 - percent), 100), self._step(symbol))

    def _step(self, symbol: str) -> int:
        rules = self._market.rules.get(symbol)
        return rules.order_step(market=True) if rules is not None else 1


def _grows(trade: PairTrade) -> bool:
    """Returns whether a trade, or a slice of it, is still planned to be held."""
    return any(value.planned != value.base for _, value in legs(trade))


def residual(trade: PairTrade, market: MarketView, now: int) -> int:
    """Returns the notional of x that is not hedged by y (or of y without any x), at mark; 0 of a balanced trade."""
    marks = (to_float(market.mark(symbol, now)) for symbol in trade.pair.symbols)
    return to_units(residual_at([trade], *marks))
