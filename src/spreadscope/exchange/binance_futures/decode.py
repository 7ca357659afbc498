"""Reads any bytes from the WebSocket as one ``Frame``, or raises ``DecodeError``.

Unknown event names and unknown keys are the exchange's right (``Unknown``: ignore and count); a known event that lacks
a required key, or holds a number that is not finite, is an error: the caller keeps the raw frame in quarantine.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from spreadscope.exchange.binance_futures.payloads import (
    MOST_AHEAD_MS,
    AggTrade,
    BookTicker,
    MarkPriceUpdate,
    Payload,
    RawTrade,
)
from spreadscope.model.errors import DecodeError


class StreamData(msgspec.Struct, frozen=True):
    """A payload and the stream it came on (None on raw ``/ws`` connections, which carry no name)."""

    stream: str | None
    data: Payload


class StreamArray(msgspec.Struct, frozen=True):
    """The rows of an ``@arr`` stream. It holds COIN-M rows too: keep those whose ``st`` is ``USD_M``."""

    stream: str | None
    rows: tuple[Payload, ...]


class Response(msgspec.Struct, frozen=True):
    """The answer to a control message: ``result`` is None, or the list of subscriptions."""

    id: int | None
    result: tuple[str, ...] | None


class ControlRefusal(msgspec.Struct, frozen=True):
    """The exchange refused a control message (2 invalid request, 3 invalid JSON, 4 too many subscriptions)."""

    code: int
    message: str
    id: int | None = None


class Unknown(msgspec.Struct, frozen=True):
    """A well-formed frame of a kind this program does not know."""

    stream: str | None
    event: str


Frame = StreamData | StreamArray | Response | ControlRefusal | Unknown


class _Error(msgspec.Struct):
    code: int
    msg: str = ""


class _Combined(msgspec.Struct):
    stream: str
    data: Payload | list[Payload]


_INFINITY = math.inf
_combined = msgspec.json.Decoder(_Combined, strict=False)
_single = msgspec.json.Decoder(Payload, strict=False)
_error = msgspec.json.Decoder(_Error)
_anything = msgspec.json.Decoder()


def decode(raw: bytes | memoryview | str) -> Frame:
    """Decode one text frame. Raises ``DecodeError`` and nothing else, whatever the bytes."""
    try:
        message = _combined.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return _decode_slowly(raw)
    data = message.data
    if isinstance(data, list):
        return StreamArray(message.stream, tuple(_checked(row) for row in data))
    return StreamData(message.stream, _checked(data))


def stream_payload(raw: bytes | memoryview) -> Payload | None:
    """The hot path: the payload of an ordinary frame of a combined stream; None for other frames (``decode`` them)."""
    try:
        data = _combined.decode(raw).data
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return None
    if type(data) is AggTrade:
        sound = -_INFINITY < data.p < _INFINITY and -_INFINITY < data.q < _INFINITY and data.T - data.E <= MOST_AHEAD_MS
        return data if sound else None
    return None if isinstance(data, list) or not _finite(data) else data


def _decode_slowly(raw: bytes | memoryview | str) -> Frame:
    """Everything that is not a known payload on a combined stream."""
    try:
        document: Any = _anything.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise DecodeError(f"not JSON: {error}") from None
    if isinstance(document, list):
        return _payload(None, document)
    if not isinstance(document, dict):
        raise DecodeError(f"a frame must be an object or an array, not {type(document).__name__}")
    if "stream" in document and "data" in document:
        stream = document["stream"]
        return _payload(stream if isinstance(stream, str) else None, document["data"])
    if "e" in document:
        return _payload(None, document)
    return _control(document)


def _payload(stream: str | None, data: Any) -> Frame:
    if isinstance(data, list):
        rows = [_one(stream, row) for row in data]
        return StreamArray(stream, tuple(row for row in rows if not isinstance(row, Unknown)))
    row = _one(stream, data)
    return row if isinstance(row, Unknown) else StreamData(stream, row)


def _one(stream: str | None, data: Any) -> Payload | Unknown:
    if not isinstance(data, dict):
        raise DecodeError(f"a payload must be an object, not {type(data).__name__}")
    name = data.get("e")
    if not isinstance(name, str) or name not in _KNOWN:
        return Unknown(stream, name if isinstance(name, str) else "")
    try:
        return _checked(msgspec.convert(data, Payload, strict=False))
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise DecodeError(f"{name}: {error}") from None


def _control(document: dict[str, Any]) -> Frame:
    number = document.get("id")
    request = number if isinstance(number, int) and not isinstance(number, bool) else None
    if "error" in document or "code" in document:
        body = document.get("error", document)
        try:
            error = msgspec.convert(body, _Error)
        except msgspec.ValidationError as problem:
            raise DecodeError(f"control error: {problem}") from None
        return ControlRefusal(error.code, error.msg, request)
    if "result" in document:
        result = document["result"]
        if result is None:
            return Response(request, None)
        if isinstance(result, list) and all(isinstance(item, str) for item in result):
            return Response(request, tuple(result))
        raise DecodeError("control answer: result is neither null nor a list of streams")
    return Unknown(None, "")


def _checked(payload: Payload) -> Payload:
    if not _finite(payload):
        raise DecodeError(f"{type(payload).__name__}: a number is not finite")
    if type(payload) is AggTrade and payload.T - payload.E > MOST_AHEAD_MS:
        raise DecodeError("AggTrade: it is dated more than a minute after its own announcement")
    return payload


def _finite(payload: Payload) -> bool:
    """Lax floats accept "nan" and "inf"; the exchange never means them."""
    if type(payload) is AggTrade or type(payload) is RawTrade:
        return math.isfinite(payload.p) and math.isfinite(payload.q)
    if type(payload) is BookTicker:
        sizes = payload.B < _INFINITY and payload.A < _INFINITY  # their type has refused "nan" and what is negative
        return sizes and math.isfinite(payload.b) and math.isfinite(payload.a)
    if type(payload) is MarkPriceUpdate:
        return math.isfinite(payload.p) and math.isfinite(payload.i) and _is_rate(payload.r)
    return _all_finite(payload)


def _is_rate(text: str) -> bool:
    try:
        return not text or math.isfinite(float(text))
    except ValueError:
        return False


def _all_finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, msgspec.Struct):
        return all(_all_finite(getattr(value, name)) for name in value.__struct_fields__)
    return True


_KNOWN = frozenset(
    member.__struct_config__.tag for member in Payload.__args__ if isinstance(member.__struct_config__.tag, str)
)
