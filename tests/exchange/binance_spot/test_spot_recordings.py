"""Recorded frames of Spot, raw trades among them, as the messages a live feed would have had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spreadscope.exchange.binance_spot.venue import BinanceSpot
from spreadscope.exchange.local import RecordingFeed
from spreadscope.exchange.port import Message, QuoteMessage, TradeMessage
from spreadscope.exchange.recording import RawFrame, read_recording
from spreadscope.model.errors import DecodeError

T = 1_723_161_255_342
SYMBOL = "binance-spot:BTCUSDT"


def raw(number: int, time: int = T, p: str = "10.5", q: str = "1", m: bool = True, symbol: str = "BTCUSDT") -> bytes:
    payload = {
        "e": "trade",
        "E": time + (1 if time < 10**14 else 1_000),
        "s": symbol,
        "t": number,
        "p": p,
        "q": q,
        "T": time,
        "m": m,
        "M": True,
    }
    return frame(f"{symbol.lower()}@trade", payload)


def aggregate(number: int, time: int = T) -> bytes:
    payload = {
        "e": "aggTrade", "E": time + 1, "s": "BTCUSDT", "a": number, "p": "10.5", "q": "1", "f": 1, "l": 1, "T": time,
        "m": True,
    }  # fmt: skip
    return frame("btcusdt@aggTrade", payload)


def frame(stream: str, payload: Any) -> bytes:
    return json.dumps({"stream": stream, "data": payload}, separators=(",", ":")).encode()


QUOTE = frame("btcusdt@bookTicker", {"u": 1, "s": "BTCUSDT", "b": "10.4", "B": "1", "a": "10.5", "A": "1"})


def said(*payloads: bytes, quotes: bool = True, aggregated: tuple[str, ...] = ()) -> list[Message]:
    decoder = BinanceSpot().recording_decoder(quotes=quotes, aggregated=aggregated)
    messages = [message for payload in payloads for message in decoder.messages(payload)]
    return [*messages, *decoder.end()]


def test_raw_trades_of_one_side_price_and_millisecond_join() -> None:
    messages = said(
        raw(1), raw(2, q="0.25"), raw(3, m=False), raw(4, T + 1, m=False), QUOTE, raw(5, T + 1, "10.6", m=False)
    )
    trades = [message for message in messages if isinstance(message, TradeMessage)]
    assert [(trade.id, trade.price, trade.quantity, trade.time, trade.buyer_is_maker) for trade in trades] == [
        (1, 10.5, 1.25, T, True), (2, 10.5, 1.0, T, False), (3, 10.5, 1.0, T + 1, False), (4, 10.6, 1.0, T + 1, False),
    ]  # fmt: skip
    assert {trade.symbol for trade in trades} == {SYMBOL}
    assert sum(isinstance(message, QuoteMessage) for message in messages) == 1
    assert not any(isinstance(message, QuoteMessage) for message in said(QUOTE, quotes=False))


def test_microseconds_make_the_same_aggregates() -> None:
    fine = [raw(1, T * 1000 + 100), raw(2, T * 1000 + 900), raw(3, T * 1000 + 1_000)]
    assert said(*fine) == said(raw(1), raw(2), raw(3, T + 1))


def test_a_later_message_closes_an_aggregate() -> None:
    decoder = BinanceSpot().recording_decoder(quotes=True)
    assert not decoder.messages(raw(1))
    later = frame(
        "btcusdt@depth@100ms", {"e": "depthUpdate", "E": T + 500, "s": "BTCUSDT", "U": 1, "u": 2, "b": [], "a": []}
    )
    assert [type(message) for message in decoder.messages(later)] == [TradeMessage]
    assert not decoder.end()


def test_the_exchanges_own_aggregates_win_over_raw_trades() -> None:
    frames = [RawFrame(1, raw(1)), RawFrame(2, b"garbled \xff"), RawFrame(3, aggregate(77)), RawFrame(4, aggregate(78))]
    venue = BinanceSpot()
    found = venue.aggregated_in(frames)
    assert found == {SYMBOL}
    own = said(raw(1), aggregate(77), raw(2), raw(1, symbol="ETHUSDT"), aggregated=tuple(found))
    assert [(m.symbol, m.id) for m in own if isinstance(m, TradeMessage)] == [(SYMBOL, 77), ("binance-spot:ETHUSDT", 1)]
    assert venue.aggregated_in([RawFrame(1, aggregate(1), rest="/api/v3/aggTrades?symbol=BTCUSDT")]) == set()


def test_a_raw_id_that_is_missing_leaves_an_aggregate_id_free_and_one_that_contradicts_is_counted() -> None:
    decoder = BinanceSpot().recording_decoder(quotes=True)
    messages = [
        *decoder.messages(raw(1)),
        *decoder.messages(raw(4, T + 1)),
        *decoder.messages(raw(2, T + 9_000)),
        *decoder.end(),
    ]
    assert [message.id for message in messages if isinstance(message, TradeMessage)] == [1, 2, 4]
    assert decoder.contradictory == 0
    assert not decoder.messages(raw(1, T + 99_000))
    assert decoder.contradictory == 1


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"7", b"\xff", raw(1)[:-9], frame("a@trade", {"e": "trade"}), raw(1, p="x"), raw(1, q="-1"),
        raw(1, p="nan"),
        raw(1, time=5_000_000_000_000), frame("a@trade", {"e": "trade", "E": 10**30}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_decode_error(payload: bytes) -> None:
    decoder = BinanceSpot().recording_decoder(quotes=True)
    with pytest.raises(DecodeError):
        decoder.messages(payload)


@pytest.mark.shared
def test_a_recording_says_what_the_local_exchange_makes_of_it(shared: Path) -> None:
    path = shared / "data" / "frames" / "spot_ethusdt_20240808.recv_ts_json.gz"
    trades = [
        m for m in said(*(item.payload for item in read_recording(path)), quotes=False) if isinstance(m, TradeMessage)
    ]
    feed = RecordingFeed([path])
    for block in feed.blocks():
        for played in block:
            if played.reveals is not None:
                played.reveals.reveal()
    truth = feed.tapes["binance-spot:ETHUSDT"].columns()
    assert [trade.id for trade in trades] == truth.ids.tolist()
    assert [trade.time for trade in trades] == truth.times.tolist()
    assert [trade.price for trade in trades] == truth.prices.tolist()
    assert [trade.quantity for trade in trades] == pytest.approx(truth.quantities.tolist(), rel=1e-12)
