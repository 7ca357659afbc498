"""The REST routes without HTTP: pages, parameters, weights and error codes."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from spreadscope.exchange.binance_futures.client import BinanceFuturesClient
from spreadscope.exchange.binance_futures.rest import decode_exchange_info
from spreadscope.exchange.local.faults import NoFaults, RestFault
from spreadscope.exchange.local.futures_rest import FuturesRestApi
from spreadscope.exchange.local.quota import Quota, QuotaLimits
from spreadscope.exchange.local.rest_api import RestAnswer
from spreadscope.exchange.local.seeded_faults import SeededFaults
from spreadscope.exchange.local.synthetic import SyntheticMarket
from spreadscope.model.clock import SystemClock
from spreadscope.model.instrument import Instrument
from tests.exchange.local.local_harness import START_MS, ListFeed


class Server:
    """The API with clocks that stand where they are put."""

    def __init__(self, feed: Any, **limits: int) -> None:
        self.now_ms = feed.start_ms
        self.wall = 0.0
        self.api = FuturesRestApi(
            feed, Quota(QuotaLimits(**limits)), NoFaults(), now_ms=lambda: self.now_ms, wall=lambda: self.wall
        )

    def raw(self, path: str, method: str = "GET", **query: Any) -> RestAnswer:
        return self.api.answer(method, f"/fapi/v1/{path}", {key: str(value) for key, value in query.items()}, "1.2.3.4")

    def get(self, path: str, **query: Any) -> Any:
        self.wall += 60
        answer = self.raw(path, **query)
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body)

    def refused(self, path: str, **query: Any) -> tuple[int, int]:
        answer = self.raw(path, **query)
        return answer.status, msgspec.json.decode(answer.body)["code"]


@pytest.fixture(scope="module")
def market() -> SyntheticMarket:
    return SyntheticMarket(2, seed=3, start_ms=START_MS, history_hours=2, past_minutes=16)


@pytest.fixture
def server(market: SyntheticMarket) -> Server:
    return Server(market)


def test_pages_by_id_rebuild_the_truth(server: Server, market: SyntheticMarket) -> None:
    for symbol, tape in market.tapes.items():
        truth = tape.columns()
        rows: list[dict[str, Any]] = []
        number = 0
        while page := server.get("aggTrades", symbol=symbol, fromId=number, limit=1000):
            rows += page
            number = page[-1]["a"] + 1
        assert [row["a"] for row in rows] == truth.ids.tolist()
        assert [row["T"] for row in rows] == truth.times.tolist()
        assert [float(row["p"]) for row in rows] == truth.prices.tolist()
        assert [float(row["q"]) for row in rows] == truth.quantities.tolist()
        assert [row["m"] for row in rows] == truth.buyer_maker.tolist()
        assert list(rows[0]) == ["a", "p", "q", "nq", "f", "l", "T", "m"]


def test_pages_by_time_are_inclusive(server: Server, market: SyntheticMarket) -> None:
    truth = market.tapes["SYN1USDT"].columns()
    start, end = int(truth.times[2_000]), int(truth.times[2_300])
    expected = truth.ids[(truth.times >= start) & (truth.times <= end)].tolist()
    assert [
        r["a"] for r in server.get("aggTrades", symbol="SYN1USDT", startTime=start, endTime=end, limit=1000)
    ] == expected
    assert [r["a"] for r in server.get("aggTrades", symbol="SYN1USDT", startTime=start, limit=5)] == expected[:5]
    assert [r["a"] for r in server.get("aggTrades", symbol="SYN1USDT", endTime=end, limit=5)] == expected[-5:]
    assert [r["a"] for r in server.get("aggTrades", symbol="SYN1USDT", limit=3)] == truth.ids[-3:].tolist()
    assert len(server.get("aggTrades", symbol="SYN1USDT")) == 500


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("aggTrades", {}, -1102),
        ("aggTrades", {"symbol": "BTCUSDT"}, -1121),
        ("aggTrades", {"symbol": "syn1usdt"}, -1121),
        ("aggTrades", {"symbol": "SYN1USDT", "limit": 1001}, -1130),
        ("aggTrades", {"symbol": "SYN1USDT", "limit": 0}, -1130),
        ("aggTrades", {"symbol": "SYN1USDT", "limit": "x"}, -1100),
        ("aggTrades", {"symbol": "SYN1USDT", "fromId": -1}, -1100),
        ("aggTrades", {"symbol": "SYN1USDT", "fromId": "9" * 30}, -1100),
        ("aggTrades", {"symbol": "SYN1USDT", "fromId": 1, "startTime": START_MS}, -1128),
        ("aggTrades", {"symbol": "SYN1USDT", "startTime": START_MS - 3_600_000, "endTime": START_MS}, -1127),
        ("aggTrades", {"symbol": "SYN1USDT", "startTime": START_MS, "endTime": START_MS - 1}, -1102),
        ("aggTrades", {"symbol": "SYN1USDT", "startTime": START_MS - 48 * 3_600_000 - 1}, -4166),
        ("klines", {"symbol": "SYN1USDT"}, -1102),
        ("klines", {"symbol": "SYN1USDT", "interval": "1s"}, -1120),
        ("klines", {"symbol": "SYN1USDT", "interval": "1m", "limit": 2000}, -1130),
        ("klines", {"symbol": "NONE", "interval": "1m"}, -1121),
        ("premiumIndex", {"symbol": "NONE"}, -1121),
        ("ticker/24hr", {"symbol": "NONE"}, -1121),
        ("fundingRate", {"symbol": "NONE"}, -1121),
        ("depth", {}, -1102),
        ("depth", {"symbol": "NONE"}, -1121),
        ("depth", {"symbol": "SYN1USDT", "limit": 7}, -4021),
        ("depth", {"symbol": "SYN1USDT", "limit": "x"}, -1100),
        ("trades", {}, -1102),
        ("trades", {"symbol": "SYN1USDT", "limit": 1001}, -1130),
        ("historicalTrades", {"symbol": "SYN1USDT", "limit": 501}, -1130),
        ("historicalTrades", {"symbol": "SYN1USDT", "fromId": "x"}, -1100),
        ("ticker/price", {"symbol": "NONE"}, -1121),
        ("ticker/bookTicker", {"symbol": "NONE"}, -1121),
        ("openInterest", {}, -1102),
        ("markPriceKlines", {"interval": "1m"}, -1102),
        ("indexPriceKlines", {"interval": "1m"}, -1102),
        ("indexPriceKlines", {"pair": "NONE", "interval": "1m"}, -1121),
        ("continuousKlines", {"contractType": "PERPETUAL", "interval": "1m"}, -1102),
        ("continuousKlines", {"pair": "SYN1USDT", "interval": "1m"}, -1102),
        ("continuousKlines", {"pair": "NONE", "contractType": "PERPETUAL", "interval": "1m"}, -1121),
        ("continuousKlines", {"pair": "SYN1USDT", "contractType": "NEXT_QUARTER", "interval": "1m"}, -1122),
        ("continuousKlines", {"pair": "SYN1USDT", "contractType": "PERPETUAL", "interval": "1s"}, -1120),
    ],
)
def test_error_codes(server: Server, path: str, query: dict[str, Any], code: int) -> None:
    assert server.refused(path, **query) == (400, code)


def test_unknown_paths_and_methods(server: Server) -> None:
    assert server.refused("nothing") == (404, -5000)
    assert server.raw("time", method="POST").status == 404


def test_trades_over_48_hours_old_are_gone_by_id_and_time(market: SyntheticMarket) -> None:
    server = Server(market)
    server.now_ms = START_MS + 48 * 3_600_000
    first = market.tapes["SYN1USDT"].first_id
    assert server.refused("aggTrades", symbol="SYN1USDT", fromId=first) == (400, -4166)
    assert server.refused("aggTrades", symbol="SYN1USDT", endTime=START_MS - 1) == (400, -4166)


@pytest.mark.parametrize(
    ("path", "query", "weight"),
    [
        ("ping", {}, 1),
        ("time", {}, 1),
        ("exchangeInfo", {}, 1),
        ("aggTrades", {"symbol": "SYN1USDT", "limit": 1}, 20),
        ("klines", {"symbol": "SYN1USDT", "interval": "1m", "limit": 100}, 1),
        ("klines", {"symbol": "SYN1USDT", "interval": "1m"}, 2),
        ("klines", {"symbol": "SYN1USDT", "interval": "1m", "limit": 1000}, 5),
        ("klines", {"symbol": "SYN1USDT", "interval": "1m", "limit": 1500}, 10),
        ("ticker/24hr", {"symbol": "SYN1USDT"}, 1),
        ("ticker/24hr", {}, 40),
        ("premiumIndex", {"symbol": "SYN1USDT"}, 1),
        ("premiumIndex", {}, 10),
        ("fundingRate", {}, 0),
        ("fundingInfo", {}, 0),
        ("depth", {"symbol": "SYN1USDT", "limit": 5}, 2),
        ("depth", {"symbol": "SYN1USDT", "limit": 50}, 2),
        ("depth", {"symbol": "SYN1USDT", "limit": 100}, 5),
        ("depth", {"symbol": "SYN1USDT"}, 10),
        ("depth", {"symbol": "SYN1USDT", "limit": 1000}, 20),
        ("trades", {"symbol": "SYN1USDT"}, 5),
        ("historicalTrades", {"symbol": "SYN1USDT"}, 20),
        ("ticker/price", {"symbol": "SYN1USDT"}, 1),
        ("ticker/price", {}, 2),
        ("ticker/bookTicker", {"symbol": "SYN1USDT"}, 2),
        ("ticker/bookTicker", {}, 5),
        ("openInterest", {"symbol": "SYN1USDT"}, 1),
        ("continuousKlines", {"pair": "SYN1USDT", "contractType": "PERPETUAL", "interval": "1m", "limit": 1500}, 10),
        ("aggTrades", {"symbol": "NONE"}, 20),
    ],
)
def test_weights(server: Server, path: str, query: dict[str, Any], weight: int) -> None:
    assert dict(server.raw(path, **query).headers)["X-MBX-USED-WEIGHT-1M"] == str(weight)


def test_prices_klines_and_fundings_are_those_of_the_market(server: Server, market: SyntheticMarket) -> None:
    prices = server.get("ticker/price")
    for row in prices:
        (last,) = server.get("aggTrades", symbol=row["symbol"], limit=1)
        assert (row["price"], row["time"]) == (last["p"], last["T"])
    assert server.get("ticker/price", symbol="SYN2USDT") == prices[1]
    asked = {"interval": "5m", "limit": 7}
    assert server.get("continuousKlines", pair="SYN1USDT", contractType="PERPETUAL", **asked) == server.get(
        "klines", symbol="SYN1USDT", **asked
    )
    server.now_ms = START_MS + 9 * 3_600_000
    times = [row["fundingTime"] for row in server.get("fundingRate", symbol="SYN1USDT")]
    info = server.get("fundingInfo")
    assert [row["symbol"] for row in info] == list(market.tapes)
    assert {row["fundingIntervalHours"] for row in info} == {8}
    assert {time % (8 * 3_600_000) for time in times} == {0}


def test_our_client_reads_settled_funding_and_intervals(server: Server, market: SyntheticMarket) -> None:
    server.now_ms = START_MS + 9 * 3_600_000
    rows = server.get("fundingRate", symbol="SYN1USDT")

    def serve(request: httpx.Request) -> httpx.Response:
        answer = server.raw(request.url.path.removeprefix("/fapi/v1/"), **dict(request.url.params))
        return httpx.Response(answer.status, content=answer.body)

    async def ask() -> None:
        transport = httpx.MockTransport(serve)
        async with BinanceFuturesClient("http://exchange.test", SystemClock(), transport=transport) as client:
            found = await client.settled_funding("SYN1USDT", 0, server.now_ms)
            assert [(row.time, row.rate) for row in found] == [
                (row["fundingTime"], float(row["fundingRate"])) for row in rows
            ]
            assert found
            assert await client.settled_funding("SYN1USDT", found[-1].time + 1, server.now_ms) == []
            assert await client.funding_intervals() == dict.fromkeys(market.tapes, 8)

    asyncio.run(ask())


def test_the_page_names_every_route(server: Server) -> None:
    page = (Path(__file__).parents[3] / "docs" / "local-exchange.md").read_text()
    listed = page.partition("## REST")[2].partition("## What")[0]
    for path in server.api.paths:
        assert f"`{path.split('/', 3)[3]}`" in listed, path


def test_429_then_418_with_retry_after(market: SyntheticMarket) -> None:
    server = Server(market, weight_per_minute=40, refused_before_ban=1)
    answers = [server.raw("aggTrades", symbol="SYN1USDT") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 429, 418]
    assert [msgspec.json.decode(answer.body)["code"] for answer in answers[2:]] == [-1003, -1003]
    assert [dict(answer.headers)["Retry-After"] for answer in answers[2:]] == ["61", "121"]


def test_the_newer_routes_share_the_budget_the_bans_and_the_faults(market: SyntheticMarket) -> None:
    server = Server(market, weight_per_minute=25, refused_before_ban=1)
    asked = ["depth", "trades", "ticker/bookTicker", "openInterest", "depth"]
    answers = [server.raw(path, symbol="SYN1USDT") for path in asked]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 429]
    assert server.raw("ticker/price").status == 418
    faults = SeededFaults("5xx=0.999", 1)
    api = FuturesRestApi(market, Quota(QuotaLimits()), faults, now_ms=lambda: START_MS, wall=lambda: 0.0)
    for path in ("depth", "trades", "ticker/price", "openInterest", "fundingInfo"):
        assert api.answer("GET", f"/fapi/v1/{path}", {"symbol": "SYN1USDT"}, "a").status >= 500
    assert faults.fired["5xx"] == 5


def test_klines_equal_the_bars_of_the_trades_and_history_joins_them(server: Server, market: SyntheticMarket) -> None:
    for symbol, tape in market.tapes.items():
        lines = server.get("klines", symbol=symbol, interval="1m", limit=1500)
        opens = [line[0] for line in lines]
        assert opens == list(range(opens[0], opens[-1] + 1, 60_000))
        assert len(opens) >= 120
        truth = tape.columns()
        first_whole = -(-int(truth.times[0]) // 60_000) * 60_000
        for line in lines:
            if line[0] < first_whole:
                continue
            inside = (truth.times >= line[0]) & (truth.times <= line[6])
            prices = truth.prices[inside]
            assert [float(text) for text in line[1:5]] == [prices[0], prices.max(), prices.min(), prices[-1]]
            assert float(line[5]) == pytest.approx(truth.quantities[inside].sum(), rel=1e-12)
        seam = opens.index(first_whole)
        assert float(lines[seam][1]) == pytest.approx(float(lines[seam - 1][4]), rel=2e-3)
        five = server.get("klines", symbol=symbol, interval="5m", limit=3)
        minutes = [line for line in lines if five[0][0] <= line[0] <= five[0][6]]
        assert float(five[0][5]) == pytest.approx(sum(float(line[5]) for line in minutes), rel=1e-12)


def test_exchange_info_says_that_it_is_no_market(server: Server) -> None:
    info = server.get("exchangeInfo", symbol="IGNORED")
    assert info["spreadscope"]["source"] == "demo"
    assert info["spreadscope"]["description"].startswith("synthetic seed 3, begun 20")
    assert [entry["symbol"] for entry in info["symbols"]] == ["SYN1USDT", "SYN2USDT"]
    filters = {entry["filterType"]: entry for entry in info["symbols"][0]["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.1"
    assert filters["LOT_SIZE"] == {
        "filterType": "LOT_SIZE", "minQty": "0.001", "stepSize": "0.001", "maxQty": "10000",
    }  # fmt: skip
    assert filters["MARKET_LOT_SIZE"] == {
        "filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "stepSize": "0.001", "maxQty": "1200",
    }  # fmt: skip


def test_the_engine_reads_every_limit_of_an_order(server: Server) -> None:
    listed = decode_exchange_info(msgspec.json.encode(server.get("exchangeInfo"))).instruments["SYN1USDT"]
    assert listed == Instrument(
        "SYN1USDT", "TRADING", "PERPETUAL", "SYN1", "USDT", tick_size="0.1", step_size="0.001", min_notional="5",
        min_quantity="0.001", max_quantity="10000", market_step_size="0.001", market_max_quantity="1200",
        multiplier_up="1.0500", multiplier_down="0.9500", market_take_bound="0.05", liquidation_fee="0.012500",
    )  # fmt: skip


def test_premium_funding_and_ticker_shapes(server: Server) -> None:
    premium = server.get("premiumIndex", symbol="SYN1USDT")
    assert set(premium) == {
        "symbol", "markPrice", "indexPrice", "estimatedSettlePrice", "lastFundingRate", "interestRate",
        "nextFundingTime", "time",
    }  # fmt: skip
    assert premium["nextFundingTime"] > START_MS
    assert len(server.get("premiumIndex")) == len(server.get("ticker/24hr")) == 2
    server.now_ms = START_MS + 9 * 3_600_000
    funding = server.get("fundingRate", symbol="SYN1USDT")
    assert funding
    assert set(funding[0]) == {"symbol", "fundingTime", "fundingRate", "markPrice", "rateType"}
    assert [row["fundingTime"] for row in funding] == sorted(row["fundingTime"] for row in funding)
    ticker = server.get("ticker/24hr", symbol="SYN1USDT")
    assert float(ticker["lowPrice"]) <= float(ticker["lastPrice"]) <= float(ticker["highPrice"])


def test_before_any_trade_the_answers_are_empty_not_broken() -> None:
    server = Server(ListFeed(1))
    assert server.get("aggTrades", symbol="AUSDT") == []
    assert server.get("klines", symbol="AUSDT", interval="1m") == []
    assert server.get("ticker/24hr", symbol="AUSDT")["count"] == 0
    assert server.get("premiumIndex", symbol="AUSDT")["markPrice"] == ""


def test_a_fault_takes_the_place_of_the_answer_and_adds_weight(market: SyntheticMarket) -> None:
    class Broken(NoFaults):
        def request(self, path: str, now_ms: int) -> RestFault | None:
            return RestFault(status=503, body=b"<html>", content_type="text/html", extra_weight=500)

    api = FuturesRestApi(market, Quota(QuotaLimits()), Broken(), now_ms=lambda: START_MS, wall=lambda: 0.0)
    answer = api.answer("GET", "/fapi/v1/time", {}, "a")
    assert (answer.status, answer.body) == (503, b"<html>")
    assert dict(answer.headers) == {"X-MBX-USED-WEIGHT-1M": "501", "Content-Type": "text/html"}
    assert Broken().fired == Counter()
