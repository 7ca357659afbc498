"""Reads recorded frames as events, as the live feeds of their venues would have made them.

REST answers that a recording holds (fills of holes) are events too, in their place. A frame belongs to the venue that
the name of its connection says; where it says none to a venue that alone sends such frames, else to the default venue.
"""

from __future__ import annotations

from collections.abc import Iterable

from spreadscope.exchange.port import TradeMessage, Venue
from spreadscope.exchange.recording import RawFrame
from spreadscope.exchange.venues import DEFAULT, VENUES
from spreadscope.ingest.backfill import fetched_trades
from spreadscope.ingest.batcher import Batcher
from spreadscope.ingest.market_clock import MarketClock
from spreadscope.model.clock import ManualClock
from spreadscope.model.errors import DecodeError
from spreadscope.model.events import Event, Trades, WatchSymbol
from spreadscope.model.instrument import venue_of

# The venues that know their frames; it is asked of every frame of a recording that names no connections.
_RECOGNISING = tuple(venue for venue in VENUES.values() if type(venue).recognises is not Venue.recognises)


def venue_of_frame(frame: RawFrame) -> Venue:
    """Returns the venue a recorded frame came from."""
    if frame.connection:
        return VENUES.get(venue_of(frame.connection), DEFAULT)
    for venue in _RECOGNISING:
        if venue.recognises(frame.payload):
            return venue
    return DEFAULT


class RecordedEvents:
    """``feed`` frames one by one, ``take`` the events; ``rejected`` counts frames that were none of their venue's.

    ``aggregated`` names the instruments of which the recording has the venue's own aggregates
    (``Venue.aggregated_in``).
    """

    def __init__(self, *, quotes: bool = True, aggregated: Iterable[str] = ()) -> None:
        self._quotes = quotes
        self._aggregated = frozenset(aggregated)
        self._lines: dict[str, _Line] = {}
        self._newest: _Line | None = None
        self._watched: set[str] = set()
        self._ready: list[Event] = []
        self._clock = ManualClock()
        self._now_ns = 0  # when the newest frame was received
        self._market_clock = MarketClock(self._clock)
        self.frames = 0
        self.rejected = 0

    @property
    def pending(self) -> int:
        count = len(self._ready)
        for line in self._lines.values():  # it is asked after every frame
            count += line.batcher.pending
        return count

    def feed(self, raw: RawFrame) -> None:
        """One recorded frame or REST answer."""
        self.frames += 1
        try:
            if raw.rest is not None:
                self._rest(raw.rest, raw.payload)
            else:
                self._frame(raw)
        except DecodeError:
            self.rejected += 1

    def end(self) -> None:
        """No more frames: close the aggregates that are still open."""
        for line in self._lines.values():
            for message in line.decoder.end():
                line.batcher.add(message)
            line.batcher.release()
            self.rejected += line.decoder.contradictory

    def take(self) -> list[Event]:
        """The events so far; a symbol is watched from its first trade on."""
        for line in self._lines.values():
            self._hand_on(line)
        events, self._ready = self._ready, []
        watched: list[Event] = []
        for event in events:
            if isinstance(event, Trades) and event.symbol not in self._watched:
                self._watched.add(event.symbol)
                watched.append(WatchSymbol(event.symbol))
        return [*watched, *events]

    def _hand_on(self, line: _Line) -> None:
        if line.batcher.pending:
            self._clock.advance(max(0, self._now_ns - self._clock.now_ns()))
            self._ready += self._market_clock.joined(line.name, line.batcher.take())

    def _frame(self, raw: RawFrame) -> None:
        venue = venue_of_frame(raw)
        line = self._lines.get(venue.name)
        if line is None:
            line = self._lines[venue.name] = _Line(venue, quotes=self._quotes, aggregated=self._aggregated)
        self._now_ns = raw.received_ns
        if line is not self._newest:
            # Venues interleave: the clock of one must not pass what came before it of another.
            if self._newest is not None:
                self._hand_on(self._newest)
            self._newest = line
        line.batcher.undated_now = raw.received_ns // 1_000_000
        for message in line.decoder.messages(raw.payload):
            if isinstance(message, TradeMessage):
                line.batcher.trade(message)  # most are
            else:
                line.batcher.add(message)

    def _rest(self, request: str, body: bytes) -> None:
        """What came before a REST answer must reach the core before it."""
        for venue in VENUES.values():
            found = venue.recorded_trades(request, body)
            if found is not None:
                symbol, trades = found
                for line in self._lines.values():
                    self._hand_on(line)
                if trades:
                    self._ready.append(fetched_trades(symbol, trades))
                return


class _Line:
    """One venue's decoder and batcher."""

    def __init__(self, venue: Venue, *, quotes: bool, aggregated: Iterable[str]) -> None:
        self.name = venue.name
        self.decoder = venue.recording_decoder(quotes=quotes, aggregated=aggregated)
        self.batcher = Batcher()
