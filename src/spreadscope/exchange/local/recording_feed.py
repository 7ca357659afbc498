"""The feed that plays recordings: raw trades become aggregate trades, everything else passes as it was received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from spreadscope.exchange.binance_spot.spot_names import is_spot
from spreadscope.exchange.local.book import BookQuote, BookState
from spreadscope.exchange.local.decimal_text import scaled
from spreadscope.exchange.local.exchange_info import split_symbol, step_text
from spreadscope.exchange.local.frame_feed import DepthLine, Frame, FundingRow, ListedInstrument, MarkLine, PlayedLine
from spreadscope.exchange.local.raw_trades import RecordedTrades
from spreadscope.exchange.local.recorded_messages import (
    RecordedAggregates,
    RecordedMessage,
    Survey,
    decode_agg_trade,
    is_book_change,
    messages,
    played_on,
    recorded_aggregate,
)
from spreadscope.exchange.local.spot_shapes import spot_aggregate_payload
from spreadscope.exchange.local.stream_names import route_of
from spreadscope.exchange.local.trade_log import TradeLog
from spreadscope.exchange.recording import BuiltAggregate, RawFrame, merge_recordings
from spreadscope.model.errors import RecordingError

_BLOCK: Final = 256


class _RecordedQuote(msgspec.Struct):
    s: str
    u: int
    b: str
    B: str
    a: str
    A: str
    T: int = 0
    E: int = 0


_decode_quote = msgspec.json.Decoder(_RecordedQuote).decode


class RecordingFeed:
    """Plays one or several recordings, of futures and of Spot, merged on their receive times.

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
        survey = Survey()
        for message in messages(self._readable()):
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
        self._listings: dict[str, ListedInstrument] = {}
        self._tapes: dict[str, TradeLog] = {}
        self._marks: dict[str, MarkLine] = {}
        for symbol in sorted(first):
            if f"{symbol.lower()}@trade" in survey.streams:
                self._raw[symbol] = RecordedTrades()
            if symbol in survey.marks:
                self._marks[symbol] = MarkLine()
            if symbol in survey.depths:
                self._depths[symbol] = DepthLine()
            price, price_seen, quantity, quantity_seen = survey.decimals[symbol]
            base, quote = split_symbol(symbol)
            self._listings[symbol] = ListedInstrument(
                symbol, base, quote, price, quantity, step_text(price, price_seen), step_text(quantity, quantity_seen)
            )
            tape = TradeLog(symbol, price_decimals=price, quantity_decimals=quantity, first_id=first[symbol].a)
            _append(tape, first[symbol], first[symbol].q)
            tape.reveal()  # before the start, REST knows the first trade of each symbol
            self._tapes[symbol] = tape

    @property
    def description(self) -> str:
        """Which files play."""
        return f"recording {self._files()}"

    @property
    def listings(self) -> Mapping[str, ListedInstrument]:
        """Symbols with trades; steps are the finest seen."""
        return self._listings

    @property
    def tapes(self) -> Mapping[str, TradeLog]:
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

    def quote(self, symbol: str, now_ms: int) -> BookQuote | None:
        """The newest quote that has been played."""
        del now_ms
        line = self._quotes.get(symbol)
        return None if line is None else line.quote()

    def book(self, symbol: str, now_ms: int) -> BookState | None:
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
        aggregates = RecordedAggregates()
        due_ns = 0
        for message in messages(self._readable(), self._tapes):
            due_ns = max(due_ns, message.received_ns)
            if message.kind == "trade":
                # A symbol recorded both ways keeps the exchange's aggregates; its raw trades still move the clock.
                yield from self._built(aggregates.add(message), due_ns)
                yield from self._raw_trade(message, due_ns)  # after what it closes, which is older
                continue
            yield from self._built(aggregates.advance(message), due_ns)
            if message.kind == "aggTrade":
                yield self._recorded_aggregate(message, due_ns)
            elif message.kind == "markPriceUpdate" and message.symbol in self._marks:
                line = self._marks[message.symbol]
                line.add(message.payload)
                yield Frame(due_ns, message.event_ms, message.stream, message.payload, line)
            elif message.stream.endswith("@bookTicker") and message.symbol in self._tapes:
                quotes = self._quotes.setdefault(message.symbol, _QuoteLine())
                quotes.add(message.payload)
                yield Frame(due_ns, message.event_ms, message.stream, message.payload, quotes)
            elif is_book_change(message) and message.symbol in self._depths:
                changes = self._depths[message.symbol]
                changes.add(message.payload)
                yield Frame(due_ns, message.event_ms, message.stream, message.payload, changes)
            elif route_of(message.stream) is not None:
                for stream in played_on(message):
                    yield Frame(due_ns, message.event_ms, stream, message.payload)
        yield from self._built(aggregates.flush(), due_ns)

    def _raw_trade(self, message: RecordedMessage, due_ns: int) -> Iterator[Frame]:
        """A raw trade under its own name, prints that are no market trades included, as the exchange tells them."""
        line = self._raw.get(message.symbol)
        if line is not None:
            line.add(message.payload)
            yield Frame(due_ns, message.event_ms, message.stream, message.payload, line)

    def _built(self, aggregates: list[BuiltAggregate], due_ns: int) -> Iterator[Frame]:
        for one in aggregates:
            if one.s not in self._aggregated:
                payload = spot_aggregate_payload(one) if is_spot(one.s) else one.payload()
                yield Frame(due_ns, one.E, f"{one.s.lower()}@aggTrade", payload, self._write_down(one, one.q))

    def _recorded_aggregate(self, message: RecordedMessage, due_ns: int) -> Frame:
        row = decode_agg_trade(message.payload)
        revealed = self._write_down(recorded_aggregate(message), row.nq or row.q)
        return Frame(due_ns, message.event_ms, message.stream, message.payload, revealed)

    def _write_down(self, one: BuiltAggregate, non_rpi: str) -> TradeLog | None:
        """Append to the tape what is not there yet (each symbol's first trade is); holes in the recording stay."""
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


class _QuoteLine(PlayedLine):
    """The quotes of one symbol, as far as they have been played."""

    def quote(self) -> BookQuote | None:
        """The newest one; None where it was garbled when it was recorded."""
        try:
            row = None if self.current is None else _decode_quote(self.current)
        except msgspec.MsgspecError:
            row = None
        if row is None:
            return None
        return BookQuote(row.s, row.u, row.E, row.T, row.b, row.B, row.a, row.A)


def _append(tape: TradeLog, one: BuiltAggregate, non_rpi: str) -> None:
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
