"""The recording feed: what it makes of recorded frames."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from spreadscope.exchange.local.frame_feed import Frame
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.exchange.recording import RawFrame, RecordingWriter
from spreadscope.model.errors import RecordingError
from tests.exchange.local.local_harness import START_MS, line, trade_line, write_recording

NS = START_MS * 1_000_000
MARK = {
    "e": "markPriceUpdate",
    "E": START_MS + 40,
    "s": "AUSDT",
    "p": "10.5",
    "i": "10.4",
    "P": "10.3",
    "r": "0.0001",
    "T": 7,
}


AGG = {
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


def play(feed: RecordingFeed) -> list[Frame]:
    frames = []
    for block in feed.blocks():
        for frame in block:
            if frame.reveals is not None:
                frame.reveals.reveal()
            frames.append(frame)
    return frames


def test_raw_trades_become_aggregates_and_the_rest_passes_as_it_was(tmp_path: Path) -> None:
    quote = {
        "e": "bookTicker",
        "u": 1,
        "s": "AUSDT",
        "b": "9.99",
        "B": "1",
        "a": "10.00",
        "A": "2",
        "T": START_MS,
        "E": START_MS,
    }
    path = write_recording(
        tmp_path / "r",
        [
            trade_line(NS, "AUSDT", 1, T=START_MS),
            trade_line(NS + 1, "AUSDT", 2, T=START_MS, q="0.25"),
            b'%d {"lastUpdateId":5,"bids":[]}\n' % (NS + 2),
            b'%d {"result":null,"id":1}\n' % (NS + 2),
            line(NS + 3, "ausdt@bookTicker", quote),
            line(NS + 4, "ausdt@markPrice@1s", MARK),
            trade_line(NS + 5, "AUSDT", 3, T=START_MS + 1, p="10.10"),
            line(NS + 6, "ausdt@unknown", {"e": "x"}),
        ],
    )
    feed = RecordingFeed([path])
    assert (feed.start_ms, feed.description) == (START_MS + 3, "recording r")
    assert [row["a"] for row in feed.tapes["AUSDT"].newest(10)] == [1]
    frames = play(feed)
    assert [(f.stream, f.due_ns) for f in frames] == [
        ("ausdt@trade", NS), ("ausdt@trade", NS + 1), ("ausdt@bookTicker", NS + 3), ("ausdt@markPrice@1s", NS + 4),
        ("ausdt@aggTrade", NS + 5), ("ausdt@trade", NS + 5), ("ausdt@aggTrade", NS + 6),
    ]  # fmt: skip
    assert msgspec.json.decode(frames[2].payload) == quote
    assert msgspec.json.decode(frames[4].payload)["q"] == "1.25"
    assert [row["a"] for row in feed.tapes["AUSDT"].newest(10)] == [1, 2]
    assert feed.tapes["AUSDT"].newest(1)[0]["p"] == "10.10"
    assert msgspec.json.decode(feed.marks["AUSDT"].current or b"") == MARK


def test_recorded_aggregates_pass_verbatim_and_win_over_raw_trades(tmp_path: Path) -> None:
    agg = {
        "e": "aggTrade",
        "E": START_MS + 9,
        "a": 77,
        "s": "AUSDT",
        "p": "10.0",
        "q": "3",
        "f": 1,
        "l": 4,
        "T": START_MS,
        "m": True,
    }
    path = write_recording(
        tmp_path / "r",
        [
            trade_line(NS, "AUSDT", 1, T=START_MS),
            trade_line(NS, "BUSDT", 1, T=START_MS),
            line(NS + 1, "ausdt@aggTrade", agg),
            line(NS + 2, "ausdt@aggTrade", agg),
            line(NS + 3, "ausdt@aggTrade", agg | {"a": 79, "nq": "2"}),
        ],
    )
    feed = RecordingFeed([path])
    frames = [f for f in play(feed) if f.stream == "ausdt@aggTrade"]
    assert [msgspec.json.decode(f.payload)["a"] for f in frames] == [77, 77, 79]
    rows = feed.tapes["AUSDT"].newest(10)
    assert [(row["a"], row["nq"]) for row in rows] == [(77, "3.0"), (79, "2.0")]
    assert feed.tapes["AUSDT"].update_bars().rows("1m", None, None, 1, START_MS)[0][8] == 8
    assert feed.tapes["BUSDT"].visible == 1


def test_steps_are_the_finest_decimals_seen(tmp_path: Path) -> None:
    path = write_recording(
        tmp_path / "r",
        [
            trade_line(NS, "BTCUSDT", 1, T=START_MS, p="100.10", q="0.020"),
            trade_line(NS, "BTCUSDT", 2, T=START_MS, p="100.00", q="1.000"),
            trade_line(NS, "WHOLEUSDC", 1, T=START_MS, p="5", q="3"),
        ],
    )
    listings = RecordingFeed([path]).listings
    assert (listings["BTCUSDT"].tick_size, listings["BTCUSDT"].step_size) == ("0.10", "0.010")
    assert (listings["BTCUSDT"].base, listings["BTCUSDT"].quote) == ("BTC", "USDT")
    assert (listings["WHOLEUSDC"].tick_size, listings["WHOLEUSDC"].step_size) == ("1", "1")


def test_frames_of_raw_connections_and_our_own_recordings_are_understood(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "own.ndjson.zst", started_ns=NS) as writer:
        writer.append(RawFrame(NS, b"[]", rest="/fapi/v1/aggTrades?symbol=AUSDT"))
        writer.append(
            RawFrame(NS, b'{"e":"trade","E":5,"T":5,"s":"AUSDT","t":1,"p":"1.0","q":"1","m":true}', connection="m")
        )
        writer.append(RawFrame(NS + 1, b"garbled"))
    streams = [frame.stream for frame in play(RecordingFeed([tmp_path / "own.ndjson.zst"]))]
    assert streams == ["ausdt@trade", "ausdt@aggTrade"]


def test_a_cut_recording_plays_its_good_part_and_says_so(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "r", [trade_line(NS, "AUSDT", 1, T=START_MS), b"1790"])
    feed = RecordingFeed([path])
    assert [frame.stream for frame in play(feed)] == ["ausdt@trade", "ausdt@aggTrade"]
    assert feed.damage is not None
    assert "middle of line 2" in feed.damage


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([b"nonsense\n"], "not a recording"),
        ([line(NS, "ausdt@bookTicker", {"e": "bookTicker", "s": "AUSDT"})], "no trade"),
        ([line(NS, "ausdt@trade", {"e": "trade", "s": "AUSDT"})], "malformed"),
        ([line(NS, "ausdt@aggTrade", {"e": "aggTrade", "s": "AUSDT"})], "malformed"),
        ([line(NS, "ausdt@aggTrade", AGG | {"p": "1e300"})], "'1e300' is no price"),
        ([line(NS, "ausdt@aggTrade", AGG | {"p": "nan"})], "'nan' is no price"),
        ([line(NS, "ausdt@aggTrade", AGG | {"q": "9" * 30})], "is no price or quantity"),
    ],
)
def test_what_cannot_be_played_is_a_recording_error(tmp_path: Path, lines: list[bytes], says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        RecordingFeed([write_recording(tmp_path / "r", lines)])


def test_no_file_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="at least one"):
        RecordingFeed([])
    with pytest.raises(RecordingError, match="no recording at"):
        RecordingFeed([tmp_path / "none"])
