"""The line formats of recordings: which one a file has, and a parser for each. One line in, a frame or nothing out."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Final

import msgspec

from spreadscope.exchange.recording.frame import RawFrame

LineParser = Callable[[bytes], RawFrame | None]

VERSION: Final = 1
_check_json = msgspec.json.Decoder(msgspec.Raw).decode
_SECONDS: Final = re.compile(rb"(\d{9,11})(?:\.(\d{1,20}))?")
_TIMED_LINE: Final = re.compile(rb"\d{13,19} [\[{]")
_SECONDS_LINE: Final = re.compile(rb"\d{9,11}(?:\.\d+)?: [\[{]")
_CRYPTOFEED_HEADERS: Final = (b"configuration: ", b"wss://", b"ws://", b"http://", b"https://")


class BadLineError(ValueError):
    """A line that its format does not allow; the text says why."""


class Header(msgspec.Struct):
    """First line of our own format."""

    spreadscope: str
    version: int
    started_ns: int = 0
    source: str = ""


class _Entry(msgspec.Struct):
    """A line of our own format: a frame (``f``), bytes that are no line of JSON (``x``), or a REST answer (``q b``)."""

    r: int
    c: str = ""
    f: msgspec.Raw = msgspec.Raw(b"")  # a union with None would be decoded instead of kept as bytes
    x: str | None = None
    q: str | None = None
    b: msgspec.Raw = msgspec.Raw(b"")


class _CryptofeedRecord(msgspec.Struct):
    t: str
    ts: msgspec.Raw = msgspec.Raw(b"")
    data: str | None = None
    conn: str = ""


_decode_header = msgspec.json.Decoder(Header).decode
_decode_entry = msgspec.json.Decoder(_Entry).decode
_decode_record = msgspec.json.Decoder(_CryptofeedRecord).decode


def _json(payload: bytes) -> bytes:
    """Return the payload if it is one JSON object or array (a cut line is not)."""
    if payload[:1] not in {b"{", b"["}:
        raise BadLineError("no JSON object where a message should be")
    try:
        _check_json(payload)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadLineError(f"the message is not valid JSON ({error})") from error
    return payload


def _nanoseconds(digits: bytes) -> int:
    """Scale an integer receive time to ns by its magnitude (ms has 13 digits, µs 16, ns 19 in our epoch)."""
    if not digits.isdigit() or not 13 <= len(digits) <= 19:
        raise BadLineError("no receive time in ns, µs or ms at the start of the line")
    value = int(digits)
    if value < 10**14:
        return value * 1_000_000
    return value * 1_000 if value < 10**17 else value


def _seconds_to_ns(text: bytes) -> int:
    """Decimal seconds to ns without passing through a float, which would cost the last digits."""
    match = _SECONDS.fullmatch(text)
    if match is None:
        raise BadLineError("no receive time in seconds at the start of the line")
    whole, fraction = match.groups()
    return int(whole) * 1_000_000_000 + int((fraction or b"0")[:9].ljust(9, b"0"))


def parse_timed(line: bytes) -> RawFrame | None:
    """``<receive time> <json>``."""
    digits, _, payload = line.partition(b" ")
    return RawFrame(_nanoseconds(digits), _json(payload))


def parse_cryptofeed_text(line: bytes) -> RawFrame | None:
    """``<seconds>: <json>``; the lines for configuration, addresses and REST bodies are passed over."""
    if line.startswith(_CRYPTOFEED_HEADERS):
        return None
    seconds, _, payload = line.partition(b": ")
    return RawFrame(_seconds_to_ns(seconds), _json(payload))


def parse_cryptofeed_jsonl(line: bytes) -> RawFrame | None:
    """``{"t": "recv", "ts": seconds, "data": "<json>"}``; records of other types are passed over."""
    try:
        record = _decode_record(line)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadLineError(f"not a record of this format ({error})") from error
    if record.t != "recv":
        return None
    if record.data is None:
        raise BadLineError("a received message without its time or its data")
    return RawFrame(_seconds_to_ns(bytes(record.ts)), _json(record.data.encode()), connection=record.conn)


def parse_own(line: bytes) -> RawFrame | None:
    """A line of Spreadscope's own recordings."""
    try:
        entry = _decode_entry(line)
        if entry.r < 0:
            raise BadLineError("a receive time before the epoch")
        if entry.x is not None:
            payload = b64decode(entry.x, validate=True)
        else:
            payload = bytes(entry.f if entry.q is None else entry.b)
            if not payload:
                raise BadLineError("a line with neither a frame nor a REST answer")
    except (msgspec.MsgspecError, UnicodeError, binascii.Error, RecursionError) as error:
        raise BadLineError(f"not a line of this format ({error})") from error
    return RawFrame(entry.r, payload, rest=entry.q, connection=entry.c)


def detect(line: bytes) -> tuple[LineParser, bool]:
    """Choose the parser by the first line. The flag says that this line is a header and holds no frame.

    Raises:
        BadLineError: no known format begins like this.
    """
    if _TIMED_LINE.match(line):
        return parse_timed, False
    if line.startswith(_CRYPTOFEED_HEADERS) or _SECONDS_LINE.match(line):
        return parse_cryptofeed_text, False
    if line.startswith(b"{"):
        try:
            header = _decode_header(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            header = None
        if header is not None and header.spreadscope == "recording":
            if header.version != VERSION:
                raise BadLineError(
                    f"it has version {header.version} of the recording format and this program reads {VERSION}"
                )
            return parse_own, True
        try:
            _decode_record(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise BadLineError("it begins with JSON of no known recording format") from error
        return parse_cryptofeed_jsonl, False
    raise BadLineError("it begins like no known recording format")
