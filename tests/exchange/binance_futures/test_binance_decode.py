"""Any bytes from the socket: one frame or one documented error."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import msgspec
import pytest

from spreadscope.exchange.binance_futures import payloads
from spreadscope.exchange.binance_futures.columns import read_columns
from spreadscope.exchange.binance_futures.decode import (
    ControlRefusal,
    Response,
    StreamArray,
    StreamData,
    Unknown,
    decode,
    stream_payload,
)
from spreadscope.exchange.message_columns import OTHER, TRADE, SymbolTable
from spreadscope.exchange.recording import read_recording
from spreadscope.model.errors import DecodeError
from tests.exchange.binance_futures.shapes import (
    AGG_2021,
    AGG_2026,
    BOOK_2026,
    CONTRACT,
    EVERY_KIND,
    FORCE_2026,
    KLINE,
    MARK_2023,
    MARK_2026,
    MARK_COIN,
    MARK_WITHOUT_FUNDING,
    RAW_2021,
    RAW_FUND,
)
from tests.support.market import frame


def data_of(raw: bytes) -> Any:
    decoded = decode(raw)
    assert isinstance(decoded, StreamData)
    return decoded.data


@pytest.mark.parametrize("shape", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_decodes_wrapped_and_bare_alike(shape: dict[str, Any]) -> None:
    wrapped = decode(frame("some@stream", shape))
    bare = decode(msgspec.json.encode(shape))
    assert isinstance(wrapped, StreamData)
    assert isinstance(bare, StreamData)
    assert (wrapped.stream, bare.stream) == ("some@stream", None)
    assert wrapped.data == bare.data
    assert wrapped.data.__struct_config__.tag == shape["e"]


@pytest.mark.parametrize("shape", EVERY_KIND.values(), ids=EVERY_KIND)
def test_key_order_and_unknown_keys_do_not_matter(shape: dict[str, Any]) -> None:
    reordered = {"новый": {"deep": [1, None]}, **dict(reversed(shape.items()))}
    assert data_of(frame("s", reordered)) == data_of(frame("s", shape))
    outer_reordered = msgspec.json.encode({"data": shape, "stream": "s", "extra": 1})
    assert data_of(outer_reordered) == data_of(frame("s", shape))


def test_aggregate_trades_of_2021_and_2026() -> None:
    old, new = data_of(frame("x", AGG_2021)), data_of(frame("x", AGG_2026))
    assert (old.a, old.p, old.q, old.f, old.l, old.T, old.m) == (
        14210581, 0.6588, 1510.0, 27330312, 27330314, 1617647797018, True,
    )  # fmt: skip
    assert (old.nq, old.st) == (None, payloads.USD_M)
    assert (new.nq, new.st, new.m) == (0.02, 1, False)


def test_quotes_marks_liquidations_candles_and_contracts() -> None:
    quote = data_of(frame("x", BOOK_2026))
    assert (quote.b, quote.B, quote.a, quote.A, quote.u) == (0.2961, 420.0, 0.2962, 77.0, 396106612345)
    assert data_of(frame("x", MARK_2023)).funding_rate == 0.0001
    assert data_of(frame("x", MARK_WITHOUT_FUNDING)).funding_rate is None
    assert data_of(frame("x", FORCE_2026)).o.s == "牛来USDT"
    assert data_of(frame("x", FORCE_2026)).st == 1
    assert data_of(frame("x", KLINE)).k.x is True
    assert data_of(frame("x", CONTRACT)).cs == "SETTLING"
    assert data_of(frame("x", CONTRACT | {"cs": "A_STATUS_OF_2027"})).cs == "A_STATUS_OF_2027"


def test_only_market_prints_count_as_trades_of_the_market() -> None:
    assert data_of(frame("x", RAW_2021)).X == "MARKET"
    assert data_of(frame("x", RAW_FUND)).X == "INSURANCE_FUND"


def test_an_array_keeps_known_rows_and_says_which_are_coin_margined() -> None:
    rows = [MARK_2026, MARK_COIN, {"e": "somethingNew", "x": 1}, MARK_WITHOUT_FUNDING]
    decoded = decode(frame("!markPrice@arr@1s", rows))
    assert isinstance(decoded, StreamArray)
    assert [row.st for row in decoded.rows] == [1, 2, 1]
    assert decode(msgspec.json.encode(rows)) == StreamArray(None, decoded.rows)
    assert decode(frame("!x@arr", [])) == StreamArray("!x@arr", ())


def test_unknown_events_are_tolerated() -> None:
    assert decode(frame("btcusdt@new", {"e": "brandNew", "q": {}})) == Unknown("btcusdt@new", "brandNew")
    assert decode(frame("btcusdt@new", {"no": "event"})) == Unknown("btcusdt@new", "")
    assert decode(b"{}") == Unknown(None, "")
    assert decode(frame("x", {"e": 5})) == Unknown("x", "")


REQUIRED = {
    "aggTrade 2026": "E s a p q f l T m", "bookTicker 2026": "s u b B a A T E", "markPrice 2026": "E s p i T",
    "kline": "E s k", "forceOrder 2026": "E o", "contractInfo": "E s cs", "depth": "E s U u",
    "trade 2023": "E s t p q T m",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, keys in REQUIRED.items() for key in keys.split()])
def test_a_missing_required_key_is_an_error(kind: str, key: str) -> None:
    shape = {name: value for name, value in EVERY_KIND[kind].items() if name != key}
    with pytest.raises(DecodeError, match=key):
        decode(frame("x", shape))


@pytest.mark.parametrize("word", ["nan", "NaN", "inf", "-Infinity", "1e999", "", "abc", None, []])
@pytest.mark.parametrize(
    ("shape", "key"),
    [(AGG_2026, "p"), (AGG_2026, "q"), *((BOOK_2026, key) for key in "baBA"), (MARK_2026, "p")],
)
def test_a_number_that_is_none_is_an_error(shape: dict[str, Any], key: str, word: object) -> None:
    with pytest.raises(DecodeError):
        decode(frame("x", shape | {key: word}))
    with pytest.raises(DecodeError):
        decode(frame("x", [shape | {key: word}]))


@pytest.mark.parametrize("inner", ["nan", "inf"])
def test_numbers_inside_candles_and_orders_are_checked_too(inner: str) -> None:
    with pytest.raises(DecodeError):
        decode(frame("x", KLINE | {"k": KLINE["k"] | {"h": inner}}))
    with pytest.raises(DecodeError):
        decode(frame("x", FORCE_2026 | {"o": FORCE_2026["o"] | {"ap": inner}}))
    with pytest.raises(DecodeError):
        decode(frame("x", MARK_2026 | {"r": inner}))


@pytest.mark.parametrize("key", ["a", "T", "E"])
@pytest.mark.parametrize("number", [-1, 2**63, 10**30, 1.5, True])
def test_ids_and_times_fit_their_columns(key: str, number: object) -> None:
    with pytest.raises(DecodeError):
        decode(frame("x", AGG_2026 | {key: number}))


@pytest.mark.parametrize("key", ["B", "A"])
def test_a_displayed_quantity_is_never_negative(key: str) -> None:
    assert getattr(data_of(frame("x", BOOK_2026 | {key: "0.000"})), key) == 0.0
    with pytest.raises(DecodeError, match=rf"\$\.{key}"):
        decode(frame("x", BOOK_2026 | {key: "-1"}))


def test_control_answers() -> None:
    assert decode(b'{"result":null,"id":7}') == Response(7, None)
    assert decode(b'{"id":7,"result":["a@aggTrade","b@depth"]}') == Response(7, ("a@aggTrade", "b@depth"))
    assert decode(b'{"result":[]}') == Response(None, ())
    with pytest.raises(DecodeError):
        decode(b'{"result":{"a":1},"id":1}')


def test_both_forms_of_an_error() -> None:
    assert decode(b'{"error":{"code":3,"msg":"Invalid JSON: x"}}') == ControlRefusal(3, "Invalid JSON: x", None)
    assert decode(b'{"error":{"code":2,"msg":"no"},"id":9}') == ControlRefusal(2, "no", 9)
    assert decode(b'{"code":4,"msg":"Too many subscriptions"}') == ControlRefusal(4, "Too many subscriptions", None)
    assert decode(b'{"code":4,"msg":"m","id":12}') == ControlRefusal(4, "m", 12)
    for raw in (b'{"error":null}', b'{"error":"text"}', b'{"code":"four"}'):
        with pytest.raises(DecodeError):
            decode(raw)


@pytest.mark.parametrize(
    "raw",
    [b"", b" ", b"nul", b"1", b'"text"', b"true", b"{", b"<html>", b"\xff\xfe", b'{"a":1}x', b"[" * 5000,
     b'{"stream":"s","data":5}', b'{"stream":"s","data":["x"]}', b'{"data":' + b'{"a":' * 3000],
)  # fmt: skip
def test_what_is_no_frame_is_one_error(raw: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(raw)


def test_text_and_memory_decode_like_bytes() -> None:
    raw = frame("btcusdt@aggTrade", AGG_2026)
    assert decode(memoryview(raw)) == decode(raw) == decode(raw.decode())


@pytest.mark.shared
def test_every_recorded_frame_of_the_market_decodes(shared: Path) -> None:
    counts: collections.Counter[str] = collections.Counter()
    for path in sorted((shared / "data" / "frames").glob("um_*")):
        for recorded in read_recording(path):
            if recorded.rest is not None:
                continue
            decoded = decode(recorded.payload)
            assert isinstance(decoded, StreamData | Unknown), recorded.payload[:200]
            counts[type(decoded.data).__name__ if isinstance(decoded, StreamData) else "Unknown"] += 1
            if isinstance(decoded, StreamData):
                assert decoded.data.st == payloads.USD_M
    assert counts["AggTrade"] == 574 + 91 + 16
    assert counts["Kline"] == 67 + 4
    assert counts["ForceOrder"] == 2
    assert counts["MarkPriceUpdate"] == 99 + 415 + 3
    assert counts["RawTrade"] > 21_313 + 14_076 + 10_738
    assert counts["BookTicker"] > 66_089 + 53_992 + 3_424 + 613 + 10
    assert counts["Unknown"] <= 6  # the snapshots of the book that a recorder put between the frames


def test_a_trade_dated_long_after_its_announcement_is_refused() -> None:
    """It would put the market's clock into the future."""
    raw = (
        b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1000,"s":"BTCUSDT","a":1,"p":"1","q":"1",'
        b'"f":1,"l":1,"T":%d,"m":true}}'
    )
    assert stream_payload(raw % 61_000) is not None
    assert stream_payload(raw % 61_001) is None
    with pytest.raises(DecodeError, match="after its own announcement"):
        decode(raw % 61_001)
    table = SymbolTable()
    table.number("BTCUSDT")
    assert read_columns([raw % 61_000, raw % 61_001], table).kinds.tolist() == [TRADE, OTHER]
