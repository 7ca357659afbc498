"""An exception inside every step of the core, once and always, at moments drawn from seeds.

What the ledger vouches for was handed on.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from spreadscope.alerts.runtime import (
    active_rule,
    evaluation,
    inputs,
    life,
    rule_engine,
    rule_history,
    seen_values,
    windows,
)
from spreadscope.bars import series
from spreadscope.engine import Engine, core, pair_state
from spreadscope.ingest.batcher import Batcher, trades_event
from spreadscope.model.events import (
    AcknowledgeAlert,
    BarRow,
    DropPair,
    DropRule,
    DropSymbol,
    Event,
    FlushChanges,
    History,
    Mark,
    MarketTime,
    MuteRule,
    Origin,
    SetRule,
    StreamLag,
    Trades,
    TradingStatus,
    UpstreamHole,
    WatchPair,
)
from spreadscope.model.facts import Bar, BarsOutdated, Fact, Fault, TradesAccepted
from spreadscope.model.instrument import Pair
from spreadscope.model.resume import ResumeTape
from spreadscope.model.states import BarOrigin
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs import legs, sources, tracker
from spreadscope.signals import machine
from spreadscope.tape import ledger, plausibility, tape
from tests.support.market import START, agg, trades
from tests.support.streams import CONFIG, PAIR, Item, disturbed, true_trades

# The exchange printed no trade under one id, and ETHUSDT has a tape of an earlier run.
NONE = 1020
BEFORE = [agg("ETHUSDT", 4_990 + n, START - 4_000 + 400 * n, 2_600.0 + n) for n in range(10)]
TRUTH = [trade for trade in true_trades(20, seed=21) if trade.id != NONE]
ITEMS = disturbed(TRUTH, seed=22)
END = max(trade.time for trade in TRUTH) + 10_000
MODULES: tuple[ModuleType, ...] = (
    core, pair_state, tape, ledger, plausibility, series, tracker, sources, legs, machine, rule_engine, active_rule,
    windows, inputs, life, seen_values,
    rule_history, evaluation,
)  # fmt: skip
# The way in and what undoes: where these fail nothing is left to stand on.
ROOTS = {"Engine.on", "Ledger.restore", "Ledger.state"}
RULES = (
    SetRule("p", "price > 1", "BTCUSDT"),
    SetRule("z", "mean(z, 5s) > 1", str(PAIR)),
    SetRule("a", "z > 9", "any pair"),
)


def steps() -> Iterator[tuple[type, str]]:
    """Every method of the core's classes."""
    for module in MODULES:
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__:
                for name, method in vars(kind).items():
                    own = inspect.isfunction(method) and method.__code__.co_filename == module.__file__
                    plain = own and not (name.startswith("__") and name != "__init__")
                    if plain and f"{kind.__name__}.{name}" not in ROOTS:
                        yield kind, name


class Broken:
    """A method that raises at one call, or from one call on; ``mended`` ends it."""

    def __init__(self, method: Callable[..., Any], at: int, *, always: bool) -> None:
        self.method, self.at, self.always = method, at, always
        self.calls = self.raised = 0
        self.mended = True  # until there is an engine

    def replacement(self) -> Callable[..., Any]:
        def wrapper(*given: Any, **named: Any) -> Any:
            self.calls += not self.mended
            if not self.mended and (self.calls == self.at or (self.always and self.calls > self.at)):
                self.raised += 1
                raise ArithmeticError("injected")
            return self.method(*given, **named)

        return wrapper


RESUMED = ResumeTape(
    "ETHUSDT", ((4_990, 4_999, BEFORE[0].time, BEFORE[-1].time),), trades=trades_event("ETHUSDT", BEFORE, Origin.REST)
)  # fmt: skip
CLOSED = UpstreamHole("BTCUSDT", NONE, NONE, "REST skips it", False)


def beside_the_trades(place: int) -> list[Event]:
    """What else comes in the course of a market."""
    time = START + 100 * place
    again, absurd = trades([1005], prices=[79_999.0]), trades([1_300], times=[time], prices=[1e300])
    return [
        Mark("BTCUSDT", time, 80_000.0, 80_001.0, 1e-4, time + 1_000),
        StreamLag("BTCUSDT", time, 40.0),
        again,
        absurd,
        trades([1_301], times=[time], prices=[0.0]),
        CLOSED,
        UpstreamHole("BTCUSDT", 1, 2, "too old", True),
        History("BTCUSDT", Timeframe.M1, (BarRow(START - 120_000, 1.0, 2.0, 1.0, 2.0, 5.0, 3),)),
        TradingStatus("BTCUSDT", False),
        TradingStatus("BTCUSDT", True),
        MuteRule("p", time + 5_000),
        AcknowledgeAlert("p"),
        SetRule("p", "price > 2", "BTCUSDT"),
        SetRule("gone", "change(price, 5s) > 1", "any symbol"),
        DropRule("gone"),
        WatchPair(Pair("ETHUSDT", "OTHERUSDT")),
        DropPair(Pair("ETHUSDT", "OTHERUSDT")),
        DropSymbol("OTHERUSDT"),
    ]


def played(items: list[Item]) -> Iterator[list[Event]]:
    """The events of a market, a tenth of them at a time."""
    batcher = Batcher()
    for place, item in enumerate(items):
        if place in {60, 120}:
            yield [*batcher.take(), *beside_the_trades(place)]
        if isinstance(item, Trades):
            yield [*batcher.take(), item]
            continue
        batcher.add(item)
        if place % 40 == 0:
            yield batcher.take()
    yield batcher.take()


def fill(engine: Engine, hear: Callable[[list[Event]], None]) -> None:
    """What the repair does: ask for what the ledger misses, and for what is newer than it."""
    for symbol in PAIR.symbols:
        held = (
            {number for r in engine.ledger(symbol) for number in range(r.first, r.last + 1)}
            if symbol in engine.tapes
            else set()
        )
        if symbol == "BTCUSDT":
            hear([CLOSED])
        missing = [trade for trade in TRUTH if trade.symbol == symbol and trade.id not in held]
        if missing:
            hear([trades_event(symbol, missing, Origin.REST)])


def true_bar(symbol: str, start: int, length: int) -> tuple[int, float]:
    inside = [trade for trade in (*BEFORE, *TRUTH) if trade.symbol == symbol and start <= trade.time < start + length]
    return len(inside), sum(trade.quantity for trade in inside)


def vouched(engine: Engine, symbol: str) -> list[int]:
    """The trades that the ledger says are there: ids that the exchange printed nothing under are accounted for, too."""
    none = {NONE, 1_301} if symbol == "BTCUSDT" else set()
    return [n for r in engine.ledger(symbol) for n in range(r.first, r.last + 1) if n not in none]


def check(engine: Engine, facts: list[Fact]) -> None:
    """Nothing is doubled, nothing is vouched for that was not handed on, and no bar is called complete that is not."""
    for symbol in PAIR.symbols:
        if symbol not in engine.tapes:
            continue
        handed = [
            number
            for fact in facts
            if isinstance(fact, TradesAccepted) and fact.trades.symbol == symbol
            for number in fact.trades.ids.tolist()
        ]
        handed += [trade.id for trade in BEFORE if trade.symbol == symbol]
        assert sorted(handed) == vouched(engine, symbol)
    said: dict[tuple[str, Timeframe, int], Bar | None] = {}
    for fact in facts:
        if isinstance(fact, Bar):
            said[fact.symbol, fact.timeframe, fact.open_time] = fact
        elif isinstance(fact, BarsOutdated):
            said[fact.symbol, fact.timeframe, fact.open_time] = None  # the store makes it
    for (symbol, timeframe, start), bar in said.items():
        if bar is not None and bar.complete and bar.origin is BarOrigin.TAPE:
            count, volume = true_bar(symbol, start, timeframe.milliseconds)
            assert bar.trades == count, bar
            assert bar.volume == pytest.approx(volume), bar


def lives_through(
    kind: type, name: str, *, at: int, always: bool, monkeypatch: pytest.MonkeyPatch, beside: Iterable[Broken] = ()
) -> Broken:
    facts: list[Fact] = []

    def hear(events: list[Event]) -> None:
        for event in events:
            facts.extend(engine.on(event))

    broken = Broken(getattr(kind, name), at, always=always)
    first: list[Event] = [WatchPair(PAIR), WatchPair(Pair(PAIR.x, PAIR.y)), *RULES]
    with monkeypatch.context() as patch:
        patch.setattr(kind, name, broken.replacement())
        engine = Engine(CONFIG)
        for each in (broken, *beside):
            each.mended = False
        facts.extend(engine.on(RESUMED))
        while "ETHUSDT" not in engine.tapes:  # who starts the engine does not go on without it
            broken.mended = True
            facts.extend(engine.on(RESUMED))
        hear(first)
        for events in played(ITEMS):
            hear(events)
        hear([MarketTime(END), FlushChanges()])
        for each in (broken, *beside):
            each.mended = True
    hear(first)  # what was not watched because of it is asked for again
    for later in (20_000, 90_000):
        fill(engine, hear)
        hear([MarketTime(END + later), FlushChanges()])
    check(engine, facts)
    for symbol in PAIR.symbols:
        true = sorted(trade.id for trade in (*BEFORE, *TRUTH) if trade.symbol == symbol)
        assert vouched(engine, symbol) == true, "nothing is lost"
    if broken.raised:
        faults = [fact for fact in facts if isinstance(fact, Fault)]
        assert any("injected" in fault.error for fault in faults), "and it was told"
    return broken


@cache
def counted() -> dict[tuple[type, str], int]:
    """How often each step is called where none fails."""
    steps_of = {(kind, name): Broken(getattr(kind, name), -1, always=False) for kind, name in steps()}
    with pytest.MonkeyPatch.context() as patch:
        for (kind, name), broken in steps_of.items():
            if not isinstance(vars(kind)[name], property):
                patch.setattr(kind, name, broken.replacement())
        lives_through(Engine, "on", at=-1, always=False, monkeypatch=patch, beside=steps_of.values())
    return {step: broken.calls for step, broken in steps_of.items()}


# Those that this market comes to.
STEPS = [pytest.param(kind, name, id=f"{kind.__name__}.{name}") for (kind, name), calls in counted().items() if calls]


@pytest.mark.parametrize("always", [False, True], ids=["once", "always"])
@pytest.mark.parametrize(("kind", "name"), STEPS)
def test_no_step_of_the_core_that_fails_loses_doubles_or_vouches_falsely(
    kind: type, name: str, *, always: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = counted()[kind, name]
    at = random.Random(f"{kind.__name__}.{name} {always}").randint(1, calls)
    broken = lives_through(kind, name, at=at, always=always, monkeypatch=monkeypatch)
    assert broken.raised


def test_the_market_of_these_tests_comes_to_most_steps() -> None:
    assert sum(count > 0 for count in counted().values()) > 120
