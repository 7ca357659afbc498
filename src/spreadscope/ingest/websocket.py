"""One life of one WebSocket: opened, subscribed at a pace, read until it ends.

Fragmented and compressed messages are not sent by the exchange; a frame that is not a whole text message is an error of
the connection.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import picows
import structlog

from spreadscope.exchange.port import Venue
from spreadscope.ingest.bounded_reads import BUFFER_BYTES, read_in_slices
from spreadscope.model.clock import Clock
from spreadscope.tasks import Policy, Running, Tasks, end

log = structlog.get_logger()

_PACE_SECONDS = 0.25  # at most 4 control messages a second; the exchange closes the socket at 10
_SUBSCRIBE_CHUNK = 100
_MOST_REQUESTS = 256  # that wait: a fresh socket asks for everything in a few
_PING_SECONDS = 5.0  # of silence, before a ping asks whether anybody is there
_LOOKS = 10  # within the time between silence and ping
_TEXT = picows.WSMsgType.TEXT

Deliver = Callable[[list[bytes]], None]


class Socket:
    """A WebSocket that was connected once.

    ``subscribed_ns`` says when each stream was asked for, ``frames`` how many have come, ``last_received_ns`` when the
    other side last gave a sign of life (monotonic; 0: never).
    """

    def __init__(self, name: str, venue: Venue, clock: Clock, deliver: Deliver, tasks: Tasks) -> None:
        self.name = name
        self._venue = venue
        self.detail = ""
        self.frames = 0
        self.last_received_ns = 0
        self.subscribed_ns: dict[str, int] = {}
        self._clock = clock
        self._deliver = deliver
        self._tasks = tasks
        self._transport: picows.WSTransport | None = None
        self._requests: asyncio.Queue[tuple[str, tuple[str, ...]]] = asyncio.Queue(_MOST_REQUESTS)
        self._request_id = 0
        self._running: tuple[Running[None], ...] = ()
        self._paused = False

    async def open(self, url: str, dead_after_seconds: float) -> bool:
        """Connect; returns whether that was possible.

        A peer that is silent is pinged, and given up when it stays so.
        """
        try:
            # Where a network drops everything without a word, the system would wait for two minutes.
            async with asyncio.timeout(dead_after_seconds):
                transport, _ = await picows.ws_connect(
                    lambda: _Listener(self),
                    url,
                    read_buffer_init_size=BUFFER_BYTES,
                    # Its transports on uvloop miss one reset in thirty (measured), and are silent from then on.
                    use_aiofastnet=False,
                )
        except (picows.WSError, OSError, TimeoutError) as error:
            self.detail = f"cannot connect: {str(error) or 'no answer in time'}"
            log.warning("connection failed", connection=self.name, url=url, error=self.detail)
            return False
        read_in_slices(transport.underlying_transport)
        self._transport = transport
        self.last_received_ns = self._clock.monotonic_ns()
        if self._paused:
            transport.underlying_transport.pause_reading()
        self._running = (
            self._start("requests", lambda: self._send_requests(transport)),
            self._start("pings", lambda: self._watch(transport, dead_after_seconds)),
        )
        return True

    async def ended(self) -> None:
        """Wait until the socket is gone, however that comes about."""
        if self._transport is None:
            return
        try:
            await self._transport.wait_disconnected()
        except (picows.WSError, OSError) as error:
            self.detail = self.detail or str(error)
        self.detail = self.detail or "connection lost"

    def request(self, method: str, streams: Sequence[str]) -> None:
        """Queue a SUBSCRIBE or UNSUBSCRIBE; the exchange closes sockets that ask too fast, so they go out paced."""
        for start in range(0, len(streams), _SUBSCRIBE_CHUNK):
            if self._requests.full():
                self.drop(f"{_MOST_REQUESTS} requests wait: a fresh socket asks for what is wanted now")
                return
            self._requests.put_nowait((method, tuple(streams[start : start + _SUBSCRIBE_CHUNK])))

    @property
    def all_requested(self) -> bool:
        """Whether every request has gone out."""
        return self._requests.empty()

    def pause(self) -> None:
        """Stop reading: the socket's own buffers and then the exchange hold what comes."""
        if not self._paused:
            self._paused = True
            if self._transport is not None:
                self._transport.underlying_transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._paused:
            self._paused = False
            self.last_received_ns = self._clock.monotonic_ns()  # until now we did not listen
            if self._transport is not None:
                self._transport.underlying_transport.resume_reading()

    def drop(self, why: str, *, graceful: bool = False) -> None:
        """End the socket."""
        self.detail = why
        if self._transport is not None:
            self._transport.disconnect(graceful=graceful)

    async def close(self) -> None:
        """End the socket and what belongs to it."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)
        await end(*self._running)

    def _start(self, what: str, work: Callable[[], Coroutine[Any, Any, None]]) -> Running[None]:
        """A task of this socket.

        Without it the socket would only look well, so it ends with it, and another is opened.
        """

        async def run() -> None:
            try:
                await work()
            except Exception as error:
                self.drop(f"ended by an error of ours: {error!r}")
                raise

        return self._tasks.start(f"{self.name} {what}", Policy.ONCE, run)

    async def _send_requests(self, transport: picows.WSTransport) -> None:
        while True:
            method, streams = await self._requests.get()
            self._request_id += 1
            encode = self._venue.subscribe if method == "SUBSCRIBE" else self._venue.unsubscribe
            transport.send(picows.WSMsgType.TEXT, encode(streams, self._request_id))
            if method == "SUBSCRIBE":
                self.subscribed_ns.update(dict.fromkeys(streams, self._clock.monotonic_ns()))
            await asyncio.sleep(_PACE_SECONDS)

    async def _watch(self, transport: picows.WSTransport, dead_after_seconds: float) -> None:
        """Ping a peer that is silent, and end the socket when it does not answer.

        Only silence that is not our own counts.
        """
        idle = min(_PING_SECONDS, dead_after_seconds / 2)
        pinged_ns = 0
        while True:
            await asyncio.sleep(idle / _LOOKS)
            now = self._clock.monotonic_ns()
            if self._paused or _waits_to_be_read(transport):
                self.last_received_ns, pinged_ns = now, 0  # it speaks, or may: it is we who do not read
            elif now - self.last_received_ns < idle * 1e9:
                pinged_ns = 0
            elif not pinged_ns:
                pinged_ns = now
                transport.send_ping()
            elif now - pinged_ns >= (dead_after_seconds - idle) * 1e9:
                silent = (now - self.last_received_ns) / 1e9
                self.drop(f"half-open: nothing came for {silent:.0f} s, not even an answer to a ping")
                return

    def receive(self, payloads: list[bytes]) -> None:
        """The text frames of one read."""
        self.frames += len(payloads)
        self.last_received_ns = self._clock.monotonic_ns()
        self._deliver(payloads)

    def control(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """A ping, a pong, or the end."""
        if frame.msg_type == picows.WSMsgType.CLOSE:
            closed = f"closed by the exchange: {frame.get_close_code()} {frame.get_close_reason() or ''}".rstrip()
            self.detail = self.detail or closed
            transport.disconnect(graceful=True)
        else:
            self.last_received_ns = self._clock.monotonic_ns()


def _waits_to_be_read(transport: picows.WSTransport) -> bool:
    """Whether bytes of the peer lie in the kernel, as they do where this process was busy with other things."""
    handle = transport.underlying_transport.get_extra_info("socket")
    if handle is None or handle.fileno() < 0:
        return False
    poll = select.poll()
    poll.register(handle.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class _Listener(picows.WSListener):
    """picows' callbacks.

    What a read brought is handed on at once: a call for each frame would cost more than decoding it.
    """

    def __init__(self, socket: Socket) -> None:
        super().__init__()
        self._socket = socket
        self._texts: list[bytes] = []

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == _TEXT:
            self._texts.append(frame.get_payload_as_bytes())
        else:
            self._pass_on()
            self._socket.control(transport, frame)
        if frame.last_in_buffer:
            self._pass_on()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        del transport
        self._pass_on()  # what stood before bytes that were no frame

    def _pass_on(self) -> None:
        if self._texts:
            texts, self._texts = self._texts, []
            self._socket.receive(texts)
