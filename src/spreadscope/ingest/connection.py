"""One WebSocket connection: connect, subscribe, read, and start again with a jittered pause when it breaks.

Fragmented and compressed messages are not sent by the exchange; a frame that is not a whole text message is an error of
the connection.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import picows
import structlog

from spreadscope.exchange.binance import streams as names
from spreadscope.exchange.binance.streams import Route
from spreadscope.model.clock import Clock
from spreadscope.model.config import ExchangeConfig

log = structlog.get_logger()

FrameSink = Callable[["Connection", memoryview, bool], None]

_FIRST_PAUSE = 0.25
_STABLE_SECONDS = 30.0
_PACE_SECONDS = 0.25  # at most 4 control messages a second; the exchange closes the socket at 10
_SUBSCRIBE_CHUNK = 100


class ConnectionState(StrEnum):
    """What a connection is doing."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class Connection:
    """Keeps ``streams`` of one route subscribed, for as long as ``run`` runs."""

    def __init__(self, name: str, route: Route, config: ExchangeConfig, clock: Clock, sink: FrameSink) -> None:
        self.name = name
        self.route = route
        self.state = ConnectionState.CONNECTING
        self.since_ns = clock.now_ns()
        self.reconnects = 0
        self.detail = ""
        self.last_frame_ns = 0
        self.subscribed_ns: dict[str, int] = {}
        self._config = config
        self._clock = clock
        self._sink = sink
        self._wanted: dict[str, None] = {}
        self._transport: picows.WSTransport | None = None
        self._requests: asyncio.Queue[tuple[str, tuple[str, ...]]] = asyncio.Queue()
        self._request_id = 0
        self._paused = False

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(self._wanted)

    def add(self, streams: Iterable[str]) -> None:
        """Subscribe to more streams, now if connected and at every reconnect."""
        new = [stream for stream in streams if stream not in self._wanted]
        self._wanted.update(dict.fromkeys(new))
        if new:
            self._requests.put_nowait(("SUBSCRIBE", tuple(new)))

    def remove(self, streams: Iterable[str]) -> None:
        """Unsubscribe."""
        gone = [stream for stream in streams if stream in self._wanted]
        for stream in gone:
            del self._wanted[stream]
            self.subscribed_ns.pop(stream, None)
        if gone:
            self._requests.put_nowait(("UNSUBSCRIBE", tuple(gone)))

    def cut(self, why: str) -> None:
        """Drop the socket; it is connected again at once. For streams that stay silent."""
        self.detail = why
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def pause(self) -> None:
        """Stop reading: the socket's own buffers and then the exchange hold what comes."""
        if self._transport is not None and not self._paused:
            self._transport.underlying_transport.pause_reading()
            self._paused = True

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and self._paused:
            self._paused = False
            self._transport.underlying_transport.resume_reading()

    async def run(self) -> None:
        """Until cancelled. A failed attempt or a broken socket is never an error of the program."""
        pause = _FIRST_PAUSE
        try:
            while True:
                began = self._clock.monotonic_ns()
                await self._once()
                if self._clock.monotonic_ns() - began > _STABLE_SECONDS * 1e9:
                    pause = _FIRST_PAUSE
                self._become(ConnectionState.RECONNECTING)
                self.reconnects += 1
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
                pause = min(pause * 2, self._config.reconnect_max_seconds)
        finally:
            self._become(ConnectionState.CLOSED)
            if self._transport is not None:
                self._transport.disconnect(graceful=False)

    async def _once(self) -> None:
        """One life of the socket."""
        url = names.connection_url(self._config.ws_url, self.route)
        try:
            transport, _ = await picows.ws_connect(
                lambda: _Listener(self),
                url,
                enable_auto_ping=True,
                auto_ping_idle_timeout=min(20.0, self._config.dead_after_seconds * 2 / 3),
                auto_ping_reply_timeout=max(1.0, self._config.dead_after_seconds / 3),
                read_buffer_init_size=1 << 18,
            )
        except (picows.WSError, OSError, TimeoutError) as error:
            self.detail = f"cannot connect: {str(error) or type(error).__name__}"
            log.warning("connection failed", connection=self.name, url=url, error=self.detail)
            return
        self._transport, self._paused = transport, False
        self._become(ConnectionState.CONNECTED)
        self.detail = ""
        self.subscribed_ns.clear()
        while not self._requests.empty():
            self._requests.get_nowait()  # the whole list is subscribed anew below
        self.last_frame_ns = self._clock.monotonic_ns()
        sender = asyncio.create_task(self._send_requests(transport), name=f"{self.name}-requests")
        try:
            await transport.wait_disconnected()
        except (picows.WSError, OSError) as error:
            self.detail = str(error)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self._transport = None
        self.detail = self.detail or "connection closed"
        log.warning("connection lost", connection=self.name, detail=self.detail)

    async def _send_requests(self, transport: picows.WSTransport) -> None:
        """The wanted streams first, then changes as they come, paced."""
        wanted = tuple(self._wanted)
        for start in range(0, len(wanted), _SUBSCRIBE_CHUNK):
            await self._request(transport, "SUBSCRIBE", wanted[start : start + _SUBSCRIBE_CHUNK])
        while True:
            method, streams = await self._requests.get()
            await self._request(transport, method, streams)

    async def _request(self, transport: picows.WSTransport, method: str, streams: Sequence[str]) -> None:
        self._request_id += 1
        encode = names.subscribe if method == "SUBSCRIBE" else names.unsubscribe
        transport.send(picows.WSMsgType.TEXT, encode(streams, self._request_id))
        if method == "SUBSCRIBE":
            now = self._clock.monotonic_ns()
            self.subscribed_ns.update(dict.fromkeys(streams, now))
        await asyncio.sleep(_PACE_SECONDS)

    def _become(self, state: ConnectionState) -> None:
        if state is not self.state:
            self.state, self.since_ns = state, self._clock.now_ns()

    def deliver(self, payload: memoryview, *, last: bool) -> None:
        """Called by the listener for every text frame."""
        self.last_frame_ns = self._clock.monotonic_ns()
        self._sink(self, payload, last)


class _Listener(picows.WSListener):
    """picows' callbacks. The payload's memory is only valid inside the call."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == picows.WSMsgType.TEXT:
            self._connection.deliver(frame.get_payload_as_memoryview(), last=frame.last_in_buffer)
        elif frame.msg_type == picows.WSMsgType.CLOSE:
            self._connection.detail = f"closed by the exchange: {frame.get_close_code()} {frame.get_close_reason()}"
            transport.disconnect(graceful=True)
