"""Recorded frames → events, as the live feed would have made them.

Raw trades become aggregate trades as the exchange does it; a symbol recorded both ways keeps the exchange's own. REST answers
that a recording holds (fills of holes) are events too, in their place.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import msgspec

from spreadscope.exchange.binance_futures import rest
from spreadscope.exchange.binance_futures.decode import StreamData, decode
from spreadscope.exchange.binance_futures.payloads import AggTrade, BookTicker, RawTrade
from spreadscope.exchange.recording import AggTradeBuilder, RawFrame
from spreadscope.exchange.recording.aggregate import BuiltAggregate as Aggregate
from spreadscope.ingest.backfill import to_trades
from spreadscope.ingest.batcher import Batcher
from spreadscope.model.errors import DecodeError
from spreadscope.model.events import Event, Trades, WatchSymbol

_SURVEYED = 20_000


class _Wrapped(msgspec.Struct):
    data: msgspec.Raw


_unwrap = msgspec.json.Decoder(_Wrapped).decode


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


class RecordedEvents:
    """``feed`` frames one by one, ``take`` the events; ``rejected`` counts frames that were none of the exchange's.

    ``aggregated`` names symbols of which the recording has the exchange's own aggregates (``aggregated_in``).
    """

    def __init__(self, *, quotes: bool = True, aggregated: Iterable[str] = ()) -> None:
        self._batcher = Batcher()
        self._quotes = quotes
        self._builder = AggTradeBuilder()
        self._aggregated = set(aggregated)
        self._watched: set[str] = set()
        self._ready: list[Event] = []
        self.frames = 0
        self.rejected = 0

    @property
    def pending(self) -> int:
        return self._batcher.pending + len(self._ready)

    def feed(self, raw: RawFrame) -> None:
        """One recorded frame or REST answer."""
        self.frames += 1
        try:
            if raw.rest is not None:
                self._rest(raw.rest, raw.payload)
            else:
                self._frame(raw.payload)
        except DecodeError:
            self.rejected += 1

    def end(self) -> None:
        """No more frames: close the aggregates that are still open."""
        self._aggregates(self._builder.flush())
        self._batcher.release()
        self.rejected += self._builder.contradictory

    def take(self) -> list[Event]:
        """The events so far; a symbol is watched from its first trade on."""
        events = [*self._ready, *self._batcher.take()]
        self._ready = []
        watched: list[Event] = []
        for event in events:
            if isinstance(event, Trades) and event.symbol not in self._watched:
                self._watched.add(event.symbol)
                watched.append(WatchSymbol(event.symbol))
        return [*watched, *events]

    def _frame(self, payload: bytes) -> None:
        frame = decode(payload)
        data = frame.data if type(frame) is StreamData else None
        if type(data) is RawTrade:
            if data.s not in self._aggregated:
                inner = bytes(_unwrap(payload).data) if isinstance(frame, StreamData) and frame.stream else payload
                self._aggregates(self._builder.add(inner))
            return
        if data is not None and hasattr(data, "E"):
            self._aggregates(self._builder.advance(data.E))
        if type(data) is AggTrade:
            self._aggregated.add(data.s)
        if self._quotes or type(data) is not BookTicker:
            self._batcher.feed(frame)

    def _aggregates(self, aggregates: Iterable[Aggregate]) -> None:
        for one in aggregates:
            if one.s not in self._aggregated:
                self._batcher.trade(
                    AggTrade(one.E, one.s, one.a, float(one.p), float(one.q), one.f, one.l, one.T, one.m)
                )

    def _rest(self, request: str, body: bytes) -> None:
        """What came before a REST answer must reach the core before it."""
        parts = urlsplit(request)
        if not parts.path.endswith("/aggTrades"):
            return
        symbol = parse_qs(parts.query).get("symbol", [""])[0]
        rows = rest.decode_agg_trades(body)
        self._ready.extend(self._batcher.take())
        if rows and symbol:
            self._ready.append(to_trades(symbol, rows))
