"""One connection to the exchange: a socket, its successor before it is too old, a jittered pause when it breaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable

import structlog

from spreadscope.exchange.port import Venue
from spreadscope.ingest.websocket import Socket
from spreadscope.model.clock import Clock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.states import ConnectionState
from spreadscope.tasks import Policy, Running, Tasks, end, first_ended

log = structlog.get_logger()

FrameSink = Callable[["Connection", list[bytes]], None]

_FIRST_PAUSE = 0.25
_STABLE_SECONDS = 30.0
_LOOKED_THROUGH = 20_000  # frames, for the first that is due every second: a recording need not have any
_OVERLAP_SECONDS = 5.0  # both sockets are read for so long; what comes twice is told by its id
_OVERLAP_TRIES_SECONDS = 60.0  # between attempts to open a successor


class Connection:
    """Keeps ``streams`` of one route subscribed, for as long as ``run`` runs.

    The exchange ends every socket after 24 hours. Before that a fresh one is opened beside it, and the old one is
    dropped once the fresh one delivers: ``renewals`` counts these, ``reconnects`` the breaks. ``last_frame_ns`` says
    when data last came (monotonic; 0: never), ``each_second`` whether they should every second, as mark prices do.
    """

    def __init__(
        self,
        name: str,
        route: str,
        venue: Venue,
        ws_url: str,
        config: ExchangeConfig,
        clock: Clock,
        sink: FrameSink,
        tasks: Tasks,
    ) -> None:
        """``tasks`` is the group of whatever runs beside ``run``."""
        self.name = name
        self.route = route
        self.state = ConnectionState.CONNECTING
        self.since_ns = clock.now_ns()
        self.reconnects = 0
        self.renewals = 0
        self.frames = 0
        self.detail = ""
        self.last_frame_ns = 0
        self.made_ns = clock.monotonic_ns()
        self.connected_ns = 0  # monotonic; 0: never
        self.each_second = False
        self._looked_through = 0
        self._last_received_ns = 0
        self._connect_now = asyncio.Event()
        self._venue = venue
        self._ws_url = ws_url
        self._config = config
        self._clock = clock
        self._sink = sink
        self._tasks = tasks
        self._wanted: dict[str, None] = {}
        self._sockets: list[Socket] = []  # the one in use, and while they overlap its successor
        self._paused = False

    @property
    def paused(self) -> bool:
        """Whether we do not read: nothing that comes, or does not come, can be known."""
        return self._paused

    @property
    def last_received_ns(self) -> int:
        """When the exchange last gave a sign of life here, be it the answer to a ping (monotonic; 0: never)."""
        return max([self._last_received_ns, *(socket.last_received_ns for socket in self._sockets)])

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(self._wanted)

    def carries(self, stream: str) -> bool:
        return stream in self._wanted

    @property
    def subscribed_ns(self) -> dict[str, int]:
        """When each stream was asked for on the socket in use (monotonic ns)."""
        return self._sockets[0].subscribed_ns if self._sockets else {}

    def add(self, streams: Iterable[str]) -> None:
        """Subscribe to more streams, now if connected and at every reconnect."""
        new = [stream for stream in streams if stream not in self._wanted]
        self._wanted.update(dict.fromkeys(new))
        for socket in self._sockets:
            socket.request("SUBSCRIBE", new)

    def remove(self, streams: Iterable[str]) -> None:
        """Unsubscribe."""
        gone = [stream for stream in streams if stream in self._wanted]
        for stream in gone:
            del self._wanted[stream]
        for socket in self._sockets:
            for stream in gone:
                socket.subscribed_ns.pop(stream, None)
            socket.request("UNSUBSCRIBE", gone)

    def cut(self, why: str) -> None:
        """Drop the socket; it is connected again at once. For streams that stay silent."""
        self.detail = why
        for socket in self._sockets:
            socket.drop(why)

    def pause(self) -> None:
        """Stop reading, on sockets to come as well: what is behind the disk would only pile up."""
        self._paused = True
        for socket in self._sockets:
            socket.pause()

    def resume(self) -> None:
        """Read again."""
        self._paused = False
        for socket in self._sockets:
            socket.resume()

    def connect_now(self) -> None:
        """Connect now instead of at the end of the pause: the exchange is there again."""
        self._connect_now.set()

    async def run(self) -> None:
        """Until cancelled. A failed attempt or a broken socket is never an error of the program."""
        structlog.contextvars.bind_contextvars(connection=self.name)
        pause = _FIRST_PAUSE
        self._set_state(ConnectionState.CONNECTING)
        try:
            while True:
                began = self._clock.monotonic_ns()
                await self._live()
                if self._clock.monotonic_ns() - began > _STABLE_SECONDS * 1e9:
                    pause = _FIRST_PAUSE
                self._set_state(ConnectionState.RECONNECTING)
                self.reconnects += 1
                # Full jitter over the upper half: a thousand clients that were cut at once do not come back at once.
                if await self._pause(pause * random.uniform(0.5, 1.0)):  # noqa: S311 - jitter
                    pause = _FIRST_PAUSE
                else:
                    pause = min(pause * 2, self._config.reconnect_max_seconds)
        except Exception as error:
            self.detail = f"ended by an error of ours: {error!r}"
            raise
        finally:
            self._set_state(ConnectionState.CLOSED)
            for socket in self._sockets:
                await socket.close()
            self._sockets.clear()

    async def _pause(self, seconds: float) -> bool:
        """Wait; returns whether somebody was in a connect_now."""
        self._connect_now.clear()
        try:
            async with asyncio.timeout(seconds):
                return await self._connect_now.wait()
        except TimeoutError:
            return False

    async def _live(self) -> None:
        """From connecting to the loss of the socket, over any number of successors."""
        socket = await self._open()
        if socket is None:
            return
        self._set_state(ConnectionState.CONNECTED)
        self.detail = ""
        self.connected_ns = self._clock.monotonic_ns()
        while (successor := await self._wait_for_end(socket)) is not None:
            socket = successor
        self.detail = self.detail or socket.detail
        log.warning("connection lost", connection=self.name, detail=self.detail)

    async def _open(self) -> Socket | None:
        """A new socket that asks for every stream."""
        socket = Socket(self.name, self._venue, self._clock, self._deliver, self._tasks)
        if self._paused:
            socket.pause()
        self._sockets.append(socket)
        if not await socket.open(self._venue.socket_url(self._ws_url, self.route), self._config.dead_after_seconds):
            self._sockets.remove(socket)
            self.detail = socket.detail
            return None
        socket.request("SUBSCRIBE", self.streams)
        return socket

    async def _wait_for_end(self, socket: Socket) -> Socket | None:
        """Wait for the end of a socket; returns its successor where there is one, None where it just ended."""
        ended = self._tasks.start(f"{self.name} end", Policy.OWNED, socket.ended)
        left = self._config.max_age_seconds
        try:
            while True:
                if await ended.wait(left):
                    ended.result()
                    return None
                successor = await self._overlap(ended)
                if successor is not None:
                    return successor
                left = min(_OVERLAP_TRIES_SECONDS, self._config.max_age_seconds / 10)
        finally:
            await end(ended)
            self._last_received_ns = max(self._last_received_ns, socket.last_received_ns)
            if socket in self._sockets:
                self._sockets.remove(socket)
            await socket.close()

    async def _overlap(self, ended: Running[None]) -> Socket | None:
        """Open a successor and read both for a while; returns the successor, once it delivers."""
        successor = await self._open()
        if successor is None:
            self.detail = ""  # the socket in use is as well as before
            return None
        gone = self._tasks.start(f"{self.name} end", Policy.OWNED, successor.ended)
        try:
            seconds = min(_OVERLAP_SECONDS, self._config.max_age_seconds / 10)
            await first_ended([ended, gone], seconds)
            if gone.done or not (ended.done or (successor.all_requested and successor.frames)):
                self._sockets.remove(successor)
                await successor.close()
                return None
        finally:
            await end(gone)
        self.renewals += 1
        log.info("connection renewed", connection=self.name)
        return successor

    def _set_state(self, state: ConnectionState) -> None:
        if state is not self.state:
            self.state, self.since_ns = state, self._clock.now_ns()

    def _deliver(self, payloads: list[bytes]) -> None:
        self.last_frame_ns = self._clock.monotonic_ns()
        self.frames += len(payloads)
        if self._looked_through < _LOOKED_THROUGH and not self._venue.carries_quotes_only(self.route):
            self._looked_through += len(payloads)
            if any(map(self._venue.beats_each_second, payloads)):
                self.each_second, self._looked_through = True, _LOOKED_THROUGH
        self._sink(self, payloads)
