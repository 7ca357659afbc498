"""Stream names, routes and control messages."""

from __future__ import annotations

import msgspec
import pytest

from spreadscope.exchange.binance_futures import streams
from spreadscope.exchange.binance_futures.streams import Route


@pytest.mark.parametrize(
    ("stream", "route"),
    [
        ("btcusdt@aggTrade", Route.MARKET), ("btcusdt@bookTicker", Route.PUBLIC), ("!bookTicker", Route.PUBLIC),
        ("btcusdt@depth@0ms", Route.PUBLIC), ("btcusdt@depth20@100ms", Route.PUBLIC),
        ("btcusdt@rpiDepth@500ms", Route.PUBLIC),
        ("btcusdt@trade", Route.PUBLIC),
        ("btcusdt@markPrice@1s", Route.MARKET), ("!markPrice@arr@1s", Route.MARKET), ("btcusdt@kline_1m", Route.MARKET),
        ("!forceOrder@arr", Route.MARKET), ("!contractInfo", Route.MARKET), ("!miniTicker@arr", Route.MARKET),
    ],
)  # fmt: skip
def test_every_stream_has_its_route(stream: str, route: Route) -> None:
    assert streams.route_of(stream) is route


def test_names_are_lower_case_whatever_the_symbol() -> None:
    assert streams.agg_trade("BTCUSDT_261225") == "btcusdt_261225@aggTrade"
    assert streams.book_ticker("牛来USDT") == "牛来usdt@bookTicker"
    assert streams.mark_price("ETHUSDT") == "ethusdt@markPrice@1s"
    assert streams.symbol_of("牛来usdt@bookTicker") == "牛来USDT"
    assert streams.symbol_of("!contractInfo") == ""


def test_addresses_carry_the_route() -> None:
    assert (
        streams.connection_url("wss://fstream.binance.com", Route.MARKET) == "wss://fstream.binance.com/market/stream"
    )


def test_shards_split_by_route_and_size_and_keep_the_order() -> None:
    names = [name for i in range(5) for name in (f"s{i}@aggTrade", f"s{i}@bookTicker")]
    assert streams.shards([*names, "s0@aggTrade"], 3) == [
        (Route.MARKET, ("s0@aggTrade", "s1@aggTrade", "s2@aggTrade")),
        (Route.MARKET, ("s3@aggTrade", "s4@aggTrade")),
        (Route.PUBLIC, ("s0@bookTicker", "s1@bookTicker", "s2@bookTicker")),
        (Route.PUBLIC, ("s3@bookTicker", "s4@bookTicker")),
    ]


def test_control_messages() -> None:
    assert msgspec.json.decode(streams.subscribe(["a@aggTrade"], 3)) == {
        "method": "SUBSCRIBE", "params": ["a@aggTrade"], "id": 3,
    }  # fmt: skip
    assert msgspec.json.decode(streams.unsubscribe(["牛来usdt@aggTrade"], 4))["method"] == "UNSUBSCRIBE"
