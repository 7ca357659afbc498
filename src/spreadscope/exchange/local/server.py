"""The local exchange: WebSocket and REST on two loopback ports, fed by a recording or by the synthetic market."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Final, Self

import picows

from spreadscope.exchange.local.asgi import EmbeddedServer, application
from spreadscope.exchange.local.faults import Faults, Hooks, NoFaults, Verdict
from spreadscope.exchange.local.feed import Feed
from spreadscope.exchange.local.hub import Hub, Outlet
from spreadscope.exchange.local.player import Player, Speed, Start
from spreadscope.exchange.local.quota import Quota, QuotaLimits
from spreadscope.exchange.local.rest import RestApi
from spreadscope.exchange.local.session import Close, Output, Session, SessionLimits
from spreadscope.exchange.local.streams import parse_target
from spreadscope.exchange.local.tape import TradeColumns
from spreadscope.model.errors import ConfigError, SymbolError

_HIGH_WATER: Final = 1 << 18  # bytes in a connection's buffer at which the feed waits
_LOW_WATER: Final = 1 << 16
_LARGEST_MESSAGE: Final = 1 << 20
_TICK_S: Final = 0.25
_CLOSING_S: Final = 0.5
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # SO_LINGER: drop what is unsent, answer with RST
_TEXT: Final = picows.WSMsgType.TEXT


class LocalExchange:
    """Speaks the exchange's protocol on loopback::

        async with LocalExchange(RecordingFeed(["btc.gz"]), speed="max") as exchange:
            ...  # connect to exchange.ws_url + "/market/stream?streams=…" and exchange.rest_url + "/fapi/v1/…"
            await exchange.finished()

    ``speed`` is a factor on the feed's own pace, or ``"max"`` for as fast as the subscribers read. Playback starts when
    the aggTrade streams of all symbols are subscribed, or at once with ``start="now"`` (the default for a feed that
    runs on its own clock at a finite speed). At its end the server stays up, silent but for its pings.

    Raises (from ``start``):
        ConfigError: a port is taken, or the speed is not a positive number.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        host: str = "127.0.0.1",
        ws_port: int = 0,
        rest_port: int = 0,
        speed: Speed = 1.0,
        start: Start | None = None,
        session_limits: SessionLimits | None = None,
        quota_limits: QuotaLimits | None = None,
        faults: Faults | None = None,
    ) -> None:
        if speed != "max" and not 0 < speed < float("inf"):
            raise ConfigError(f"The speed {speed} cannot be played; give a positive number, or 'max'.")
        self.feed = feed
        self.hooks = Hooks()
        self.faults: Faults = NoFaults() if faults is None else faults
        self.ws_url = ""
        self.rest_url = ""
        self._host = host
        self._ports = (ws_port, rest_port)
        self._hub = Hub(self.faults, self.hooks)
        if start is None:
            start = "now" if feed.due_is_market_time and speed != "max" else "subscribed"
        self._player = Player(feed, self._hub, speed=speed, start=start)
        self._session_limits = session_limits or SessionLimits()
        self._quota = Quota(quota_limits or QuotaLimits())
        self._connections: dict[int, _Connection] = {}
        self._empty = asyncio.Event()
        self._failure_told = False
        self._opened = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._ws_server: asyncio.Server | None = None
        self._rest_server: EmbeddedServer | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the feed."""
        return tuple(self.feed.listings)

    @property
    def now_ms(self) -> int:
        """The exchange's time."""
        return self._player.now_ms

    @property
    def frames_played(self) -> int:
        """Frames played so far, subscribed or not."""
        return self._player.frames

    def truth(self, symbol: str) -> TradeColumns:
        """Every aggregate trade of a symbol that has been played or is reachable by REST, whatever went wrong on its way."""
        tape = self.feed.tapes.get(symbol)
        if tape is None:
            raise SymbolError(f"The local exchange has no symbol {symbol}; it has {', '.join(self.symbols)}.")
        return tape.columns()

    async def start(self) -> None:
        """Listen and begin."""
        ws_socket = _bind(self._host, self._ports[0])
        try:
            rest_socket = _bind(self._host, self._ports[1])
        except ConfigError:
            ws_socket.close()
            raise
        self.ws_url = f"ws://{_address(ws_socket)}"
        self.rest_url = f"http://{_address(rest_socket)}"
        self._ws_server = await picows.ws_create_server(
            self._accept, sock=ws_socket, enable_auto_pong=False, max_frame_size=_LARGEST_MESSAGE
        )
        api = RestApi(self.feed, self._quota, self.faults, now_ms=lambda: self._player.now_ms, wall=time.time)
        self._rest_server = EmbeddedServer(application(api))
        self._tasks = [
            asyncio.create_task(self._rest_server.serve(sockets=[rest_socket]), name="local exchange: REST"),
            asyncio.create_task(self._player.run(), name="local exchange: player"),
            asyncio.create_task(self._tick(), name="local exchange: clock"),
        ]
        await self._rest_server.listening.wait()

    async def stop(self) -> None:
        """Close every connection and port, within a second."""
        if not self._tasks:
            return
        rest, player, clock = self._tasks
        self._tasks = []
        player.cancel()
        clock.cancel()
        for connection in list(self._connections.values()):
            connection.close(Close(1001, "Going away"))
        if self._ws_server is not None:
            self._ws_server.close()
        if self._rest_server is not None:
            self._rest_server.should_exit = True
        await self._within_closing_time(self._all_gone())
        self.cut_connections()
        results = await asyncio.gather(player, clock, rest, return_exceptions=True)
        if self._ws_server is not None:
            await self._within_closing_time(self._ws_server.wait_closed())
        failures = [result for result in results if isinstance(result, Exception)]
        if failures and not self._failure_told:
            raise failures[0]

    async def _all_gone(self) -> None:
        while self._connections:
            self._empty.clear()
            await self._empty.wait()

    @staticmethod
    async def _within_closing_time(waiting: Coroutine[None, None, None]) -> None:
        """Give clients a moment to say goodbye, and no more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_S):
                await waiting

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def finished(self) -> None:
        """Wait until the feed has been played and what subscribers did not read yet fits their buffers.

        Raises whatever ended the playback before its end.
        """
        player = self._tasks[1]
        await asyncio.wait((player,))
        self._failure_told = True
        player.result()

    def cut_connections(self) -> None:
        """Reset every WebSocket. The feed plays on: what the clients miss is to be had by REST."""
        for connection in list(self._connections.values()):
            connection.cut()

    def stall(self, stream: str) -> None:
        """Deliver nothing more of a stream, though it stays subscribed."""
        self.hooks.stall(stream)

    def resume(self, stream: str) -> None:
        """End a stall."""
        self.hooks.resume(stream)

    def drop_next(self, stream: str, count: int = 1) -> None:
        """Lose the next frames of a stream."""
        self.hooks.drop_next(stream, count)

    def _accept(self, request: picows.WSUpgradeRequest) -> picows.WSListener | None:
        target = parse_target(request.path.decode("utf-8", "replace"))
        if target is None:
            return None  # picows answers 404
        self._opened += 1
        session = Session(target, self._session_limits, time.monotonic())
        return _Connection(self._opened, session, self._hub, self._here, self._gone).listener

    def _here(self, connection: _Connection) -> None:
        self._connections[connection.number] = connection

    def _gone(self, connection: _Connection) -> None:
        self._connections.pop(connection.number, None)
        self._empty.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            now, wall_ms = time.monotonic(), time.time_ns() // 1_000_000
            for connection in list(self._connections.values()):
                verdict = self.faults.connection(connection.number, now - connection.opened)
                connection.verdict = verdict
                if verdict == "reset":
                    connection.cut()
                elif now >= connection.session.next_deadline():
                    connection.act(connection.session.tick(now, wall_ms))


class _Connection(Outlet):
    """One WebSocket: carries between picows and the session."""

    def __init__(
        self,
        number: int,
        session: Session,
        hub: Hub,
        on_open: Callable[[_Connection], None],
        on_gone: Callable[[_Connection], None],
    ) -> None:
        super().__init__(number, wrapped=session.target.wrapped)
        self.session = session
        self.opened = time.monotonic()
        self.verdict: Verdict = "open"
        self.listener = _Listener(self)
        self._hub = hub
        self._on_open = on_open
        self._on_gone = on_gone
        self._transport: picows.WSTransport | None = None
        self._message = bytearray()
        self._farewell: asyncio.TimerHandle | None = None

    def connected(self, transport: picows.WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport
        transport.underlying_transport.set_write_buffer_limits(high=_HIGH_WATER, low=_LOW_WATER)
        self._on_open(self)
        self.act(self.session.open())

    def received(self, frame: picows.WSFrame) -> None:
        """Any frame from the client."""
        now = time.monotonic()
        kind = frame.msg_type
        payload = frame.get_payload_as_bytes()
        if kind == picows.WSMsgType.CLOSE:
            self._closed_by_peer(payload)
        elif self._farewell is not None or self.verdict == "mute":
            return  # nothing counts after our close frame; a mute connection is a half-open one
        elif kind == picows.WSMsgType.PING:
            self.act(self.session.ping(payload, now))
        elif kind == picows.WSMsgType.PONG:
            self.act(self.session.pong(payload))
        else:
            self._message += payload
            if len(self._message) > _LARGEST_MESSAGE:
                self.close(Close(1009, "Message too big"))
            elif frame.fin:
                message = bytes(self._message)
                self._message.clear()
                self.act(self.session.text(message, now))

    def act(self, output: Output) -> None:
        """Do what the session says."""
        transport = self._transport
        if transport is None or transport.is_disconnected or self.verdict == "mute":
            return
        for kind, payload in output.send:
            if kind == "ping":
                transport.send_ping(payload)
            elif kind == "pong":
                transport.send_pong(payload)
            else:
                transport.send(_TEXT, payload)
        if output.unsubscribed:
            self._hub.unsubscribe(self, output.unsubscribed)
        if output.subscribed:
            self._hub.subscribe(self, output.subscribed)
        if output.close is not None:
            self.close(output.close)

    def flush(self) -> None:
        """Write what the hub has gathered, in one call."""
        data = b"".join(self.parts)
        self.parts.clear()
        if self._transport is not None and self._farewell is None and self.verdict == "open":
            self._transport.underlying_transport.write(data)

    def close(self, close: Close) -> None:
        """Send a close frame, and end the connection when the client has answered or had its time.

        Ending it at once would reset it when unread input is left, and the client would never see the code.
        """
        self._hub.remove(self)
        transport = self._transport
        if transport is None or transport.is_disconnected or self._farewell is not None:
            return
        transport.send_close(picows.WSCloseCode(close.code), close.reason)
        self._farewell = asyncio.get_running_loop().call_later(_CLOSING_S, transport.disconnect)

    def _closed_by_peer(self, payload: bytes) -> None:
        self._hub.remove(self)
        transport = self._transport
        if transport is None:
            return
        if self._farewell is None:
            transport.send(picows.WSMsgType.CLOSE, payload[:2])
        transport.disconnect()

    def cut(self) -> None:
        """End the connection with a TCP reset."""
        self._hub.remove(self)
        if self._transport is None or self._transport.is_disconnected:
            return
        transport = self._transport.underlying_transport
        with contextlib.suppress(OSError):  # the peer may have been faster
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()

    def disconnected(self) -> None:
        """The socket is gone."""
        self._hub.remove(self)
        if self._farewell is not None:
            self._farewell.cancel()
        self._transport = None
        self._on_gone(self)

    def pause(self) -> None:
        """The buffer is full."""
        self._hub.is_full(self)

    def resume(self) -> None:
        """The buffer has room."""
        self._hub.has_room(self)


class _Listener(picows.WSListener):
    """Hands picows' callbacks to the connection."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._connection.connected(transport)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        del transport
        self._connection.received(frame)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        del transport
        self._connection.disconnected()

    def pause_writing(self) -> None:
        self._connection.pause()

    def resume_writing(self) -> None:
        self._connection.resume()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(f"Port {port} on {host} is in use; choose another, or 0 for a free one.") from error
        raise ConfigError(f"The address {host}:{port} cannot be used ({error.strerror}); choose another.") from error
    listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
