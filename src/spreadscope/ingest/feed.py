"""The live feed of one venue: connections by route, frames decoded and batched, events handed on.

``sink`` gets lists of events in order, always on the event loop's thread. A malformed frame is quarantined by
``reject`` and the rest goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import msgspec
import numpy as np

from spreadscope.exchange.message_columns import OTHER
from spreadscope.exchange.port import AnsweredRequest, Message, QuoteMessage, RefusedRequest, Venue
from spreadscope.ingest.batcher import Batcher
from spreadscope.ingest.connection import Connection
from spreadscope.model.clock import Clock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.distribution import Distribution
from spreadscope.model.errors import DecodeError
from spreadscope.model.events import Event
from spreadscope.model.instrument import qualified
from spreadscope.tasks import Policy, Running, Tasks, end

EventSink = Callable[[list[Event]], None]
Reject = Callable[[str, str, bytes], None]
FrameTap = Callable[[str, bytes], None]
Failed = Callable[[str, Exception], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLimits:
    """What was read is decoded after ``flush_seconds``, or once there are ``flush_frames``.

    Fewer than ``few_frames`` of one read are decoded one by one, as a kernel has its fixed cost.

    A frame that is dated far ahead waits for ``early_seconds`` for others to agree or to contradict. After a pause
    sockets are read in any order, and quotes that ran ahead of trades still in a socket would close their bars: those
    that are ``quotes_ahead_ms`` ahead are dropped, for ``catch_up_seconds`` at most; if the trades have not come by
    then, they are not in a socket.
    """

    flush_seconds: float = 0.02
    flush_frames: int = 5_000
    few_frames: int = 16
    early_seconds: float = 2.5
    quotes_ahead_ms: int = 1_000
    catch_up_seconds: float = 30.0


class SymbolFeed:
    """When a symbol's trades were last heard of (monotonic ns; 0: never), and by how much they lag."""

    __slots__ = ("delivered", "lag_ms", "last_seen_ns", "trades")

    def __init__(self) -> None:
        self.last_seen_ns = 0
        self.delivered = False
        self.lag_ms: int | None = None
        self.trades = 0


class Feed:
    """All connections to one venue."""

    def __init__(
        self,
        venue: Venue,
        ws_url: str,
        config: ExchangeConfig,
        clock: Clock,
        *,
        sink: EventSink,
        reject: Reject,
        tasks: Tasks,
        tap: FrameTap | None = None,
        exchange_now: Callable[[], int | None] = lambda: None,
        failed: Failed | None = None,
        limits: FeedLimits | None = None,
    ) -> None:
        """``tasks`` is the group of the connections' tasks.

        ``exchange_now`` is the exchange's clock (ms) where it is known; ``failed`` is told of exceptions of our own.
        """
        self._exchange_now = exchange_now
        self._failed = failed
        self._limits = limits or FeedLimits()
        self._venue = venue
        self._ws_url = ws_url
        self._config = config
        self._clock = clock
        self._sink = sink
        self._reject = reject
        self._tap = tap
        self._decoder = venue.decoder()
        self._batcher = Batcher(self._decoder.table)
        self._waiting: list[tuple[Connection, list[bytes]]] = []
        self._waiting_frames = 0
        self._tasks = tasks
        self._connections: dict[Connection, Running[None]] = {}
        self._flush_handle: asyncio.TimerHandle | None = None
        self._early_handle: asyncio.TimerHandle | None = None
        self.symbols: dict[str, SymbolFeed] = {}
        self.messages = 0
        self.ignored = 0  # frames of kinds that are not read
        self.quotes_shed = 0
        self.rejected = 0
        self.delays = Distribution()  # s, from the first read of a batch until all of it was handed on
        self._first_read_ns = 0  # monotonic; 0: nothing waits
        self._paused = False
        self._shedding = False
        self._catching_up_until_ns = 0  # monotonic; 0: nothing was paused
        self.refusals: list[str] = []

    @property
    def connections(self) -> tuple[Connection, ...]:
        return tuple(self._connections)

    @property
    def waiting_frames(self) -> int:
        """Frames that were read and are not decoded yet."""
        return self._waiting_frames

    def add_symbols(self, symbols: Iterable[str]) -> None:
        """Subscribe to the trades (and quotes) of more symbols."""
        fresh = [symbol for symbol in symbols if symbol not in self.symbols]
        self.symbols.update({symbol: SymbolFeed() for symbol in fresh})
        for symbol in fresh:
            self._batcher.table.number(symbol)
        quotes = self._config.quotes and self._venue.capabilities.quotes
        streams = [stream for symbol in fresh for stream in self._venue.streams(symbol, quotes=quotes)]
        announced = self._venue.status_stream
        if fresh and announced is not None and self.connection_with(announced) is None:
            streams.append(announced)
        for route, group in self._venue.shards(streams, self._config.streams_per_connection):
            self._place(route, list(group))

    def remove_symbols(self, symbols: Iterable[str]) -> None:
        """Unsubscribe from symbols."""
        gone = set(symbols)
        for symbol in gone:
            self.symbols.pop(symbol, None)
        for connection in self._connections:
            connection.remove([stream for stream in connection.streams if self._venue.symbol_of(stream) in gone])

    def connection_of(self, symbol: str) -> Connection | None:
        """The connection that carries a symbol's trades."""
        return self.connection_with(self._venue.trade_stream(symbol))

    def connection_with(self, stream: str) -> Connection | None:
        """The connection that carries a stream."""
        return next((connection for connection in self._connections if connection.carries(stream)), None)

    def pause(self) -> None:
        """Stop reading, on connections to come as well."""
        self._paused = True
        for connection in self._connections:
            connection.pause()

    def resume(self) -> None:
        """Read again. Quotes enter once the trades have caught up with them."""
        self._paused = False
        self._catching_up_until_ns = self._clock.monotonic_ns() + int(self._limits.catch_up_seconds * 1e9)
        for connection in self._connections:
            connection.resume()

    def shed(self, *, quotes: bool) -> None:
        """Under load frames of quotes are dropped unread, before anything else has to wait."""
        self._shedding = quotes

    async def close(self) -> None:
        """Close every connection and hand on what was still gathered."""
        await end(*self._connections.values())
        for handle in (self._flush_handle, self._early_handle):
            if handle is not None:
                handle.cancel()
        self._early_handle = None
        self._decode_waiting()
        self._batcher.release()
        self.flush()

    def flush(self) -> None:
        """Hand on everything gathered so far."""
        self._flush_handle = None
        now = self._exchange_now()
        self._batcher.early.exchange_now, self._batcher.undated_now = now, now or 0
        self._decode_waiting()
        self._check_early_frames()
        events = self._batcher.take()
        if events:
            self._sink(events)
        self._update_lags()

    def _check_early_frames(self) -> None:
        """Frames dated far ahead: those that were refused are kept, those that wait do not wait for ever."""
        refused, self._batcher.early.refused = self._batcher.early.refused, []
        for payload, why in refused:
            self.rejected += 1
            self._reject(
                "dated ahead", f"{type(payload).__name__} of {payload.symbol}: {why}", msgspec.json.encode(payload)
            )
        if self._batcher.early.waiting and self._early_handle is None:
            loop = asyncio.get_running_loop()
            self._early_handle = loop.call_later(self._limits.early_seconds, self._release_early)

    def _release_early(self) -> None:
        self._early_handle = None
        self._batcher.release()
        self._flush_now()

    def _update_lags(self) -> None:
        """When each symbol was last heard of, and its lag; how long this batch took."""
        now_ns, now_ms = self._clock.monotonic_ns(), self._clock.now_ns() // 1_000_000
        if self._first_read_ns:
            self.delays.note((now_ns - self._first_read_ns) / 1e9)
            self._first_read_ns = 0
        for symbol, (stamp, count) in self._batcher.take_arrivals().items():
            seen = self.symbols.get(symbol)
            if seen is not None:
                seen.last_seen_ns, seen.delivered, seen.lag_ms = now_ns, True, now_ms - stamp
                seen.trades += count

    def _place(self, route: str, streams: list[str]) -> None:
        """Streams go where there is room; what is left over gets connections of its own."""
        size = self._config.streams_per_connection
        for connection in self._connections:
            if connection.route == route and streams:
                room = size - len(connection.streams)
                connection.add(streams[:room])
                del streams[:room]
        for start in range(0, len(streams), size):
            number = sum(connection.route == route for connection in self._connections)
            name = qualified(self._venue.name, f"{route}-{number}")
            connection = Connection(
                name, route, self._venue, self._ws_url, self._config, self._clock, self._on_frames, self._tasks
            )
            connection.add(streams[start : start + size])
            if self._paused:
                connection.pause()
            self._connections[connection] = self._tasks.start(connection.name, Policy.RESTART, connection.run)

    def _on_frames(self, connection: Connection, payloads: list[bytes]) -> None:
        """What one read of a socket brought. It is decoded with what other reads bring within the same moment."""
        with self._guarded(connection):
            self._take_read(connection, payloads)

    def _take_read(self, connection: Connection, payloads: list[bytes]) -> None:
        self.messages += len(payloads)
        if self._venue.carries_quotes_only(connection.route) and (
            self._shedding or self._ahead_of_trades(payloads[-1])
        ):
            self.quotes_shed += len(payloads)
            return
        if self._tap is not None:
            for payload in payloads:
                self._tap(connection.name, payload)
        if not self._first_read_ns:
            self._first_read_ns = self._clock.monotonic_ns()
        self._waiting.append((connection, payloads))
        self._waiting_frames += len(payloads)
        if self._waiting_frames >= self._limits.flush_frames:
            self._flush_now()
        elif self._flush_handle is None:
            self._flush_handle = asyncio.get_running_loop().call_later(self._limits.flush_seconds, self.flush)

    def _ahead_of_trades(self, payload: bytes) -> bool:
        """Whether trades that are older than this quote may still wait in their sockets."""
        if not self._catching_up_until_ns:
            return False
        ahead = any(
            isinstance(quote, QuoteMessage) and (quote.time or 0) > self._batcher.clock + self._limits.quotes_ahead_ms
            for quote in self._read(payload)
        )
        if ahead and self._clock.monotonic_ns() < self._catching_up_until_ns:
            return True
        self._catching_up_until_ns = 0
        return False

    def _decode_waiting(self) -> None:
        waiting, self._waiting, self._waiting_frames = self._waiting, [], 0
        for connection, payloads in waiting:
            with self._guarded(connection):
                self._decode_read(connection, payloads)

    @contextmanager
    def _guarded(self, connection: Connection) -> Iterator[None]:
        """What of a read was not handed on is missing from the tape then, and is fetched like any other hole."""
        try:
            yield
        except Exception as error:
            if self._failed is None:
                raise
            self._failed(connection.name, error)

    def _decode_read(self, connection: Connection, payloads: list[bytes]) -> None:
        """What one read of a socket brought."""
        if len(payloads) < self._limits.few_frames:
            for payload in payloads:
                self._decode_one(connection, payload)
        else:
            columns = self._decoder.columns(payloads)
            low = 0
            for row in np.flatnonzero(columns.kinds == OTHER).tolist():
                if row > low:
                    self._batcher.add_columns(columns, low, row)
                self._decode_one(connection, payloads[row])
                low = row + 1
            if low < len(payloads):
                self._batcher.add_columns(columns, low, len(payloads))

    def _decode_one(self, connection: Connection, payload: bytes) -> None:
        """Any frame: arrays, answers, refusals, unknown kinds too. What cannot be read goes to quarantine."""
        try:
            messages = self._decoder.messages(payload)
        except DecodeError as error:
            self.rejected += 1
            self._reject(connection.name, str(error), payload)
            return
        if not messages:
            self.ignored += 1
        for message in messages:
            if isinstance(message, RefusedRequest):
                self.refusals.append(f"{connection.name}: {message.message} ({message.code})")
                del self.refusals[:-20]
            elif not isinstance(message, AnsweredRequest):
                self._batcher.add(message)

    def _read(self, payload: bytes) -> Sequence[Message]:
        """What a frame says; nothing where it cannot be read."""
        with suppress(DecodeError):
            return self._decoder.messages(payload)
        return ()

    def _flush_now(self) -> None:
        if self._flush_handle is not None:
            self._flush_handle.cancel()
        self.flush()
