"""The local exchange: WebSocket and REST on two loopback ports, fed by recordings or by the synthetic market.

Futures are at ``/market`` and ``/public``, and ``/fapi``; Spot, where the feed has symbols of it, at ``/stream`` and
``/ws``, and ``/api``.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Self

import picows

from spreadscope.exchange.binance_spot.spot_names import is_spot
from spreadscope.exchange.local.asgi import EmbeddedServer, application
from spreadscope.exchange.local.client_connection import LARGEST_MESSAGE, ClientConnection
from spreadscope.exchange.local.derived import DerivedStreams
from spreadscope.exchange.local.exchange_waits import ExchangeWaits
from spreadscope.exchange.local.fault_payloads import contract_info
from spreadscope.exchange.local.faults import Faults, Hooks, NoFaults
from spreadscope.exchange.local.frame_feed import Frame, FrameFeed
from spreadscope.exchange.local.futures_rest import FuturesRestApi
from spreadscope.exchange.local.missing import Missing
from spreadscope.exchange.local.player import Player, Speed, Start
from spreadscope.exchange.local.protocol_session import SPOT_LIMITS, Close, ProtocolSession, SessionLimits
from spreadscope.exchange.local.quota import SPOT_QUOTA, Quota, QuotaLimits
from spreadscope.exchange.local.rest_api import RestApi
from spreadscope.exchange.local.spot_rest import SpotRestApi
from spreadscope.exchange.local.stream_hub import StreamHub
from spreadscope.exchange.local.stream_names import parse_target
from spreadscope.exchange.local.trade_log import TradeColumns
from spreadscope.model.errors import ConfigError, SymbolError


class LocalExchange:
    """Speaks the exchange's protocol on loopback::

        async with LocalExchange(RecordingFeed(["btc.gz"]), speed="max") as exchange:
            ...  # connect to exchange.ws_url + "/market/stream?streams=…" and exchange.rest_url + "/fapi/v1/…"
            ...  # for Spot to exchange.ws_url + "/stream?streams=…" and exchange.rest_url + "/api/v3/…"
            await exchange.finished()

    ``speed`` is a factor on the feed's own pace, or ``"max"`` for as fast as the subscribers read. Playback starts when
    the aggTrade streams of all symbols are subscribed, or at once with ``start="now"`` (the default for a feed that
    runs on its own clock at a finite speed). At its end the server stays up, silent but for its pings. What it is asked
    for and does not have is counted in ``missing``, and ``tell`` gets one sentence for the first of each kind.

    Raises (from ``start``):
        ConfigError: a port is taken, or the speed is not a positive number.
    """

    def __init__(
        self,
        feed: FrameFeed,
        *,
        host: str = "127.0.0.1",
        ws_port: int = 0,
        rest_port: int = 0,
        speed: Speed = 1.0,
        start: Start | None = None,
        session_limits: SessionLimits | None = None,
        quota_limits: QuotaLimits | None = None,
        spot_session_limits: SessionLimits | None = None,
        spot_quota_limits: QuotaLimits | None = None,
        faults: Faults | None = None,
        tell: Callable[[str], None] | None = None,
        waits: ExchangeWaits | None = None,
    ) -> None:
        if speed != "max" and not 0 < speed < float("inf"):
            raise ConfigError(f"The speed {speed} cannot be played; give a positive number, or 'max'.")
        self.feed = feed
        self.hooks = Hooks()
        self._waits = waits or ExchangeWaits()
        self.faults: Faults = NoFaults() if faults is None else faults
        self.ws_url = ""
        self.rest_url = ""
        self._host = host
        self._ports = (ws_port, rest_port)
        derived = DerivedStreams(feed, lambda: self._player.now_ms)
        self._hub = StreamHub(self.faults, self.hooks, derived)
        if start is None:
            start = "now" if feed.due_is_market_time and speed != "max" else "subscribed"
        self._player = Player(feed, self._hub, derived, speed=speed, start=start, tell=tell, waits=self._waits)
        self._missing = Missing(feed.tapes, feed.description, derived.delivers, tell)
        self._session_limits = session_limits or SessionLimits()
        self._spot_session_limits = spot_session_limits or SPOT_LIMITS
        # Venues share nothing: who is banned on one can still ask the other.
        self._quota = Quota(quota_limits or QuotaLimits())
        self._spot_quota = Quota(spot_quota_limits or SPOT_QUOTA)
        self._has_spot = any(is_spot(symbol) for symbol in feed.listings)
        self._statuses: dict[str, str] = {}
        self._connections: dict[int, ClientConnection] = {}
        self._empty = asyncio.Event()
        self._failure_told = False
        self._opened = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._apis: tuple[RestApi, ...] = ()
        self._ws_server: asyncio.Server | None = None
        self._rest_server: EmbeddedServer | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the feed; those of Spot with their venue, ``binance-spot:BTCUSDT``."""
        return tuple(self.feed.listings)

    @property
    def now_ms(self) -> int:
        """The exchange's time."""
        return self._player.now_ms

    @property
    def frames_played(self) -> int:
        """Frames played so far, subscribed or not."""
        return self._player.frames

    @property
    def missing(self) -> Counter[str]:
        """How often it was asked for what it does not have, by kind."""
        return self._missing.counts

    @property
    def requests(self) -> int:
        """REST requests so far, refused ones included."""
        return sum(api.requests for api in self._apis)

    def truth(self, symbol: str) -> TradeColumns:
        """Every aggregate trade of a symbol that was played or is reachable by REST, whatever went wrong on its way."""
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
            self._accept, sock=ws_socket, enable_auto_pong=False, max_frame_size=LARGEST_MESSAGE
        )
        self._apis = tuple(self._make_api(venue) for venue in self._rest_venues())
        self._rest_server = EmbeddedServer(application(self._apis))
        self._tasks = [
            asyncio.create_task(self._rest_server.serve(sockets=[rest_socket]), name="local exchange: REST"),
            asyncio.create_task(self._player.run(), name="local exchange: player"),
            asyncio.create_task(self._tick(), name="local exchange: clock"),
        ]
        await self._rest_server.listening.wait()

    def _rest_venues(self) -> Iterator[tuple[type[RestApi], Quota]]:
        yield FuturesRestApi, self._quota
        if self._has_spot:
            yield SpotRestApi, self._spot_quota

    def _make_api(self, venue: tuple[type[RestApi], Quota]) -> RestApi:
        api, quota = venue
        return api(
            self.feed,
            quota,
            self.faults,
            now_ms=lambda: self._player.now_ms,
            wall=time.time,
            status=self._statuses,
            missing=self._missing,
        )

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

    async def _within_closing_time(self, waiting: Coroutine[None, None, None]) -> None:
        """Give clients a moment to say goodbye, and no more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._waits.closing_s):
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

    def rest(self, seconds: float) -> None:
        """The whole market rests, as in maintenance: nothing is played, and then the ids go on."""
        self._player.rest(seconds)

    def announce(self, symbol: str, status: str) -> None:
        """Change a contract's status: ``exchangeInfo`` shows it, ``!contractInfo`` says so (Spot announces nothing)."""
        self.truth(symbol)  # a symbol there is
        self._statuses[symbol] = status
        if is_spot(symbol):
            return
        now = self._player.now_ms
        self._hub.publish((Frame(now * 1_000_000, now, "!contractInfo", contract_info(symbol, status, now)),))

    def _accept(self, request: picows.WSUpgradeRequest) -> picows.WSListener | None:
        path = request.path.decode("utf-8", "replace")
        target = parse_target(path, spot=self._has_spot)
        if target is None:
            self._missing.route("WebSocket", path.partition("?")[0])
            return None  # picows answers 404
        self._opened += 1
        limits = self._spot_session_limits if target.route == "spot" else self._session_limits
        session = ProtocolSession(target, limits, time.monotonic())
        connection = ClientConnection(
            self._opened, session, self._hub, self._missing, self._here, self._gone, closing_s=self._waits.closing_s
        )
        return connection.listener

    def _here(self, connection: ClientConnection) -> None:
        self._connections[connection.number] = connection
        self._judge(connection, 0.0)

    def _judge(self, connection: ClientConnection, age_s: float) -> None:
        connection.verdict = self.faults.connection(connection.number, age_s)
        if connection.verdict == "reset":
            connection.cut()
        elif connection.verdict == "expired":
            connection.close(Close(1001, "24 hours limit reached"))

    def _gone(self, connection: ClientConnection) -> None:
        self._connections.pop(connection.number, None)
        self._empty.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._waits.look_s)
            now, wall_ms = time.monotonic(), time.time_ns() // 1_000_000
            # Halts are announced on futures alone: on Spot nothing would tell of one.
            for news in self.faults.market([symbol for symbol in self.symbols if not is_spot(symbol)]):
                self.announce(news.symbol, news.status)
            if (seconds := self.faults.rest_s()) > 0:
                self.rest(seconds)
            for connection in list(self._connections.values()):
                if not connection.closing:  # a fault would count without happening to anyone
                    self._judge(connection, now - connection.opened)
                if now >= connection.session.next_deadline():
                    connection.act(connection.session.tick(now, wall_ms))


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
