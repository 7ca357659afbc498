"""python-binance: its asynchronous client and its socket manager."""

from __future__ import annotations

from typing import Any

from binance.async_client import AsyncClient
from binance.ws.depthcache import FuturesDepthCacheManager
from binance.ws.streams import BinanceSocketManager

from tests.clients.probe import SYMBOL, Probes, addresses, run

REST, WS = addresses()
AsyncClient.FUTURES_URL = f"{REST}/fapi"
BinanceSocketManager.FSTREAM_URL = f"{WS}/"
probes = Probes("python-binance")
made: list[AsyncClient] = []


def client() -> AsyncClient:
    """Made inside the loop; ``create`` would ask the spot market."""
    if not made:
        made.append(AsyncClient())
    return made[0]


async def first(open_socket: Any, *arguments: Any, **options: Any) -> Any:
    async with open_socket(*arguments, **options) as stream:
        message = await stream.recv()
    if isinstance(message, dict) and message.get("e") == "error":
        raise RuntimeError(message)
    data = message.get("data", message) if isinstance(message, dict) else message
    return data if isinstance(data, list) else (data["e"], data.get("s") or data.get("ps"))


def manager() -> BinanceSocketManager:
    return BinanceSocketManager(client())


for name, call in {
    "ping": lambda: client().futures_ping(),
    "time": lambda: client().futures_time(),
    "exchangeInfo": lambda: client().futures_exchange_info(),
    "depth": lambda: client().futures_order_book(symbol=SYMBOL),
    "trades": lambda: client().futures_recent_trades(symbol=SYMBOL),
    "historicalTrades": lambda: client().futures_historical_trades(symbol=SYMBOL),
    "aggTrades": lambda: client().futures_aggregate_trades(symbol=SYMBOL),
    "klines": lambda: client().futures_klines(symbol=SYMBOL, interval="1m"),
    "continuousKlines": lambda: client().futures_continuous_klines(
        pair=SYMBOL, contractType="PERPETUAL", interval="1m"
    ),
    "markPriceKlines": lambda: client().futures_mark_price_klines(symbol=SYMBOL, interval="1m"),
    "indexPriceKlines": lambda: client().futures_index_price_klines(pair=SYMBOL, interval="1m"),
    "premiumIndex": lambda: client().futures_mark_price(symbol=SYMBOL),
    "fundingRate": lambda: client().futures_funding_rate(symbol=SYMBOL),
    "ticker/24hr": lambda: client().futures_ticker(symbol=SYMBOL),
    "ticker/price": lambda: client().futures_symbol_ticker(symbol=SYMBOL),
    "ticker/bookTicker": lambda: client().futures_orderbook_ticker(symbol=SYMBOL),
    "openInterest": lambda: client().futures_open_interest(symbol=SYMBOL),
}.items():
    probes.route(name)(call)

probes.stream("continuousKline_1m (kline_futures_socket)")(lambda: first(manager().kline_futures_socket, SYMBOL))
probes.stream("aggTrade")(lambda: first(manager().aggtrade_futures_socket, SYMBOL))
probes.stream("markPrice@1s")(lambda: first(manager().symbol_mark_price_socket, SYMBOL))
probes.stream("markPrice")(lambda: first(manager().symbol_mark_price_socket, SYMBOL, fast=False))
probes.stream("!markPrice@arr@1s")(lambda: first(manager().all_mark_price_socket))
probes.stream("bookTicker")(lambda: first(manager().symbol_ticker_futures_socket, SYMBOL))
probes.stream("ticker")(lambda: first(manager().individual_symbol_ticker_futures_socket, SYMBOL))
probes.stream("!bookTicker")(lambda: first(manager().all_ticker_futures_socket))
probes.stream("!ticker@arr")(lambda: first(manager().all_ticker_futures_socket, "!ticker@arr"))
probes.stream("depth10")(lambda: first(manager().futures_depth_socket, SYMBOL))
probes.stream("kline_1m, miniTicker (multiplex)")(
    lambda: first(manager().futures_multiplex_socket, [f"{SYMBOL.lower()}@kline_1m", f"{SYMBOL.lower()}@miniTicker"])
)
probes.stream("trade, depth (multiplex)")(
    lambda: first(
        manager().futures_multiplex_socket,
        [f"{SYMBOL.lower()}@trade", f"{SYMBOL.lower()}@depth@100ms"],
        category="public",
    )
)


async def depth_cache() -> Any:
    """The client's own local book: the snapshot by REST, and the changes on it."""
    async with FuturesDepthCacheManager(client(), symbol=SYMBOL) as cache:
        for _ in range(10):
            book = await cache.recv()
    bid, ask = book.get_bids()[0][0], book.get_asks()[0][0]
    if bid >= ask:
        raise AssertionError(f"the book is crossed: {bid} and {ask}")
    return bid, ask


probes.stream("depth@100ms (FuturesDepthCacheManager)")(depth_cache)


async def close() -> None:
    await client().close_connection()


run(probes, close)
