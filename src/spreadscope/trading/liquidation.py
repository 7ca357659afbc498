"""The liquidation of an account: every leg is closed at once at its best price, with the exchange's fee."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from spreadscope.model.trading import Order, PairTrade
from spreadscope.model.trading_states import Liquidity, OrderKind, OrderState, Rule
from spreadscope.trading.account_book import AccountBook, legs
from spreadscope.trading.fixed_point import notional, times, to_float
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.paper_exchange import Match


def liquidate(book: AccountBook, market: MarketView, now: int) -> Iterator[PairTrade]:
    """Cancel all orders, and yield each trade once its legs are closed; a leg without a quote stays."""
    for order in list(book.orders.values()):
        book.put_order(msgspec.structs.replace(order, state=OrderState.CANCELED, time=now, rule=Rule.MARGIN))
    for trade in list(book.trades.values()):
        for leg, value in legs(trade):
            top = market.top_at(value.symbol, now)
            if not value.held or top is None:
                continue
            price = top.price(-value.held)
            order = Order(
                account=book.account, id=book.number(), trade=trade.id, leg=leg, symbol=value.symbol,
                kind=OrderKind.MARKET, quantity=-value.held, limit=0, reduce_only=True, decision_mid=top.mid, sent=now,
                arrives=now, state=OrderState.FILLED, filled=-value.held, time=now,
            )  # fmt: skip
            book.put_order(order)
            execution = Match(-value.held, price, now, Liquidity.TAKER, top)
            charged = times(abs(notional(value.held, price)), _fee(market, value.symbol))
            book.fill(order, execution, liquidation_fee=charged)
        yield trade


def _fee(market: MarketView, symbol: str) -> float:
    rules = market.rules.get(symbol)
    return to_float(rules.liquidation_fee) if rules is not None else 0.0
