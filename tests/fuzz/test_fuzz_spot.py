"""Whatever bytes come from Spot, its decoders give what they document, and many frames at once say the same as each."""

from __future__ import annotations

import json
import math
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.exchange.binance_spot import rest
from spreadscope.exchange.binance_spot.decode import SpotDecoder
from spreadscope.exchange.binance_spot.recorded_frames import SpotRecordingDecoder
from spreadscope.exchange.message_columns import OTHER, TRADE
from spreadscope.exchange.port import AnsweredRequest, QuoteMessage, RefusedRequest, TradeMessage
from spreadscope.exchange.recording import read_recording
from spreadscope.model.errors import DecodeError
from spreadscope.model.trade_limits import LARGEST_ID, LATEST_TIME
from tests.fuzz.damaged import anything, mutated

SYMBOL = "binance-spot:BTCUSDT"
TRADE_FRAME = (
    b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":5,"p":"61837.63000000",'
    b'"q":"0.02000000","f":7,"l":8,"T":1723161255342,"m":true,"M":true}}'
)
SEEDS = [
    TRADE_FRAME,
    TRADE_FRAME.replace(b"1723161255343", b"1723161255343969").replace(b"1723161255342", b"1723161255342497"),
    b'{"stream":"btcusdt@bookTicker","data":{"u":50,"s":"BTCUSDT","b":"1.5","B":"2","a":"1.6","A":"3"}}',
    (
        b'{"stream":"b@bookTicker","data":{"e":"bookTicker","u":50,"s":"BTCUSDT","b":"1","B":"2",'
        b'"a":"3","A":"4","T":5,"E":6}}'
    ),
    b'{"stream":"b@trade","data":{"e":"trade","E":6,"s":"B","t":1,"p":"1","q":"2","T":5,"m":true,"M":true}}',
    b'{"u":50,"s":"BTCUSDT","b":"1.5","B":"2","a":"1.6","A":"3"}',
    b'{"result":null,"id":1}',
    b'{"error":{"code":2,"msg":"x"},"id":1}',
]
events = st.sampled_from(["aggTrade", "trade", "bookTicker", "kline", "depthUpdate", "serverShutdown", "new"])
values = st.integers(-5, 2**70) | st.sampled_from(["1.5", "nan", "", "x", "BTCUSDT"]) | anything
payloads = st.builds(
    lambda event, body: {**body, **event},
    st.just({}) | events.map(lambda event: {"e": event}),
    st.dictionaries(st.sampled_from([*"EesapqflTmMuUbBAk"]), values, max_size=20),
)
streams = st.sampled_from(["btcusdt@aggTrade", "btcusdt@bookTicker", "b@depth", "!miniTicker@arr", "", 7, None])


def check(raw: bytes) -> None:
    """Alone, and between two others in a batch: the same, or ``DecodeError``."""
    decoder = SpotDecoder()
    decoder.table.number(SYMBOL)
    columns = decoder.columns([raw, TRADE_FRAME, raw])
    assert columns.kinds[1] == TRADE
    assert columns.ids[1] == 5
    recorded = SpotRecordingDecoder()
    try:
        recorded.messages(raw)
    except DecodeError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - the property is that nothing else comes
    recorded.end()
    try:
        said = decoder.messages(raw)
    except DecodeError as error:
        assert "\n" not in str(error)  # noqa: PT017 - the property is that nothing else comes
        assert not columns.kinds[::2].any(), "the kernel read what the decoder refuses"
        return
    assert len(said) <= 1
    for message in said:
        assert isinstance(message, TradeMessage | QuoteMessage | RefusedRequest | AnsweredRequest)
        if isinstance(message, TradeMessage):
            assert 0 <= message.id <= LARGEST_ID
            assert 0 <= message.time <= LATEST_TIME
            assert 0 <= message.event_time <= LATEST_TIME
            assert all(map(math.isfinite, (message.price, message.quantity)))
        elif isinstance(message, QuoteMessage):
            assert all(map(math.isfinite, (message.bid, message.ask, message.bid_quantity, message.ask_quantity)))
            assert min(message.bid_quantity, message.ask_quantity, message.update) >= 0
    for row in (0, 2):
        if columns.kinds[row] == OTHER:
            continue
        (message,) = said
        prices = (columns.prices_or_bids[row], columns.quantities_or_asks[row])
        assert message.symbol == decoder.table.names[columns.symbols[row]]
        if columns.kinds[row] == TRADE:
            assert isinstance(message, TradeMessage)
            assert prices == (message.price, message.quantity)
            assert (columns.ids[row], columns.times[row], columns.event_times[row]) == (
                message.id, message.time, message.event_time,
            )  # fmt: skip
            assert columns.buyer_is_maker[row] == message.buyer_is_maker
        else:
            assert isinstance(message, QuoteMessage)
            assert prices == (message.bid, message.ask)
            sizes = (columns.bid_quantities[row], columns.ask_quantities[row])
            assert (*sizes, columns.ids[row]) == (message.bid_quantity, message.ask_quantity, message.update)
            assert columns.times[row] == message.time


@given(st.binary(max_size=200))
@settings(max_examples=150)
def test_any_bytes(raw: bytes) -> None:
    check(raw)


@given(st.one_of(anything, payloads), st.none() | streams.map(lambda name: (name,)))
@settings(max_examples=300)
def test_any_json(document: object, stream: tuple[object] | None) -> None:
    if stream is not None:
        document = {"stream": stream[0], "data": document}
    check(json.dumps(document, separators=(",", ":")).encode())


@given(mutated(SEEDS))
@settings(max_examples=300)
def test_damaged_frames(raw: bytes) -> None:
    check(raw)


def test_damaged_real_frames(shared: Path) -> None:
    recording = read_recording(shared / "data" / "frames" / "spot_ethusdt_20240808.recv_ts_json.gz")
    real = [item.payload for item, _ in zip(recording, range(60), strict=False) if len(item.payload) < 600]

    @given(mutated(real))
    @settings(max_examples=150)
    def damaged(raw: bytes) -> None:
        check(raw)

    damaged()


ROWS = [
    b'[{"a":1,"p":"1.5","q":"2","f":1,"l":2,"T":1750000000000123,"m":true,"M":true}]',
    b'[[1750000000000,"1","2","0.5","1.5","7",1750000059999,"9",3,"4","5","0"]]',
    b'{"serverTime":1750000000000}',
    b'{"symbols":[{"symbol":"A","filters":[{"filterType":"NOTIONAL","minNotional":"5"}]}]}',
]


@given(st.one_of(st.binary(max_size=80), anything.map(lambda item: json.dumps(item).encode()), mutated(ROWS)))
@settings(max_examples=200)
def test_rest_bodies(body: bytes) -> None:
    for read in (
        rest.decode_time, rest.decode_klines, rest.decode_exchange_info,
        lambda text: rest.decode_agg_trades(SYMBOL, text),
    ):  # fmt: skip
        try:
            read(body)
        except DecodeError as error:
            assert "\n" not in str(error)  # noqa: PT017 - as above


def test_the_seeds_themselves_are_good() -> None:
    decoder = SpotDecoder()
    assert [raw for raw in SEEDS if not decoder.messages(raw)] == [raw for raw in SEEDS if b"@trade" in raw]
