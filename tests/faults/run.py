"""One seeded run: a small market, mixed faults, a live engine over real sockets, and the oracle at its end."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spreadscope.app.engine_limits import EngineLimits
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local import FaultSeverity, LocalExchange, RecordingFeed, SeededFaults
from spreadscope.exchange.local.fault_spec import KINDS
from spreadscope.model.config import Config
from spreadscope.model.errors import ExchangeError
from spreadscope.model.events import FlushChanges, MarketTime
from spreadscope.model.facts import Fact, TradesAccepted
from tests.e2e.line import config, whole, write_recording
from tests.faults.oracle import Verdict, compare_whole
from tests.faults.own import break_engine, writer_ends

# What a client waits for in production, on the scale of a run of some seconds.
PATIENCE = {
    "exchange__first_data_seconds": 0.4,
    "exchange__dead_after_seconds": 1.2,
    "exchange__reconnect_max_seconds": 0.4,
    "history__bars": 5,
}
SEVERITY = FaultSeverity(retry_after=(1, 1), ban=(1, 1), slow=(0.01, 0.1), rest=(0.2, 0.6), halt=(0.2, 0.6))
_OF_CONNECTIONS = ("reset", "half-open", "pings-only", "expire", "lag")


@dataclass
class Outcome:
    """What a run came to; ``fired`` counts by the fault's name."""

    seed: int
    spec: str
    verdict: Verdict
    fired: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def problems(self) -> list[str]:
        return [f"seed {self.seed}, faults {self.spec}: {problem}" for problem in self.verdict.problems]


def mixed_spec(seed: int) -> str:
    """Faults of every sort, of the seed's own mixture: some left out, some at up to three times their rate.

    Connections live for a second or two in a run, so what happens to them is more likely than in a day.
    """
    rng = random.Random(f"mix {seed}")
    parts = []
    for kind in KINDS:
        rate = kind.rate * (4.0 if kind.name in _OF_CONNECTIONS else 1.0) * rng.uniform(0.3, 3.0)
        if rng.random() < 0.7:
            parts.append(f"{kind.name}={min(rate, 0.4):.4g}")
    return ",".join(parts) or "drop"


async def seeded_run(
    folder: Path,
    seed: int,
    *,
    spec: str | None = None,
    seconds: int = 160,
    speed: float = 80.0,
    patience: float = 200.0,
    own: frozenset[str] = frozenset(),
    **options: Any,
) -> Outcome:
    """Play ``seconds`` of a market at ``speed`` with mixed faults, wait until the tapes are whole, and compare.

    ``own`` names faults of our own code (``tests/faults/own.py``).
    """
    began = time.monotonic()
    spec = spec or mixed_spec(seed)
    recording = write_recording(folder / f"market-{seed}.txt", seconds=seconds, seed=seed)
    faults = SeededFaults(spec, seed, severity=SEVERITY)
    verdict = Verdict()
    async with LocalExchange(RecordingFeed([recording]), speed=speed, faults=faults) as exchange:
        pair = "{}/{}".format(*exchange.symbols[:2])
        settings = config(exchange, folder / f"store-{seed}", **{**PATIENCE, "pairs": (pair,), **options})
        if "writer" in own:
            await writer_ends(settings, seed, faults.fired, verdict)
        async with started(settings) as live:
            mend = break_engine(live, own, seed, faults.fired)
            seen: Counter[tuple[str, int]] = Counter()
            live.core.observe(lambda facts: _count(seen, facts))
            await exchange.finished()
            mend()
            if not await comes_true(lambda: whole(exchange, live), patience):
                verdict.problems.append(f"not whole after {patience:g} s: {describe(live)}")
            # The recording ends and with it the clock that closes bars; a market's goes on.
            live.core.apply([MarketTime(exchange.now_ms + 600_000), FlushChanges()])
            await live.store.writer.flush()
            # The store's key hides a trade that the core took twice: it is counted before it gets there.
            twice = sum(count - 1 for count in seen.values())
            verdict.doubled += twice
            if twice:
                verdict.problems.append(f"{twice} trades were accepted twice")
            for symbol in exchange.symbols:
                closed = live.core.engine.market_time - settings.bars.grace_ms
                verdict.add(compare_whole(live.store.reader, symbol, exchange.truth(symbol), closed, own=bool(own)))
    return Outcome(seed, spec, verdict, faults.fired, time.monotonic() - began)


@asynccontextmanager
async def started(settings: Config, limits: EngineLimits | None = None, attempts: int = 8) -> AsyncIterator[LiveEngine]:
    """Start an engine as its supervisor does: again, where the exchange refused the first request."""
    async with AsyncExitStack() as stack:
        for left in reversed(range(attempts)):
            try:
                live = await stack.enter_async_context(LiveEngine(settings, limits=limits))
                break
            except ExchangeError:
                if not left:
                    raise
                await asyncio.sleep(1.0)
        yield live


def describe(live: LiveEngine) -> str:
    """What an engine knows of itself, in one line: for a run that does not come to its end."""
    holes = {
        symbol: [(h.first, h.last) for h in live.core.engine.open_holes(symbol)][:5]
        for symbol in live.core.engine.tapes
    }
    states = {
        symbol: f"{health.state} {health.detail}" for symbol, health in live.markets.default.watchdog.symbols.items()
    }
    sockets = [f"{c.name} {c.state} {c.detail}" for c in live.markets.default.feed.connections]
    dead = [f"{task.name}: {task.error!r}" for task in live._running if task.done]
    budget = (
        f"weight {live.markets.default.client.budget.used}, blocked"
        f" {live.markets.default.client.budget.blocked_s:.0f} s"
    )
    return (
        f"ended {dead}, {budget}, holes {holes}, {states}, {sockets}, {live.markets.default.backfill.problems},"
        f" {live.watch_list.problems}"
    )


def _count(seen: Counter[tuple[str, int]], facts: list[Fact]) -> None:
    for fact in facts:
        if isinstance(fact, TradesAccepted):
            seen.update((fact.trades.symbol, number) for number in fact.trades.ids.tolist())


async def comes_true(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition; → whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)  # conditions of many kinds
    return True
