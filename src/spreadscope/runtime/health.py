"""Silence is a fault: every symbol's stream is watched, and a REST probe tells a quiet market from a stalled stream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum

import structlog

from spreadscope.exchange.binance import streams as names
from spreadscope.exchange.client import RestClient
from spreadscope.ingest.backfill import to_trades
from spreadscope.ingest.connection import ConnectionState
from spreadscope.ingest.feed import Feed
from spreadscope.model.clock import Clock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.events import Event

log = structlog.get_logger()

_LOOK_SECONDS = 0.5
_PROBE_SECONDS = 30.0


class SymbolState(StrEnum):
    """What is known of one symbol's stream."""

    WAITING = "waiting"
    OK = "ok"
    QUIET = "quiet"
    STALLED = "stalled"
    NEVER_DELIVERED = "never delivered"
    HALTED = "halted"


class Health:
    """The state of one symbol's stream and when it was last probed."""

    __slots__ = ("detail", "probed_ns", "state")

    def __init__(self) -> None:
        self.state = SymbolState.WAITING
        self.detail = ""
        self.probed_ns = 0


class Watchdog:
    """Looks at every symbol twice a second; a stream that is silent for too long is probed, and cut if it is stalled."""

    def __init__(
        self,
        feed: Feed,
        client: RestClient,
        clock: Clock,
        config: ExchangeConfig,
        *,
        last_id: Callable[[str], int | None],
        halted: Callable[[str], bool],
        sink: Callable[[list[Event]], None],
    ) -> None:
        self._feed = feed
        self._client = client
        self._clock = clock
        self._limit_ns = int(config.first_data_seconds * 1e9)
        self._last_id = last_id
        self._halted = halted
        self._sink = sink
        self.symbols: dict[str, Health] = {}
        self.loop_lag_ms = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            before = self._clock.monotonic_ns()
            await asyncio.sleep(_LOOK_SECONDS)
            self.loop_lag_ms = max(0.0, (self._clock.monotonic_ns() - before) / 1e6 - _LOOK_SECONDS * 1e3)
            for symbol in tuple(self._feed.symbols):
                if self._look(symbol):
                    await self._probe(symbol)

    def _look(self, symbol: str) -> bool:
        """Update the state of a symbol; → whether it should be probed now."""
        health = self.symbols.setdefault(symbol, Health())
        seen = self._feed.symbols[symbol]
        connection = self._feed.connection_of(symbol)
        subscribed = connection.subscribed_ns.get(names.agg_trade(symbol)) if connection else None
        now = self._clock.monotonic_ns()
        if self._halted(symbol):
            health.state, health.detail = SymbolState.HALTED, "the exchange has halted trading"
            return False
        if connection is None or connection.state is not ConnectionState.CONNECTED or subscribed is None:
            health.state, health.detail = SymbolState.WAITING, "not subscribed yet"
            return False
        if now - max(seen.last_seen_ns, subscribed) < self._limit_ns:
            if seen.last_seen_ns >= subscribed:
                health.state, health.detail = SymbolState.OK, ""
            elif health.state not in {SymbolState.STALLED, SymbolState.NEVER_DELIVERED}:
                health.state, health.detail = SymbolState.WAITING, "no trade yet"
            return False
        return now - health.probed_ns > _PROBE_SECONDS * 1e9

    async def _probe(self, symbol: str) -> None:
        health = self.symbols[symbol]
        health.probed_ns = self._clock.monotonic_ns()
        try:
            newest = await self._client.newest_trade(symbol)
        except (ExchangeError, DecodeError) as error:
            health.detail = f"silent, and the exchange cannot be asked: {error}"
            return
        seen = self._feed.symbols.get(symbol)
        if seen is None:
            return
        last = self._last_id(symbol)
        if newest is None or (last is not None and newest.a <= last):
            health.state = SymbolState.QUIET
            health.detail = "nothing was traded since"
            return
        self._sink([to_trades(symbol, [newest])])
        health.state = SymbolState.STALLED if seen.delivered else SymbolState.NEVER_DELIVERED
        health.detail = "the exchange trades it, but the stream is silent: reconnecting"
        log.error("stream silent", symbol=symbol, state=health.state)
        connection = self._feed.connection_of(symbol)
        if connection is not None:
            connection.cut(f"{symbol} is silent although it trades")
