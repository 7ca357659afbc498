"""Reads recorded frames of Binance USD-M futures as messages.

Raw trades become aggregate trades, as the exchange makes them.

A symbol that was recorded both ways keeps the exchange's own aggregates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec

from spreadscope.exchange.binance_futures.decode import StreamArray, StreamData, decode
from spreadscope.exchange.binance_futures.decoder import payload_messages
from spreadscope.exchange.binance_futures.payloads import AggTrade, BookTicker, RawTrade
from spreadscope.exchange.port import Message, RecordingDecoder, TradeMessage
from spreadscope.exchange.recording import AggTradeBuilder, BuiltAggregate, RawFrame
from spreadscope.model.errors import DecodeError

_SURVEYED = 20_000


class _WrappedPayload(msgspec.Struct):
    data: msgspec.Raw


_unwrap = msgspec.json.Decoder(_WrappedPayload).decode


def aggregated_in(frames: Iterable[RawFrame]) -> set[str]:
    """Returns the symbols whose aggregates stand in the first frames of a recording.

    Raw trades that come before the first of them must not get ids of ours: the tape would begin with those, and the
    exchange's would look like a hole of thousands of millions.
    """
    found: set[str] = set()
    for raw in islice(frames, _SURVEYED):
        if raw.rest is not None or b'"aggTrade"' not in raw.payload:
            continue
        named = raw.payload.partition(b'"s":"')[2].partition(b'"')[0].decode(errors="replace")
        if named in found:
            continue  # decoding the thousands that say the same would cost more than all the rest
        try:
            frame = decode(raw.payload)
        except DecodeError:
            continue
        if isinstance(frame, StreamData) and type(frame.data) is AggTrade:
            found.add(frame.data.s)
    return found


class FuturesRecordingDecoder(RecordingDecoder):
    """``aggregated`` names symbols of which the recording has the exchange's own aggregates (``aggregated_in``)."""

    def __init__(self, *, quotes: bool = True, aggregated: Iterable[str] = ()) -> None:
        self._quotes = quotes
        self._builder = AggTradeBuilder()
        self._aggregated = set(aggregated)

    @property
    def contradictory(self) -> int:
        return self._builder.contradictory

    def messages(self, payload: bytes) -> Sequence[Message]:
        frame = decode(payload)
        data = frame.data if type(frame) is StreamData else None
        if type(data) is AggTrade:
            closed = self._builder.advance(data.E)
            before = self._built(closed) if closed else []
            self._aggregated.add(data.s)
            return [*before, *payload_messages(data)] if before else payload_messages(data)  # most close nothing
        if type(data) is RawTrade:
            if data.s in self._aggregated:
                return ()
            inner = bytes(_unwrap(payload).data) if isinstance(frame, StreamData) and frame.stream else payload
            return self._built(self._builder.add(inner))
        built = self._built(self._builder.advance(data.E)) if data is not None and hasattr(data, "E") else []
        if data is None:
            rows = frame.rows if isinstance(frame, StreamArray) else ()
            return [*built, *(message for row in rows for message in payload_messages(row))]
        if self._quotes or type(data) is not BookTicker:
            built += payload_messages(data)
        return built

    def end(self) -> Sequence[Message]:
        return self._built(self._builder.flush())

    def _built(self, aggregates: Iterable[BuiltAggregate]) -> list[Message]:
        return [
            TradeMessage(one.s, one.a, float(one.p), float(one.q), one.T, one.E, one.m)
            for one in aggregates
            if one.s not in self._aggregated
        ]
