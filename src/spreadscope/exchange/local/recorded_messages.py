"""The messages of recordings: which venue and stream each belongs to, and what a first pass over them finds out.

Files of both venues play together without a word, for a message of Spot is told by itself: Spot's trades have ``M``,
and futures' never do. Other kinds belong to the venue that has trades of their symbol. Where both have, Spot's quotes
are those without ``e``, its changes of the book those without ``T``, and what is the same on both (a kline, a ticker)
is futures'. A connection whose recorded name begins with the venue's (``binance-spot``) settles it for all kinds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec

from spreadscope.exchange.binance_spot.spot_names import NAME as SPOT
from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.exchange.local.stream_names import parse_stream, stream_on, wire_name
from spreadscope.exchange.recording import AggTradeBuilder, BuiltAggregate, RawFrame
from spreadscope.model.errors import RecordingError
from spreadscope.model.trade_limits import LATEST_TIME


class _Wrapped(msgspec.Struct):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


class _Event(msgspec.Struct):
    """What every payload may have; arrays and REST bodies have none of it."""

    e: str = ""
    E: int = 0
    s: str = ""
    M: object = None
    T: object = None
    pu: object = None


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
_TIMES: Final = frozenset({"E", "T", "t", "O", "C"})  # keys whose values are times, where they are numbers of that size
_ALL_FORCE_ORDERS: Final = "!forceOrder@arr"


class RecordedMessage(msgspec.Struct, frozen=True, gc=False):
    """A recorded frame taken apart."""

    received_ns: int
    stream: str
    payload: bytes
    kind: str
    symbol: str
    event_ms: int
    spot: bool
    guess: bool  # whether it looks like one of Spot, which is all that a first pass knows
    certain: bool  # whether its connection or its own shape says so


def messages(frames: Iterable[RawFrame], traded: Collection[str] | None = None) -> Iterator[RecordedMessage]:
    """The stream messages among recorded frames; REST answers, acks and what has no known stream are passed over.

    Streams and symbols of Spot have their venue before them, and times are in ms. ``traded`` are the instruments that
    have trades, as a first pass found them; without it the venue of a message that is no trade is a guess.
    """
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
        if not stream:
            continue
        told = _tells_spot(frame, event)
        guess = _guesses_spot(event, stream) if told is None else told
        spot = guess
        if told is None and traded is not None:
            spot = is_spot_message(stream, event.s, traded, guess=guess)
        if spot:
            yield _of_spot(frame.received_ns, stream, payload, event, guess=guess, certain=told is not None)
        else:
            yield RecordedMessage(
                frame.received_ns,
                stream,
                payload,
                event.e,
                event.s,
                event.E,
                spot=False,
                guess=guess,
                certain=told is not None,
            )


def _tells_spot(frame: RawFrame, event: _Event) -> bool | None:
    """Whether a message is one of Spot, as its connection or a trade's own shape says."""
    if frame.connection and frame.connection.startswith(SPOT):
        return True
    return event.M is not None if event.e in {"trade", "aggTrade"} else None


def _guesses_spot(event: _Event, stream: str) -> bool:
    """Whether it looks like one of Spot: by its stream where one venue alone has such a stream, else by its shape."""
    only = _only_venue(stream)
    if only is not None:
        return only == "spot"
    if event.e == "depthUpdate":
        return event.T is None and event.pu is None
    return stream.endswith("@bookTicker") and not event.e


def is_spot_message(stream: str, symbol: str, traded: Collection[str], *, guess: bool) -> bool:
    """Whether a message is one of Spot.

    Where both venues have such a stream, it is as guessed, unless one alone has trades of its symbol.
    """
    if _only_venue(stream) is not None:
        return guess
    symbol = symbol or stream.partition("@")[0].upper()
    on_spot, on_futures = spot_symbol(symbol) in traded, symbol in traded
    return guess if on_spot == on_futures else on_spot


@lru_cache(maxsize=4096)  # asked for every recorded frame, and there are few names
def _only_venue(stream: str) -> Literal["spot", "futures"] | None:
    """The venue that alone has a stream of this name; None where both have one, or neither."""
    on_spot, on_futures = parse_stream(stream_on("spot", stream)) is not None, parse_stream(stream) is not None
    if on_spot == on_futures:
        return None
    return "spot" if on_spot else "futures"


def _of_spot(
    received_ns: int, stream: str, payload: bytes, event: _Event, *, guess: bool, certain: bool
) -> RecordedMessage:
    symbol = spot_symbol(event.s) if event.s else ""
    event_ms = event.E
    if event_ms > LATEST_TIME:
        payload, event_ms = _in_milliseconds(payload), event_ms // 1000
    stream = stream_on("spot", stream)
    return RecordedMessage(
        received_ns, stream, payload, event.e, symbol, event_ms, spot=True, guess=guess, certain=certain
    )


def _in_milliseconds(payload: bytes) -> bytes:
    """A payload that was recorded with times in µs: who subscribes here has not asked for those."""
    row: dict[str, Any] = msgspec.json.decode(payload)
    for part in (row, row.get("k")):
        if isinstance(part, dict):
            for key in _TIMES & part.keys():
                if isinstance(part[key], int) and part[key] > LATEST_TIME:
                    part[key] //= 1000
    return msgspec.json.encode(row)


def _unwrapped_name(event: _Event) -> str:
    """Frames of a ``/ws`` connection carry no stream; for these kinds it follows from the payload."""
    if event.e in {"aggTrade", "bookTicker", "trade"} and event.s:
        return f"{event.s.lower()}@{event.e}"
    return ""


def played_on(message: RecordedMessage) -> tuple[str, ...]:
    """The streams that a message is played on: its own, for a liquidation those of its symbol and of all symbols."""
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


class RecordedAggregates:
    """Aggregates made of recorded raw trades, each venue's by itself.

    What plays beside it changes neither its trades nor their ids.
    """

    def __init__(self) -> None:
        self._builders = {spot: AggTradeBuilder() for spot in (False, True)}

    def add(self, message: RecordedMessage) -> list[BuiltAggregate]:
        """Take a raw trade in, and return the aggregates it closes, under the product's names of their symbols."""
        return _named(self._builders[message.spot].add(message.payload), spot=message.spot)

    def advance(self, message: RecordedMessage) -> list[BuiltAggregate]:
        """Return the aggregates that are complete by the time of another message.

        Whose clock that is goes by the guess: the first pass and the second must make the same aggregates.
        """
        closed = self._builders[message.guess].advance(message.event_ms)
        return _named(closed, spot=message.guess) if closed else closed

    def flush(self) -> list[BuiltAggregate]:
        """Return all that are open."""
        return [one for spot, builder in self._builders.items() for one in _named(builder.flush(), spot=spot)]


def _named(aggregates: list[BuiltAggregate], *, spot: bool) -> list[BuiltAggregate]:
    return [msgspec.structs.replace(one, s=spot_symbol(one.s)) for one in aggregates] if spot else aggregates


class Survey:
    """What a first pass over the recordings finds out."""

    def __init__(self) -> None:
        self.start_ms = 0
        self.streams: set[str] = set()
        self.depths: set[str] = set()  # symbols whose book's changes were recorded
        self._guessed: set[str] = set()  # streams whose venue is settled when all trades have been seen
        self.marks: set[str] = set()  # symbols whose mark prices were
        self.aggregated: set[str] = set()
        self.decimals: dict[str, list[int]] = {}  # symbol → text and significant decimals of price, then of quantity
        self._aggregates = RecordedAggregates()
        self._first_raw: dict[str, BuiltAggregate] = {}
        self._first_recorded: dict[str, BuiltAggregate] = {}

    def see(self, message: RecordedMessage) -> None:
        """Look at the next message."""
        if not self.start_ms:
            self.start_ms = message.event_ms or message.received_ns // 1_000_000
        (self.streams if message.certain else self._guessed).update(played_on(message))
        if message.certain and is_book_change(message):
            self.depths.add(message.symbol)
        if message.kind == "markPriceUpdate":
            self.marks.add(message.symbol)
        if message.kind == "trade":
            for aggregate in self._aggregates.add(message):
                self._first_raw.setdefault(aggregate.s, aggregate)
                self._measure(aggregate)
        elif message.kind == "aggTrade":
            aggregate = recorded_aggregate(message)
            self._first_recorded.setdefault(aggregate.s, aggregate)
            self._measure(aggregate)
        else:
            for aggregate in self._aggregates.advance(message):
                self._first_raw.setdefault(aggregate.s, aggregate)
                self._measure(aggregate)

    def end(self) -> dict[str, BuiltAggregate]:
        """The first aggregate of each symbol; a symbol recorded both ways keeps the exchange's own aggregates."""
        for aggregate in self._aggregates.flush():
            self._first_raw.setdefault(aggregate.s, aggregate)
            self._measure(aggregate)
        self.aggregated = set(self._first_recorded)
        first = self._first_raw | self._first_recorded
        for stream in self._guessed:
            name = wire_name(stream)
            spot = is_spot_message(name, "", first, guess=name != stream)
            self.streams.add(stream_on("spot" if spot else None, name))
            kind = parse_stream(name)
            if kind is not None and kind.kind == "depth":
                self.depths.add(spot_symbol(kind.symbol) if spot else kind.symbol)
        return first

    def _measure(self, aggregate: BuiltAggregate) -> None:
        found = self.decimals.setdefault(aggregate.s, [0, 0, 0, 0])
        for place, text in ((0, aggregate.p), (2, aggregate.q)):
            fraction = text.partition(".")[2]
            found[place] = max(found[place], len(fraction))
            found[place + 1] = max(found[place + 1], len(fraction.rstrip("0")))


def recorded_aggregate(message: RecordedMessage) -> BuiltAggregate:
    """The exchange's own aggregate.

    Raises:
        RecordingError: the payload is none.
    """
    payload = message.payload
    try:
        row = decode_agg_trade(payload)
    except msgspec.MsgspecError as error:
        raise _malformed(payload, str(error)) from error
    for text in (row.p, row.q, row.nq or row.q):
        if not _DECIMAL.fullmatch(text):
            raise _malformed(payload, f"{text[:40]!r} is no price or quantity")
    return BuiltAggregate(
        s=spot_symbol(row.s) if message.spot else row.s, a=row.a, p=row.p, q=row.q, f=row.f, l=row.l, T=row.T, m=row.m,
        E=row.E, n=row.l - row.f + 1
    )  # fmt: skip


def _malformed(payload: bytes, why: str) -> RecordingError:
    return RecordingError(f"A recorded aggTrade is malformed ({why}); remove its line: {payload[:120]!r}.")
