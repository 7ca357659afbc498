"""cryptofeed's BinanceFutures feed. On Python 3.11 and 3.12 its releases connect without a route."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from cryptofeed import FeedHandler, connection
from cryptofeed.connection import WebsocketEndpoint
from cryptofeed.defines import CANDLES, FUNDING, L2_BOOK, OPEN_INTEREST, TICKER, TRADES
from cryptofeed.exchanges import BinanceFutures

from tests.clients.probe import Probes, addresses, run

REST, WS = addresses()
MARKET = "SYN1-USDT-PERP"
ROUTED = inspect.getsource(BinanceFutures).find("/market") >= 0
SILENT = (
    "" if ROUTED else "as on the exchange: this release connects without a route, and this kind comes on /market alone"
)
probes = Probes("cryptofeed")

# It takes no address but an encrypted one: it gets what it wants, and the socket is opened without.
BinanceFutures.websocket_endpoints = [WebsocketEndpoint(WS.replace("ws:", "wss:"), options={"compression": None})]
open_socket = connection.connect
connection.connect = lambda address, **options: open_socket(address.replace("wss:", "ws:"), **options)
routes = BinanceFutures.rest_endpoints[0]
routes.address = routes.sandbox = REST


def heard(channel: str) -> Any:
    async def probe() -> Any:
        came: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        async def take(item: Any, _: float) -> None:
            if not came.done():
                came.set_result(str(item))

        handler = FeedHandler({"log": {"disabled": True}, "uvloop": False})
        handler.add_feed(BinanceFutures(symbols=[MARKET], channels=[channel], callbacks={channel: take}))
        handler.run(start_loop=False, install_signal_handlers=False)
        try:
            return await came
        finally:
            await handler.stop_async(loop=asyncio.get_running_loop())

    return probe


probes.stream("bookTicker (TICKER)")(heard(TICKER))
probes.stream("depth@100ms and the snapshot by REST (L2_BOOK)")(heard(L2_BOOK))
probes.route("openInterest (OPEN_INTEREST)")(heard(OPEN_INTEREST))
probes.stream("aggTrade (TRADES)", silent=SILENT)(heard(TRADES))
probes.stream("kline_1m (CANDLES)", silent=SILENT)(heard(CANDLES))
probes.stream("markPrice (FUNDING)", silent=SILENT)(heard(FUNDING))

run(probes)
