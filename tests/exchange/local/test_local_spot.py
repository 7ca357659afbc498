"""Spot on the local exchange: addresses, streams, REST, limits and faults, beside futures of the same symbols."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from spreadscope.exchange.binance_spot.rest import decode_exchange_info
from spreadscope.exchange.binance_spot.venue import BinanceSpot
from spreadscope.exchange.local import LocalExchange, NoFaults, QuotaLimits, RecordingFeed, SeededFaults, spot_streams
from spreadscope.exchange.local.protocol_session import SPOT_LIMITS, ProtocolSession
from spreadscope.exchange.local.quota import Quota
from spreadscope.exchange.local.spot_rest import SpotRestApi
from spreadscope.exchange.local.stream_names import SocketAddress, parse_target, route_of
from spreadscope.exchange.port import QuoteMessage, TradeMessage
from spreadscope.exchange.recording import RawFrame, RecordingWriter
from spreadscope.model.clock import SystemClock
from spreadscope.model.errors import ExchangeError, SymbolError
from spreadscope.model.timeframe import Timeframe
from tests.exchange.local.local_harness import (
    START_MS,
    ask,
    connect,
    line,
    receive,
    rest,
    run,
    silent,
    trade_line,
    write_recording,
)

NS = START_MS * 1_000_000
SPOT = "binance-spot:AUSDT"


def spot_trade(
    recv: int, number: int, *, T: int, p: str = "9.90", q: str = "1.0", m: bool = False, s: str = "AUSDT"
) -> bytes:
    payload = {"e": "trade", "E": T + 1, "s": s, "t": number, "p": p, "q": q, "T": T, "m": m, "M": True}
    return line(NS + recv, f"{s.lower()}@trade", payload)


def spot_quote(recv: int, update: int, bid: str = "9.89", ask: str = "9.90") -> bytes:
    return line(NS + recv, "ausdt@bookTicker", {"u": update, "s": "AUSDT", "b": bid, "B": "1", "a": ask, "A": "2"})


def spot_depth(recv: int, first: int, last: int) -> bytes:
    change = {
        "e": "depthUpdate",
        "E": START_MS + recv,
        "s": "AUSDT",
        "U": first,
        "u": last,
        "b": [["9.89", "1"]],
        "a": [],
    }
    return line(NS + recv, "ausdt@depth@100ms", change)


def futures_quote(recv: int, update: int) -> bytes:
    quote = {
        "e": "bookTicker",
        "u": update,
        "s": "AUSDT",
        "b": "10.0",
        "B": "1",
        "a": "10.1",
        "A": "2",
        "T": START_MS,
        "E": START_MS,
    }
    return line(NS + recv, "ausdt@bookTicker", quote)


@pytest.fixture
def both(tmp_path: Path) -> list[Path]:
    """One symbol on both venues, in two files: other trades, other quotes, the same times."""
    spot = [
        spot_trade(0, 501, T=START_MS), spot_trade(1, 502, T=START_MS, q="0.25"), spot_quote(2, 7), spot_depth(3, 1, 2),
        spot_trade(4, 503, T=START_MS + 1, p="9.91"), spot_trade(5, 504, T=START_MS + 1, p="9.91", m=True),
        spot_quote(6, 8, "9.90", "9.91"),
        spot_depth(7, 3, 4), spot_trade(8, 505, T=START_MS + 2),
    ]  # fmt: skip
    futures = [
        trade_line(NS, "AUSDT", 1, T=START_MS), futures_quote(2, 70),
        trade_line(NS + 4, "AUSDT", 2, T=START_MS + 1, p="10.10"),
    ]  # fmt: skip
    return [write_recording(tmp_path / "spot", spot), write_recording(tmp_path / "futures", futures)]


def played(feed: RecordingFeed) -> dict[str, list[Any]]:
    frames: dict[str, list[Any]] = {}
    for block in feed.blocks():
        for frame in block:
            if frame.reveals is not None:
                frame.reveals.reveal()
            frames.setdefault(frame.stream, []).append(msgspec.json.decode(frame.payload))
    return frames


# --- recordings -----------------------------------------------------------------------------------------------------


def test_recordings_of_both_venues_are_told_apart_and_aggregated_each_by_itself(both: list[Path]) -> None:
    feed = RecordingFeed(both)
    assert list(feed.listings) == ["AUSDT", SPOT]
    frames = played(feed)
    assert {stream: len(rows) for stream, rows in frames.items()} == {
        "ausdt@trade": 2, "ausdt@aggTrade": 2, "ausdt@bookTicker": 1, "binance-spot:ausdt@trade": 5,
        "binance-spot:ausdt@aggTrade": 4, "binance-spot:ausdt@bookTicker": 2, "binance-spot:ausdt@depth@100ms": 2,
    }  # fmt: skip
    rows = frames["binance-spot:ausdt@aggTrade"]
    assert rows[0] == {
        "e": "aggTrade", "E": START_MS + 1, "s": "AUSDT", "a": 1, "p": "9.90", "q": "1.25", "f": 501, "l": 502,
        "T": START_MS, "m": False, "M": True,
    }  # fmt: skip
    assert [(row["a"], row["f"], row["l"], row["m"]) for row in rows[1:]] == [
        (2, 503, 503, False), (3, 504, 504, True), (4, 505, 505, False),
    ]  # fmt: skip
    alone = played(RecordingFeed(both[:1]))
    assert {stream: alone[stream] for stream in alone} == {
        s: rows for s, rows in frames.items() if s.startswith("binance-spot:")
    }


def test_one_file_can_hold_both_venues(both: list[Path], tmp_path: Path) -> None:
    lines = sorted((path.read_bytes() for path in both), key=len)
    together = write_recording(
        tmp_path / "together", sorted(b"".join(lines).splitlines(keepends=True), key=lambda text: int(text.split()[0]))
    )
    assert {s: len(r) for s, r in played(RecordingFeed([together])).items()} == {
        s: len(r) for s, r in played(RecordingFeed(both)).items()
    }


def test_times_in_microseconds_are_played_in_milliseconds(tmp_path: Path) -> None:
    precise = {"e": "trade", "s": "AUSDT", "p": "1.0", "q": "2", "m": True, "M": True}
    stamps = [(START_MS * 1000 + 100, 1), (START_MS * 1000 + 900, 2), ((START_MS + 1) * 1000, 3)]
    lines = [line(NS + t, "ausdt@trade", precise | {"E": stamp + 50, "T": stamp, "t": t}) for stamp, t in stamps]
    feed = RecordingFeed([write_recording(tmp_path / "r", lines)])
    assert feed.start_ms == START_MS
    frames = played(feed)
    assert [(row["T"], row["q"]) for row in frames["binance-spot:ausdt@aggTrade"]] == [
        (START_MS, "4"),
        (START_MS + 1, "2"),
    ]
    assert [row["T"] for row in frames["binance-spot:ausdt@trade"]] == [START_MS, START_MS, START_MS + 1]


def test_quotes_without_an_event_are_those_of_old_futures_where_spot_has_no_trades(tmp_path: Path) -> None:
    path = write_recording(
        tmp_path / "r", [spot_quote(0, 1), spot_depth(1, 1, 2), trade_line(NS + 2, "AUSDT", 1, T=START_MS)]
    )
    feed = RecordingFeed([path])
    assert feed.plays("ausdt@bookTicker")
    assert not feed.plays("binance-spot:ausdt@bookTicker")
    assert set(played(feed)) == {"ausdt@bookTicker", "ausdt@depth@100ms", "ausdt@trade", "ausdt@aggTrade"}
    assert feed.depth("AUSDT") is not None
    quote = feed.quote("AUSDT", START_MS)
    assert quote is not None
    assert quote.bid == "9.89"


def test_a_stream_that_one_venue_alone_has_is_its_own_whatever_it_looks_like(tmp_path: Path) -> None:
    mark = {"e": "markPriceUpdate", "E": START_MS, "s": "AUSDT", "p": "1", "i": "1", "r": "", "T": 0}
    change = {"e": "depthUpdate", "E": START_MS, "s": "AUSDT", "U": 1, "u": 2, "b": [], "a": []}
    lines = [
        spot_trade(0, 1, T=START_MS), line(NS + 1, "ausdt@markPrice@1s", mark), line(NS + 2, "ausdt@depth@0ms", change),
        line(NS + 3, "ausdt@avgPrice",
            {"e": "avgPrice", "E": START_MS, "s": "AUSDT", "i": "5m", "w": "1", "T": START_MS}),
        line(NS + 4, "ausdt@depth@1000ms", change | {"T": START_MS, "pu": 0}),
    ]  # fmt: skip
    feed = RecordingFeed([write_recording(tmp_path / "r", lines)])
    assert list(feed.listings) == [SPOT]
    assert set(played(feed)) == {
        "binance-spot:ausdt@trade", "binance-spot:ausdt@aggTrade", "ausdt@markPrice@1s", "ausdt@depth@0ms",
        "binance-spot:ausdt@avgPrice", "binance-spot:ausdt@depth@1000ms",
    }  # fmt: skip
    assert feed.plays("binance-spot:ausdt@avgPrice")


def test_what_plays_between_two_trades_closes_them_alike_in_both_passes(tmp_path: Path) -> None:
    """The first trade of a symbol is known before the playback: it must be the one that is played then."""
    change = {"e": "depthUpdate", "E": START_MS + 500, "s": "AUSDT", "U": 1, "u": 2, "b": [], "a": []}
    lines = [
        trade_line(NS, "AUSDT", 1, T=START_MS), line(NS + 1, "ausdt@depth@100ms", change),
        trade_line(NS + 2, "AUSDT", 2, T=START_MS), spot_trade(3, 1, T=START_MS, s="BUSDT"),
        line(NS + 4, "busdt@depth@100ms", change | {"s": "BUSDT"}), spot_trade(5, 2, T=START_MS, s="BUSDT"),
    ]  # fmt: skip
    feed = RecordingFeed([write_recording(tmp_path / "r", lines)])
    frames = played(feed)
    for symbol, tape in feed.tapes.items():
        rows = frames[f"{symbol.lower()}@aggTrade"]
        assert [(row["a"], row["q"]) for row in tape.newest(9)] == [(row["a"], row["q"]) for row in rows], symbol


def test_what_is_alike_on_both_belongs_to_the_venue_with_trades_or_as_the_connection_says(tmp_path: Path) -> None:
    kline = {"e": "kline", "E": START_MS, "s": "AUSDT", "k": {"t": START_MS, "i": "1m"}}
    path = write_recording(tmp_path / "r", [line(NS, "ausdt@kline_1m", kline), spot_trade(1, 1, T=START_MS)])
    assert "binance-spot:ausdt@kline_1m" in played(RecordingFeed([path]))
    with RecordingWriter(tmp_path / "own.ndjson", started_ns=NS) as writer:
        for connection, stream, payload in (
            ("market 1", "ausdt@trade",
             {"e": "trade", "E": 1, "T": 1, "s": "AUSDT", "t": 1, "p": "1", "q": "1", "m": True}),
            ("market 1", "ausdt@kline_1m", kline),
            ("binance-spot trades 1", "ausdt@trade",
             {"e": "trade", "E": 1, "T": 1, "s": "AUSDT", "t": 1, "p": "1", "q": "1", "m": True}),
            ("binance-spot trades 1", "ausdt@kline_1m", kline),
        ):  # fmt: skip
            writer.append(RawFrame(NS, json.dumps({"stream": stream, "data": payload}).encode(), connection=connection))
    frames = played(RecordingFeed([tmp_path / "own.ndjson"]))
    assert {stream: len(rows) for stream, rows in frames.items() if "kline" in stream} == {
        "ausdt@kline_1m": 1, "binance-spot:ausdt@kline_1m": 1,
    }  # fmt: skip


# --- addresses and the protocol -------------------------------------------------------------------------------------


def test_the_address_without_a_route_is_spots_where_there_is_spot() -> None:
    assert parse_target("/stream?streams=a@aggTrade", spot=True) == SocketAddress("spot", True, ("a@aggTrade",))
    assert parse_target("/ws/a@aggTrade", spot=True) == SocketAddress("spot", False, ("a@aggTrade",))
    assert parse_target("/market/ws/a@aggTrade", spot=True) == SocketAddress("market", False, ("a@aggTrade",))


@pytest.mark.parametrize(
    ("stream", "known"),
    [
        ("btcusdt@aggTrade", True), ("btcusdt@trade", True), ("btcusdt@bookTicker", True), ("btcusdt@depth", True),
        ("btcusdt@depth@100ms", True), ("btcusdt@depth20@100ms", True), ("btcusdt@kline_1s", True),
        ("btcusdt@kline_1m", True),
        ("btcusdt@kline_1d@+08:00", True), ("btcusdt@miniTicker", True), ("btcusdt@ticker_4h", True),
        ("btcusdt@avgPrice", True),
        ("!miniTicker@arr", True), ("!ticker_1h@arr", True), ("btcusdt@markPrice@1s", False),
        ("btcusdt@forceOrder", False),
        ("!bookTicker", False), ("!contractInfo", False), ("btcusdt@depth@500ms", False), ("BTCUSDT@trade", False),
        ("binance-spot:btcusdt@trade", False),
    ],
)  # fmt: skip
def test_streams_of_spot(stream: str, known: bool) -> None:
    assert (route_of(f"binance-spot:{stream}") == "spot") is known


def test_spot_takes_five_messages_a_second_and_pongs_are_some_of_them() -> None:
    target = parse_target("/stream", spot=True)
    assert target is not None
    one = ProtocolSession(target, SPOT_LIMITS, now=0.0)
    for _ in range(5):
        assert one.pong(b"", 0.0).close is None
    close = one.ping(b"", 0.0).close
    assert close is not None
    assert close.code == 1008
    other = ProtocolSession(target, SPOT_LIMITS, now=0.0)
    assert other.tick(20.0, 7).send == (("ping", b"7"),)
    other.pong(b"7", 20.1)
    assert other.tick(40.0, 8).send == (("ping", b"8"),)
    gone = other.tick(100.0, 9).close
    assert gone is not None
    assert gone.reason == "Pong timeout"


def test_both_venues_over_real_sockets(both: list[Path]) -> None:
    async def main() -> None:
        said: list[str] = []
        async with LocalExchange(RecordingFeed(both), speed="max", tell=said.append) as exchange:
            assert exchange.symbols == ("AUSDT", SPOT)
            spot_streams = ["ausdt@aggTrade", "ausdt@bookTicker"]
            async with (
                connect(exchange.ws_url + "/stream?streams=" + "/".join(spot_streams)) as spot,
                connect(exchange.ws_url + "/market/stream?streams=ausdt@aggTrade") as market,
            ):
                await exchange.finished()
                decoder = BinanceSpot().decoder()
                messages = [m for _ in range(6) for m in decoder.messages(json.dumps(await receive(spot)).encode())]
                assert await ask(spot, {"method": "LIST_SUBSCRIPTIONS", "id": 1}) == {"result": spot_streams, "id": 1}
                trades = [message for message in messages if isinstance(message, TradeMessage)]
                quotes = [message for message in messages if isinstance(message, QuoteMessage)]
                assert [trade.id for trade in trades] == exchange.truth(SPOT).ids.tolist() == [1, 2, 3, 4]
                assert {message.symbol for message in messages} == {SPOT}
                assert [(quote.bid, quote.ask, quote.time) for quote in quotes] == [
                    (9.89, 9.9, None),
                    (9.9, 9.91, None),
                ]
                assert (
                    [(await receive(market))["data"]["a"] for _ in range(2)]
                    == exchange.truth("AUSDT").ids.tolist()
                    == [1, 2]
                )
                assert await silent(market)
            async with BinanceSpot().client(exchange.rest_url, SystemClock()) as client:
                listed = await client.instruments()
                assert list(listed.instruments) == [SPOT]
                assert listed.demo is not None
                assert list(await client.trades(SPOT, from_id=0)) == [
                    TradeMessage(t.symbol, t.id, t.price, t.quantity, t.time, t.time, t.buyer_is_maker) for t in trades
                ]
                assert [t.id for t in await client.trades(SPOT, from_id=2, limit=2)] == [2, 3]
                assert [
                    t.id for t in await client.trades(SPOT, start_time=START_MS + 1, end_time=START_MS + 86_400_000)
                ] == [2, 3, 4]
                assert (await client.newest_trade(SPOT)) is not None
                assert await client.time() == exchange.now_ms
                (bar,) = await client.candles(SPOT, Timeframe.M1, 5)
                assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades) == (
                    9.9,
                    9.91,
                    9.9,
                    9.9,
                    4.25,
                    5,
                )
                assert client.budget.used == 20 + 4 * 4 + 1 + 2
                with pytest.raises(ExchangeError, match="Invalid symbol") as caught:
                    await client.trades("binance-spot:BUSDT")
                assert caught.value.code == -1121
            with pytest.raises(SymbolError):
                exchange.truth("binance-spot:BUSDT")
            assert said == []

    run(main())


def test_rest_of_spot_in_spots_shapes(both: list[Path]) -> None:
    async def main() -> None:
        async with LocalExchange(RecordingFeed(both), speed="max", start="now") as exchange:
            await exchange.finished()
            async with rest(exchange.rest_url) as client:

                async def get(path: str) -> Any:
                    answer = await client.get(f"/api/v3/{path}")
                    assert answer.status_code == 200, answer.text
                    return answer.json()

                assert await get("ping") == {}
                assert (await get("aggTrades?symbol=AUSDT&limit=1"))[0] == {
                    "a": 4, "p": "9.90", "q": "1.00", "f": 505, "l": 505, "T": START_MS + 2, "m": False, "M": True,
                }  # fmt: skip
                assert await get("depth?symbol=AUSDT") == {
                    "lastUpdateId": 8,
                    "bids": [["9.90", "1"]],
                    "asks": [["9.91", "2"]],
                }
                quote = {"symbol": "AUSDT", "bidPrice": "9.90", "bidQty": "1", "askPrice": "9.91", "askQty": "2"}
                assert await get("ticker/bookTicker?symbol=AUSDT") == quote
                assert await get("ticker/bookTicker") == [quote]
                assert await get('ticker/price?symbols=["AUSDT"]') == [{"symbol": "AUSDT", "price": "9.90"}]
                assert await get("ticker/price?symbol=AUSDT") == {"symbol": "AUSDT", "price": "9.90"}
                day = await get("ticker/24hr?symbol=AUSDT")
                assert (day["highPrice"], day["volume"], day["count"], day["bidPrice"]) == ("9.91", "4.25", 5, "9.90")
                assert [row["id"] for row in await get("trades?symbol=AUSDT&limit=2")] == [504, 505]
                assert (await get("historicalTrades?symbol=AUSDT&fromId=503"))[0] == {
                    "id": 503, "price": "9.91", "qty": "1.0", "quoteQty": "9.910", "time": START_MS + 1,
                    "isBuyerMaker": False,
                    "isBestMatch": True,
                }  # fmt: skip
                info = await get("exchangeInfo?symbol=AUSDT")
                assert [row["filterType"] for row in info["symbols"][0]["filters"]] == [
                    "PRICE_FILTER",
                    "LOT_SIZE",
                    "MARKET_LOT_SIZE",
                    "PERCENT_PRICE_BY_SIDE",
                    "NOTIONAL",
                ]
                (listed,) = decode_exchange_info(json.dumps(info).encode()).instruments.values()
                limits = (listed.min_quantity, listed.max_quantity, listed.market_max_quantity)
                assert limits == (listed.step_size, "100000.00", "12000.00")
                assert (listed.multiplier_up, listed.multiplier_down) == ("5", "0.2")
                for bad, code in (
                    ("aggTrades", -1102), ("aggTrades?symbol=binance-spot:AUSDT", -1121),
                    ("aggTrades?symbol=NONE", -1121),
                    ("aggTrades?symbol=AUSDT&fromId=1&startTime=1", -1128),
                    ("aggTrades?symbol=AUSDT&limit=1001", -1130),
                    ("klines?symbol=AUSDT&interval=2m", -1120), ("klines?symbol=AUSDT&interval=1s", -1016),
                    ("ticker/price?symbols=AUSDT", -1100), ("ticker/price?symbols=[%22AUSDT%22,%22AUSDT%22]", -1151),
                    ("exchangeInfo?symbol=NONE", -1121), ("depth?symbol=AUSDT&limit=0", -1130),
                ):  # fmt: skip
                    refused = await client.get(f"/api/v3/{bad}")
                    assert (refused.status_code, refused.json()["code"]) == (400, code), bad
                assert (await client.get("/api/v3/account")).status_code == 404
                futures = await client.get("/fapi/v1/exchangeInfo")
                assert [row["symbol"] for row in futures.json()["symbols"]] == ["AUSDT"]
                assert len((await client.get("/fapi/v1/ticker/24hr")).json()) == 1

    run(main())


def test_weights_and_bans_of_the_venues_are_apart(both: list[Path]) -> None:
    async def main() -> None:
        limits = QuotaLimits(weight_per_minute=30, refused_before_ban=1)
        async with LocalExchange(RecordingFeed(both), speed="max", start="now", spot_quota_limits=limits) as exchange:
            async with rest(exchange.rest_url) as client:
                answers = [await client.get("/api/v3/exchangeInfo") for _ in range(3)]
                assert [answer.status_code for answer in answers] == [200, 429, 418]
                assert answers[0].headers["X-MBX-USED-WEIGHT-1M"] == "20"
                assert "Retry-After" in answers[1].headers
                futures = await client.get("/fapi/v1/time")
                assert (futures.status_code, futures.headers["X-MBX-USED-WEIGHT-1M"]) == (200, "1")
                assert exchange.requests == 4

    run(main())


def test_what_spot_does_not_have_is_said(both: list[Path]) -> None:
    async def main() -> None:
        said: list[str] = []
        async with LocalExchange(RecordingFeed(both), tell=said.append) as exchange:
            async with connect(exchange.ws_url + "/stream") as socket:
                names = ["ausdt@markPrice@1s", "AUSDT@aggTrade", "busdt@aggTrade", "ausdt@kline_1s"]
                assert await ask(socket, {"method": "SUBSCRIBE", "params": names, "id": 1}) == {"result": None, "id": 1}
            async with connect(exchange.ws_url + "/market/stream") as socket:
                names = ["binance-spot:ausdt@aggTrade"]
                assert await ask(socket, {"method": "SUBSCRIBE", "params": names, "id": 1}) == {"result": None, "id": 1}
                assert await silent(socket)
        assert said == [
            "ausdt@markPrice@1s was subscribed on Spot and stays silent: the exchange has no stream of this name.",
            (
                "AUSDT@aggTrade was subscribed on Spot and stays silent: as on the exchange,"
                " a symbol is written in lower case (ausdt)."
            ),
            "busdt@aggTrade was subscribed on Spot and stays silent: there is no symbol binance-spot:BUSDT here.",
            (
                "ausdt@kline_1s was subscribed on Spot and stays silent:"
                " there is nothing of this kind in recording spot, futures."
            ),
            (
                "binance-spot:ausdt@aggTrade was subscribed on /market and stays silent: "
                "as on the exchange, this kind comes on the address of Spot."
            ),
        ]

    run(main())


def test_the_page_names_every_route_and_stream_of_spot(both: list[Path]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "local-exchange.md").read_text(encoding="utf-8")
    api = SpotRestApi(RecordingFeed(both), Quota(QuotaLimits()), NoFaults(), now_ms=lambda: 0, wall=lambda: 0.0)
    routes = page.partition("On Spot (`/api/v3`)")[2].partition("##")[0]
    for path in api.paths:
        assert f"`{path.removeprefix('/api/v3/')}`" in routes, path
    streams = page.partition("On Spot (`/stream`, `/ws`)")[2].partition("##")[0]
    for kind in (*spot_streams.OF_A_SYMBOL, "aggTrade", "bookTicker"):
        assert f"`{ {'kline': 'kline_<interval>', 'partialDepth': 'depth5'}.get(kind, kind) }`" in streams, kind


# --- faults ---------------------------------------------------------------------------------------------------------


def test_frames_of_spot_meet_the_faults_of_frames() -> None:
    payload = json.dumps(
        {
            "e": "aggTrade",
            "E": 1,
            "s": "AUSDT",
            "a": 5,
            "p": "1.5",
            "q": "1",
            "f": 1,
            "l": 1,
            "T": 1,
            "m": True,
            "M": True,
        }
    )
    raw, stream = payload.encode(), "binance-spot:ausdt@aggTrade"
    for spec, count in (("drop=1@0.99", 0), ("duplicate=1@0.99", 2), ("conflict=1@0.99", 2)):
        faults = SeededFaults(spec, 1)
        out = next(out for _ in range(100) if len(out := faults.frame(1, stream, raw)) != 1)
        assert len(out) == count
    other_market = SeededFaults("coin-m=0.5", 1)
    assert all(other_market.frame(1, stream, raw) == (raw,) for _ in range(100)), "Spot's sockets carry one market"
    assert any(other_market.frame(1, "ausdt@aggTrade", raw) != (raw,) for _ in range(100))


def test_spot_never_says_that_a_trade_is_too_old() -> None:
    faults = SeededFaults("too-old=0.5", 1)
    assert all(faults.request("/api/v3/aggTrades", START_MS) is None for _ in range(100))
    assert any(faults.request("/fapi/v1/aggTrades", START_MS) is not None for _ in range(100))


def test_a_cut_a_stall_and_a_lost_frame_are_there_for_spot(both: list[Path]) -> None:
    stream = "binance-spot:ausdt@aggTrade"

    async def main() -> None:
        async with LocalExchange(RecordingFeed(both), speed="max") as exchange:
            exchange.drop_next(stream)
            async with (
                connect(exchange.ws_url + "/ws/ausdt@aggTrade") as spot,
                connect(exchange.ws_url + "/market/ws/ausdt@aggTrade"),
            ):
                await exchange.finished()
                assert [(await receive(spot))["a"] for _ in range(3)] == [2, 3, 4]
                assert exchange.truth(SPOT).ids.tolist() == [1, 2, 3, 4]
            exchange.announce(SPOT, "HALT")
            async with rest(exchange.rest_url) as client:
                assert (await client.get("/api/v3/exchangeInfo")).json()["symbols"][0]["status"] == "HALT"
                assert (await client.get("/fapi/v1/exchangeInfo")).json()["symbols"][0]["status"] == "TRADING"

    run(main())
