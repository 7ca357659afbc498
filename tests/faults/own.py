"""Faults of our own code in a seeded run.

Exceptions inside a live engine at moments drawn from the seed, and a writer that ends.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from spreadscope.app.live_engine import LiveEngine
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.model.events import MarketTime, Trades
from tests.faults.oracle import Verdict

ROW_RAISES, ROW_WRITER = 29, 30
# What is broken of an engine: its name in the report, whose attribute, and the attribute. One engine is broken, not its
# class.
PLACES: dict[str, tuple[Callable[[LiveEngine], Any], str]] = {
    "pair": (lambda live: live.core.engine, "_step"),
    "bar": (lambda live: live.core.engine._bars, "close"),
    "bars": (lambda live: live.core.engine._bars, "add_trades"),
    "late trades": (lambda live: live.core.engine._bars, "flush_symbol"),
    "rules": (lambda live: live.core.engine.alerts, "evaluate"),
    "frames": (lambda live: live.markets.default.feed, "_decode_read"),
    "repair": (lambda live: live.markets.default.backfill, "_fill_page"),
    "watchdog": (lambda live: live.markets.default.watchdog, "_check_connections"),
}
EVENTS = {"trades": Trades, "clock": MarketTime}
NAMES = (*PLACES, *EVENTS, "observer", "writer")
_ENDS_SECONDS = 20.0


def own_faults(seed: int) -> frozenset[str]:
    """Which of them a run of the soak has: none in a third of the runs."""
    rng = random.Random(f"own {seed}")
    return frozenset() if rng.random() < 1 / 3 else frozenset(name for name in NAMES if rng.random() < 0.4)


def break_engine(live: LiveEngine, names: frozenset[str], seed: int, fired: Counter[str]) -> Callable[[], None]:
    """Let these places raise now and then; returns a function that mends them."""
    rng = random.Random(f"moments {seed}")
    mended = False

    def failing(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*given: Any, **named: Any) -> Any:
            if not mended and rng.random() < 0.02:
                fired["raises"] += 1
                raise ArithmeticError(f"injected in {name}")
            return method(*given, **named)

        return wrapper

    for name in names & PLACES.keys():
        whose, attribute = PLACES[name]
        setattr(whose(live), attribute, failing(name, getattr(whose(live), attribute)))
    for name in names & EVENTS.keys():
        live.core.engine._handlers[EVENTS[name]] = failing(name, live.core.engine._handlers[EVENTS[name]])
    if "observer" in names:
        live.core.observe(failing("observer", lambda _: None))

    def mend() -> None:
        nonlocal mended
        mended = True

    return mend


async def writer_ends(settings: Config, seed: int, fired: Counter[str], verdict: Verdict) -> None:
    """Run an engine until its writer's thread ends by an error that nobody foresaw. It must say so and end."""
    rng = random.Random(f"writer {seed}")

    def broken(*_: object) -> None:
        raise SystemExit(f"injected by seed {seed}")

    try:
        async with LiveEngine(settings) as live:
            while live.store.writer.written_rows < rng.randint(50, 400):  # noqa: ASYNC110 - of another thread
                await asyncio.sleep(0.01)
            fired["writer ends"] += 1
            live.store.writer._write = broken  # type: ignore[method-assign,assignment]  # of this one
            async with asyncio.timeout(_ENDS_SECONDS):
                await live.failure()
    except StoreError as error:
        if "injected" not in str(error):
            verdict.problems.append(f"the writer's end was not said: {error}")
    except TimeoutError:
        verdict.problems.append(f"a writer that ended was not seen within {_ENDS_SECONDS:g} s")
