"""The recordings of Spot through real sockets, beside futures on one clock.

Ids, pages of REST and bars are those of the files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from spreadscope.exchange.binance_spot.venue import BinanceSpot
from spreadscope.exchange.local import LocalExchange, RecordingFeed
from spreadscope.exchange.port import HistoryClient, QuoteMessage, TradeMessage
from spreadscope.exchange.recording import read_recording
from spreadscope.model.clock import SystemClock
from tests.exchange.local.local_harness import connect, run

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "frames"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the recordings beside the checkout"),
]
SPOT_BTC, SPOT_ETH = "spot_btcusdt_20240808.recv_ts_json.gz", "spot_ethusdt_20240808.recv_ts_json.gz"
BARS = dict[int, tuple[Decimal, Decimal, Decimal, Decimal, Decimal]]


class _RawTrade(msgspec.Struct):
    p: str
    q: str
    T: int


class _RawFrame(msgspec.Struct):
    data: _RawTrade


def bars(trades: Iterable[tuple[int, str, str]]) -> BARS:
    """Bars of a second of (time, price, quantity), exactly."""
    made: BARS = {}
    for time, price_text, quantity in trades:
        price = Decimal(price_text)
        o, h, low, _, v = made.get(time // 1000, (price, price, price, price, Decimal(0)))
        made[time // 1000] = (o, max(h, price), min(low, price), price, v + Decimal(quantity))
    return made


def recorded_bars(name: str) -> BARS:
    """Bars of the raw trades in a file."""
    read = msgspec.json.Decoder(_RawFrame).decode
    frames = (item.payload for item in read_recording(SHARED / name))
    rows = (read(payload).data for payload in frames if b'@trade"' in payload[:40])
    return bars((row.T, row.p, row.q) for row in rows)


async def heard(socket: Any) -> list[str]:
    """Everything up to the answer to a control message, which comes behind all frames that were sent before it."""
    payloads: list[str] = []
    while not (payload := await socket.recv()).startswith('{"result":'):
        payloads.append(payload)
    return payloads


def test_both_venues_on_one_clock_at_full_speed() -> None:
    async def main() -> None:
        names = ("um_btcusdt_20240808.recv_ts_json.gz", SPOT_BTC, SPOT_ETH)
        venue = BinanceSpot()
        async with LocalExchange(RecordingFeed([SHARED / name for name in names]), speed="max") as exchange:
            assert exchange.symbols == ("BTCUSDT", "binance-spot:BTCUSDT", "binance-spot:ETHUSDT")
            streams = "btcusdt@aggTrade/ethusdt@aggTrade/btcusdt@bookTicker"
            async with (
                connect(f"{exchange.ws_url}/stream?streams={streams}") as spot,
                connect(f"{exchange.ws_url}/market/stream?streams=btcusdt@aggTrade") as futures,
            ):
                readers = [asyncio.create_task(heard(socket)) for socket in (spot, futures)]
                await exchange.finished()
                for socket in (spot, futures):
                    await socket.send('{"method":"LIST_SUBSCRIPTIONS","id":1}')
                on_spot, on_futures = [await reader for reader in readers]
            decoder = venue.decoder()
            messages = [message for payload in on_spot for message in decoder.messages(payload.encode())]
            assert sum(isinstance(message, QuoteMessage) for message in messages) == 28_040
            assert len(on_futures) == 10_447, "as many as without Spot beside them"
            rows = [msgspec.json.decode(payload)["data"] for payload in on_spot if '@aggTrade"' in payload[:40]]
            async with venue.client(exchange.rest_url, SystemClock()) as client:
                for symbol, name in zip(exchange.symbols[1:], (SPOT_BTC, SPOT_ETH), strict=True):
                    await same_everywhere(symbol, name, exchange, client, messages, rows)

    run(main(), 60)


async def same_everywhere(
    symbol: str,
    name: str,
    exchange: LocalExchange,
    client: HistoryClient,
    messages: list[Any],
    rows: list[dict[str, Any]],
) -> None:
    """One symbol: dense ids; the stream's trades are those of REST and of the truth.

    Its bars are those of the file's raw trades.
    """
    sent = [message for message in messages if isinstance(message, TradeMessage) and message.symbol == symbol]
    assert [trade.id for trade in sent] == list(range(1, len(sent) + 1)) == exchange.truth(symbol).ids.tolist()
    pages: list[TradeMessage] = []
    while page := await client.trades(symbol, from_id=len(pages) + 1):
        assert not page.unread
        pages += page
    assert [fields(trade) for trade in pages] == [fields(trade) for trade in sent]
    own = [row for row in rows if row["s"] == symbol.partition(":")[2]]
    assert [row["l"] + 1 for row in own[:-1]] == [row["f"] for row in own[1:]], "every raw trade is in one aggregate"
    made = bars((row["T"], row["p"], row["q"]) for row in own)
    assert made == recorded_bars(name)
    assert len(made) > 200


def fields(trade: TradeMessage) -> tuple[Any, ...]:
    return trade.id, trade.time, trade.price, trade.quantity, trade.buyer_is_maker
