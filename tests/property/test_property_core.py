"""The core under any sequence of events: facts or refusals, never an exception.

Every fact can be stored and every answer is JSON.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spreadscope.api import shapes
from spreadscope.api.signals import with_advice
from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import touched_ledgers
from spreadscope.model.config import AnalyticsConfig, Config
from spreadscope.model.events import (
    AcknowledgeAlert,
    BarRow,
    DropPair,
    DropRule,
    DropSymbol,
    FlushChanges,
    History,
    Mark,
    MarketTime,
    MuteRule,
    Origin,
    Quote,
    SetRule,
    StreamLag,
    Trades,
    TradingStatus,
    UpstreamHole,
    WatchPair,
    WatchSymbol,
)
from spreadscope.model.facts import (
    Alert,
    Bar,
    Fact,
    Fault,
    PairRow,
    Signal,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from tests.support.facts import store
from tests.support.market import START

SYMBOLS = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
PAIRS = (Pair("AAAUSDT", "BBBUSDT"), Pair("CCCUSDT", "AAAUSDT"))
SHORT = AnalyticsConfig(hedge_window=30, z_window=10, correlation_window=10, max_lags=2)
HUGE = st.sampled_from([0, -1, 1, 2**31, 2**53, 2**62, 2**63 - 1, -(2**63)])
NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, -5.0, 1e-8, 1e-300, 1e300, 1e12, math.nan, math.inf, -math.inf, 100.0]),
    st.floats(0.5, 200.0),
)


@st.composite
def hostile_trades(draw: st.DrawFn) -> Trades:
    n = draw(st.integers(0, 6))
    first = draw(st.integers(0, 500))
    ids = [draw(HUGE) if draw(st.integers(0, 15)) == 0 else first + i for i in range(n)]
    times = [draw(HUGE) if draw(st.integers(0, 15)) == 0 else START + 10 * number % 10_000 for number in ids]
    prices = [draw(NUMBERS) if draw(st.integers(0, 6)) == 0 else 100.0 + draw(st.integers(0, 3)) for _ in ids]
    quantities = [draw(NUMBERS) if draw(st.integers(0, 9)) == 0 else 1.0 for _ in ids]
    return Trades(
        draw(st.sampled_from(SYMBOLS)), np.array(ids, np.int64), np.array(times, np.int64),
        np.array(prices, np.float64),
        np.array(quantities, np.float64), np.zeros(n, np.bool_), draw(st.sampled_from(list(Origin))),
    )  # fmt: skip


TEXTS = st.sampled_from(["z > 2", "price > 100", "avg(price, 1m) > 3", "corr < 0", "no such > 1", "price / 0 > 1", "("])
EVENTS = st.one_of(
    hostile_trades(),
    hostile_trades(),
    st.builds(Quote, st.sampled_from(SYMBOLS), st.integers(START, START + 20_000) | HUGE, NUMBERS, NUMBERS),
    st.builds(MarketTime, st.integers(START, START + 30_000) | st.sampled_from([0, -5])),
    st.just(FlushChanges()),
    st.builds(
        History, st.sampled_from(SYMBOLS), st.sampled_from(list(Timeframe)),
        st.tuples(
            st.builds(BarRow, st.sampled_from([START, START - 60_000]), NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS,
                      HUGE)
        ),
    ),
    st.builds(WatchSymbol, st.sampled_from(SYMBOLS)),
    st.builds(DropSymbol, st.sampled_from(SYMBOLS)),
    st.builds(WatchPair, st.sampled_from(PAIRS)),
    st.builds(DropPair, st.sampled_from(PAIRS)),
    st.builds(TradingStatus, st.sampled_from(SYMBOLS), st.booleans()),
    st.builds(UpstreamHole, st.sampled_from(SYMBOLS), st.integers(0, 500), st.integers(0, 500), st.just("asked"),
        st.booleans()),
    st.builds(Mark, st.sampled_from(SYMBOLS), st.integers(START, START + 9_000), NUMBERS, NUMBERS, NUMBERS | st.none(),
        HUGE),
    st.builds(StreamLag, st.sampled_from(SYMBOLS), st.integers(START, START + 9_000), NUMBERS),
    st.builds(SetRule, st.sampled_from(["a", "b"]), TEXTS,
        st.sampled_from([*SYMBOLS, "any pair", "AAAUSDT/BBBUSDT", "x"])),
    st.builds(DropRule, st.sampled_from(["a", "b"])),
    st.builds(MuteRule, st.sampled_from(["a", "b"]), HUGE),
    st.builds(AcknowledgeAlert, st.sampled_from(["a", "b"])),
)  # fmt: skip


def answers(fact: Fact) -> Any:
    """What the API would say of a fact."""
    if isinstance(fact, Bar):
        return shapes.bar(fact)
    if isinstance(fact, PairRow):
        return shapes.row(fact)
    if isinstance(fact, Signal):
        return with_advice(fact, None, Config().signals)
    return shapes.alert(fact) if isinstance(fact, Alert) else None


def assert_storable(engine: Engine, facts: list[Fact], folder: Path) -> None:
    for fact in facts:
        answer = answers(fact)
        if answer is not None:
            json.dumps(json.loads(msgspec.json.encode(answer)), allow_nan=False)
            assert b"NaN" not in msgspec.json.encode(answer)
    with store(folder) as (writer, _):
        writer.submit(facts, touched_ledgers(engine, facts))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=st.lists(EVENTS, min_size=1, max_size=60))
def test_no_sequence_of_events_raises_and_every_fact_can_be_stored(
    events: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine = Engine(Config(analytics=SHORT))
    facts: list[Fact] = []
    for event in [WatchPair(PAIRS[0]), *events, MarketTime(START + 60_000), FlushChanges()]:
        facts += engine.on(event)
    wrong = [fact for fact in facts if isinstance(fact, Fault) and fact.subject not in {"SetRule", "UpstreamHole"}]
    assert wrong == [], wrong[0].trace if wrong else ""
    for symbol, tape in engine.tapes.items():
        if tape.accepted:
            held = {n for r in engine.ledger(symbol) for n in range(r.first, min(r.last, r.first + 10_000) + 1)}
            assert len(held) < 100_000
    assert_storable(engine, facts, tmp_path_factory.mktemp("store"))


# --- odd markets ----------------------------------------------------------------------------------------------------


def _walk(rng: np.random.Generator, n: int, start: float, step: float = 1e-4) -> Any:
    return start * np.exp(np.cumsum(step * rng.standard_normal(n)))


def _coarse(rng: np.random.Generator, n: int) -> dict[str, Any]:
    return {s: np.round(_walk(rng, n, 100.0) / 0.5) * 0.5 for s in SYMBOLS}


def _flat_spells(rng: np.random.Generator, n: int) -> dict[str, Any]:
    out = {}
    for symbol in SYMBOLS:
        price = _walk(rng, n, 50.0)
        for start in rng.integers(0, n, 6):
            price[start : start + 60] = price[start]
        out[symbol] = price
    return out


def _pegged(rng: np.random.Generator, n: int) -> dict[str, Any]:
    return {"AAAUSDT": np.full(n, 1.0), "BBBUSDT": _walk(rng, n, 2.0), "CCCUSDT": 1.0 + 1e-4 * (rng.random(n) > 0.95)}


def _copies(rng: np.random.Generator, n: int) -> dict[str, Any]:
    price = _walk(rng, n, 3.0)
    return {"AAAUSDT": price, "BBBUSDT": price, "CCCUSDT": 1 / price}


def _tiny_and_large(rng: np.random.Generator, n: int) -> dict[str, Any]:
    return {
        "AAAUSDT": _walk(rng, n, 1e-8, 1e-3),
        "BBBUSDT": _walk(rng, n, 1e5, 1e-3),
        "CCCUSDT": _walk(rng, n, 1.0, 1e-12),
    }


def _halts(rng: np.random.Generator, n: int) -> dict[str, Any]:
    out = {}
    for symbol in SYMBOLS:
        price = _walk(rng, n, 10.0)
        for start in rng.integers(0, n, 8):
            price[start : start + int(rng.integers(1, 40))] = np.nan
        out[symbol] = price
    return out


def _sparse(rng: np.random.Generator, n: int) -> dict[str, Any]:
    out = {}
    for place, symbol in enumerate(SYMBOLS):
        price = _walk(rng, n, 20.0)
        price[rng.random(n) > (1.0, 0.58, 0.3)[place]] = np.nan
        out[symbol] = price
    return out


def _one_jump(rng: np.random.Generator, n: int) -> dict[str, Any]:
    out = {s: np.full(n, 7.0) for s in SYMBOLS}
    for place, symbol in enumerate(SYMBOLS):
        out[symbol][n // 2 + 10 * place :] *= 1.0 + 0.01 * place
    return out


MARKETS = (_coarse, _flat_spells, _pegged, _copies, _tiny_and_large, _halts, _sparse, _one_jump)


def events_of(prices: dict[str, Any], n: int) -> list[Any]:
    """A trade a second where there is a price, and the clock behind it."""
    ids = dict.fromkeys(prices, 1)
    events: list[Any] = []
    for second in range(n):
        for symbol, column in prices.items():
            if math.isfinite(column[second]):
                time = START + 1_000 * second + 500
                price, quantity = np.array([float(column[second])]), np.array([1.0])
                events.append(
                    Trades(symbol, np.array([ids[symbol]]), np.array([time]), price, quantity, np.array([False]))
                )
                ids[symbol] += 1
        events.append(MarketTime(START + 1_000 * (second + 1) + 600))
    return events


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.__name__[1:])
@pytest.mark.parametrize("seed", [0, 1])
def test_an_odd_market_makes_rows_and_no_exception(market: Any, seed: int, tmp_path: Path) -> None:
    n = 300
    engine = Engine(Config(analytics=SHORT), (Timeframe.S1,))
    facts: list[Fact] = [fact for pair in PAIRS for fact in engine.on(WatchPair(pair))]
    for event in events_of(market(np.random.default_rng(seed), n), n):
        facts += engine.on(event)
    wrong = [fact for fact in facts if isinstance(fact, Fault)]
    assert wrong == [], wrong[0].trace if wrong else ""
    rows = [fact for fact in facts if isinstance(fact, PairRow)]
    assert len(rows) > n
    for row in rows:
        for field in row.__struct_fields__:
            value = getattr(row, field)
            number = getattr(value, "value", value)
            assert not isinstance(number, float) or math.isfinite(number), field
    assert_storable(engine, facts, tmp_path / "store")
