"""One fault at a time: a market with it, a live engine over real sockets, and notes of every state that was shown."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spreadscope.app.engine_limits import EngineLimits
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local import (
    FaultSeverity,
    LocalExchange,
    QuotaLimits,
    RecordingFeed,
    SeededFaults,
    SessionLimits,
)
from spreadscope.exchange.local.exchange_waits import ExchangeWaits
from spreadscope.model.events import FlushChanges, MarketTime
from spreadscope.model.facts import Gap
from tests.e2e.line import config, until, whole, write_recording
from tests.faults.oracle import compare_whole
from tests.faults.run import PATIENCE, SEVERITY, describe, started


@dataclass
class Bench:
    """The two sides, and what the engine has shown so far."""

    exchange: LocalExchange
    live: LiveEngine
    faults: SeededFaults
    states: set[tuple[str, str]] = field(default_factory=set)
    details: set[str] = field(default_factory=set)

    @property
    def fired(self) -> Counter[str]:
        return self.faults.fired

    @property
    def reconnects(self) -> int:
        return sum(connection.reconnects for connection in self.live.markets.default.feed.connections)

    def showed(self, state: str) -> bool:
        """Whether a symbol has been in this state."""
        return any(shown == state for _, shown in self.states)

    def said(self, text: str) -> bool:
        """Whether a connection or a symbol has said this."""
        return any(text in detail for detail in self.details)

    def gaps(self) -> list[Gap]:
        return [gap for symbol in self.exchange.symbols for gap in self.live.store.reader.gaps(symbol)]

    def count(self, table: str) -> int:
        """Rows of a table of the store."""
        with closing(sqlite3.connect(self.live.store.directory.database)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    async def happened(self, fault: str, times: int) -> None:
        """Wait until a fault of connections has happened so often.

        It is drawn four times a second, in a market that is over or not: how many draws the market's own time has room
        for depends on how busy the machine is.
        """
        await until(lambda: self.fired[fault] == times, 30)

    async def whole(self, seconds: float = 60) -> int:
        """Wait for the end of the market and of the repair, and hold the store against the truth; → trades stored."""
        await self.exchange.finished()
        try:
            await until(lambda: whole(self.exchange, self.live), seconds)
        except TimeoutError:
            raise AssertionError(f"not whole: {describe(self.live)}; {dict(self.fired)}") from None
        self.live.core.apply([MarketTime(self.exchange.now_ms + 600_000), FlushChanges()])
        await self.live.store.writer.flush()
        stored = 0
        for symbol in self.exchange.symbols:
            verdict = compare_whole(
                self.live.store.reader, symbol, self.exchange.truth(symbol), self.live.core.engine.market_time - 10_000
            )
            assert verdict.problems == []
            stored += verdict.stored
        return stored

    async def look(self) -> None:
        while True:
            self.states.update(
                (symbol, health.state.value) for symbol, health in self.live.markets.default.watchdog.symbols.items()
            )
            self.details.update(health.detail for health in self.live.markets.default.watchdog.symbols.values())
            self.details.update(connection.detail for connection in self.live.markets.default.feed.connections)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def under(
    folder: Path,
    spec: str,
    *,
    recording: Path | None = None,
    seed: int = 1,
    seconds: int = 120,
    speed: float = 40.0,
    severity: FaultSeverity = SEVERITY,
    limits: SessionLimits | None = None,
    quota: QuotaLimits | None = None,
    waits: ExchangeWaits | None = None,
    engine: EngineLimits | None = None,
    **options: Any,
) -> AsyncIterator[Bench]:
    """Exchange with ``spec`` faults, and engine; without quotes unless ``options`` say so: one connection."""
    recording = recording or write_recording(folder / "market.txt", seconds=seconds, seed=seed)
    faults = SeededFaults(spec, seed, severity=severity)
    exchange = LocalExchange(
        RecordingFeed([recording]),
        speed=speed,
        faults=faults,
        session_limits=limits,
        quota_limits=quota,
        waits=waits,
    )
    async with exchange:
        pair = "{}/{}".format(*exchange.symbols[:2])
        wanted = {**PATIENCE, "exchange__quotes": False, "pairs": (pair,), **options}
        async with started(config(exchange, folder / "store", **wanted), engine) as live:
            bench = Bench(exchange, live, faults)
            looking = asyncio.create_task(bench.look())
            try:
                yield bench
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
