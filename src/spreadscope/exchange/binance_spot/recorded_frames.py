"""Reads recorded frames of Spot as messages. Raw trades become aggregate trades, as the exchange makes them.

A symbol that was recorded both ways keeps the exchange's own aggregates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec

from spreadscope.exchange.binance_spot.decode import SpotDecoder
from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.exchange.binance_spot.spot_times import milliseconds
from spreadscope.exchange.port import Message, QuoteMessage, RecordingDecoder, TradeMessage
from spreadscope.exchange.recording import AggTradeBuilder, BuiltAggregate, RawFrame
from spreadscope.model.errors import DecodeError, RecordingError

_SURVEYED = 20_000


class _Wrapped(msgspec.Struct):
    data: msgspec.Raw


class _Event(msgspec.Struct):
    e: str = ""
    E: int = 0


class _RawTrade(msgspec.Struct):
    """The fields of a raw trade that aggregation needs, in the order and under the names of the exchange."""

    e: str
    E: int
    s: str
    t: int
    p: str
    q: str
    T: int
    m: bool


_unwrap = msgspec.json.Decoder(_Wrapped).decode
_decode_event = msgspec.json.Decoder(_Event).decode
_decode_trade = msgspec.json.Decoder(_RawTrade).decode
_FAILURES = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError)


def aggregated_in(frames: Iterable[RawFrame]) -> set[str]:
    """Returns the instruments whose aggregates stand in the first frames of a recording.

    Raw trades of theirs get no ids of ours.
    """
    decoder = SpotDecoder()
    found: set[str] = set()
    for raw in islice(frames, _SURVEYED):
        if raw.rest is not None or b'"aggTrade"' not in raw.payload:
            continue
        named = raw.payload.partition(b'"s":"')[2].partition(b'"')[0].decode(errors="replace")
        if spot_symbol(named) in found:
            continue  # decoding the thousands that say the same would cost more than all the rest
        try:
            messages = decoder.messages(raw.payload)
        except DecodeError:
            continue
        found |= {message.symbol for message in messages if isinstance(message, TradeMessage)}
    return found


class SpotRecordingDecoder(RecordingDecoder):
    """``aggregated`` names instruments of which the recording has the exchange's own aggregates (``aggregated_in``)."""

    def __init__(self, *, quotes: bool = True, aggregated: Iterable[str] = ()) -> None:
        self._quotes = quotes
        self._decoder = SpotDecoder()
        self._builder = AggTradeBuilder()
        self._aggregated = set(aggregated)

    @property
    def contradictory(self) -> int:
        """How many recorded trades contradict others, and were left out."""
        return self._builder.contradictory

    def messages(self, payload: bytes) -> Sequence[Message]:
        """Returns what one frame says: its own message, after the aggregates that it closes."""
        inner, event = _event_of(payload)
        if event.e == "trade":
            return self._raw_trade(inner)
        built = self._built(self._builder.advance(milliseconds(event.E))) if event.E else []
        for message in self._decoder.messages(payload):
            if isinstance(message, TradeMessage):
                self._aggregated.add(message.symbol)
            if self._quotes or not isinstance(message, QuoteMessage):
                built.append(message)
        return built

    def end(self) -> Sequence[Message]:
        """Returns the aggregates that are still open."""
        return self._built(self._builder.flush())

    def _raw_trade(self, payload: bytes) -> list[Message]:
        try:
            trade = _decode_trade(payload)
        except _FAILURES as error:
            raise DecodeError(f"trade: {error}") from None
        if spot_symbol(trade.s) in self._aggregated:
            return []
        time, event_time = milliseconds(trade.T), milliseconds(trade.E)
        if (time, event_time) != (trade.T, trade.E):
            payload = msgspec.json.encode(msgspec.structs.replace(trade, T=time, E=event_time))
        try:
            return self._built(self._builder.add(payload))
        except RecordingError as error:
            raise DecodeError(str(error)) from None

    def _built(self, aggregates: Iterable[BuiltAggregate]) -> list[Message]:
        named = ((spot_symbol(one.s), one) for one in aggregates)
        return [
            TradeMessage(symbol, one.a, float(one.p), float(one.q), one.T, one.E, one.m)
            for symbol, one in named
            if symbol not in self._aggregated
        ]


def _event_of(payload: bytes) -> tuple[bytes, _Event]:
    """The payload inside a frame, and what event it is.

    It is empty where that cannot be told, which the decoder then judges.
    """
    try:
        inner = bytes(_unwrap(payload).data)
    except _FAILURES:
        inner = payload
    try:
        return inner, _decode_event(inner)
    except _FAILURES:
        return inner, _Event()
