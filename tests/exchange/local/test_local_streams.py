"""Every stream of every route over real sockets: delivered, or silent with a sentence that says why."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from spreadscope.exchange.local import LocalExchange, RecordingFeed, SyntheticMarket
from spreadscope.exchange.local.exchange_waits import ExchangeWaits
from spreadscope.exchange.local.klines import INTERVALS
from tests.exchange.local import local_harness
from tests.exchange.local.local_harness import (
    START_MS,
    ListFeed,
    ask,
    line,
    receive,
    rest,
    run,
    silent,
    trade_line,
    write_recording,
)

PUBLIC = [
    "bookTicker", "trade", "depth", "depth@100ms", "depth@250ms", "depth@500ms", "depth5", "depth10@100ms",
    "depth20@500ms",
]  # fmt: skip
MARKET = [
    "aggTrade", *(f"kline_{interval}" for interval in INTERVALS), "markPrice", "markPrice@1s", "ticker", "miniTicker",
]  # fmt: skip
ALL_PUBLIC = ["!bookTicker"]
ALL_MARKET = ["!markPrice@arr", "!markPrice@arr@1s", "!ticker@arr", "!miniTicker@arr"]
NS = START_MS * 1_000_000


def connect(url: str) -> Any:
    """A client that reads all the time: one whose queue is full would not read the close frame either."""
    return local_harness.connect(url, max_queue=None)


def market() -> SyntheticMarket:
    return SyntheticMarket(2, start_ms=START_MS, history_hours=1, past_minutes=1)


async def heard(url: str, streams: list[str], *, until: set[str], identifier: Any = 1) -> Counter[str]:
    """Subscribe and listen until these streams have spoken; what has come by then, by stream."""
    seen: Counter[str] = Counter()
    async with connect(url) as socket:
        assert await ask(socket, {"method": "SUBSCRIBE", "params": streams, "id": identifier}) == {
            "result": None,
            "id": identifier,
        }
        async with asyncio.timeout(20):
            while not until <= seen.keys():
                seen[json.loads(await socket.recv())["stream"]] += 1
    return seen


@pytest.mark.parametrize("route", ["", "/public", "/market", "/private", "/elsewhere"])
def test_case_5_what_is_acknowledged_is_delivered_on_its_route_or_said(route: str) -> None:
    """Twenty times the pace of the market: five of its seconds pass in a quarter of one."""
    told: list[str] = []
    names = [f"syn1usdt@{kind}" for kind in PUBLIC + MARKET] + ALL_PUBLIC + ALL_MARKET
    public = {f"syn1usdt@{kind}" for kind in PUBLIC} | set(ALL_PUBLIC)
    right = {"": public, "/public": public, "/market": set(names) - public}.get(route, set())

    async def main() -> Counter[str]:
        async with LocalExchange(market(), speed=20.0, tell=told.append) as exchange:
            url = f"{exchange.ws_url}{route}/stream"
            if right:
                return await heard(url, names, until=right)
            async with connect(url) as socket:
                await ask(socket, {"method": "SUBSCRIBE", "params": names, "id": 1})
                assert await silent(socket)
            return Counter()

    assert run(main()).keys() == right
    text = "\n".join(told)
    for kind in ("bookTicker", "aggTrade", "ticker"):
        assert (f"syn1usdt@{kind} was subscribed" in text) == (f"syn1usdt@{kind}" not in right)
    assert len(told) == len(set(told)) <= 15  # once for each kind, not for each interval


@pytest.mark.parametrize(
    "identifier", ["b3c1b2a0-8d55-4a58-9d0e-2f4f6a0c1d2e", "d41d8cd98f00b204e9800998ecf8427e", None, 0]
)
def test_case_4_requests_with_text_ids_are_answered_and_deliver(identifier: Any) -> None:
    async def main() -> None:
        async with LocalExchange(market(), speed=5.0) as exchange:
            streams = ["syn1usdt@aggTrade"]
            assert await heard(exchange.ws_url + "/market/stream", streams, until=set(streams), identifier=identifier)

    run(main())


def test_the_raw_form_names_streams_in_the_address_and_carries_bare_payloads() -> None:
    async def main() -> None:
        async with (
            LocalExchange(market(), speed=20.0) as exchange,
            connect(exchange.ws_url + "/market/ws/syn1usdt@kline_1m/syn2usdt@ticker") as socket,
        ):
            events = {message["e"]: message["s"] for message in [await receive(socket) for _ in range(20)]}
            assert events == {"kline": "SYN1USDT", "24hrTicker": "SYN2USDT"}
            assert await until_answer(socket, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1}) is False
            await until_answer(socket, {"method": "SET_PROPERTY", "params": ["combined", True], "id": 2})
            assert (await receive(socket))["stream"] in {"syn1usdt@kline_1m", "syn2usdt@ticker"}
            await until_answer(socket, {"method": "SET_PROPERTY", "params": ["combined", False], "id": 3})
            assert "stream" not in await receive(socket)

    run(main())


async def until_answer(socket: Any, request: dict[str, Any]) -> Any:
    """The result of a request, whatever comes before it."""
    await socket.send(json.dumps(request))
    while True:
        message = await receive(socket)
        if message.get("id") == request["id"]:
            return message["result"]


def test_unsubscribed_streams_stop_and_others_go_on() -> None:
    async def main() -> None:
        async with (
            LocalExchange(market(), speed=20.0) as exchange,
            connect(exchange.ws_url + "/public/stream") as socket,
        ):
            await until_answer(
                socket, {"method": "SUBSCRIBE", "params": ["syn1usdt@trade", "syn1usdt@depth5"], "id": 1}
            )
            await until_answer(socket, {"method": "UNSUBSCRIBE", "params": ["syn1usdt@trade"], "id": "two"})
            assert {(await receive(socket))["stream"] for _ in range(20)} == {"syn1usdt@depth5"}

    run(main())


# --- recordings -----------------------------------------------------------------------------------------------------


def quote(number: int, at: int) -> dict[str, Any]:
    return {
        "e": "bookTicker", "u": number, "s": "AUSDT", "b": "9.9", "B": "1", "a": "10.0", "A": "2", "T": at, "E": at,
    }  # fmt: skip


def recording(tmp_path: Path) -> Path:
    """Two seconds of raw trades, quotes, mark prices, one liquidation; no depth and no klines."""
    lines = []
    for number in range(200):
        at, ns = START_MS + number * 10, NS + number * 10_000_000
        lines.append(trade_line(ns, "AUSDT", number, T=at, p=f"10.{number % 10}0"))
        lines.append(line(ns, "ausdt@bookTicker", quote(1_000 + number, at)))
        if number % 100 == 50:
            mark = {"e": "markPriceUpdate", "E": at, "s": "AUSDT", "p": "10.1", "i": "10.2", "r": "0.0001", "T": 5}
            lines.append(line(ns, "ausdt@markPrice@1s", mark))
            order = {
                "e": "forceOrder",
                "E": at,
                "o": {"s": "AUSDT", "S": "SELL", "q": "1", "p": "9", "X": "NEW", "T": at},
            }
            lines.append(line(ns, "!forceOrder@arr", order))
    return write_recording(tmp_path / "r", lines)


def test_case_5_a_recording_delivers_the_kinds_it_holds_and_says_what_it_has_not(tmp_path: Path) -> None:
    told: list[str] = []
    held = {
        "/public": {"ausdt@trade", "ausdt@bookTicker"},
        "/market": {
            "ausdt@aggTrade", "ausdt@kline_1m", "ausdt@markPrice@1s", "ausdt@forceOrder", "!forceOrder@arr",
            "ausdt@ticker",
            "!markPrice@arr@1s",
        },
    }  # fmt: skip

    async def main() -> None:
        for route, streams in held.items():
            feed = RecordingFeed([recording(tmp_path)])
            async with LocalExchange(feed, speed=1.0, start="now", tell=told.append) as exchange:
                wrong = ["ausdt@depth", "xusdt@trade", "AUSDT@trade"] if route == "/public" else []
                assert (
                    await heard(exchange.ws_url + route + "/stream", [*streams, *wrong], until=streams)
                ).keys() == streams

    run(main())
    assert told == [
        "ausdt@depth was subscribed on /public and stays silent: there is nothing of this kind in recording r.",
        "xusdt@trade was subscribed on /public and stays silent: there is no symbol XUSDT here.",
        (
            "AUSDT@trade was subscribed on /public and stays silent: as on the exchange,"
            " a symbol is written in lower case (ausdt)."
        ),
    ]


def test_a_recording_begins_for_who_asks_for_quotes_alone(tmp_path: Path) -> None:
    """Nobody subscribes aggTrade; before, it waited for that for ever."""

    async def main() -> None:
        feed, waits = RecordingFeed([recording(tmp_path)]), ExchangeWaits(subscriptions_s=0.2)
        async with LocalExchange(feed, waits=waits) as exchange:
            assert await heard(exchange.ws_url + "/stream", ["ausdt@trade"], until={"ausdt@trade"})

    run(main())


def test_at_full_speed_it_waits_and_says_what_for(tmp_path: Path) -> None:
    waits = ExchangeWaits(subscriptions_s=0.1)
    told: list[str] = []
    said = asyncio.Event()

    def tell(text: str) -> None:
        told.append(text)
        said.set()

    async def main() -> None:
        feed = RecordingFeed([recording(tmp_path)])
        async with LocalExchange(feed, speed="max", tell=tell, waits=waits) as exchange:
            async with connect(exchange.ws_url + "/market/stream") as socket:
                await ask(socket, {"method": "SUBSCRIBE", "params": ["!contractInfo"], "id": 1})
                await asyncio.sleep(0.3)
                assert told == []  # nobody waits for a symbol yet
                await ask(socket, {"method": "SUBSCRIBE", "params": ["ausdt@kline_1m"], "id": 1})
                async with asyncio.timeout(5):
                    await said.wait()
                assert exchange.frames_played == 0
                await ask(socket, {"method": "SUBSCRIBE", "params": ["ausdt@aggTrade"], "id": 1})
                await exchange.finished()

    run(main())
    assert told == [
        "Nothing is played yet: --speed max waits for ausdt@aggTrade; subscribe it, or begin with --start now."
    ]


def test_rest_answers_from_the_recording_and_says_what_it_has_not(tmp_path: Path) -> None:
    told: list[str] = []

    async def main() -> None:
        feed = RecordingFeed([recording(tmp_path)])
        async with (
            LocalExchange(feed, speed="max", start="now", tell=told.append) as exchange,
            rest(exchange.rest_url) as client,
        ):
            await exchange.finished()

            async def get(path: str) -> Any:
                return (await client.get(f"/fapi/{path}")).json()

            trades = await get("v1/trades?symbol=AUSDT&limit=2")
            assert [(row["id"], row["price"], row["qty"], row["quoteQty"]) for row in trades] == [
                (198, "10.80", "1.0", "10.800"), (199, "10.90", "1.0", "10.900"),
            ]  # fmt: skip
            assert len(await get("v1/trades?symbol=AUSDT")) == 200
            assert (await get("v1/historicalTrades?symbol=AUSDT&fromId=7&limit=1"))[0]["id"] == 7
            assert (await get("v1/ticker/bookTicker?symbol=AUSDT"))["lastUpdateId"] == 1199
            assert await get("v1/depth?symbol=AUSDT&limit=5") == {
                "lastUpdateId": 1199, "E": START_MS + 1_993, "T": START_MS + 1_990, "bids": [["9.9", "1"]],
                "asks": [["10.0", "2"]],
            }  # fmt: skip
            assert (await get("v2/ticker/price?symbol=AUSDT"))["price"] == "10.90"
            assert await get("v1/fundingInfo") == []
            answer = await client.get("/fapi/v1/openInterest?symbol=AUSDT")
            assert (answer.status_code, answer.json()["code"]) == (400, -1016)
            for _ in range(2):
                assert (await client.get("/fapi/v1/topLongShortPositionRatio")).status_code == 404
            assert exchange.missing == {"GET /fapi/v1/openInterest": 1, "GET /fapi/v1/topLongShortPositionRatio": 2}

    run(main())
    assert told == [
        "GET /fapi/v1/openInterest was asked for and refused: recording r holds no open interest.",
        "GET /fapi/v1/topLongShortPositionRatio was asked for: the local exchange has no such route and answers 404.",
    ]


def test_prints_that_are_no_market_trades_come_in_the_stream_and_not_by_rest(tmp_path: Path) -> None:
    fund = {
        "e": "trade", "E": START_MS, "T": START_MS, "s": "AUSDT", "t": 2, "p": "99.0", "q": "1.0",
        "X": "INSURANCE_FUND",
        "m": True,
    }  # fmt: skip
    nothing = fund | {"t": 3, "p": "0", "q": "0", "X": "NA"}
    lines = [
        trade_line(NS, "AUSDT", 1, T=START_MS),
        line(NS + 1, "ausdt@trade", fund),
        line(NS + 2, "ausdt@trade", nothing),
    ]
    lines.append(trade_line(NS + 3, "AUSDT", 4, T=START_MS))
    feed = RecordingFeed([write_recording(tmp_path / "r", lines)])
    frames = [frame for block in feed.blocks() for frame in block]
    for frame in frames:
        if frame.reveals is not None:
            frame.reveals.reveal()
    told = [msgspec.json.decode(frame.payload)["t"] for frame in frames if frame.stream == "ausdt@trade"]
    assert told == [1, 2, 3, 4]
    raw = feed.raw_trades("AUSDT")
    assert raw is not None
    assert [row["id"] for row in raw.newest(10)] == [row["id"] for row in raw.from_id(0, 10)] == [1, 4]
    assert [row["id"] for row in raw.newest(1)] == [4]


def test_a_recording_of_aggregates_alone_has_neither_raw_trades_nor_a_book(tmp_path: Path) -> None:
    agg = {
        "e": "aggTrade",
        "E": START_MS,
        "a": 7,
        "s": "AUSDT",
        "p": "1.0",
        "q": "3",
        "f": 1,
        "l": 4,
        "T": START_MS,
        "m": True,
    }
    feed = RecordingFeed([write_recording(tmp_path / "r", [line(NS, "ausdt@aggTrade", agg)])])

    async def main() -> None:
        async with LocalExchange(feed, speed="max", start="now") as exchange, rest(exchange.rest_url) as client:
            await exchange.finished()
            for path, says in (
                ("trades?symbol=AUSDT", "no raw ones: ask for aggTrades"),
                ("historicalTrades?symbol=AUSDT", "no raw ones"),
                ("depth?symbol=AUSDT", "no quotes, so there is no order book"),
                ("ticker/bookTicker?symbol=AUSDT", "no quotes of this symbol"),
                ("ticker/bookTicker", "no quotes up to now"),
            ):
                answer = await client.get(f"/fapi/v1/{path}")
                assert answer.status_code == 400
                assert says in answer.json()["msg"]
            assert sum(exchange.missing.values()) == 5

    run(main())


def test_what_is_asked_for_is_counted_within_bounds_and_fit_for_a_terminal() -> None:
    told: list[str] = []

    async def main() -> None:
        async with LocalExchange(ListFeed(1), tell=told.append) as exchange, rest(exchange.rest_url) as client:
            async with connect(exchange.ws_url + "/market/stream") as socket:
                names = [f"ausdt@kind{number}" for number in range(300)] + ["a\x1b[31m@\x07", "x" * 5_000]
                await ask(socket, {"method": "SUBSCRIBE", "params": names, "id": 1})
            await client.get("/fapi/v1/" + "y" * 3_000)
            assert len(exchange.missing) == 101
            assert exchange.missing["others"] == 203

    run(main())
    assert len(told) == 101
    assert all(text.isprintable() and len(text) < 300 for text in told)


def test_derived_streams_can_be_stalled_and_dropped_like_the_others() -> None:
    async def main() -> None:
        async with LocalExchange(market(), speed=20.0) as exchange:
            exchange.stall("syn1usdt@kline_1m")
            exchange.drop_next("syn1usdt@trade", 3)
            url = exchange.ws_url + "/market/stream?streams=syn1usdt@kline_1m/syn1usdt@ticker"
            async with connect(url) as socket, connect(exchange.ws_url + "/ws/syn1usdt@trade") as trades:
                assert {(await receive(socket))["stream"] for _ in range(3)} == {"syn1usdt@ticker"}
                assert (await receive(trades))["e"] == "trade"
            assert exchange.hooks.fired["drop"] == 3
            assert exchange.hooks.fired["stall"] > 0

    run(main())


def test_our_own_client_and_the_exchange_agree_on_the_routes() -> None:
    from spreadscope.exchange.binance_futures import streams as ours
    from spreadscope.exchange.local.stream_names import route_of

    for stream in [f"syn1usdt@{kind}" for kind in [*PUBLIC, *MARKET, "forceOrder"]] + ALL_PUBLIC + ALL_MARKET:
        assert ours.route_of(stream) == route_of(stream), stream


def test_the_page_lists_every_stream_on_its_route() -> None:
    page = (Path(__file__).parents[3] / "docs" / "local-exchange.md").read_text()
    table = page.partition("## Streams")[2].partition("Seconds are the market's")[0]
    for kinds, route in ((PUBLIC, "`/public`, none"), (MARKET, "`/market`")):
        for kind in kinds:
            name = "kline_<interval>" if kind.startswith("kline") else kind.removesuffix("@500ms")
            name = name.removesuffix("@250ms") if name.startswith("depth@") else name
            name = "depth10" if name == "depth10@100ms" else name
            (row,) = [row for row in table.splitlines() if f"`{name}`" in row]
            assert f"| {route} |" in row


def test_payloads_decode_as_the_exchanges_own() -> None:
    """What we make must be what our own client reads: the same structs as for the real exchange."""
    from spreadscope.exchange.binance_futures.payloads import Payload

    async def main() -> None:
        async with LocalExchange(market(), speed=20.0) as exchange:
            for route, kinds in (("public", PUBLIC), ("market", MARKET)):
                streams = {f"syn1usdt@{kind}" for kind in kinds}
                async with connect(f"{exchange.ws_url}/{route}/stream?streams={'/'.join(streams)}") as socket:
                    while streams:
                        message = await receive(socket)
                        decoded = msgspec.convert(message["data"], Payload, strict=False)
                        assert getattr(decoded, "s", "SYN1USDT") == "SYN1USDT"
                        streams.discard(message["stream"])

    run(main())
