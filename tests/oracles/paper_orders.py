"""Our simulated exchange on a recorded book: orders of one symbol at instants, as the paper broker sends them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spreadscope.model.events import Quote, Trades
from spreadscope.model.trading import UNIT, AccountSettings, Order
from spreadscope.model.trading_states import OrderKind, OrderState, PairLeg
from spreadscope.trading.fixed_point import basis_points, notional, to_units
from spreadscope.trading.market_view import MarketView
from spreadscope.trading.order_rules import OrderRules
from spreadscope.trading.paper_exchange import PaperExchange
from tests.oracles.books import Book, Floats, Ints

STEP = "0.001"


@dataclass(frozen=True)
class OurFills:
    """Of each order: mean price (NaN: not filled), filled quantity, fee (units of 1e-8), time of the last fill (ms)."""

    prices: Floats
    quantities: Floats
    fees: Ints
    times: Ints


def fill_orders(
    book: Book, tick: str, arrivals: Ints, quantities: Floats, limits: Floats | None = None, *, until_ms: int = 0
) -> OurFills:
    """Returns what becomes of orders that are at the exchange at ``arrivals`` (rising, ms): at market, or post-only at
    ``limits`` and looked at until ``until_ms`` after it."""
    market = MarketView()
    market.watched = {book.symbol}
    step, size = to_units(STEP), to_units(tick)
    market.rules[book.symbol] = OrderRules(book.symbol, size, step, step, step, 0, 0, 0, 0, 0, 0, 0, "USDT", True)
    exchange, settings = PaperExchange(market), AccountSettings()
    count = len(arrivals)
    prices, filled, fees, times = (
        np.full(count, np.nan),
        np.zeros(count),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
    )
    quote = trade = 0
    for number, arrival in enumerate(arrivals.tolist()):
        now = arrival + until_ms
        quote, before = int(np.searchsorted(book.times, now, side="right")), quote
        for row in range(before, quote):
            market.add_quote(
                Quote(book.symbol, int(book.times[row]), float(book.bids[row]), float(book.asks[row]),
                      float(book.bid_sizes[row]), float(book.ask_sizes[row]), int(book.updates[row]))
            )  # fmt: skip
        trade, before = int(np.searchsorted(book.trade_times, now, side="right")), trade
        rows = slice(before, trade)
        market.add_trades(
            Trades(book.symbol, np.arange(before, trade), book.trade_times[rows], book.trade_prices[rows],
                   book.trade_sizes[rows], book.sold[rows])
        )  # fmt: skip
        limit = 0 if limits is None else to_units(float(limits[number]))
        order = Order(
            account="", id=number, trade=1, leg=PairLeg.Y, symbol=book.symbol,
            kind=OrderKind.POST_ONLY if limit else OrderKind.MARKET, quantity=to_units(float(quantities[number])),
            limit=limit, reduce_only=False, decision_mid=0, sent=arrival, arrives=arrival, state=OrderState.IN_FLIGHT,
        )  # fmt: skip
        _, matches = exchange.step(order, settings, now)
        exchange.forget(order)
        if matches:
            quantity = sum(match.quantity for match in matches)
            value = sum(notional(match.quantity, match.price) for match in matches)
            prices[number], filled[number] = value / quantity, quantity / UNIT
            fees[number] = sum(basis_points(abs(notional(each.quantity, each.price)), 5.0) for each in matches)
            times[number] = matches[-1].time
        market.end_tick(now)
    return OurFills(prices, filled, fees, times)
