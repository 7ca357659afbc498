"""The messages of recordings: which stream each belongs to, and what a first pass over them finds out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from spreadscope.exchange.local.streams import parse_stream
from spreadscope.exchange.recording import AggTradeBuilder, BuiltAggregate, RawFrame
from spreadscope.model.errors import RecordingError


class _Wrapped(msgspec.Struct):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


class _Event(msgspec.Struct):
    """What every payload may have; arrays and REST bodies have none of it."""

    e: str = ""
    E: int = 0
    s: str = ""


class _RecordedAggTrade(msgspec.Struct):
    s: str
    a: int
    p: str
    q: str
    f: int
    l: int  # noqa: E741 - the exchange's name of the last raw id
    T: int
    E: int
    m: bool
    nq: str | None = None


class _ForceOrder(msgspec.Struct):
    s: str


class _ForceOrderEvent(msgspec.Struct):
    o: _ForceOrder


_unwrap = msgspec.json.Decoder(_Wrapped).decode
_decode_event = msgspec.json.Decoder(_Event).decode
decode_agg_trade = msgspec.json.Decoder(_RecordedAggTrade).decode
_decode_force_order = msgspec.json.Decoder(_ForceOrderEvent).decode
_DECIMAL: Final = re.compile(r"-?\d{1,10}(\.\d{1,8})?", re.ASCII)  # fits into 64 bits, whatever its decimals are
_ALL_FORCE_ORDERS: Final = "!forceOrder@arr"


class RecordedMessage(msgspec.Struct, frozen=True, gc=False):
    """A recorded frame taken apart."""

    received_ns: int
    stream: str
    payload: bytes
    kind: str
    symbol: str
    event_ms: int


def messages(frames: Iterable[RawFrame]) -> Iterator[RecordedMessage]:
    """The stream messages among recorded frames; REST answers, acks and what has no known stream are passed over."""
    for frame in frames:
        if frame.rest is not None:
            continue
        try:
            wrapped = _unwrap(frame.payload)
            payload = bytes(wrapped.data) or frame.payload
            event = _decode_event(payload) if payload[:1] == b"{" else _Event()
        except msgspec.MsgspecError:
            continue  # an array, an ack, or a frame the exchange garbled: nothing a stream would carry
        stream = wrapped.stream or _unwrapped_name(event)
        if stream:
            yield RecordedMessage(frame.received_ns, stream, payload, event.e, event.s, event.E)


def _unwrapped_name(event: _Event) -> str:
    """Frames of a ``/ws`` connection carry no stream; for these kinds it follows from the payload."""
    if event.e in {"aggTrade", "bookTicker", "trade"} and event.s:
        return f"{event.s.lower()}@{event.e}"
    return ""


def played_on(message: RecordedMessage) -> tuple[str, ...]:
    """The streams that a message is played on: its own, and for a liquidation those of its symbol and of all symbols."""
    if message.kind != "forceOrder":
        return (message.stream,)
    try:
        own = f"{_decode_force_order(message.payload).o.s.lower()}@forceOrder"
    except msgspec.MsgspecError:
        return (message.stream,)
    return (own, _ALL_FORCE_ORDERS)


def is_book_change(message: RecordedMessage) -> bool:
    """Whether this is a change of the book; a partial depth has the same payload under another name."""
    name = parse_stream(message.stream)
    return message.kind == "depthUpdate" and name is not None and name.kind == "depth"


class Survey:
    """What a first pass over the recordings finds out."""

    def __init__(self) -> None:
        self.start_ms = 0
        self.streams: set[str] = set()
        self.depths: set[str] = set()  # symbols whose book's changes were recorded
        self.marks: set[str] = set()  # symbols whose mark prices were
        self.aggregated: set[str] = set()
        self.decimals: dict[str, list[int]] = {}  # symbol → text and significant decimals of price, then of quantity
        self._builder = AggTradeBuilder()
        self._first_raw: dict[str, BuiltAggregate] = {}
        self._first_recorded: dict[str, BuiltAggregate] = {}

    def see(self, message: RecordedMessage) -> None:
        """Look at the next message."""
        if not self.start_ms:
            self.start_ms = message.event_ms or message.received_ns // 1_000_000
        self.streams.update(played_on(message))
        if is_book_change(message):
            self.depths.add(message.symbol)
        if message.kind == "markPriceUpdate":
            self.marks.add(message.symbol)
        if message.kind == "trade":
            for aggregate in self._builder.add(message.payload):
                self._first_raw.setdefault(aggregate.s, aggregate)
                self._measure(aggregate)
        elif message.kind == "aggTrade":
            aggregate = recorded_aggregate(message.payload)
            self._first_recorded.setdefault(aggregate.s, aggregate)
            self._measure(aggregate)
        else:
            for aggregate in self._builder.advance(message.event_ms):
                self._first_raw.setdefault(aggregate.s, aggregate)
                self._measure(aggregate)

    def end(self) -> dict[str, BuiltAggregate]:
        """The first aggregate of each symbol; a symbol recorded both ways keeps the exchange's own aggregates."""
        for aggregate in self._builder.flush():
            self._first_raw.setdefault(aggregate.s, aggregate)
            self._measure(aggregate)
        self.aggregated = set(self._first_recorded)
        return self._first_raw | self._first_recorded

    def _measure(self, aggregate: BuiltAggregate) -> None:
        found = self.decimals.setdefault(aggregate.s, [0, 0, 0, 0])
        for place, text in ((0, aggregate.p), (2, aggregate.q)):
            fraction = text.partition(".")[2]
            found[place] = max(found[place], len(fraction))
            found[place + 1] = max(found[place + 1], len(fraction.rstrip("0")))


def recorded_aggregate(payload: bytes) -> BuiltAggregate:
    """The exchange's own aggregate.

    Raises:
        RecordingError: the payload is none.
    """
    try:
        row = decode_agg_trade(payload)
    except msgspec.MsgspecError as error:
        raise _malformed(payload, str(error)) from error
    for text in (row.p, row.q, row.nq or row.q):
        if not _DECIMAL.fullmatch(text):
            raise _malformed(payload, f"{text[:40]!r} is no price or quantity")
    return BuiltAggregate(
        s=row.s, a=row.a, p=row.p, q=row.q, f=row.f, l=row.l, T=row.T, m=row.m, E=row.E, n=row.l - row.f + 1
    )  # fmt: skip


def _malformed(payload: bytes, why: str) -> RecordingError:
    return RecordingError(f"A recorded aggTrade is malformed ({why}); remove its line: {payload[:120]!r}.")
