"""The simulated exchange of a paper account: when an order fills, at which price, and why it does not.

A market order takes what is displayed at best when it arrives; what was taken is not offered again until the book has
changed. The rest pays the impact curve. A post-only order waits behind what is displayed at its price; trades against
it take that queue first. Each leg fills by its own book.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from spreadscope.model.trading import UNIT, AccountSettings, Order
from spreadscope.model.trading_states import Liquidity, OrderKind, OrderState, Rule
from spreadscope.trading.fixed_point import basis_points, ceiling_to, floor_to, notional, text
from spreadscope.trading.impact import impact_bps
from spreadscope.trading.market_view import BookTop, MarketTrade, MarketView
from spreadscope.trading.order_rules import OrderRules, Refusal

_UNKNOWN_QUEUE = -1  # the price is deeper than best: what waits there is not known


@dataclass(frozen=True, slots=True)
class Match:
    """A match of an order: the signed quantity of it that was filled at one price, and the quote it was filled by.

    ``impact`` is the part of the price (per unit, never negative) beyond best.
    """

    quantity: int
    price: int
    time: int
    liquidity: Liquidity
    top: BookTop
    impact: int = 0


class PaperExchange:
    """Steps orders of one account through the market's events. It remembers what its orders took of each quote."""

    def __init__(self, market: MarketView) -> None:
        self._market = market
        self._taken: dict[tuple[str, bool], tuple[tuple[int, int], int]] = {}  # by symbol and side: quote and quantity
        self._seen: dict[int, int] = {}  # by order: until when it has been stepped (ms)

    def step(self, order: Order, settings: AccountSettings, now: int) -> tuple[Order, list[Match]]:
        """Returns the order as it is at ``now`` (ms), and what of it was filled since the last step."""
        if order.state.ended or order.arrives > now:
            return order, []
        if order.state is OrderState.IN_FLIGHT:
            return self._arrive(order, settings, now)
        return self._rest(order, now)

    def forget(self, order: Order) -> None:
        """The order has ended."""
        self._seen.pop(order.id, None)

    # --- arrival ------------------------------------------------------------------------------------------------------

    def _arrive(self, order: Order, settings: AccountSettings, now: int) -> tuple[Order, list[Match]]:
        rules, top = self._market.rules.get(order.symbol), self._market.top_at(order.symbol, order.arrives)
        mark = self._market.mark(order.symbol, order.arrives)
        refusal = self._refusal(order, settings, rules, top, mark)
        if refusal is not None or rules is None or top is None:
            refusal = refusal or Refusal(Rule.NO_QUOTE)
            return _ended(order, OrderState.REJECTED, order.arrives, refusal), []
        if order.kind is OrderKind.MARKET:
            executions = list(self._take(order, settings, rules, top, mark))
            filled = sum(each.quantity for each in executions)
            if filled == order.quantity:
                done = msgspec.structs.replace(order, state=OrderState.FILLED, filled=filled, time=order.arrives)
                return done, executions
            bound = text(rules.worst_price(order.quantity, mark))
            refusal = Refusal(Rule.TAKE_BOUND, "the rest would fill beyond it", f"up to {bound}")
            return _ended(order, OrderState.EXPIRED, order.arrives, refusal, filled), executions
        best = top.bid if order.quantity > 0 else top.ask
        inside = (order.limit - best) * (1 if order.quantity > 0 else -1)
        ahead = top.size(-order.quantity) if inside == 0 else (0 if inside > 0 else _UNKNOWN_QUEUE)
        waiting = msgspec.structs.replace(order, state=OrderState.ACCEPTED, ahead=ahead, time=order.arrives)
        self._seen[order.id] = order.arrives
        return self._rest(waiting, now)

    def _refusal(
        self, order: Order, settings: AccountSettings, rules: OrderRules | None, top: BookTop | None, mark: int
    ) -> Refusal | None:
        if order.symbol in self._market.halted:
            return Refusal(Rule.HALTED)
        if rules is None:
            return Refusal(Rule.NO_INSTRUMENT)
        if top is None:
            return Refusal(Rule.NO_QUOTE)
        age = order.arrives - top.time
        if age > settings.max_quote_age_ms:
            return Refusal(Rule.STALE_QUOTE, f"{age} ms", f"{settings.max_quote_age_ms} ms")
        if order.limit and (order.limit - top.price(order.quantity)) * order.quantity >= 0:
            return Refusal(Rule.WOULD_TAKE, text(order.limit), f"not through {text(top.price(order.quantity))}")
        return rules.check(
            order.quantity, top.price(order.quantity), limit=order.limit, mark=mark, reduce_only=order.reduce_only
        )

    # --- market orders ------------------------------------------------------------------------------------------------

    def _take(
        self, order: Order, settings: AccountSettings, rules: OrderRules, top: BookTop, mark: int
    ) -> Iterator[Match]:
        """Yields what is filled at best, and the rest at the price of the impact curve."""
        bought = order.quantity > 0
        sign = 1 if bought else -1
        best = top.price(order.quantity)
        bound = rules.worst_price(order.quantity, mark)
        if bound and (best - bound) * sign > 0:
            return
        key, quote = (order.symbol, bought), (top.time, top.update)
        before = self._taken.get(key)
        used = before[1] if before is not None and before[0] == quote else 0
        displayed = max(0, top.size(order.quantity) - used)
        size = abs(order.quantity)
        at_best = min(size, floor_to(displayed, rules.step))
        if at_best:
            self._taken[key] = (quote, used + at_best)
            yield Match(sign * at_best, best, order.arrives, Liquidity.TAKER, top)
        rest = size - at_best
        if not rest:
            return
        usual = self._market.usual_top(order.symbol) or settings.assumed_top_notional
        multiple = notional(size, best) / UNIT / usual
        beyond = basis_points(best, settings.impact_factor * impact_bps(multiple))
        price = (
            ceiling_to(best + beyond, rules.tick) if bought else max(rules.tick, floor_to(best - beyond, rules.tick))
        )
        if bound and (price - bound) * sign > 0:
            return
        yield Match(sign * rest, price, order.arrives, Liquidity.TAKER, top, abs(price - best))

    # --- waiting orders -----------------------------------------------------------------------------------------------

    def _rest(self, order: Order, now: int) -> tuple[Order, list[Match]]:
        """Step a waiting order through quotes and trades, by their times, up to ``now``."""
        seen = self._seen.get(order.id, order.arrives)
        self._seen[order.id] = now
        sign = 1 if order.quantity > 0 else -1
        ahead, left = order.ahead, abs(order.quantity - order.filled)
        executions: list[Match] = []
        top = self._market.top_at(order.symbol, seen)
        tops = self._market.tops_between(order.symbol, seen, now)
        # A trade and the quote that follows from it have one time: the trade goes first.
        events: list[tuple[int, int, BookTop | MarketTrade]] = [(each.time, 1, each) for each in tops]
        events += [(each.time, 0, each) for each in self._market.trades_between(order.symbol, seen, now)]
        for time, _, event in sorted(events, key=lambda each: each[:2]):
            if isinstance(event, BookTop):
                top = event
                if (event.price(order.quantity) - order.limit) * sign <= 0:  # the other side came through the limit
                    executions.append(Match(sign * left, order.limit, time, Liquidity.MAKER, event))
                    left = 0
                else:
                    ahead = _queue(ahead, order, event, sign)
            elif event.sold == (sign > 0):  # its taker is on the other side
                through = (order.limit - event.price) * sign
                if through > 0:
                    taken = left
                elif through == 0 and ahead != _UNKNOWN_QUEUE:
                    taken = min(left, max(0, event.quantity - ahead))
                    ahead = max(0, ahead - event.quantity)
                else:
                    taken = 0
                if taken and top is not None:
                    executions.append(Match(sign * taken, order.limit, time, Liquidity.MAKER, top))
                    left -= taken
            if not left:
                break
        filled = order.quantity - sign * left
        state = OrderState.FILLED if not left else (OrderState.PARTIAL if filled else OrderState.ACCEPTED)
        time = executions[-1].time if executions else order.time
        return msgspec.structs.replace(order, state=state, filled=filled, ahead=ahead, time=time), executions


def _queue(ahead: int, order: Order, top: BookTop, sign: int) -> int:
    """Returns what waits before an order after a quote: no more than is displayed at its price."""
    best = top.bid if sign > 0 else top.ask
    if best == order.limit:
        displayed = top.size(-order.quantity)
        return displayed if ahead == _UNKNOWN_QUEUE else min(ahead, displayed)
    if (order.limit - best) * sign > 0:  # it is alone at a better price
        return 0
    return ahead


def _ended(order: Order, state: OrderState, time: int, refusal: Refusal, filled: int = 0) -> Order:
    return msgspec.structs.replace(
        order, state=state, filled=filled, time=time, rule=refusal.rule, value=refusal.value, allowed=refusal.allowed
    )
