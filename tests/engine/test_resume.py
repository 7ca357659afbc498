"""A second run takes up a pair where the first one ended: no row is said twice, and its position goes on."""

from __future__ import annotations

import numpy as np
import pytest

from spreadscope.engine import Engine
from spreadscope.engine.pair_state import longest_half_life
from spreadscope.model.config import Config, load_config
from spreadscope.model.events import MarketTime, Origin, Trades, WatchPair
from spreadscope.model.facts import (
    Bar,
    Fact,
    PairRow,
    Signal,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.resume import ResumePair, ResumeTape
from spreadscope.model.states import Action, SignalState
from spreadscope.model.timeframe import Timeframe

START = 1_750_000_000_000
PAIR = Pair("AUSDT", "BUSDT")
SECONDS = 200


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(
        None, analytics__hedge_window=40, analytics__z_window=20, analytics__correlation_window=20,
        signals__time_stop_half_lives=0.0,
    )  # fmt: skip


def prices() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    x = 8 + np.cumsum(rng.normal(0, 1e-3, SECONDS))
    y = 1 + 0.9 * x + rng.normal(0, 1e-3, SECONDS)
    y[150:160] += 0.0027  # an entry that is still open when the first run ends, at row 155
    return np.exp(y), np.exp(x)


def feed(engine: Engine, start: int, end: int) -> list[Fact]:
    """The seconds ``[start, end)``, one trade a leg and second, the clock first."""
    facts: list[Fact] = []
    for second in range(start, end):
        time = START + second * 1000
        facts += engine.on(MarketTime(time + 600))
        for symbol, leg in zip(PAIR.symbols, prices(), strict=True):
            facts += engine.on(
                Trades(
                    symbol,
                    np.array([second]),
                    np.array([time]),
                    leg[second : second + 1],
                    np.array([1.0]),
                    np.array([True]),
                    Origin.LIVE,
                )
            )
    return facts


def rows(facts: list[Fact]) -> list[PairRow]:
    return [fact for fact in facts if isinstance(fact, PairRow) and fact.timeframe is Timeframe.S1]


def signals(facts: list[Fact]) -> list[Signal]:
    return [fact for fact in facts if isinstance(fact, Signal) and fact.timeframe is Timeframe.S1]


def restarted(config: Config, at: int) -> tuple[list[Fact], list[Fact]]:
    """What a run up to the second ``at`` says, and what one says that goes on from there."""
    first = Engine(config)
    first.on(WatchPair(PAIR))
    said = feed(first, 0, at)
    second = Engine(config)
    for symbol in PAIR.symbols:
        bars = tuple(f for f in said if isinstance(f, Bar) and f.symbol == symbol)
        held = tuple((r.first, r.last, r.first_time, r.last_time) for r in first.ledger(symbol))
        second.on(ResumeTape(symbol, held, bars=bars, trades=_open_trades(symbol, at)))
    second.on(WatchPair(PAIR))
    last = signals(said)[-1]
    (own,) = [row for row in rows(said) if row.time == last.time]
    since = [row.z.value for row in rows(said) if row.time > last.time]
    calmed = any(z is not None and abs(z) < config.signals.entry for z in since)
    resume = ResumePair(
        PAIR, Timeframe.S1, rows(said)[-1].time, last, half_life=longest_half_life(own, config.signals), calmed=calmed
    )
    second.on(resume)
    return said, feed(second, at, SECONDS)


def whole_run(config: Config) -> list[Fact]:
    engine = Engine(config)
    engine.on(WatchPair(PAIR))
    return feed(engine, 0, SECONDS)


def test_the_second_run_says_what_one_long_run_would_have_said(config: Config) -> None:
    expected = whole_run(config)
    said, resumed = restarted(config, 155)
    assert signals(said)[-1].state is not SignalState.FLAT, "the first run must end inside a position"
    assert min(row.time for row in rows(resumed)) > rows(said)[-1].time
    both = [*rows(said), *rows(resumed)]
    assert [row.time for row in both] == [row.time for row in rows(expected)]
    assert [row.z for row in both] == [row.z for row in rows(expected)]
    assert [row.state for row in both] == [row.state for row in rows(expected)]
    assert [(s.time, s.action) for s in signals([*said, *resumed])] == [(s.time, s.action) for s in signals(expected)]
    left = next(s for s in signals(resumed) if s.action is Action.EXIT)
    assert left.beta == signals(said)[-1].beta, "the hedge ratio stays the one of the entry"


@pytest.mark.parametrize(
    ("half_lives", "at", "held", "then"),
    [
        (10.0, 154, True, (155, Action.EXIT, "time stop")),  # without it the position ends a second later
        (
            2.0,
            154,
            False,
            (163, Action.BUY_SPREAD, "z -2.60 beyond ±2"),
        ),  # without the lock-out it is sold again at 153
    ],
)
def test_a_time_stop_and_its_lock_out_outlast_a_restart(
    config: Config, half_lives: float, at: int, held: bool, then: tuple[int, Action, str]
) -> None:
    signal_config = config.signals.model_copy(update={"time_stop_half_lives": half_lives, "time_stop_from": "window"})
    config = config.model_copy(update={"signals": signal_config})
    expected = whole_run(config)
    said, resumed = restarted(config, at)
    assert (signals(said)[-1].state is not SignalState.FLAT) is held
    assert held or signals(said)[-1].cause == "time stop"
    first = signals(resumed)[0]
    assert ((first.time - START) // 1000, first.action, first.cause) == then
    assert [(s.time, s.action, s.cause) for s in signals([*said, *resumed])] == [
        (s.time, s.action, s.cause) for s in signals(expected)
    ]


def _open_trades(symbol: str, at: int) -> Trades:
    """What the store holds of the bars the first run had not closed: its last second."""
    leg = dict(zip(PAIR.symbols, prices(), strict=True))[symbol]
    seconds = np.arange(at - 5, at)
    return Trades(
        symbol, seconds, START + seconds * 1000, leg[at - 5 : at], np.ones(5), np.ones(5, dtype=np.bool_), Origin.LIVE
    )
