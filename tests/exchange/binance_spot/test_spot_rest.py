"""Spot's REST answers, the client that asks for them within Spot's own budget, and the venue around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest

from spreadscope.exchange.binance_spot import rest
from spreadscope.exchange.binance_spot.client import BinanceSpotClient
from spreadscope.exchange.binance_spot.venue import BinanceSpot
from spreadscope.exchange.port import DemoNotice, HistoryClient, TradeIds, TradeMessage
from spreadscope.exchange.rest_client import Retries
from spreadscope.model.clock import ManualClock
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.events import BarRow
from spreadscope.model.instrument import Instrument
from spreadscope.model.timeframe import Timeframe

T = TypeVar("T")
SYMBOL = "binance-spot:BNBBTC"
MINUTE_NS = 60_000_000_000
ROW = {
    "a": 26129,
    "p": "0.01633102",
    "q": "4.70443515",
    "f": 27781,
    "l": 27781,
    "T": 1498793709153,
    "m": True,
    "M": True,
}
KLINE = [
    1499040000000, "0.01634790", "0.80000000", "0.01575800", "0.01577100", "148976.11427815", 1499644799999,
    "2434.19055334", 308, "1756.87402397", "28.46694368", "0",
]  # fmt: skip
INFO = {
    "timezone": "UTC", "serverTime": 1565246363776, "rateLimits": [], "exchangeFilters": [],
    "symbols": [
        {
            "symbol": "ETHBTC", "status": "TRADING", "baseAsset": "ETH", "quoteAsset": "BTC",
            "isSpotTradingAllowed": True,
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.00001000", "maxPrice": "922327.0",
                 "tickSize": "0.00001000"},
                {"filterType": "LOT_SIZE", "minQty": "0.00010000", "maxQty": "100000.0", "stepSize": "0.00010000"},
                {"filterType": "NOTIONAL", "minNotional": "0.00010000", "applyMinToMarket": True,
                 "maxNotional": "9000000.0"},
                {"filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 10},
            ],
            "permissions": [], "permissionSets": [["SPOT", "MARGIN"]],
        },
        {"symbol": "OLDBTC", "status": "BREAK", "filters": [{"filterType": "MIN_NOTIONAL", "minNotional": "0.001"}]},
        {"symbol": "币安人生USDT", "status": "TRADING"},
    ],
}  # fmt: skip


def body(document: Any) -> bytes:
    return json.dumps(document).encode()


def test_trades_candles_and_the_clock() -> None:
    trade = TradeMessage(SYMBOL, 26129, 0.01633102, 4.70443515, 1498793709153, 1498793709153, True)
    for row in (ROW, ROW | {"T": 1498793709153_789}):
        page = rest.decode_agg_trades(SYMBOL, body([row]))
        assert (list(page), page.unread) == ([trade], ())
    bar = BarRow(1499040000000, 0.0163479, 0.8, 0.015758, 0.015771, 148976.11427815, 308)
    assert rest.decode_klines(body([KLINE])) == [bar]
    assert rest.decode_klines(body([[KLINE[0] * 1000, *KLINE[1:]]])) == [bar]  # type: ignore[operator]
    assert rest.decode_time(b'{"serverTime":1499827319559}') == rest.decode_time(b'{"serverTime":1499827319559123}')


def test_the_instruments_have_the_names_of_the_product() -> None:
    listed = rest.decode_exchange_info(body(INFO))
    assert listed.demo is None
    assert list(listed.instruments) == ["binance-spot:ETHBTC", "binance-spot:OLDBTC", "binance-spot:币安人生USDT"]
    eth, old, _ = listed.instruments.values()
    assert (eth.symbol, eth.tick_size, eth.step_size, eth.min_notional, eth.contract_type, eth.trading) == (
        "binance-spot:ETHBTC", "0.00001000", "0.00010000", "0.00010000", "SPOT", True,
    )  # fmt: skip
    assert (old.trading, old.tick_size, old.min_notional) == (False, "", "0.001")
    notice = {"spreadscope": {"source": "demo", "description": "synthetic seed 1"}}
    assert rest.decode_exchange_info(body(INFO | notice)).demo == DemoNotice("synthetic seed 1")


LIMITED: dict[str, Any] = {
    "symbol": "ETHBTC", "status": "TRADING",
    "filters": [
        {"filterType": "LOT_SIZE", "minQty": "0.00010000", "maxQty": "9000.00000000", "stepSize": "0.00010000"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "107.89", "stepSize": "0.00000000"},
    ],
}  # fmt: skip
BY_SIDE = {
    "filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "5", "bidMultiplierDown": "0.2", "askMultiplierUp": "5",
    "askMultiplierDown": "0.1", "avgPriceMins": 5,
}  # fmt: skip
BOTH_SIDES = {"filterType": "PERCENT_PRICE", "multiplierUp": "1.3000", "multiplierDown": "0.7000", "avgPriceMins": 5}


def listed(symbol: dict[str, Any]) -> Instrument:
    other = {"symbol": "BNBBTC", "status": "TRADING"}
    found = rest.decode_exchange_info(body({"symbols": [symbol, other]})).instruments
    assert list(found) == ["binance-spot:ETHBTC", "binance-spot:BNBBTC"], "the others are read all the same"
    return found["binance-spot:ETHBTC"]


def test_the_limits_of_an_order() -> None:
    eth = listed(LIMITED)
    assert (eth.min_quantity, eth.max_quantity) == ("0.00010000", "9000.00000000")
    assert (eth.market_step_size, eth.market_max_quantity) == ("0.00000000", "107.89")
    assert (eth.multiplier_up, eth.multiplier_down, eth.market_take_bound, eth.liquidation_fee) == (None,) * 4


def test_a_bound_of_the_price_is_that_of_both_sides() -> None:
    def bounds(*filters: dict[str, Any]) -> tuple[str | None, str | None]:
        eth = listed(LIMITED | {"filters": list(filters)})
        return eth.multiplier_up, eth.multiplier_down

    assert bounds(BOTH_SIDES) == ("1.3000", "0.7000")
    assert bounds(BY_SIDE) == ("5", None), "the bounds below differ: there is no one of them"
    assert bounds(BY_SIDE | {"askMultiplierDown": "0.2"}) == ("5", "0.2")


@pytest.mark.parametrize("filters", [None, 5, {}, [5, {"filterType": 5}], [{"filterType": "LOT_SIZE", "minQty": 1}]])
def test_filters_that_cannot_be_read_are_not_said(filters: object) -> None:
    eth = listed(LIMITED | {"filters": filters})
    assert (eth.tick_size, eth.step_size, eth.min_notional, eth.min_quantity) == ("", "", None, None)


def test_a_row_that_cannot_be_read_does_not_keep_the_others_out() -> None:
    bad = [ROW | {"p": "nan"}, ROW | {"T": 5_000_000_000_000}, {"a": 1}, 7, ROW | {"a": 2**60}]
    page = rest.decode_agg_trades(SYMBOL, body([ROW, *bad]))
    assert len(page) == 1
    assert [raw for raw, _ in page.unread] == [body(row) for row in bad]
    with pytest.raises(DecodeError):
        rest.decode_agg_trades(SYMBOL, body(bad))


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"<html>", b"{", b"null", b"7", b'{"code":-1121,"msg":"Invalid symbol."}', b"[[1,2]]", b'[["x"]]', b"\xff",
        body([[*KLINE[:1], "nan", *KLINE[2:]]]), body([[5_000_000_000_000, *KLINE[1:]]]),
        body([[*KLINE[:8], 2**60, *KLINE[9:]]]),
        b'{"serverTime":0}', b'{"serverTime":-1}', b'{"serverTime":"x"}', b'{"symbols":5}',
        b'{"symbols":[{"status":"TRADING"}]}',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_decode_error_in_one_line(answer: bytes) -> None:
    for read in (
        rest.decode_klines, rest.decode_time, rest.decode_exchange_info,
        lambda text: rest.decode_agg_trades(SYMBOL, text),
    ):  # fmt: skip
        with pytest.raises(DecodeError) as caught:
            read(answer)
        assert "\n" not in str(caught.value)


# --- the client -----------------------------------------------------------------------------------------------------


def ask(call: Callable[[HistoryClient], Awaitable[T]], *answers: httpx.Response) -> tuple[T, list[httpx.Request]]:
    """Run ``call`` against an exchange that gives ``answers`` in turn, the last one for ever."""
    requests: list[httpx.Request] = []
    clock = ManualClock(28_000_000 * MINUTE_NS)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = answers[min(len(requests), len(answers) - 1)]
        requests.append(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    async def at_once(seconds: float) -> None:
        assert seconds > 0

    async def main() -> T:
        transport, retries = httpx.MockTransport(handle), Retries(sleep=at_once)
        async with BinanceSpotClient("http://spot.test", clock, transport=transport, retries=retries) as client:
            return await call(client)

    return asyncio.run(main()), requests


def ok(content: bytes = b"[]", **headers: str) -> httpx.Response:
    return httpx.Response(200, content=content, headers=headers)


def test_routes_ask_as_spot_wants_at_its_weights() -> None:
    async def all_routes(client: HistoryClient) -> int:
        await client.trades(SYMBOL, from_id=7)
        await client.trades(SYMBOL, start_time=1, end_time=2, limit=5)
        await client.candles(SYMBOL, Timeframe.M5, 1_500)
        assert await client.newest_trade(SYMBOL) is None
        return client.budget.used

    used, requests = ask(all_routes, ok())
    assert [(request.url.path, dict(request.url.params)) for request in requests] == [
        ("/api/v3/aggTrades", {"symbol": "BNBBTC", "limit": "1000", "fromId": "7"}),
        ("/api/v3/aggTrades", {"symbol": "BNBBTC", "limit": "5", "startTime": "1", "endTime": "2"}),
        ("/api/v3/klines", {"symbol": "BNBBTC", "interval": "5m", "limit": "1000"}),
        ("/api/v3/aggTrades", {"symbol": "BNBBTC", "limit": "1"}),
    ]
    assert used == 4 + 4 + 2 + 4


def test_the_budget_is_spots_own() -> None:
    async def limit(client: HistoryClient) -> int:
        await client.instruments()
        assert client.budget.used == 20
        return client.budget.limit

    assert ask(limit, ok(body(INFO)))[0] == 5_400  # a tenth of 6,000 is left to others


def test_the_exchanges_code_surfaces_and_no_code_says_that_trades_are_too_old() -> None:
    async def refused(client: HistoryClient) -> int | None:
        with pytest.raises(ExchangeError, match="Invalid symbol") as caught:
            await client.trades(SYMBOL)
        assert not client.too_old(caught.value.code)
        assert not client.too_old(-4166)
        return caught.value.code

    refusal = httpx.Response(400, content=b'{"code":-1121,"msg":"Invalid symbol."}')
    assert ask(refused, refusal)[0] == -1121


def test_a_fault_of_the_moment_is_tried_again() -> None:
    time, requests = ask(lambda client: client.time(), httpx.Response(502), ok(b'{"server'), ok(b'{"serverTime":5}'))
    assert (time, len(requests)) == (5, 3)


def test_a_ban_is_spots_own_and_said_at_once() -> None:
    async def banned(client: HistoryClient) -> float:
        with pytest.raises(ExchangeError, match="banned"):
            await client.time()
        return client.budget.banned_s

    assert ask(banned, httpx.Response(418, headers={"Retry-After": "120"}))[0] == 120


# --- the venue ------------------------------------------------------------------------------------------------------


def test_what_the_venue_says_of_itself() -> None:
    venue = BinanceSpot()
    assert venue.instrument("BTCUSDT") == "binance-spot:BTCUSDT"
    assert venue.local("binance-spot:BTCUSDT") == "BTCUSDT"
    assert venue.status_stream is None
    capabilities = venue.capabilities
    assert (capabilities.trade_ids, capabilities.retention_ms, capabilities.weight_per_minute) == (
        TradeIds.DENSE,
        None,
        6_000,
    )
    assert (capabilities.dated_quotes, capabilities.marks, capabilities.status_announcements) == (False, False, False)
    assert not venue.beats_each_second(b'{"e":"markPriceUpdate"}')


def test_quotes_have_sockets_of_their_own() -> None:
    venue = BinanceSpot()
    symbols = ["binance-spot:AUSDT", "binance-spot:BUSDT", "binance-spot:牛来USDT"]
    streams = [stream for symbol in symbols for stream in venue.streams(symbol, quotes=True)]
    assert venue.streams(symbols[0], quotes=False) == (venue.trade_stream(symbols[0]),) == ("ausdt@aggTrade",)
    shards = venue.shards([*streams, streams[0]], 2)
    assert shards == [
        ("trades", ("ausdt@aggTrade", "busdt@aggTrade")), ("trades", ("牛来usdt@aggTrade",)),
        ("quotes", ("ausdt@bookTicker", "busdt@bookTicker")), ("quotes", ("牛来usdt@bookTicker",)),
    ]  # fmt: skip
    assert [venue.carries_quotes_only(route) for route, _ in shards] == [False, False, True, True]
    assert {venue.socket_url(venue.ws_url, route) for route, _ in shards} == {"wss://stream.binance.com:9443/stream"}
    assert [venue.symbol_of(stream) for stream in streams[::2]] == symbols
    assert venue.symbol_of("!miniTicker@arr") == ""
    assert json.loads(venue.subscribe(streams[:1], 3)) == {"method": "SUBSCRIBE", "params": streams[:1], "id": 3}
    assert json.loads(venue.unsubscribe(streams[:1], 4))["method"] == "UNSUBSCRIBE"


def test_recorded_answers_are_told_by_their_request() -> None:
    venue = BinanceSpot()
    found = venue.recorded_trades("/api/v3/aggTrades?symbol=BNBBTC&limit=1000", body([ROW]))
    assert found is not None
    assert found[0] == SYMBOL
    assert [trade.id for trade in found[1]] == [26129]
    for request in ("/fapi/v1/aggTrades?symbol=BNBBTC", "/api/v3/klines?symbol=BNBBTC", "/api/v3/aggTrades", ""):
        assert venue.recorded_trades(request, body([ROW])) is None
