"""Reads frames of Binance USD-M futures as messages of the port, one at a time or many at once."""

from __future__ import annotations

from collections.abc import Sequence

from spreadscope.exchange.binance_futures.columns import read_columns
from spreadscope.exchange.binance_futures.decode import (
    ControlRefusal,
    Response,
    StreamArray,
    StreamData,
    decode,
    stream_payload,
)
from spreadscope.exchange.binance_futures.payloads import (
    USD_M,
    AggTrade,
    BookTicker,
    ContractInfo,
    MarkPriceUpdate,
    Payload,
)
from spreadscope.exchange.message_columns import Columns
from spreadscope.exchange.port import (
    AnsweredRequest,
    Decoder,
    MarkMessage,
    Message,
    QuoteMessage,
    RefusedRequest,
    StatusMessage,
    TradeMessage,
)


class FuturesDecoder(Decoder):
    """Rows of COIN-M contracts, which arrays of the whole market hold too, say nothing here."""

    def messages(self, payload: bytes) -> Sequence[Message]:
        data = stream_payload(payload)
        if data is not None:
            return payload_messages(data)
        frame = decode(payload)
        if isinstance(frame, StreamData):
            return payload_messages(frame.data)
        if isinstance(frame, StreamArray):
            return [message for row in frame.rows for message in payload_messages(row)]
        if isinstance(frame, ControlRefusal):
            return (RefusedRequest(frame.code, frame.message),)
        return (AnsweredRequest(),) if isinstance(frame, Response) else ()

    def columns(self, payloads: Sequence[bytes]) -> Columns:
        return read_columns(payloads, self.table)


def payload_messages(payload: Payload) -> Sequence[Message]:
    """Returns what one payload says; nothing for kinds that are not read."""
    if payload.st != USD_M:
        return ()
    if type(payload) is AggTrade:
        return (TradeMessage(payload.s, payload.a, payload.p, payload.q, payload.T, payload.E, payload.m),)
    if type(payload) is BookTicker:
        return (QuoteMessage(payload.s, payload.b, payload.a, payload.T, payload.B, payload.A, payload.u),)
    if type(payload) is MarkPriceUpdate:
        return (MarkMessage(payload.s, payload.E, payload.p, payload.i, payload.funding_rate, payload.T),)
    if type(payload) is ContractInfo:
        return (StatusMessage(payload.s, payload.cs == "TRADING"),)
    return ()
