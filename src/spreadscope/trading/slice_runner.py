"""Sends the slices of ladders and TWAPs of one account, one after the other, into one pair trade each.

An order in slices is a decision that is pending until its last slice has ended: so it is kept, told and taken back as
every order that waits. Its trade is entered with the first slice and grows with the others, on the hedge and the
baseline of the first; whatever closes a part of the trade cancels the slices that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from spreadscope.model.instrument import Pair
from spreadscope.model.sliced_orders import Ladder, OrderSlice, SlicedOrder
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import Decision, PairTrade
from spreadscope.model.trading_events import OpenTrade
from spreadscope.model.trading_states import Outcome, PairLeg, Rule, SliceState, SpreadMeasure, TradeOrigin, TradeState
from spreadscope.trading.account_book import AccountBook
from spreadscope.trading.entry_check import EntryPlan, plan_slice, plan_slices
from spreadscope.trading.executable import executable_level
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.new_trade import new_trade
from spreadscope.trading.order_manager import OrderManager
from spreadscope.trading.order_rules import Refusal
from spreadscope.trading.slicing import following, leads_with_y, slices_of
from spreadscope.trading.trade_driver import TradeDriver

_TIME_IS_OVER = "its time is over"
_UNDER_WAY = frozenset({TradeState.ENTERING, TradeState.REPAIR})
_STAYS = frozenset({TradeState.OPEN, TradeState.FROZEN})


class SliceRunner:
    """Steps the orders in slices among what is pending in the book of an account."""

    def __init__(self, book: AccountBook, market: MarketView, driver: TradeDriver, orders: OrderManager) -> None:
        self._book = book
        self._market = market
        self._driver = driver
        self._orders = orders
        self._refused: dict[tuple[int, int], Refusal] = {}  # by order and slice: why its last try was in vain

    # --- from outside -------------------------------------------------------------------------------------------------

    def refusal(self, waiting: Decision, fit: Fit, now: int) -> Refusal | None:
        """Returns why an order may not begin: by a rule for one of its slices, or for all of them together."""
        cut = self._cut(waiting, _sliced(waiting), fit, now)
        return cut if isinstance(cut, Refusal) else None

    def step(self, fit_of: Callable[[Pair, Timeframe], Fit], now: int) -> None:
        """Note what came of the slices that were sent, and send those that are due and can be had."""
        for waiting in list(self._book.pending.values()):
            if waiting.sliced is not None:
                self._step(waiting, fit_of(waiting.pair, waiting.timeframe), now)

    def send_rest(self, waiting: Decision, now: int) -> None:
        """Send what is left without its levels and times, one slice after the other."""
        order = _sliced(waiting)
        slices = tuple(
            msgspec.structs.replace(each, level=None, due=now, until=0) if each.state is SliceState.WAITING else each
            for each in order.slices
        )
        changed = msgspec.structs.replace(order, slices=slices)
        self._put(msgspec.structs.replace(waiting, sliced=changed, expires=0, words="the rest at once"), now)

    def take_back(self, waiting: Decision, now: int) -> None:
        """Cancel what is not filled: the slices that wait, and a limit order of the one that was sent."""
        trade = self._book.trades.get(waiting.trade)
        if trade is not None:
            self._driver.stop_posting(trade, "taken back", now)
        order = self._settled(waiting, _sliced(waiting), now)
        self._keep(waiting, _without_rest(order, "taken back", now), now, Outcome.DECLINED)

    def cancel(self, waiting: Decision, words: str, now: int, rule: Rule | None = None) -> None:
        """End an order at once. What is on the way of it is its trade's affair."""
        order = self._settled(waiting, _sliced(waiting), now)
        sent = next(((number, each) for number, each in enumerate(order.slices) if not each.state.ended), None)
        if sent is not None and sent[1].state is SliceState.SENT:
            order = self._with_filled(order, sent[0], self._book.trades.get(waiting.trade), now, words)
        self._keep(waiting, _without_rest(order, words, now, rule), now, Outcome.EXPIRED)

    def cancel_of(self, trade: PairTrade, words: str, now: int) -> None:
        """End the order that a trade grows by, for a part of it is closed."""
        for waiting in list(self._book.pending.values()):
            if waiting.sliced is not None and waiting.trade == trade.id:
                self.cancel(waiting, words, now)

    # --- a step -------------------------------------------------------------------------------------------------------

    def _step(self, waiting: Decision, fit: Fit, now: int) -> None:
        before = _sliced(waiting)
        order = self._settled(waiting, before, now)
        trade = self._book.trades.get(waiting.trade)
        if order.filled and trade is None:
            order = _without_rest(order, "its trade is closed", now)
        elif trade is not None and not _grows_on(trade):
            order = _without_rest(order, f"its trade ends: {trade.note}", now)
        if any(each.state is SliceState.SENT for each in order.slices):
            self._note(waiting, order, Refusal(Rule.SLICE_BEFORE, "it is on the way"), now)
            order = self._skip_late(waiting, order, now)
        else:
            order = self._skip_late(waiting, order, now)
            waiting, order = self._send_due(waiting, order, fit, now)
        if order != before:
            self._keep(waiting, order, now, Outcome.EXPIRED)

    def _send_due(self, waiting: Decision, order: SlicedOrder, fit: Fit, now: int) -> tuple[Decision, SlicedOrder]:
        number = _next(order)
        if number is None or order.slices[number].due > now:
            return waiting, order
        sent = self._send(waiting, order, number, fit, now)
        if isinstance(sent, Refusal):
            self._refused[waiting.id, number] = sent
            return waiting, order
        return sent

    def _note(self, waiting: Decision, order: SlicedOrder, refusal: Refusal, now: int) -> None:
        number = _next(order)
        if number is not None and order.slices[number].due <= now:
            self._refused[waiting.id, number] = refusal

    def _skip_late(self, waiting: Decision, order: SlicedOrder, now: int) -> SlicedOrder:
        """End the slices whose time has passed: those of a TWAP are skipped, for the reason of their last try."""
        for number, each in enumerate(order.slices):
            if each.state is not SliceState.WAITING or not each.until or now < each.until:
                continue
            if isinstance(order.plan, Ladder):
                ended = msgspec.structs.replace(each, state=SliceState.CANCELED, words=_TIME_IS_OVER, time=now)
            else:
                why = self._refused.get((waiting.id, number)) or Refusal(Rule.RESTART)
                ended = _skipped(each, why, now)
            order = _with_slice(order, number, ended)
        return order

    # --- what was sent ------------------------------------------------------------------------------------------------

    def _settled(self, waiting: Decision, order: SlicedOrder, now: int) -> SlicedOrder:
        """Returns an order with what came of the slice that was sent, where that is known."""
        sent = next((number for number, each in enumerate(order.slices) if each.state is SliceState.SENT), None)
        if sent is None:
            return order
        trade = self._book.trades.get(waiting.trade)
        if trade is not None and trade.state in _UNDER_WAY:
            return order
        closed = self._book.closed_now(waiting.trade) if trade is None else None
        return self._with_filled(order, sent, trade, now, closed.note if closed is not None else "")

    def _with_filled(
        self, order: SlicedOrder, number: int, trade: PairTrade | None, now: int, words: str
    ) -> SlicedOrder:
        each = order.slices[number]
        y = trade.y.held - sum(one.filled_y for one in order.slices) if trade is not None else 0
        x = trade.x.held - sum(one.filled_x for one in order.slices) if trade is not None else 0
        whole = (y, x) == (each.sent_y, each.sent_x)
        state = SliceState.FILLED if whole else SliceState.PARTIAL if y or x else SliceState.SKIPPED
        each = msgspec.structs.replace(each, state=state, filled_y=y, filled_x=x, time=now)
        if not whole:
            failed = (self._orders.failed(trade.id, leg) for leg in PairLeg) if trade is not None else ()
            missing = next(filter(None, failed), None)
            if missing is not None and missing.rule is not None:
                named = f"{missing.symbol} {missing.value}".strip() if missing.rule is not Rule.RESTART else ""
                refusal = Refusal(missing.rule, named, missing.allowed)
                each = _because(each, refusal)
            else:
                each = msgspec.structs.replace(each, words=words or "it was not filled whole")
        return _with_slice(order, number, each)

    # --- sending ------------------------------------------------------------------------------------------------------

    def _cut(self, waiting: Decision, order: SlicedOrder, fit: Fit, now: int) -> SlicedOrder | Refusal:
        """Returns an order with the quantities of its slices, on the hedge of now."""
        shares = [each.share for each in order.slices]
        cut = plan_slices(
            self._book, self._market, waiting.pair, side=waiting.side, beta=fit.beta, space=fit.space,
            size=waiting.notional, shares=shares, now=now,
        )  # fmt: skip
        if isinstance(cut, Refusal):
            return cut
        slices = tuple(msgspec.structs.replace(each, y=y, x=x) for each, (y, x) in zip(order.slices, cut, strict=True))
        return msgspec.structs.replace(order, slices=slices, hedge=fit.frozen())

    def _send(
        self, waiting: Decision, order: SlicedOrder, number: int, fit: Fit, now: int
    ) -> tuple[Decision, SlicedOrder] | Refusal:
        """Send a slice, into the trade of the order or as its first. Returns both after it, or why it cannot be."""
        if order.hedge is None:
            cut = self._cut(waiting, order, fit, now)
            if isinstance(cut, Refusal):
                return cut
            order = cut
        else:
            fit = Fit.of_order(order.hedge)
        trade = self._book.trades.get(waiting.trade)
        planned = self._planned(waiting, order, number, trade)
        if isinstance(planned, Refusal):
            return planned
        planned_y, planned_x = planned
        held_y, held_x = (trade.y.held, trade.x.held) if trade is not None else (0, 0)
        own = trade.id if trade is not None else 0
        plan = plan_slice(
            self._book, self._market, waiting.pair, planned_y - held_y, planned_x - held_x, trade=own, now=now
        )
        if isinstance(plan, Refusal):
            return plan
        refusal = self._beyond_level(waiting, order, number, fit, plan)
        if refusal is not None:
            return refusal
        if trade is not None:
            self._driver.add(trade, planned_y, planned_x, now)
        else:
            own = self._book.number()
            self._driver.enter(self._new_trade(waiting, order, own, plan, fit, now), now)
        sent = msgspec.structs.replace(
            order.slices[number], state=SliceState.SENT, sent_y=plan.y, sent_x=plan.x, time=now
        )
        return msgspec.structs.replace(waiting, trade=own), _with_slice(order, number, sent)

    def _planned(
        self, waiting: Decision, order: SlicedOrder, number: int, trade: PairTrade | None
    ) -> tuple[int, int] | Refusal:
        """Returns what the trade holds of each leg with a slice.

        The leg with the coarser step grows by the slice; the other follows what is held of it, so that what a slice
        before it left uneven is evened out.
        """
        each = order.slices[number]
        held_y, held_x = (trade.y.held, trade.x.held) if trade is not None else (0, 0)
        whole_y, whole_x = _whole(order)
        steps = []
        for symbol in waiting.pair.symbols:
            rules = self._market.rules.get(symbol)
            if rules is None:
                return Refusal(Rule.NO_INSTRUMENT, symbol)
            steps.append(rules.order_step(market=True))
        if leads_with_y(whole_y, whole_x, *steps):
            y = held_y + each.y
            return y, _not_less(following(y, whole_y, whole_x, steps[1]), held_x)
        x = held_x + each.x
        return _not_less(following(x, whole_x, whole_y, steps[0]), held_y), x

    def _beyond_level(
        self, waiting: Decision, order: SlicedOrder, number: int, fit: Fit, plan: EntryPlan
    ) -> Refusal | None:
        level = order.slices[number].level
        if level is None:
            return None
        measure = order.plan.measure
        value = executable_level(self._market, self._book.settings, waiting.pair.symbols, fit, plan, measure)
        allowed = f"{level_text(measure, level)} or {'below' if waiting.side > 0 else 'above'}"
        if value is None:
            return Refusal(Rule.LEVEL, f"{measure} is not known", allowed)
        if waiting.side * value > waiting.side * level:
            return Refusal(Rule.LEVEL, level_text(measure, value), allowed)
        return None

    def _new_trade(
        self, waiting: Decision, order: SlicedOrder, number: int, plan: EntryPlan, fit: Fit, now: int
    ) -> PairTrade:
        return new_trade(
            self._book.account, number, plan, fit, now, pair=waiting.pair, timeframe=waiting.timeframe,
            side=waiting.side, origin=TradeOrigin.TICKET, execution=order.execution or self._book.settings.execution,
            take_profit=order.take_profit, stop=order.stop, stop_loss=order.stop_loss, whole=_whole(order),
        )  # fmt: skip

    # --- what is kept -------------------------------------------------------------------------------------------------

    def _keep(self, waiting: Decision, order: SlicedOrder, now: int, without_fill: Outcome) -> None:
        """Keep an order as it is now; one whose slices have all ended leaves what is pending."""
        waiting = msgspec.structs.replace(waiting, sliced=order)
        if not all(each.state.ended for each in order.slices):
            self._put(waiting, now)
            return
        self._book.pending.pop(waiting.id, None)
        for key in [key for key in self._refused if key[0] == waiting.id]:
            del self._refused[key]
        last = order.slices[-1]
        self._book.emit(
            msgspec.structs.replace(
                waiting, time=now, outcome=Outcome.TAKEN if order.filled else without_fill,
                rule=None if order.filled else last.rule, words=summary(order),
            )
        )  # fmt: skip

    def _put(self, waiting: Decision, now: int) -> None:
        self._book.pending[waiting.id] = msgspec.structs.replace(waiting, time=now)
        self._book.emit(self._book.pending[waiting.id])


def sliced_of(request: OpenTrade, now: int, good_until: int) -> SlicedOrder | None:
    """Returns the order in slices that a request begins; None of one that is sent whole."""
    if request.slices is None:
        return None
    return SlicedOrder(
        plan=request.slices, slices=slices_of(request.slices, now, good_until), execution=request.execution,
        take_profit=request.take_profit, stop=request.stop, stop_loss=request.stop_loss,
    )  # fmt: skip


def summary(order: SlicedOrder) -> str:
    """Returns how far an order is, in words: how many slices have come to which end, and why not to another."""
    many = {state: [each for each in order.slices if each.state is state] for state in SliceState}
    name = "rungs" if isinstance(order.plan, Ladder) else "slices"
    parts = [f"{len(many[SliceState.FILLED])} of {len(order.slices)} {name} filled"]
    for state in (SliceState.PARTIAL, SliceState.SKIPPED, SliceState.CANCELED):
        if many[state]:
            reasons = dict.fromkeys(each.words for each in many[state] if each.words)
            why = f" ({'; '.join(list(reasons)[-2:])})" if reasons else ""
            parts.append(f"{len(many[state])} {state}{why}")
    return ", ".join(parts)


def level_text(measure: SpreadMeasure, level: float) -> str:
    """Returns a level of a spread in words.

    >>> level_text(SpreadMeasure.Z, -2.0), level_text(SpreadMeasure.RATIO, 15.5)
    ('z -2.00', 'ratio 15.5')
    """
    return f"z {level:+.2f}" if measure is SpreadMeasure.Z else f"ratio {level:.8g}"


def _sliced(waiting: Decision) -> SlicedOrder:
    if waiting.sliced is None:
        raise ValueError(f"decision {waiting.id} is no order in slices")
    return waiting.sliced


def _next(order: SlicedOrder) -> int | None:
    """Returns the number of the next slice that waits."""
    return next((number for number, each in enumerate(order.slices) if each.state is SliceState.WAITING), None)


def _whole(order: SlicedOrder) -> tuple[int, int]:
    """Returns the quantities of (y, x) of all slices."""
    return sum(each.y for each in order.slices), sum(each.x for each in order.slices)


def _grows_on(trade: PairTrade) -> bool:
    """Returns whether a trade is entered, or open and whole."""
    held = (trade.y.held, trade.x.held) == (trade.y.planned, trade.x.planned)
    return trade.state in _UNDER_WAY or (trade.state in _STAYS and held)


def _not_less(planned: int, held: int) -> int:
    """Returns a quantity that a leg grows to: a slice does not reduce what is held."""
    return planned if abs(planned) >= abs(held) else held


def _with_slice(order: SlicedOrder, number: int, each: OrderSlice) -> SlicedOrder:
    slices = (*order.slices[:number], each, *order.slices[number + 1 :])
    return msgspec.structs.replace(order, slices=slices)


def _without_rest(order: SlicedOrder, words: str, now: int, rule: Rule | None = None) -> SlicedOrder:
    """Returns an order whose waiting slices are canceled."""
    slices: Iterator[OrderSlice] = (
        msgspec.structs.replace(each, state=SliceState.CANCELED, words=words, rule=rule, time=now)
        if each.state is SliceState.WAITING
        else each
        for each in order.slices
    )
    return msgspec.structs.replace(order, slices=tuple(slices))


def _skipped(each: OrderSlice, why: Refusal, now: int) -> OrderSlice:
    return _because(msgspec.structs.replace(each, state=SliceState.SKIPPED, time=now), why)


def _because(each: OrderSlice, why: Refusal) -> OrderSlice:
    return msgspec.structs.replace(each, rule=why.rule, value=why.value, allowed=why.allowed, words=str(why))
