"""The orders of one account: sent, stepped through the simulated exchange, canceled; and why one was not filled."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from spreadscope.model.trading import Order, PairTrade
from spreadscope.model.trading_states import OrderKind, OrderState, PairLeg, Rule
from spreadscope.trading.account_book import AccountBook, leg_of
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.paper_exchange import PaperExchange


class OrderManager:
    """Sends the orders of trades, and books what is filled of them."""

    def __init__(self, book: AccountBook, market: MarketView) -> None:
        self._book = book
        self._market = market
        self._exchange = PaperExchange(market)
        self._why: dict[tuple[int, PairLeg], Order] = {}  # by leg: the last order that ended without being filled

    def step(self, now: int) -> None:
        """Step the orders on the way, oldest first, and book what was filled."""
        for order in list(self._book.orders.values()):
            if order.arrives > now:
                continue
            stepped, executions = self._exchange.step(order, self._book.settings, now)
            for execution in executions:
                self._book.fill(stepped, execution)
            self._book.put_order(stepped)
            if executions:
                self._book.put_trade(msgspec.structs.replace(self._book.trades[order.trade], time=now))
            if stepped.state.ended:
                self._exchange.forget(stepped)
                if stepped.state is not OrderState.FILLED:
                    self._why[order.trade, order.leg] = stepped

    def send(self, trade: PairTrade, leg: PairLeg, quantity: int, now: int, *, limit: int = 0) -> None:
        """Send an order of a signed quantity: at market, or with a ``limit`` as a post-only one."""
        value = leg_of(trade, leg)
        top = self._market.top_at(value.symbol, now)
        if top is None:
            return  # without a quote nothing is decided: it is tried again with the next tick
        self._book.put_order(
            Order(
                account=self._book.account,
                id=self._book.number(),
                trade=trade.id,
                leg=leg,
                symbol=value.symbol,
                kind=OrderKind.POST_ONLY if limit else OrderKind.MARKET,
                quantity=quantity,
                limit=limit,
                reduce_only=value.held * quantity < 0,
                decision_mid=top.mid,
                sent=now,
                arrives=now + self._book.settings.latency_ms,
                state=OrderState.IN_FLIGHT,
                time=now,
            )
        )

    def cancel(self, order: Order, now: int) -> None:
        self._book.put_order(msgspec.structs.replace(order, state=OrderState.CANCELED, time=now))
        self._exchange.forget(order)

    def cancel_all(self, trade: int, now: int) -> None:
        """Cancel the orders of a trade."""
        for order in self._book.working(trade):
            self.cancel(order, now)

    def expire(self, order: Order, rule: Rule, now: int) -> None:
        """End an order of which nobody knows what became of it."""
        expired = msgspec.structs.replace(order, state=OrderState.EXPIRED, time=now, rule=rule)
        self._book.put_order(expired)
        self._why[order.trade, order.leg] = expired

    def price(self, symbol: str, quantity: int, now: int) -> int:
        """Returns the best price of a signed quantity; 0 without a quote."""
        top = self._market.top_at(symbol, now)
        return top.price(quantity) if top is not None else 0

    # --- why not ------------------------------------------------------------------------------------------------------

    def failed(self, trade: int, leg: PairLeg) -> Order | None:
        """Returns the last order of a leg that ended without being filled, since ``forget``; None where none has."""
        return self._why.get((trade, leg))

    def forget(self, trade: int) -> None:
        """A trade, or what is added to it, is done."""
        for leg in PairLeg:
            self._why.pop((trade, leg), None)

    def reason(self, trade: PairTrade, missing: Iterable[PairLeg]) -> str:
        """Returns why legs are missing, in words."""
        missing = list(missing)
        for leg in missing:
            order = self.failed(trade.id, leg)
            if order is not None and order.rule is not None:
                value = f" ({order.value})" if order.value else ""
                return f"{order.symbol}: {order.rule}{value}"
        symbols = " and ".join(leg_of(trade, leg).symbol for leg in missing)
        return f"{symbols} was not filled"
