"""The derived streams without sockets: klines, tickers, depth and raw trades are those of the tape and the quotes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from spreadscope.exchange.local.derived import DerivedStreams
from spreadscope.exchange.local.faults import NoFaults
from spreadscope.exchange.local.futures_rest import FuturesRestApi
from spreadscope.exchange.local.klines import INTERVALS
from spreadscope.exchange.local.quota import Quota, QuotaLimits
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.exchange.local.synthetic import SyntheticMarket
from tests.exchange.local.local_harness import START_MS, ListFeed, line, trade_line, write_recording

# 25 s before a full hour: minute, hour and everything between turn while it plays.
BEFORE_THE_HOUR = START_MS // 3_600_000 * 3_600_000 + 3_600_000 - 25_000


class Play:
    """Plays a feed into the derived streams, as the player does, and keeps what they and the feed have said."""

    def __init__(self, feed: Any, *streams: str) -> None:
        self.feed = feed
        self.now_ms = feed.start_ms
        self.derived = DerivedStreams(feed, lambda: self.now_ms)
        self.api = FuturesRestApi(feed, Quota(QuotaLimits()), NoFaults(), now_ms=lambda: self.now_ms, wall=lambda: 0.0)
        self.said: dict[str, list[Any]] = defaultdict(list)
        self.played: dict[str, list[Any]] = defaultdict(list)
        for stream in streams:
            self.derived.joined(stream)

    def until(self, end_ms: int, batch: int = 16, keep: Iterable[str] = ()) -> None:
        kept = set(keep)
        for block in self.feed.blocks():
            for first in range(0, len(block), batch):
                frames = block[first : first + batch]
                for frame in frames:
                    if frame.reveals is not None:
                        frame.reveals.reveal()
                    if frame.stream in kept:
                        self.played[frame.stream].append(msgspec.json.decode(frame.payload))
                self.now_ms = max(self.now_ms, *(frame.event_ms for frame in frames))
                for frame in self.derived.frames(self.now_ms):
                    self.said[frame.stream].append(msgspec.json.decode(frame.payload))
                if self.now_ms >= end_ms:
                    return

    def get(self, path: str, **query: Any) -> Any:
        answer = self.api.answer("GET", f"/fapi/{path}", {key: str(value) for key, value in query.items()}, "a")
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body)


def market(**options: Any) -> SyntheticMarket:
    settings = {"seed": 7, "start_ms": BEFORE_THE_HOUR, "rate": 120, "history_hours": 26, "past_minutes": 2}
    return SyntheticMarket(2, **{**settings, **options})


@pytest.fixture(scope="module")
def hour() -> Play:
    """Both symbols across a full hour, with every kline of one of them."""
    streams = [f"syn1usdt@kline_{interval}" for interval in INTERVALS]
    play = Play(market(duration_s=100), *streams, "syn1usdt_perpetual@continuousKline_1m", "syn2usdt@kline_1m")
    play.until(play.feed.start_ms + 100_000)
    return play


def rows_by_open(play: Play, symbol: str, interval: str) -> dict[int, list[Any]]:
    return {row[0]: row for row in play.get("v1/klines", symbol=symbol, interval=interval, limit=1500)}


def test_klines_of_every_interval_are_the_bars_of_the_tape(hour: Play) -> None:
    for interval in INTERVALS:
        said = hour.said[f"syn1usdt@kline_{interval}"]
        bars = rows_by_open(hour, "SYN1USDT", interval)
        for event in said:
            body = event["k"]
            assert (event["e"], event["s"], body["s"], body["i"]) == ("kline", "SYN1USDT", "SYN1USDT", interval)
            assert body["T"] == bars[body["t"]][6]
            if body["x"]:
                assert [body[key] for key in "ohlcvqVQ"] + [body["n"]] == _fields(bars[body["t"]])
        last = said[-1]["k"]
        assert not last["x"]
        assert [last[key] for key in "ohlcvqVQ"] + [last["n"]] == _fields(bars[last["t"]])


def _fields(row: list[Any]) -> list[Any]:
    _, open_, high, low, close, volume, _, quote, trades, taker, taker_quote, _ = row
    return [open_, high, low, close, volume, quote, taker, taker_quote, trades]


def test_each_minute_is_closed_once_and_the_bar_at_hand_comes_four_times_a_second(hour: Play) -> None:
    said = [event["k"] for event in hour.said["syn1usdt@kline_1m"]]
    first = BEFORE_THE_HOUR // 60_000 * 60_000
    assert [line["t"] for line in said if line["x"]] == [first, first + 60_000]
    assert [line["t"] for line in said] == sorted(line["t"] for line in said)
    assert 380 <= len([line for line in said if not line["x"]]) <= 400  # of a hundred seconds


def test_raw_ids_of_a_kline_are_the_first_and_last_of_its_trades(hour: Play) -> None:
    rows = hour.feed.tapes["SYN1USDT"].rows(0).T.tolist()
    closed = [event["k"] for event in hour.said["syn1usdt@kline_1m"] if event["k"]["x"]]
    for body in closed:
        inside = [row for row in rows if body["t"] <= row[1] <= body["T"]]
        assert (body["f"], body["L"]) == (inside[0][5], inside[-1][6])
        assert body["n"] == sum(row[7] for row in inside)


def test_the_continuous_kline_is_that_of_the_perpetual(hour: Play) -> None:
    own, other = hour.said["syn1usdt_perpetual@continuousKline_1m"], hour.said["syn1usdt@kline_1m"]
    assert len(own) == len(other)
    for one, two in zip(own, other, strict=True):
        assert (one["e"], one["ps"], one["ct"]) == ("continuous_kline", "SYN1USDT", "PERPETUAL")
        assert one["k"] == {key: value for key, value in two["k"].items() if key != "s"}


def test_quiet_minutes_are_closed_too_and_repeat_the_last_close(tmp_path: Any) -> None:
    base = START_MS // 60_000 * 60_000
    lines = [
        trade_line((base + at) * 1_000_000, "AUSDT", number, T=base + at, p=price)
        for number, (at, price) in enumerate(
            [(1_000, "10.00"), (2_000, "11.00"), (200_000, "12.00"), (200_500, "12.50")]
        )
    ]
    play = Play(RecordingFeed([write_recording(tmp_path / "r", lines)]), "ausdt@kline_1m")
    play.until(base + 10**9, batch=1)
    closed = [event["k"] for event in play.said["ausdt@kline_1m"] if event["k"]["x"]]
    assert [(line["t"] - base, line["o"], line["c"], line["n"]) for line in closed] == [
        (0, "10.00", "11.00", 2), (60_000, "11.00", "11.00", 0), (120_000, "11.00", "11.00", 0),
    ]  # fmt: skip
    assert [(line["f"], line["L"]) for line in closed] == [(0, 1), (-1, -1), (-1, -1)]


def test_a_new_subscriber_hears_the_bar_at_hand_though_nobody_trades() -> None:
    feed = ListFeed(3)
    play = Play(feed, "ausdt@kline_1m")
    play.until(START_MS + 10**6)
    play.derived.joined("ausdt@kline_1m")
    (frame,) = play.derived.frames(play.now_ms + 250)
    assert msgspec.json.decode(frame.payload)["k"]["n"] == 3
    assert play.derived.frames(play.now_ms + 500) == []


def test_nothing_is_made_for_nobody() -> None:
    play = Play(market(duration_s=5), "syn1usdt@kline_1m", "syn1usdt@depth", "syn1usdt@aggTrade", "syn1usdt@nonsense")
    assert play.derived.active
    for stream in ("syn1usdt@kline_1m", "syn1usdt@depth", "syn1usdt@aggTrade"):
        play.derived.deserted(stream)
    assert not play.derived.active
    play.until(play.feed.start_ms + 5_000)
    assert not play.said


# --- depth ----------------------------------------------------------------------------------------------------------

DEPTHS = ["depth", "depth@100ms", "depth@250ms", "depth@500ms"]


@pytest.mark.parametrize("kind", DEPTHS)
def test_a_local_book_kept_by_the_diffs_is_the_exchanges_book(kind: str) -> None:
    stream = f"syn1usdt@{kind}"
    play = Play(market(duration_s=20, history_hours=0), stream)
    start = play.feed.start_ms
    quotes = ["syn1usdt@bookTicker"]
    play.until(start + 5_000, keep=quotes)
    snapshot = play.get("v1/depth", symbol="SYN1USDT", limit=1000)
    play.until(start + 20_000, keep=quotes)
    best = {row["u"]: row for row in play.played["syn1usdt@bookTicker"]}
    events = play.said[stream]
    assert all(later["pu"] == earlier["u"] for earlier, later in pairwise(events))
    usable = [event for event in events if event["u"] >= snapshot["lastUpdateId"]]
    assert usable[0]["U"] <= snapshot["lastUpdateId"] + 1 <= usable[0]["u"] + 1
    book = {side: dict(snapshot[name]) for side, name in (("b", "bids"), ("a", "asks"))}
    for event in usable:
        assert event["e"] == "depthUpdate"
        for side in "ba":
            for price, size in event[side]:
                if Decimal(size):
                    book[side][price] = size
                else:
                    book[side].pop(price, None)
        bid, ask = max(book["b"], key=Decimal), min(book["a"], key=Decimal)
        quote = best[event["u"]]
        assert (bid, book["b"][bid], ask, book["a"][ask]) == (quote["b"], quote["B"], quote["a"], quote["A"])
    after = play.feed.book("SYN1USDT", usable[-1]["E"])
    assert (after.update, after.bids, after.asks) == (usable[-1]["u"], book["b"], book["a"])


@pytest.mark.parametrize("levels", [5, 10, 20])
@pytest.mark.parametrize("speed", ["", "@100ms", "@500ms"])
def test_a_partial_depth_is_the_top_of_the_book(levels: int, speed: str) -> None:
    stream = f"syn2usdt@depth{levels}{speed}"
    play = Play(market(duration_s=6, history_hours=0, rate=400), stream)
    play.until(play.feed.start_ms + 6_000, batch=1)
    events = play.said[stream]
    grid = {"": 250, "@100ms": 100, "@500ms": 500}[speed]
    assert 6_000 / grid * 0.7 < len(events) <= 6_000 / grid
    for event in events:
        assert len(event["b"]) == len(event["a"]) == levels
        assert [Decimal(price) for price, _ in event["b"]] == sorted((Decimal(p) for p, _ in event["b"]), reverse=True)
        assert [Decimal(price) for price, _ in event["a"]] == sorted(Decimal(p) for p, _ in event["a"])
    row = play.get("v1/depth", symbol="SYN2USDT", limit=levels)
    again = play.get("v1/ticker/bookTicker", symbol="SYN2USDT")
    assert row["lastUpdateId"] == again["lastUpdateId"]
    assert (row["bids"][0], row["asks"][0]) == (
        [again["bidPrice"], again["bidQty"]], [again["askPrice"], again["askQty"]],
    )  # fmt: skip


def test_the_quote_of_rest_is_the_newest_one_played_and_there_is_a_book_before_the_first() -> None:
    play = Play(market(duration_s=5, history_hours=0))
    before = play.get("v1/depth", symbol="SYN1USDT", limit=5)
    assert float(before["bids"][0][0]) < float(before["asks"][0][0])
    play.until(play.feed.start_ms + 3_000, batch=1, keep=["syn1usdt@bookTicker"])
    last = play.played["syn1usdt@bookTicker"][-1]
    row = play.get("v1/ticker/bookTicker", symbol="SYN1USDT")
    assert (row["lastUpdateId"], row["bidPrice"], row["askQty"], row["time"]) == (
        last["u"],
        last["b"],
        last["A"],
        last["T"],
    )
    assert before["lastUpdateId"] < play.played["syn1usdt@bookTicker"][0]["u"]


def test_all_quotes_come_every_five_seconds() -> None:
    play = Play(market(duration_s=21, history_hours=0), "!bookTicker")
    play.until(play.feed.start_ms + 21_000)
    said = play.said["!bookTicker"]
    assert [row["s"] for row in said] == ["SYN1USDT", "SYN2USDT"] * 4
    assert {row["e"] for row in said} == {"bookTicker"}


def test_recorded_changes_of_a_book_are_joined_to_the_pace_that_is_asked_for(tmp_path: Any) -> None:
    lines = [trade_line(START_MS * 1_000_000, "AUSDT", 1, T=START_MS)]
    recorded: list[dict[str, Any]] = []
    for number in range(100):
        at = START_MS + 10 * number
        event = {
            "e": "depthUpdate", "E": at, "T": at, "s": "AUSDT", "U": 10 * number + 5, "u": 10 * number + 9,
            "pu": 10 * number - 1, "b": [[f"{9 - number % 3}.0", str(number)]], "a": [["10.0", str(number % 2)]],
        }  # fmt: skip
        recorded.append(event)
        lines.append(line(at * 1_000_000, "ausdt@depth@0ms", event))
    streams = ["ausdt@depth", "ausdt@depth@100ms", "ausdt@depth@500ms"]
    play = Play(RecordingFeed([write_recording(tmp_path / "r", lines)]), *streams)
    assert not play.derived.delivers("ausdt@depth5")  # the changes alone make no book
    play.until(START_MS + 10**6, batch=1, keep=["ausdt@depth@0ms"])
    assert play.played["ausdt@depth@0ms"] == recorded
    for stream, most in zip(streams, (4, 10, 2), strict=True):
        events = play.said[stream]
        assert most - 1 <= len(events) <= most
        assert events[0]["pu"] == -1
        assert all(later["pu"] == earlier["u"] for earlier, later in pairwise(events))
        mine = [one for one in recorded if one["u"] <= events[0]["u"]]
        assert (events[0]["U"], events[0]["E"]) == (5, mine[-1]["E"])
        book = {price: size for one in mine for price, size in one["b"]}
        assert dict(events[0]["b"]) == book
        assert events[0]["a"] == [["10.0", mine[-1]["a"][0][1]]]
        play.derived.deserted(stream)
    assert play.feed.depth("AUSDT").taps == []


def test_recorded_changes_that_are_garbled_are_told_as_they_were(tmp_path: Any) -> None:
    lines = [trade_line(START_MS * 1_000_000, "AUSDT", 1, T=START_MS)]
    for number in range(4):
        event = {"e": "depthUpdate", "E": START_MS + 200 + number, "s": "AUSDT", "b": "garbled"}
        lines.append(line((START_MS + 200 + number) * 1_000_000, "ausdt@depth@0ms", event))
    quote = {"e": "bookTicker", "E": START_MS + 900, "s": "AUSDT", "b": None}
    lines.append(line((START_MS + 900) * 1_000_000, "ausdt@bookTicker", quote))
    play = Play(RecordingFeed([write_recording(tmp_path / "r", lines)]), "ausdt@depth")
    play.until(START_MS + 10**6, batch=4)
    assert [event["b"] for event in play.said["ausdt@depth"]] == ["garbled"] * 4
    answer = play.api.answer("GET", "/fapi/v1/ticker/bookTicker", {"symbol": "AUSDT"}, "a")
    assert answer.status == 400


# --- raw trades -----------------------------------------------------------------------------------------------------


def test_raw_trades_are_those_behind_each_aggregate_and_rest_has_the_same() -> None:
    play = Play(market(duration_s=20, history_hours=0), "syn1usdt@trade")
    play.until(play.feed.start_ms + 20_000, keep=["syn1usdt@aggTrade"])
    raw = {row["t"]: row for row in play.said["syn1usdt@trade"]}
    aggregates = play.played["syn1usdt@aggTrade"]
    assert len(raw) == len(play.said["syn1usdt@trade"]) > len(aggregates) > 100
    for row in aggregates:
        behind = [raw[number] for number in range(row["f"], row["l"] + 1)]
        assert sum(Decimal(one["q"]) for one in behind) == Decimal(row["q"])
        assert all(Decimal(one["q"]) > 0 for one in behind)
        assert {(one["p"], one["T"], one["m"], one["X"]) for one in behind} == {
            (row["p"], row["T"], row["m"], "MARKET")
        }
    page = play.get("v1/trades", symbol="SYN1USDT", limit=300)
    assert [row["id"] for row in page] == sorted(raw)[-300:]
    for row in page:
        said = raw[row["id"]]
        assert (row["price"], row["qty"], row["time"], row["isBuyerMaker"]) == (
            said["p"],
            said["q"],
            said["T"],
            said["m"],
        )
        assert Decimal(row["quoteQty"]) == Decimal(row["price"]) * Decimal(row["qty"])
    older = play.get("v1/historicalTrades", symbol="SYN1USDT", fromId=page[100]["id"], limit=50)
    assert older == page[100:150]


# --- tickers and marks ----------------------------------------------------------------------------------------------


def test_tickers_are_the_last_24_hours_of_the_same_market() -> None:
    streams = ["syn1usdt@ticker", "syn1usdt@miniTicker", "!ticker@arr", "!miniTicker@arr"]
    play = Play(market(duration_s=10), *streams)
    play.until(play.feed.start_ms + 10_000)
    assert [len(play.said[stream]) for stream in streams] == [10, 10, 10, 10]
    last = play.said["syn1usdt@ticker"][-1]
    day = play.get("v1/klines", symbol="SYN1USDT", interval="1m", startTime=last["O"], limit=1500)
    assert len(day) == 1441
    assert last["C"] - last["O"] <= 24 * 3_600_000 + 60_000
    row = play.get("v1/ticker/24hr", symbol="SYN1USDT")
    assert (last["h"], last["l"], last["v"], last["n"]) == (
        max((line[2] for line in day), key=Decimal), min((line[3] for line in day), key=Decimal),
        str(sum(Decimal(line[5]) for line in day)), sum(line[8] for line in day),
    )  # fmt: skip
    assert [last[key] for key in "pPwcQohlvqFLn"] == [
        row[name] for name in (
            "priceChange", "priceChangePercent", "weightedAvgPrice", "lastPrice", "lastQty", "openPrice", "highPrice",
            "lowPrice", "volume", "quoteVolume", "firstId", "lastId", "count",
        )
    ]  # fmt: skip
    mini = play.said["syn1usdt@miniTicker"][-1]
    assert {key: mini[key] for key in "cohlvq"} == {key: last[key] for key in "cohlvq"}
    assert (mini["e"], last["e"]) == ("24hrMiniTicker", "24hrTicker")
    assert [one["s"] for one in play.said["!ticker@arr"][0]] == ["SYN1USDT", "SYN2USDT"]
    assert play.said["!miniTicker@arr"][-1][0] == mini


def test_prices_of_zero_and_below_are_told_and_stop_nothing(tmp_path: Any) -> None:
    """Such prints are in some recordings; a division by them must not end the playback of everything else."""
    agg = {"e": "aggTrade", "s": "AUSDT", "q": "3", "f": 1, "l": 4, "m": True}
    lines = [
        line(
            (START_MS + at) * 1_000_000,
            "ausdt@aggTrade",
            agg | {"a": number, "p": price, "E": START_MS + at, "T": START_MS + at},
        )
        for number, (at, price) in enumerate([(0, "0.00"), (1_500, "-5.25"), (3_000, "2.00")], start=1)
    ]
    streams = ["ausdt@ticker", "!miniTicker@arr", "ausdt@kline_1m"]
    play = Play(RecordingFeed([write_recording(tmp_path / "r", lines)]), *streams)
    play.until(START_MS + 10**6, batch=1)
    assert all(play.said[stream] for stream in streams)
    last = play.said["ausdt@kline_1m"][-1]["k"]
    assert [last[key] for key in "ohlc"] == ["0.00", "2.00", "-5.25", "2.00"]
    row = play.get("v1/ticker/24hr", symbol="AUSDT")
    assert (row["priceChange"], row["priceChangePercent"], row["lowPrice"]) == ("2.00", "0.000", "-5.25")


def test_mark_prices_come_every_three_seconds_and_each_second_where_the_name_says_so() -> None:
    streams = ["syn1usdt@markPrice", "!markPrice@arr"]
    play = Play(market(duration_s=30, history_hours=0), *streams)
    play.until(play.feed.start_ms + 30_000, keep=["syn1usdt@markPrice@1s"])
    slow, fast = play.said["syn1usdt@markPrice"], play.played["syn1usdt@markPrice@1s"]
    assert len(slow) == 10
    assert len(fast) == 30
    assert all(row in fast for row in slow[1:])
    minutes: dict[int, list[float]] = {}
    for mark in fast:
        minutes.setdefault(mark["E"] // 60_000 * 60_000, []).append(float(mark["i"]))
    for row in play.get("v1/indexPriceKlines", pair="SYN1USDT", interval="1m"):
        if row[0] > play.feed.start_ms:  # the minute of the start has a mark from before it
            prices = minutes[row[0]]
            assert [float(text) for text in row[1:5]] == [prices[0], max(prices), min(prices), prices[-1]]
    arrays = play.said["!markPrice@arr"]
    assert len(arrays) == 10
    assert [row["s"] for row in arrays[-1]] == ["SYN1USDT", "SYN2USDT"]


def test_a_recordings_marks_and_quotes_are_there_for_who_subscribes_before_the_start(tmp_path: Any) -> None:
    lines = [trade_line(START_MS * 1_000_000, "AUSDT", 1, T=START_MS)]
    for second in range(1, 13):
        at = START_MS + 1_000 * second
        mark = {"e": "markPriceUpdate", "E": at, "s": "AUSDT", "p": f"{second}.0", "i": "1", "r": "0.0001", "T": 5}
        quote = {"e": "bookTicker", "E": at, "T": at, "s": "AUSDT", "u": second, "b": "1", "B": "1", "a": "2", "A": "1"}
        lines += [line(at * 1_000_000, "ausdt@markPrice@1s", mark), line(at * 1_000_000, "ausdt@bookTicker", quote)]
    streams = ["ausdt@markPrice", "!markPrice@arr", "!markPrice@arr@1s", "!bookTicker"]
    play = Play(RecordingFeed([write_recording(tmp_path / "r", lines)]), *streams)
    assert play.get("v1/premiumIndex", symbol="AUSDT")["markPrice"] == "10.00"  # no mark yet: the last trade stands in
    play.until(START_MS + 10**6, batch=1)
    assert [len(play.said[stream]) for stream in streams] == [4, 4, 12, 2]
    assert play.said["ausdt@markPrice"][-1] == play.said["!markPrice@arr"][-1][0]
    (row,) = play.get("v1/markPriceKlines", symbol="AUSDT", interval="1h")
    assert row[1:5] == ["1.00000000", "12.00000000", "1.00000000", "12.00000000"]
    assert row[8] == 12


def test_open_interest_is_the_same_whenever_it_is_asked_for() -> None:
    one, two = Play(market()), Play(market())
    assert one.get("v1/openInterest", symbol="SYN1USDT") == two.get("v1/openInterest", symbol="SYN1USDT")
    assert float(one.get("v1/openInterest", symbol="SYN2USDT")["openInterest"]) > 0
