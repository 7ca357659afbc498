"""Frames of Spot → messages: in the shapes of its pages and of recordings, one by one and many at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from spreadscope.exchange.binance_spot.decode import SpotDecoder
from spreadscope.exchange.message_columns import OTHER, TRADE
from spreadscope.exchange.port import AnsweredRequest, QuoteMessage, RefusedRequest, TradeMessage
from spreadscope.exchange.recording import read_recording
from spreadscope.model.errors import DecodeError

TRADE_PAYLOAD = {
    "e": "aggTrade", "E": 1723161255343, "s": "BTCUSDT", "a": 3115683259, "p": "61837.63000000", "q": "0.02000000",
    "f": 3735683259, "l": 3735683261, "T": 1723161255342, "m": True, "M": True,
}  # fmt: skip
QUOTE_PAYLOAD = {
    "u": 50093239212, "s": "BTCUSDT", "b": "61837.63000000", "B": "3.78826000", "a": "61837.64000000",
    "A": "1.54698000",
}  # fmt: skip
SYMBOL = "binance-spot:BTCUSDT"
TRADED = TradeMessage(SYMBOL, 3115683259, 61837.63, 0.02, 1723161255342, 1723161255343, True)
QUOTED = QuoteMessage(SYMBOL, 61837.63, 61837.64, None, 3.78826, 1.54698, 50093239212)


def frame(stream: str, payload: Any) -> bytes:
    return json.dumps({"stream": stream, "data": payload}, separators=(",", ":")).encode()


def read(raw: bytes) -> list[Any]:
    return list(SpotDecoder().messages(raw))


def test_the_two_kinds_that_are_subscribed() -> None:
    assert read(frame("btcusdt@aggTrade", TRADE_PAYLOAD)) == [TRADED]
    assert read(frame("btcusdt@bookTicker", QUOTE_PAYLOAD)) == [QUOTED]


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(TRADE_PAYLOAD).encode(),
        json.dumps({"data": TRADE_PAYLOAD, "stream": "btcusdt@aggTrade"}, indent=1).encode(),
        frame("btcusdt@aggTrade", TRADE_PAYLOAD | {"nq": "1", "future": {"deep": [None]}}),
        frame("btcusdt@aggTrade", {key: value for key, value in TRADE_PAYLOAD.items() if key != "M"}),
        frame("btcusdt@aggTrade", dict(reversed(TRADE_PAYLOAD.items()))),
    ],
)
def test_a_trade_in_other_words(raw: bytes) -> None:
    assert read(raw) == [TRADED]


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(QUOTE_PAYLOAD).encode(),
        json.dumps({"data": QUOTE_PAYLOAD, "stream": "btcusdt@bookTicker"}, indent=1).encode(),
        frame("btcusdt@bookTicker", QUOTE_PAYLOAD | {"future": 1}),
    ],
)
def test_a_quote_in_other_words(raw: bytes) -> None:
    assert read(raw) == [QUOTED]


def test_microseconds_are_told_by_their_size() -> None:
    precise = TRADE_PAYLOAD | {"E": 1723161255343_969, "T": 1723161255342_497}
    assert read(frame("btcusdt@aggTrade", precise)) == [TRADED]
    decoder = SpotDecoder()
    decoder.table.number(SYMBOL)
    assert decoder.columns([frame("btcusdt@aggTrade", precise)]).kinds.tolist() == [OTHER]


def test_a_quote_that_has_a_time_keeps_it() -> None:
    assert read(frame("btcusdt@bookTicker", QUOTE_PAYLOAD | {"T": 1723161255342})) == [
        msgspec.structs.replace(QUOTED, time=1723161255342)
    ]


@pytest.mark.parametrize(
    "payload",
    [
        {"e": "serverShutdown", "E": 1770123456789},
        {"e": "trade", "E": 1, "s": "BTCUSDT", "t": 1, "p": "1", "q": "1", "T": 1, "m": True, "M": True},
        {"e": "depthUpdate", "E": 1, "s": "BTCUSDT", "U": 157, "u": 160, "b": [["0.0024", "10"]], "a": []},
        {"e": "kline", "E": 1, "s": "BTCUSDT", "k": {}},
        {"e": "referencePrice", "s": "BAZUSD", "r": "1.00", "t": 1770313263917},
        {"lastUpdateId": 160, "bids": [["0.0024", "10"]], "asks": []},
        {"e": 7, "u": 1},
        [],
        [{"e": "24hrMiniTicker"}],
    ],
)
def test_other_kinds_are_left_alone(payload: Any) -> None:
    assert read(frame("btcusdt@other", payload)) == []
    assert read(json.dumps(payload).encode()) == []


def test_answers_to_control_messages() -> None:
    assert read(b'{"result":null,"id":1}') == [AnsweredRequest()]
    assert read(b'{"result":["btcusdt@aggTrade"],"id":3}') == [AnsweredRequest()]
    assert read(b'{"result":true,"id":2}') == [AnsweredRequest()]
    assert read(b'{"error":{"code":2,"msg":"Invalid request"},"id":1}') == [RefusedRequest(2, "Invalid request")]
    assert read(b'{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}')[0].code == 3


def without(payload: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != key}


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\xff\xfe", b"nan", b"7", b'"text"', b"null", b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade"',
        b"[" * 5_000,
        frame("btcusdt@aggTrade", 5), frame("btcusdt@aggTrade", None),
        *(frame("btcusdt@aggTrade", without(TRADE_PAYLOAD, key)) for key in "EsapqflTm"),
        *(frame("btcusdt@bookTicker", without(QUOTE_PAYLOAD, key)) for key in "usbBaA"),
        *(frame("btcusdt@aggTrade", TRADE_PAYLOAD | {key: value})
          for key in "pq" for value in ("nan", "inf", "-inf", "x", None)),
        *(frame("btcusdt@bookTicker", QUOTE_PAYLOAD | {key: value})
          for key in "baBA" for value in ("nan", "inf", "", None)),
        *(frame("btcusdt@bookTicker", QUOTE_PAYLOAD | {key: "-1"}) for key in "BA"),
        *(frame("btcusdt@aggTrade", TRADE_PAYLOAD | {"a": value}) for value in (-1, 2**53, 2**63, 1.5, "x")),
        *(frame("btcusdt@aggTrade", TRADE_PAYLOAD | {"T": value})
          for value in (-1, 5_000_000_000_000, 2**63, 10**40, None)),
        *(frame("btcusdt@aggTrade", TRADE_PAYLOAD | {"E": value})
          for value in (-5, 4_102_444_800_001, 4_102_444_800_001_000)),
        frame("btcusdt@aggTrade", TRADE_PAYLOAD | {"T": TRADE_PAYLOAD["E"] + 60_001}),  # type: ignore[operator]
        b'{"result":5,"id":1}', b'{"error":null,"id":1}', b'{"error":{"code":"x"}}', b'{"code":[],"msg":"x"}',
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_decode_error_in_one_line(raw: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        read(raw)
    assert "\n" not in str(caught.value)


def test_many_frames_at_once_say_the_same() -> None:
    decoder = SpotDecoder()
    decoder.table.number(SYMBOL)
    raws = [
        frame("btcusdt@aggTrade", TRADE_PAYLOAD),
        frame("btcusdt@bookTicker", QUOTE_PAYLOAD),
        frame("ethusdt@aggTrade", TRADE_PAYLOAD | {"s": "ETHUSDT"}),
    ]
    columns = decoder.columns(raws)
    assert columns.kinds.tolist() == [TRADE, OTHER, OTHER]
    row = TradeMessage(
        decoder.table.names[columns.symbols[0]], *(column[0].item() for column in (
            columns.ids, columns.prices_or_bids, columns.quantities_or_asks, columns.times, columns.event_times,
            columns.buyer_is_maker,
        ))
    )  # fmt: skip
    assert [row] == read(raws[0])


@pytest.mark.shared
def test_every_frame_of_the_recordings(shared: Path) -> None:
    counts = {"trade": 0, "bookTicker": 0, "depth": 0}
    decoder = SpotDecoder()
    for name in ("spot_btcusdt_20240808.recv_ts_json.gz", "spot_ethusdt_20240808.recv_ts_json.gz"):
        for item in read_recording(shared / "data" / "frames" / name):
            said = decoder.messages(item.payload)
            if b"@bookTicker" in item.payload[:60]:
                (quote,) = said
                assert isinstance(quote, QuoteMessage)
                assert 0 < quote.bid < quote.ask
                assert quote.time is None
                assert min(quote.bid_quantity, quote.ask_quantity, quote.update) > 0
                counts["bookTicker"] += 1
            else:
                assert not said  # raw trades and changes of the book are not what the engine subscribes
                counts["trade" if b"@trade" in item.payload[:60] else "depth"] += 1
    assert counts == {
        "trade": 9_757 + 6_106,
        "bookTicker": 28_040 + 24_077,
        "depth": 3_451 + 3_434 + 2,
    }  # two are snapshots
