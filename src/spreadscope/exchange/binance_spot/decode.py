"""Reads frames of Spot as messages, or raises ``DecodeError``.

An unknown event, an unknown key and a frame without a stream's name are the exchange's right. A known event that lacks
a required key, or holds a number that is not finite or a time that is none, is an error: the caller keeps the raw frame
in quarantine. Source: the exchange's pages "WebSocket Streams", and recordings of 2024 and 2025.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from spreadscope.exchange.binance_futures.columns import read_columns
from spreadscope.exchange.binance_futures.payloads import MOST_AHEAD_MS, Natural, Size
from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.exchange.binance_spot.spot_times import milliseconds
from spreadscope.exchange.message_columns import Columns
from spreadscope.exchange.port import (
    AnsweredRequest,
    Decoder,
    Message,
    QuoteMessage,
    RefusedRequest,
    TradeMessage,
)
from spreadscope.model.errors import DecodeError

_QUOTE_EVENT = "bookTicker"


class _AggTrade(msgspec.Struct, frozen=True, tag="aggTrade", tag_field="e", gc=False):
    """Trades of one taker order at one price; ``a`` is dense per symbol.

    (``M`` is not read: the exchange says to ignore it.)
    """

    E: int
    s: str
    a: Natural
    p: float
    q: float
    f: int
    l: int  # noqa: E741 - the exchange's own name
    T: int
    m: bool


class _BookTicker(msgspec.Struct, frozen=True, gc=False):
    """Best bid (``b``, ``B``) and ask (``a``, ``A``) with their quantities.

    Spot names neither the event nor its time; where it did, it would be read.
    """

    u: Natural
    s: str
    b: float
    B: Size
    a: float
    A: Size
    T: int | None = None
    e: str = _QUOTE_EVENT


class _CombinedTrade(msgspec.Struct):
    stream: str
    data: _AggTrade


class _CombinedQuote(msgspec.Struct):
    stream: str
    data: _BookTicker


class _Refusal(msgspec.Struct):
    code: int
    msg: str = ""


_Failures = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError)
_QUOTE_STREAM = b'@bookTicker"'
_HEAD = 96  # bytes in which a stream's name stands
_trade = msgspec.json.Decoder(_CombinedTrade, strict=False)
_quote = msgspec.json.Decoder(_CombinedQuote, strict=False)
_anything = msgspec.json.Decoder()


class SpotDecoder(Decoder):
    """Reads the streams that are subscribed: ``aggTrade`` and ``bookTicker``, and the answers to control messages."""

    def messages(self, payload: bytes) -> Sequence[Message]:
        """Returns what one frame says: one message, or none.

        Raises ``DecodeError`` and nothing else, whatever the bytes.
        """
        try:
            if payload.find(_QUOTE_STREAM, 0, _HEAD) < 0:
                return (_trade_message(_trade.decode(payload).data),)
            quote = _quote.decode(payload).data
            if quote.e == _QUOTE_EVENT:
                return (_quote_message(quote),)
        except _Failures:
            pass  # no ordinary frame: what it is, or what is wrong with it, is found out below
        return _read_document(payload)

    def columns(self, payloads: Sequence[bytes]) -> Columns:
        """Returns the aggregate trades of many frames.

        Quotes have no time that a column could hold, and are left to ``messages``.
        """
        return read_columns(payloads, self.table)


def _read_document(payload: bytes) -> Sequence[Message]:
    try:
        document: Any = _anything.decode(payload)
    except _Failures as error:
        raise DecodeError(f"not JSON: {error}") from None
    if isinstance(document, list):
        return ()  # an array of the whole market: nothing that is subscribed
    if not isinstance(document, dict):
        raise DecodeError(f"a frame must be an object or an array, not {type(document).__name__}")
    if "stream" in document and "data" in document:
        data = document["data"]
        if isinstance(data, list):
            return ()
        if not isinstance(data, dict):
            raise DecodeError(f"a payload must be an object, not {type(data).__name__}")
        stream = document["stream"]
        return _read_event(data, stream.partition("@")[2] if isinstance(stream, str) else "")
    if "e" in document or "u" in document:
        return _read_event(document, "")
    return _read_control(document)


def _read_event(data: dict[str, Any], kind: str) -> Sequence[Message]:
    """One payload.

    Quotes carry no name of their event: they are told by their stream's, or on a bare socket by their keys.
    """
    event = data.get("e", _QUOTE_EVENT if kind == _QUOTE_EVENT or _looks_like_a_quote(data) else "")
    if event == "aggTrade":
        return (_trade_message(_converted(data, _AggTrade, event)),)
    if event == _QUOTE_EVENT:
        return (_quote_message(_converted(data, _BookTicker, event)),)
    return ()


def _looks_like_a_quote(data: dict[str, Any]) -> bool:
    return data.keys() >= {"u", "s", "b", "B", "a", "A"}


def _converted(data: dict[str, Any], shape: Any, event: str) -> Any:
    try:
        return msgspec.convert(data, shape, strict=False)
    except _Failures as error:
        raise DecodeError(f"{event}: {error}") from None


def _read_control(document: dict[str, Any]) -> Sequence[Message]:
    if "error" in document or "code" in document:
        error = _converted(document.get("error", document), _Refusal, "control error")
        return (RefusedRequest(error.code, error.msg),)
    if "result" in document:
        result = document["result"]
        if result is None or isinstance(result, bool | list):
            return (AnsweredRequest(),)
        raise DecodeError("control answer: result is neither null, nor a list of streams, nor a property")
    return ()


def _trade_message(row: _AggTrade) -> TradeMessage:
    if not (math.isfinite(row.p) and math.isfinite(row.q)):
        raise DecodeError("aggTrade: a number is not finite")
    time, event_time = milliseconds(row.T), milliseconds(row.E)
    if time - event_time > MOST_AHEAD_MS:
        raise DecodeError("aggTrade: it is dated more than a minute after its own announcement")
    return TradeMessage(spot_symbol(row.s), row.a, row.p, row.q, time, event_time, row.m)


def _quote_message(row: _BookTicker) -> QuoteMessage:
    sizes = math.isfinite(row.B) and math.isfinite(row.A)
    if not (sizes and math.isfinite(row.b) and math.isfinite(row.a)):
        raise DecodeError("bookTicker: a number is not finite")
    time = None if row.T is None else milliseconds(row.T)
    return QuoteMessage(spot_symbol(row.s), row.b, row.a, time, row.B, row.A, row.u)
