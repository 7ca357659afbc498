"""The feed that plays recordings: raw trades become aggregate trades, everything else passes as it was received."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from spreadscope.exchange.local.book import Book, Quote
from spreadscope.exchange.local.exchange_info import split_symbol, step_text
from spreadscope.exchange.local.feed import DepthLine, Frame, FundingRow, Listing, MarkLine
from spreadscope.exchange.local.raw_trades import RecordedTrades
from spreadscope.exchange.local.streams import parse_stream, route_of
from spreadscope.exchange.local.tape import Tape, scaled
from spreadscope.exchange.recording import AggTrade, AggTradeBuilder, RawFrame, merge_recordings
from spreadscope.model.errors import RecordingError

_BLOCK: Final = 256


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


class _RecordedQuote(msgspec.Struct):
    s: str
    u: int
    b: str
    B: str
    a: str
    A: str
    T: int = 0
    E: int = 0


class _ForceOrder(msgspec.Struct):
    s: str


class _ForceOrderEvent(msgspec.Struct):
    o: _ForceOrder


_unwrap = msgspec.json.Decoder(_Wrapped).decode
_decode_event = msgspec.json.Decoder(_Event).decode
_decode_agg = msgspec.json.Decoder(_RecordedAggTrade).decode
_decode_quote = msgspec.json.Decoder(_RecordedQuote).decode
_decode_force_order = msgspec.json.Decoder(_ForceOrderEvent).decode
_ALL_FORCE_ORDERS: Final = "!forceOrder@arr"


class _Message(msgspec.Struct, frozen=True, gc=False):
    """A recorded frame taken apart."""

    received_ns: int
    stream: str
    payload: bytes
    kind: str
    symbol: str
    event_ms: int


def _messages(frames: Iterable[RawFrame]) -> Iterator[_Message]:
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
            yield _Message(frame.received_ns, stream, payload, event.e, event.s, event.E)


def _unwrapped_name(event: _Event) -> str:
    """Frames of a ``/ws`` connection carry no stream; for these kinds it follows from the payload."""
    if event.e in {"aggTrade", "bookTicker", "trade"} and event.s:
        return f"{event.s.lower()}@{event.e}"
    return ""


def _names(message: _Message) -> tuple[str, ...]:
    """The streams that a message is played on: its own, and for a liquidation those of its symbol and of all symbols."""
    if message.kind != "forceOrder":
        return (message.stream,)
    try:
        own = f"{_decode_force_order(message.payload).o.s.lower()}@forceOrder"
    except msgspec.MsgspecError:
        return (message.stream,)
    return (own, _ALL_FORCE_ORDERS)


def _is_diff(message: _Message) -> bool:
    """Whether this is a change of the book; a partial depth has the same payload under another name."""
    name = parse_stream(message.stream)
    return message.kind == "depthUpdate" and name is not None and name.kind == "depth"


class _Survey:
    """What a first pass over the recordings finds out."""

    def __init__(self) -> None:
        self.start_ms = 0
        self.streams: set[str] = set()
        self.depths: set[str] = set()  # symbols whose book's changes were recorded
        self.aggregated: set[str] = set()
        self.decimals: dict[str, list[int]] = {}  # symbol → text and significant decimals of price, then of quantity
        self._builder = AggTradeBuilder()
        self._first_raw: dict[str, AggTrade] = {}
        self._first_recorded: dict[str, AggTrade] = {}

    def see(self, message: _Message) -> None:
        if not self.start_ms:
            self.start_ms = message.event_ms or message.received_ns // 1_000_000
        self.streams.update(_names(message))
        if _is_diff(message):
            self.depths.add(message.symbol)
        if message.kind == "trade":
            for aggregate in self._builder.add(message.payload):
                self._first_raw.setdefault(aggregate.s, aggregate)
                self._measure(aggregate)
        elif message.kind == "aggTrade":
            aggregate = _recorded(message.payload)
            self._first_recorded.setdefault(aggregate.s, aggregate)
            self._measure(aggregate)
        else:
            for aggregate in self._builder.advance(message.event_ms):
                self._first_raw.setdefault(aggregate.s, aggregate)
                self._measure(aggregate)

    def end(self) -> dict[str, AggTrade]:
        """The first aggregate of each symbol; a symbol recorded both ways keeps the exchange's own aggregates."""
        for aggregate in self._builder.flush():
            self._first_raw.setdefault(aggregate.s, aggregate)
            self._measure(aggregate)
        self.aggregated = set(self._first_recorded)
        return self._first_raw | self._first_recorded

    def _measure(self, aggregate: AggTrade) -> None:
        found = self.decimals.setdefault(aggregate.s, [0, 0, 0, 0])
        for place, text in ((0, aggregate.p), (2, aggregate.q)):
            fraction = text.partition(".")[2]
            found[place] = max(found[place], len(fraction))
            found[place + 1] = max(found[place + 1], len(fraction.rstrip("0")))


def _recorded(payload: bytes) -> AggTrade:
    try:
        row = _decode_agg(payload)
    except msgspec.MsgspecError as error:
        raise RecordingError(
            f"A recorded aggTrade is malformed ({error}); remove its line: {payload[:120]!r}."
        ) from error
    return AggTrade(
        s=row.s, a=row.a, p=row.p, q=row.q, f=row.f, l=row.l, T=row.T, m=row.m, E=row.E, n=row.l - row.f + 1
    )  # fmt: skip


class RecordingFeed:
    """Plays one or several recordings merged on their receive times.

    Constructing reads the files once from end to end, for the symbols, their decimals and each symbol's first trade;
    playing reads them again, so memory stays bounded. A recording that is cut short plays to its last readable frame,
    and ``damage`` then holds the sentence saying so.

    Raises:
        RecordingError: a file is missing, unknown or damaged from the start, or there is no trade in any of them.
    """

    due_is_market_time = False
    follows_wall_clock = False
    damage: str | None = None

    def __init__(self, paths: Sequence[str | Path]) -> None:
        if not paths:
            raise RecordingError("No recording was given; name at least one file.")
        self._paths = [Path(path) for path in paths]
        survey = _Survey()
        for message in _messages(self._readable()):
            survey.see(message)
        first = survey.end()
        if not first:
            raise RecordingError(
                self.damage or f"There is no trade in {self._files()}; choose a recording with trades."
            )
        self.start_ms = survey.start_ms
        self._aggregated = survey.aggregated
        self._streams = survey.streams | {f"{symbol.lower()}@aggTrade" for symbol in first}
        self._quotes: dict[str, _QuoteLine] = {}
        self._raw: dict[str, RecordedTrades] = {}
        self._depths: dict[str, DepthLine] = {}
        self._listings: dict[str, Listing] = {}
        self._tapes: dict[str, Tape] = {}
        self._marks: dict[str, MarkLine] = {}
        for symbol in sorted(first):
            if f"{symbol.lower()}@trade" in survey.streams:
                self._raw[symbol] = RecordedTrades()
            if symbol in survey.depths:
                self._depths[symbol] = DepthLine()
            price, price_seen, quantity, quantity_seen = survey.decimals[symbol]
            base, quote = split_symbol(symbol)
            self._listings[symbol] = Listing(
                symbol, base, quote, price, quantity, step_text(price, price_seen), step_text(quantity, quantity_seen)
            )
            tape = Tape(symbol, price_decimals=price, quantity_decimals=quantity, first_id=first[symbol].a)
            _append(tape, first[symbol], first[symbol].q)
            tape.reveal()  # before the start, REST knows the first trade of each symbol
            self._tapes[symbol] = tape

    @property
    def description(self) -> str:
        """Which files play."""
        return f"recording {self._files()}"

    @property
    def listings(self) -> Mapping[str, Listing]:
        """Symbols with trades; steps are the finest seen."""
        return self._listings

    @property
    def tapes(self) -> Mapping[str, Tape]:
        """Their trades, as far as they have been read."""
        return self._tapes

    @property
    def marks(self) -> Mapping[str, MarkLine]:
        """Mark prices, where they were recorded."""
        return self._marks

    def funding(self, symbol: str, now_ms: int) -> Sequence[FundingRow]:
        """Recordings hold no past fundings."""
        del symbol, now_ms
        return ()

    def plays(self, stream: str) -> bool:
        """Whether it was recorded; aggregates are made of raw trades."""
        return stream in self._streams and route_of(stream) is not None

    def quote(self, symbol: str, now_ms: int) -> Quote | None:
        """The newest quote that has been played."""
        del now_ms
        line = self._quotes.get(symbol)
        return None if line is None else line.quote()

    def book(self, symbol: str, now_ms: int) -> Book | None:
        """Recordings hold changes of a book, and not the book itself."""
        del symbol, now_ms
        return None

    def depth(self, symbol: str) -> DepthLine | None:
        """The changes of the book, where they were recorded."""
        return self._depths.get(symbol)

    def raw_trades(self, symbol: str) -> RecordedTrades | None:
        """The raw trades, where they were recorded."""
        return self._raw.get(symbol)

    def open_interest(self, symbol: str, now_ms: int) -> str | None:
        """Recordings hold none."""
        del symbol, now_ms
        return None

    def blocks(self) -> Iterator[Sequence[Frame]]:
        """The frames of all files on one clock."""
        block: list[Frame] = []
        for frame in self._frames():
            block.append(frame)
            if len(block) == _BLOCK:
                yield block
                block = []
        if block:
            yield block

    def _frames(self) -> Iterator[Frame]:
        builder = AggTradeBuilder()
        due_ns = 0
        for message in _messages(self._readable()):
            due_ns = max(due_ns, message.received_ns)
            if message.kind == "trade":
                # A symbol recorded both ways keeps the exchange's aggregates; its raw trades still move the clock.
                yield from self._aggregates(builder.add(message.payload), due_ns)
                yield from self._raw_trade(message, due_ns)  # after what it closes, which is older
                continue
            yield from self._aggregates(builder.advance(message.event_ms), due_ns)
            if message.kind == "aggTrade":
                yield self._recorded_aggregate(message, due_ns)
            elif message.kind == "markPriceUpdate" and message.symbol in self._tapes:
                line = self._marks.setdefault(message.symbol, MarkLine())
                line.add(message.payload)
                yield Frame(due_ns, message.event_ms, message.stream, message.payload, line)
            elif message.stream.endswith("@bookTicker") and message.symbol in self._tapes:
                quotes = self._quotes.setdefault(message.symbol, _QuoteLine())
                quotes.add(message.payload)
                yield Frame(due_ns, message.event_ms, message.stream, message.payload, quotes)
            elif _is_diff(message) and message.symbol in self._depths:
                changes = self._depths[message.symbol]
                changes.add(message.payload)
                yield Frame(due_ns, message.event_ms, message.stream, message.payload, changes)
            elif route_of(message.stream) is not None:
                for stream in _names(message):
                    yield Frame(due_ns, message.event_ms, stream, message.payload)
        yield from self._aggregates(builder.flush(), due_ns)

    def _raw_trade(self, message: _Message, due_ns: int) -> Iterator[Frame]:
        """A raw trade under its own name, prints that are no market trades included, as the exchange tells them."""
        line = self._raw.get(message.symbol)
        if line is not None:
            line.add(message.payload)
            yield Frame(due_ns, message.event_ms, message.stream, message.payload, line)

    def _aggregates(self, aggregates: list[AggTrade], due_ns: int) -> Iterator[Frame]:
        for one in aggregates:
            if one.s not in self._aggregated:
                yield Frame(due_ns, one.E, f"{one.s.lower()}@aggTrade", one.payload(), self._write_down(one, one.q))

    def _recorded_aggregate(self, message: _Message, due_ns: int) -> Frame:
        row = _decode_agg(message.payload)
        revealed = self._write_down(_recorded(message.payload), row.nq or row.q)
        return Frame(due_ns, message.event_ms, message.stream, message.payload, revealed)

    def _write_down(self, one: AggTrade, non_rpi: str) -> Tape | None:
        """Append to the tape what is not there yet (each symbol's first trade is); a hole in the recording stays one."""
        tape = self._tapes[one.s]
        if one.a < tape.expects_id:
            return None
        _append(tape, one, non_rpi)
        return tape

    def _readable(self) -> Iterator[RawFrame]:
        """All frames up to the damage, if there is any."""
        frames = merge_recordings(self._paths)
        any_frame = False
        try:
            for frame in frames:
                any_frame = True
                yield frame
        except RecordingError as error:
            if not any_frame:
                raise
            self.damage = str(error)

    def _files(self) -> str:
        return ", ".join(path.name for path in self._paths)


class _QuoteLine(MarkLine):
    """The quotes of one symbol, as far as they have been played."""

    def quote(self) -> Quote | None:
        """The newest one; None where it was garbled when it was recorded."""
        try:
            row = None if self.current is None else _decode_quote(self.current)
        except msgspec.MsgspecError:
            row = None
        if row is None:
            return None
        return Quote(row.s, row.u, row.E, row.T, row.b, row.B, row.a, row.A)


def _append(tape: Tape, one: AggTrade, non_rpi: str) -> None:
    columns: dict[str, Any] = {
        "number": one.a,
        "time": one.T,
        "first": one.f,
        "last": one.l,
        "count": one.n,
        "maker": one.m,
    }
    step = tape.quantity_decimals
    tape.append(
        price=scaled(one.p, tape.price_decimals), quantity=scaled(one.q, step), non_rpi=scaled(non_rpi, step), **columns
    )
