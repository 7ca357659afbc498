"""Silence is a fault, and so is lateness: every symbol's stream is watched.

A REST probe tells a quiet market from a stalled stream; the exchange's own clock tells a late one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from spreadscope.exchange.port import HistoryClient, Venue
from spreadscope.ingest.backfill import fetched_trades
from spreadscope.ingest.connection import Connection
from spreadscope.ingest.exchange_clock import ExchangeClock
from spreadscope.ingest.feed import Feed
from spreadscope.model.clock import Clock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.events import Event, StreamLag, TradingStatus
from spreadscope.model.states import ConnectionState, SymbolState
from spreadscope.tasks import Policy, Tasks, end

log = structlog.get_logger()

_LOOKS_A_LAG = 2  # the core hears of the lags once a second
_PROBES_APART = 3.0  # times the silence that is suspicious; twice and four times that where the market proved quiet
_MOST_DOUBLINGS = 2
_PROBE_SHARE = 0.75  # of the budget: a probe is worth less than the repair of a hole that is known
_LATE_LOOKS = 4  # looks in a row at which trades must be late
_NEVER_NS = -(1 << 62)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchdogLimits:
    """How often the watchdog looks and asks. What a user may set stands in ``ExchangeConfig``."""

    check_seconds: float = 0.5
    busy_seconds: float = 1.0  # a loop that was so late has not read what came meanwhile
    silent_seconds: float = 7.5  # what is due every second and stays away for so long does not come
    ask_again_seconds: float = 1.0  # while nothing comes: whether the exchange is there again
    ask_timeout_seconds: float = 4.0
    cut_seconds: float = 60.0  # a connection is not cut more often for being late or silent: that could be its way
    status_seconds: float = 120.0  # between questions for halts, where the venue does not announce them
    first_clock_seconds: float = 2.0  # the rate of the exchange's clock needs two samples
    clock_seconds: float = 60.0


class Health:
    """The state of one symbol's stream, when it was last probed, and for how many looks (probes) it is late (quiet)."""

    __slots__ = ("detail", "late_looks", "probed_ns", "quiet_probes", "state")

    def __init__(self) -> None:
        self.state = SymbolState.WAITING
        self.detail = ""
        self.probed_ns = 0
        self.late_looks = 0
        self.quiet_probes = 0


class Watchdog:
    """Looks at every symbol twice a second; a stream that is silent too long is probed, and cut if it is stalled."""

    def __init__(
        self,
        venue: Venue,
        feed: Feed,
        client: HistoryClient,
        clock: Clock,
        config: ExchangeConfig,
        *,
        last_id: Callable[[str], int | None],
        halted: Callable[[str], bool],
        sink: Callable[[list[Event]], None],
        tasks: Tasks,
        limits: WatchdogLimits | None = None,
    ) -> None:
        self._limits = limits or WatchdogLimits()
        self._venue = venue
        self._feed = feed
        self._client = client
        self._clock = clock
        self._limit_ns = int(config.first_data_seconds * 1e9)
        self._dead_ns = int(config.dead_after_seconds * 1e9)
        self._lag_limit_ms = config.lag_alarm_seconds * 1e3
        self._last_id = last_id
        self._halted = halted
        self._sink = sink
        self.symbols: dict[str, Health] = {}
        self.exchange_clock = ExchangeClock(client, clock)
        self._cut_ns: dict[Connection, int] = {}
        self._announced_ns = 0  # when the announcements of halts were last subscribed to
        self._statuses_ns: int | None = None  # when to ask for every contract's status again
        self._tasks = tasks
        self._asking = False  # whether the exchange is there again
        self._unanswered = False

    async def run(self) -> None:
        """Until cancelled. What asks the exchange runs beside the looking: a request can wait for its turn for long."""
        clock = self._tasks.start("exchange clock", Policy.RESTART, self._sample_clock)
        looks = 0
        try:
            while True:
                before = self._clock.monotonic_ns()
                await asyncio.sleep(look := self._limits.check_seconds)
                late = (self._clock.monotonic_ns() - before) / 1e9 - look
                looks += 1
                if looks % _LOOKS_A_LAG == 0 and (lags := self._lags()):
                    self._sink(lags)
                if self._statuses_due():
                    self._start_task(self._ask_statuses, "statuses")
                if late > self._limits.busy_seconds:
                    continue  # what is silent seems so only: it waits to be read
                self._check_connections()
                for symbol in tuple(self._feed.symbols):
                    if self._check_symbol(symbol):
                        self.symbols[symbol].probed_ns = self._clock.monotonic_ns()
                        self._start_task(partial(self._probe, symbol), f"probe {symbol}")
        finally:
            await end(clock)

    def lag_ms(self, symbol: str) -> float | None:
        """How far a symbol's newest trade was behind the exchange's clock when it came; None where that is unknown.

        Known only while that clock runs in real time: a recording at full speed has no lag worth the name.
        """
        seen = self._feed.symbols.get(symbol)
        offset = self.exchange_clock.offset_ms
        if seen is None or seen.lag_ms is None or offset is None or not self.exchange_clock.real_time:
            return None
        return seen.lag_ms + offset

    def silent_s(self, connection: Connection) -> float:
        """For how long nothing that was due has come on a connection; 0 while we do not read it ourselves.

        Of one that carries mark prices of a market in real time these are due, every second; of any other a sign of
        life, which it is asked for by a ping after five seconds.
        """
        if connection.paused:
            return 0.0
        due_each_second = connection.each_second and self.exchange_clock.real_time
        heard = connection.last_frame_ns if due_each_second else connection.last_received_ns
        return max(0, self._clock.monotonic_ns() - (heard or connection.made_ns)) / 1e9

    def silent(self) -> list[Connection]:
        """The connections on which nothing comes."""
        return [each for each in self._feed.connections if self.silent_s(each) >= self._limits.silent_seconds]

    def _check_connections(self) -> None:
        """Cut one that answers pings and delivers nothing.

        Those that wait are made to connect once the exchange is there again.
        """
        silent = self.silent()
        for connection in silent:
            now = self._clock.monotonic_ns()
            fresh = now - connection.connected_ns <= self._dead_ns
            # One that does not answer pings either is ended by its socket.
            answers = now - connection.last_received_ns < self._limits.silent_seconds * 1e9
            if connection.state is ConnectionState.CONNECTED and answers and not fresh:
                self._cut(connection, f"nothing but answers to pings came for {self.silent_s(connection):.0f} s")
        if not silent:
            self._unanswered = False
        elif not self._asking:
            self._start_task(self._ask_whether_there, "is it there")

    async def _ask_whether_there(self) -> None:
        """One small question. Where it is answered after it was not, nobody waits any longer to connect."""
        self._asking = True
        try:
            async with asyncio.timeout(self._limits.ask_timeout_seconds):
                await self._client.time()
        except (ExchangeError, DecodeError, TimeoutError):
            self._unanswered = True
        else:
            if self._unanswered:
                self._unanswered = False
                for connection in self._feed.connections:
                    connection.connect_now()
        finally:
            await asyncio.sleep(self._limits.ask_again_seconds)
            self._asking = False

    def _lags(self) -> list[Event]:
        """How late the trades of each symbol come, of those that were heard of lately."""
        now, time = self._clock.monotonic_ns(), self._clock.now_ns() // 1_000_000
        lags: list[Event] = []
        for symbol, seen in self._feed.symbols.items():
            lag = self.lag_ms(symbol) if now - seen.last_seen_ns < self._limit_ns else None
            if lag is not None:
                lags.append(StreamLag(symbol, round(time + (self.exchange_clock.offset_ms or 0.0)), lag))
        return lags

    async def _sample_clock(self) -> None:
        pause = self._limits.first_clock_seconds
        while True:
            try:
                await self.exchange_clock.sample()
            except (ExchangeError, DecodeError) as error:
                log.warning("the exchange's clock is unknown", error=str(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._limits.clock_seconds)

    def _start_task(self, asking: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._tasks.start(name, Policy.ONCE, asking)

    def _statuses_due(self) -> bool:
        """Halts and their ends are announced once: what was said while no socket listened has to be asked for."""
        now = self._clock.monotonic_ns()
        stream = self._venue.status_stream
        if stream is None:
            return self._poll_due(now)
        connection = self._feed.connection_with(stream)
        announced = connection.subscribed_ns.get(stream, 0) if connection is not None else 0
        if announced and announced != self._announced_ns:
            self._announced_ns = self._statuses_ns = announced
        elif self._statuses_ns is None and any(self._halted(symbol) for symbol in self._feed.symbols):
            self._statuses_ns = now + int(_PROBES_APART * self._limit_ns)
        if self._statuses_ns is None or now < self._statuses_ns:
            return False
        self._statuses_ns = None
        return True

    def _poll_due(self, now: int) -> bool:
        """A venue that does not announce halts is asked for them now and then."""
        if not self._feed.symbols or now < (self._statuses_ns or 0):
            return False
        self._statuses_ns = now + int(self._limits.status_seconds * 1e9)
        return True

    async def _ask_statuses(self) -> None:
        try:
            info = await self._client.instruments()
        except (ExchangeError, DecodeError) as error:
            log.warning("halts are unknown", error=str(error))
            self._statuses_ns = self._clock.monotonic_ns() + int(_PROBES_APART * self._limit_ns)
            return
        listed = info.instruments
        trading = {symbol: symbol in listed and listed[symbol].trading for symbol in self._feed.symbols}
        self._sink([TradingStatus(name, now) for name, now in trading.items() if now == self._halted(name)])

    def _check_symbol(self, symbol: str) -> bool:
        """Update the state of a symbol; returns whether it should be probed now."""
        health = self.symbols.setdefault(symbol, Health())
        seen = self._feed.symbols[symbol]
        connection = self._feed.connection_of(symbol)
        subscribed = self._subscribed_ns(symbol)
        now = self._clock.monotonic_ns()
        if connection is not None and self.silent_s(connection) >= self._limits.silent_seconds:
            health.state = SymbolState.SILENT
            health.detail = f"nothing has come on {connection.name} for {self.silent_s(connection):.0f} s"
            health.probed_ns = _NEVER_NS  # once it speaks again, what was traded meanwhile is asked for at once
            return False
        if connection is None or connection.state is not ConnectionState.CONNECTED or subscribed is None:
            health.state, health.detail = SymbolState.WAITING, "not subscribed yet"
            return False
        halted = self._halted(symbol)
        if halted and health.state is not SymbolState.STALLED:
            health.state, health.detail = SymbolState.HALTED, "the exchange has halted trading"
        if now - max(seen.last_seen_ns, subscribed) < self._limit_ns:
            health.quiet_probes = 0
            if halted:
                health.state, health.detail = SymbolState.HALTED, "the exchange has halted trading"
            elif seen.last_seen_ns >= subscribed:
                self._judge_lag(symbol, health, connection)
            elif health.state not in {SymbolState.STALLED, SymbolState.NEVER_DELIVERED}:
                health.state, health.detail = SymbolState.WAITING, "no trade yet"
            return False
        apart = _PROBES_APART * self._limit_ns * 2 ** min(health.quiet_probes, _MOST_DOUBLINGS)
        budget = self._client.budget
        return now - health.probed_ns > apart and budget.used < _PROBE_SHARE * budget.limit

    def _subscribed_ns(self, symbol: str) -> int | None:
        """When a symbol's trades were asked for on the socket in use (monotonic); None where they were not."""
        connection = self._feed.connection_of(symbol)
        return connection.subscribed_ns.get(self._venue.trade_stream(symbol)) if connection else None

    def _judge_lag(self, symbol: str, health: Health, connection: Connection) -> None:
        """Trades come; say whether they come in time. Lag that stays is cured by a fresh connection, if by anything."""
        lag = self.lag_ms(symbol)
        if lag is None or lag < self._lag_limit_ms:
            health.state, health.detail, health.late_looks = SymbolState.OK, "", 0
            return
        health.late_looks += 1
        if health.late_looks < _LATE_LOOKS:
            return
        health.state = SymbolState.LAGGING
        health.detail = f"trades come {lag / 1e3:.1f} s late"
        self._cut(connection, f"{symbol} is {lag / 1e3:.1f} s late")

    def _cut(self, connection: Connection, why: str) -> None:
        """A fresh connection may cure what the old one has; where it does not, another a second later will not."""
        now = self._clock.monotonic_ns()
        if now - self._cut_ns.get(connection, _NEVER_NS) > self._limits.cut_seconds * 1e9:
            self._cut_ns[connection] = now
            log.error("connection cut", connection=connection.name, why=why)
            connection.cut(why)

    async def _probe(self, symbol: str) -> None:
        health = self.symbols[symbol]
        judged = self._subscribed_ns(symbol)
        try:
            newest = await self._client.newest_trade(symbol)
        except (ExchangeError, DecodeError) as error:
            # Whether nothing was traded or the stream fails, nobody knows.
            health.state, health.detail = (
                SymbolState.SILENT,
                f"nothing comes, and the exchange cannot be asked: {error}",
            )
            return
        seen = self._feed.symbols.get(symbol)
        if seen is None:
            return
        last = self._last_id(symbol)
        if newest is None or (last is not None and newest.id <= last):
            health.quiet_probes += 1
            if not self._halted(symbol):
                health.state, health.detail = SymbolState.QUIET, "nothing was traded since"
            return
        self._sink([fetched_trades(symbol, [newest])])
        if self._subscribed_ns(symbol) != judged:
            return  # connected again while the answer was on its way: the new socket is not the one that is silent
        health.state = SymbolState.STALLED if seen.delivered else SymbolState.NEVER_DELIVERED
        health.detail = "the exchange trades it, but the stream is silent: reconnecting"
        log.error("stream silent", symbol=symbol, state=health.state)
        connection = self._feed.connection_of(symbol)
        if connection is not None:
            connection.cut(f"{symbol} is silent although it trades")
