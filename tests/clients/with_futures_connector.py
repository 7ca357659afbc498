"""Binance's older ``binance-futures-connector``. It names the streams itself and takes the route with its address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from binance.um_futures import UMFutures
from binance.websocket.um_futures.websocket_client import UMFuturesWebsocketClient

from tests.clients.probe import SYMBOL, Probes, addresses, checked, run

REST, WS = addresses()
ROUTED = "as on the exchange: the connector's own address has no route, and this kind comes on /market alone"
probes = Probes("binance-futures-connector")
rest = UMFutures(base_url=REST)

for name, call in {
    "ping": rest.ping,
    "time": rest.time,
    "exchangeInfo": rest.exchange_info,
    "depth": lambda: rest.depth(SYMBOL),
    "trades": lambda: rest.trades(SYMBOL),
    "aggTrades": lambda: rest.agg_trades(SYMBOL),
    "klines": lambda: rest.klines(SYMBOL, "1m"),
    "continuousKlines": lambda: rest.continuous_klines(SYMBOL, "PERPETUAL", "1m"),
    "markPriceKlines": lambda: rest.mark_price_klines(SYMBOL, "1m"),
    "indexPriceKlines": lambda: rest.index_price_klines(SYMBOL, "1m"),
    "premiumIndex": lambda: rest.mark_price(SYMBOL),
    "fundingRate": lambda: rest.funding_rate(SYMBOL),
    "ticker/24hr": lambda: rest.ticker_24hr_price_change(SYMBOL),
    "ticker/price": lambda: rest.ticker_price(SYMBOL),
    "ticker/bookTicker": lambda: rest.book_ticker(SYMBOL),
    "openInterest": lambda: rest.open_interest(SYMBOL),
}.items():
    probes.route(name)(call)


def heard(route: str, name: str, subscribe: Callable[[Any], None]) -> Callable[[], Any]:
    async def probe() -> Any:
        came: asyncio.Queue[Any] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        client = UMFuturesWebsocketClient(
            stream_url=WS + route,
            on_message=lambda _, text: loop.call_soon_threadsafe(came.put_nowait, json.loads(text)),
        )
        try:
            subscribe(client)
            while True:
                message = await came.get()
                if isinstance(message, list) or "e" in message:
                    return checked(name, message)
        finally:
            client.stop()

    return probe


MARKET = {
    "aggTrade": lambda to: to.agg_trade(SYMBOL),
    "kline_1m": lambda to: to.kline(SYMBOL, "1m"),
    "continuousKline_1m": lambda to: to.continuous_kline(SYMBOL, "perpetual", "1m"),
    "markPrice@1s": lambda to: to.mark_price(SYMBOL, 1),
    "!markPrice@arr": lambda to: to.mark_price_all_market(3),
    "ticker": lambda to: to.ticker(SYMBOL),
    "miniTicker": lambda to: to.mini_ticker(SYMBOL),
    "!ticker@arr": lambda to: to.ticker(),
    "!miniTicker@arr": lambda to: to.mini_ticker(),
}
PUBLIC = {
    "bookTicker": lambda to: to.book_ticker(SYMBOL),
    "depth@100ms": lambda to: to.diff_book_depth(SYMBOL),
    "depth5@100ms": lambda to: to.partial_book_depth(SYMBOL, level=5, speed=100),
}
for name, subscribe in MARKET.items():
    probes.stream(f"{name} on /market")(heard("/market", name, subscribe))
for name, subscribe in PUBLIC.items():
    probes.stream(f"{name} on /public")(heard("/public", name, subscribe))
    probes.stream(f"{name} without a route")(heard("", name, subscribe))
probes.stream("kline_1m without a route", silent=ROUTED)(heard("", "kline_1m", MARKET["kline_1m"]))
probes.stream("markPrice@1s without a route", silent=ROUTED)(heard("", "markPrice@1s", MARKET["markPrice@1s"]))

run(probes)
