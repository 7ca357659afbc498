"""Rows that cannot be trades change nothing, are kept as evidence, and leave a hole or none."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from spreadscope.engine import Engine
from spreadscope.model.events import FlushChanges, MarketTime, Origin, Quote, WatchSymbol
from spreadscope.model.facts import (
    Bar,
    Fact,
    Gap,
    TradeRefused,
    TradesAccepted,
)
from spreadscope.model.resume import ResumeTape
from spreadscope.model.states import GapState
from spreadscope.model.timeframe import Timeframe
from tests.support.market import START, trades
from tests.support.streams import CONFIG


def of(facts: list[Fact], kind: type) -> list:  # type: ignore[type-arg]  # facts of one kind
    return [fact for fact in facts if isinstance(fact, kind)]


def engine_with(*ids: int) -> Engine:
    engine = Engine(CONFIG)
    engine.on(WatchSymbol("BTCUSDT"))
    engine.on(trades(ids))
    engine.on(MarketTime(START + 1_000))
    return engine


def only(column: str, value: float) -> dict[str, Any]:
    """One trade's column, as ``trades`` takes it."""
    return {column: [value]}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("prices", 1e300), ("prices", -5.0), ("prices", float("nan")), ("prices", float("inf")), ("prices", 100_000.0),
        ("prices", 0.01), ("quantities", -1.0), ("quantities", 1e300), ("times", START - 3_600_000), ("times", 0),
        ("times", -5), ("times", 2**62),
    ],
)  # fmt: skip
def test_poison_from_the_exchange_changes_nothing(column: str, value: float) -> None:
    engine = engine_with(*range(1, 101))
    facts = engine.on(trades([101], **only(column, value)))
    facts += [*engine.on(trades(range(102, 151))), *engine.on(MarketTime(START + 5_000))]
    (refused,) = of(facts, TradeRefused)
    assert (refused.symbol, refused.trade_id) == ("BTCUSDT", 101)
    assert refused.why
    assert [(gap.first, gap.last, gap.state) for gap in of(facts, Gap)] == [(101, 101, GapState.OPEN)]
    bars = [bar for bar in of(facts, Bar) if bar.timeframe is Timeframe.S1]
    assert all(99 < bar.low <= bar.high < 107 for bar in bars)
    assert not next(bar for bar in bars if bar.open_time == START + 1_000).complete
    good = engine.on(trades([101], origin=Origin.REST))  # REST has what the stream damaged
    assert [gap.state for gap in of(good, Gap)] == [GapState.FILLED]


@pytest.mark.parametrize("number", [2**62, 2**63 - 1, 10**15, 5_000_000, -1])
def test_an_id_beyond_all_sense_opens_no_gap(number: int) -> None:
    engine = engine_with(*range(1, 101))
    facts = engine.on(trades([number], times=[START + 1_010]))
    facts += [*engine.on(trades(range(101, 111))), *engine.on(MarketTime(START + 5_000))]
    assert of(facts, Gap) == []
    assert [refused.trade_id for refused in of(facts, TradeRefused)] == [number]
    assert [(r.first, r.last) for r in engine.ledger("BTCUSDT")] == [(1, 110)]


def test_what_rest_itself_has_no_better_is_lost_for_good_with_evidence() -> None:
    engine = engine_with(*range(1, 101))
    facts = [*engine.on(trades(range(102, 111))), *engine.on(MarketTime(START + 5_000))]
    assert engine.open_holes("BTCUSDT")
    facts = engine.on(trades([101], prices=[-5.0], origin=Origin.REST))
    assert engine.open_holes("BTCUSDT") == []
    assert [gap.state for gap in of(facts, Gap)] == [GapState.PERMANENT]
    assert len(of(facts, TradeRefused)) == 1
    assert engine.tapes["BTCUSDT"].incomplete(START + 1_005, START + 1_015)


@pytest.mark.parametrize(("column", "price"), [("prices", 0.0), ("quantities", 0.0)])
def test_a_print_that_is_no_trade_is_accounted_for_and_counts_nowhere(column: str, price: float) -> None:
    engine = engine_with(*range(1, 101))
    facts = engine.on(trades([101], **only(column, price)))
    facts += [*engine.on(trades(range(102, 301))), *engine.on(MarketTime(START + 9_000))]
    taken = [i for fact in of(facts, TradesAccepted) for i in fact.trades.ids.tolist()]
    assert 101 not in taken
    assert of(facts, TradeRefused) == []
    (gap,) = of(facts, Gap)
    assert (gap.first, gap.last, gap.state) == (101, 101, GapState.UPSTREAM)
    assert "no market trade" in gap.evidence
    assert [(r.first, r.last) for r in engine.ledger("BTCUSDT")] == [(1, 300)]
    bar = next(bar for bar in of(facts, Bar) if bar.timeframe is Timeframe.S1 and bar.open_time == START + 1_000)
    assert (bar.complete, bar.trades) == (True, 99)


def test_a_market_that_really_moved_is_followed() -> None:
    """A contract that was redenominated: the first prices are asked for again, then the level is the new one."""
    engine = engine_with(*range(1, 101))
    facts = engine.on(trades(range(101, 111), prices=[100_000.0 + i for i in range(10)]))
    assert [i for fact in of(facts, TradesAccepted) for i in fact.trades.ids.tolist()] == list(range(103, 111))
    facts = [
        *engine.on(FlushChanges()),
        *engine.on(trades([101, 102], prices=[100_000.0, 100_001.0], origin=Origin.REST)),
    ]
    assert [i for fact in of(facts, TradesAccepted) for i in fact.trades.ids.tolist()] == [101, 102]


@pytest.mark.parametrize("cuts", [(), (1,), (3, 4), (2, 50, 51, 52)])
def test_the_verdict_does_not_depend_on_the_batches(cuts: tuple[int, ...]) -> None:
    prices = [100.0] * 60
    prices[3], prices[51] = 1e6, -1.0
    engine = engine_with(*range(1, 101))
    edges = [0, *cuts, 60]
    facts: list[Fact] = []
    for low, high in pairwise(edges):
        facts += engine.on(trades(range(101 + low, 101 + high), prices=prices[low:high]))
    facts += engine.on(MarketTime(START + 9_000))
    assert [refused.trade_id for refused in of(facts, TradeRefused)] == [104, 152]


def test_a_quote_beyond_all_sense_is_not_the_legs_price() -> None:
    engine = engine_with(*range(1, 101))
    engine.on(Quote("BTCUSDT", START + 900, 101.0, 102.0))
    for bid, ask in ((1e300, 1.1e300), (0.001, 0.002), (102.0, 101.0), (-1.0, 102.0)):
        engine.on(Quote("BTCUSDT", START + 950, bid, ask))
        assert engine.series["BTCUSDT"].quote == Quote("BTCUSDT", START + 900, 101.0, 102.0)


def test_a_store_that_an_older_version_poisoned_heals() -> None:
    ranges = ((1, 100, START, START + 1_000), (2**62, 2**62, START + 1_010, START + 1_010))
    opened = Gap("BTCUSDT", 101, 2**62 - 1, GapState.OPEN, START + 1_010, START + 1_000, START + 1_010)
    engine = Engine(CONFIG)
    facts = engine.on(ResumeTape("BTCUSDT", ranges, (), (opened,), (), None))
    assert [(gap.first, gap.last, gap.state) for gap in of(facts, Gap)] == [(101, 2**62 - 1, GapState.UPSTREAM)]
    engine.on(trades(range(101, 111)))
    assert engine.open_holes("BTCUSDT") == []
    assert [(r.first, r.last) for r in engine.ledger("BTCUSDT")] == [(1, 110)]
