"""``unicorn-binance-websocket-api``: streams named by channel and market."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from unicorn_binance_websocket_api import BinanceWebSocketApiManager

from tests.clients.probe import SYMBOL, Probes, addresses, checked, run

REST, WS = addresses()
TRADE = "as on the exchange: the client asks for trade on /market, and this kind comes on /public"
probes = Probes("unicorn-binance-websocket-api")
manager = BinanceWebSocketApiManager(
    exchange="binance.com-futures", websocket_base_uri=f"{WS}/", restful_base_uri=REST, disable_colorama=True
)


def heard(channel: str, market: str = SYMBOL.lower()) -> Any:
    async def probe() -> Any:
        stream = manager.create_stream(channels=[channel], markets=[market], stream_buffer_name=True)
        try:
            while True:
                text = manager.pop_stream_data_from_stream_buffer(stream)
                if text:
                    message = json.loads(text)
                    if isinstance(message, list) or "result" not in message:
                        return checked(market if channel == "arr" else channel, message)
                await asyncio.sleep(0.05)
        finally:
            manager.stop_stream(stream)

    return probe


for channel in (
    "aggTrade", "kline_1m", "continuousKline_1m", "markPrice", "markPrice@1s", "ticker", "miniTicker", "bookTicker",
    "depth",
    "depth@100ms", "depth5", "depth20@500ms",
):  # fmt: skip
    symbol = f"{SYMBOL.lower()}_perpetual" if channel.startswith("continuous") else SYMBOL.lower()
    probes.stream(channel)(heard(channel, symbol))
for special in ("!ticker", "!miniTicker", "!markPrice"):
    probes.stream(f"{special}@arr")(heard("arr", special))
probes.stream("trade", silent=TRADE)(heard("trade"))


async def close() -> None:
    manager.stop_manager()


run(probes, close)
