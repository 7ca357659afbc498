"""Our own code fails somewhere: it costs that one thing, nothing that was accepted is lost, and it is said."""

from __future__ import annotations

import pytest

from spreadscope.alerts.runtime.active_rule import ActiveRule
from spreadscope.bars.series import BarSeries
from spreadscope.engine import Engine, FactsDigest
from spreadscope.model.events import FlushChanges, MarketTime, Origin, SetRule, WatchPair, WatchSymbol
from spreadscope.model.facts import (
    Bar,
    BarsOutdated,
    Fact,
    Fault,
    Gap,
    PairRow,
    Signal,
    TradesAccepted,
)
from spreadscope.model.instrument import Pair
from spreadscope.model.states import GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason
from spreadscope.pairs.tracker import PairTracker
from spreadscope.tape.tape import Tape
from tests.support.facts import of
from tests.support.failing import failing
from tests.support.market import START, trades
from tests.support.streams import CONFIG, PAIR, disturbed, run, true_trades

TRUTH = true_trades(120, seed=21)
ITEMS = disturbed(TRUTH, seed=22)
OTHER = Pair("ETHUSDT", "BTCUSDT")
BOTH = (WatchPair(PAIR), WatchPair(OTHER))


def rows(facts: list[Fact], pair: Pair) -> list[PairRow]:
    return [row for row in of(facts, PairRow) if row.pair == pair and row.timeframe is Timeframe.S1]


def accepted_ids(facts: list[Fact], symbol: str) -> list[int]:
    return sorted(
        i for fact in of(facts, TradesAccepted) if fact.trades.symbol == symbol for i in fact.trades.ids.tolist()
    )


def assert_nothing_is_lost(engine: Engine, facts: list[Fact]) -> None:
    """What the ledger holds is what was handed on, id for id."""
    for symbol in PAIR.symbols:
        held = [number for r in engine.ledger(symbol) for number in range(r.first, r.last + 1)]
        assert accepted_ids(facts, symbol) == held
    assert {trade.id for trade in TRUTH if trade.symbol == "BTCUSDT"} == set(accepted_ids(facts, "BTCUSDT"))


def test_a_pair_that_always_fails_costs_its_own_rows_only(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = run(ITEMS, first=BOTH)[1]
    monkeypatch.setattr(PairTracker, "step", failing(PairTracker.step, lambda self: self.pair == PAIR))
    engine, facts = run(ITEMS, first=BOTH)
    assert rows(facts, PAIR) == []
    assert rows(facts, OTHER) == rows(sound, OTHER)
    assert of(facts, Bar) == of(sound, Bar)
    assert_nothing_is_lost(engine, facts)
    said = of(facts, Fault)
    assert {(fault.part, fault.subject) for fault in said} == {("pair", f"{PAIR} 1s"), ("pair", f"{PAIR} 1m")}
    assert "ArithmeticError: injected" in said[0].error
    assert "failing.py" in said[0].trace
    assert "has no rows and no signals" in said[0].consequence
    assert len(said) < 10  # the same failure every second is told once a minute
    assert engine.faults.active["pair", f"{PAIR} 1s"].count > len(said)


def test_a_pair_that_fails_once_loses_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = run(ITEMS, first=BOTH)[1]

    def wanted(self: PairTracker) -> bool:
        return self.pair == PAIR and self.timeframe is Timeframe.S1 and (self.last_time or 0) > START + 60_000

    monkeypatch.setattr(PairTracker, "step", failing(PairTracker.step, wanted, times=1))
    engine, facts = run(ITEMS, first=BOTH)
    assert [row.time for row in rows(facts, PAIR)] == [row.time for row in rows(sound, PAIR)]
    assert len(of(facts, Fault)) == 1
    assert engine.faults.active == {}
    assert_nothing_is_lost(engine, facts)


def test_a_position_outlives_a_failure_of_its_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = run(ITEMS, first=BOTH)[1]
    entered = next(s for s in of(sound, Signal) if s.pair == PAIR and s.timeframe is Timeframe.S1)

    def wanted(self: PairTracker) -> bool:
        return self.pair == PAIR and self.timeframe is Timeframe.S1 and self.last_time == entered.time

    monkeypatch.setattr(PairTracker, "step", failing(PairTracker.step, wanted, times=1))
    facts = run(ITEMS, first=BOTH)[1]
    actions = [s.action.value for s in of(facts, Signal) if s.pair == PAIR and s.timeframe is Timeframe.S1]
    assert all((action == "EXIT") == (place % 2 == 1) for place, action in enumerate(actions))


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("pairs.row_evidence.window_evidence", ("eg_p", "eg_stat")),
        ("pairs.row_evidence.spread_adf", ("adf_p", "adf_stat")),
        ("pairs.statistics.half_life.half_life_kernel", ("half_life",)),
        ("pairs.statistics.correlation.return_moments", ("correlation",)),
    ],
)
def test_a_statistic_that_fails_has_no_number_and_the_row_has_its_others(
    monkeypatch: pytest.MonkeyPatch, name: str, columns: tuple[str, ...]
) -> None:
    sound = rows(run(ITEMS)[1], PAIR)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("injected")

    monkeypatch.setattr(f"spreadscope.{name}", broken)
    engine, facts = run(ITEMS)
    failed = rows(facts, PAIR)
    assert len(failed) == len(sound)
    for before, row in zip(sound, failed, strict=True):
        for key, value in row.statistics.items():
            if key not in columns:
                assert value == before[key], key
            elif before[key].reason not in {Reason.WARMING_UP, Reason.TOO_FEW_ROWS}:
                assert value.reason is Reason.FAILED, key
        if columns != ("half_life",):  # without a half-life there is no time stop
            assert row.state is before.state
    assert any(row[columns[0]].reason is Reason.FAILED for row in failed)
    assert len(of(facts, Fault)) >= 1
    assert_nothing_is_lost(engine, facts)


def test_a_tape_that_fails_leaves_a_hole_and_no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(CONFIG)
    engine.on(WatchSymbol("BTCUSDT"))
    first = engine.on(trades(range(1, 11)))
    monkeypatch.setattr(Tape, "_keep_recent", failing(Tape._keep_recent, lambda _: True, times=1))
    failed = engine.on(trades(range(11, 16)))
    assert [(fault.part, fault.subject) for fault in of(failed, Fault)] == [("tape", "BTCUSDT")]
    assert engine.ledger("BTCUSDT")[-1].last == 10
    after = [*engine.on(trades(range(16, 21))), *engine.on(MarketTime(START + 5_000))]
    assert [(gap.first, gap.last) for gap in of(after, Gap)] == [(11, 15)]
    fetched = engine.on(trades(range(11, 16), origin=Origin.REST))
    assert [gap.state for gap in of(fetched, Gap)] == [GapState.FILLED]
    assert accepted_ids([*first, *failed, *after, *fetched], "BTCUSDT") == list(range(1, 21))
    assert engine.faults.active == {}


def test_bars_that_fail_are_left_to_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(CONFIG, (Timeframe.S1, Timeframe.M1))
    engine.on(WatchSymbol("BTCUSDT"))
    facts = [*engine.on(trades(range(1, 400))), *engine.on(MarketTime(START + 4_000))]
    monkeypatch.setattr(BarSeries, "add", failing(BarSeries.add, lambda _: True, times=1))
    facts += [*engine.on(trades(range(400, 450))), *engine.on(trades(range(450, 1_000)))]
    facts += [*engine.on(MarketTime(START + 9_990)), *engine.on(FlushChanges())]
    assert accepted_ids(facts, "BTCUSDT") == list(range(1, 1_000))
    outdated = {(fact.timeframe, fact.open_time) for fact in of(facts, BarsOutdated)}
    assert {(Timeframe.S1, START + 4_000), (Timeframe.M1, START)} <= outdated
    made = {bar.open_time for bar in of(facts, Bar) if bar.timeframe is Timeframe.S1}
    assert made | {time for frame, time in outdated if frame is Timeframe.S1} >= set(range(START, START + 9_000, 1_000))
    assert not any(frame is Timeframe.S1 and time in made for frame, time in outdated)  # nothing half made was said


def test_a_bar_that_cannot_be_closed_is_left_to_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BarSeries, "close", failing(BarSeries.close, lambda self: self.symbol == "BTCUSDT", times=3))
    sound_eth = [bar for bar in of(run(ITEMS)[1], Bar) if bar.symbol == "ETHUSDT"]
    monkeypatch.undo()
    monkeypatch.setattr(BarSeries, "close", failing(BarSeries.close, lambda self: self.symbol == "BTCUSDT", times=3))
    engine, facts = run(ITEMS)
    assert [bar for bar in of(facts, Bar) if bar.symbol == "ETHUSDT"] == sound_eth
    assert len({(fact.timeframe, fact.open_time) for fact in of(facts, BarsOutdated)}) >= 3
    assert_nothing_is_lost(engine, facts)


def test_a_rule_that_fails_has_no_data_and_the_others_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [SetRule("bad", "price > 1", "BTCUSDT"), SetRule("good", "price > 1", "ETHUSDT")]
    broken = failing(ActiveRule.evaluate, lambda self: self.rule_id == "bad")
    monkeypatch.setattr(ActiveRule, "evaluate", broken)
    engine, facts = run(ITEMS, first=(WatchPair(PAIR), *rules))
    assert [fault.part for fault in of(facts, Fault)] == ["rule", "rule"][: len(of(facts, Fault))]
    assert of(facts, Fault)
    assert engine.alerts.rules["bad"].instances["BTCUSDT"].reason == "calculation failed"
    assert engine.alerts.rules["good"].instances["ETHUSDT"].life.incident
    assert_nothing_is_lost(engine, facts)


def test_an_event_that_fails_is_a_fault_and_the_next_one_is_heard() -> None:
    engine = Engine(CONFIG)
    facts = engine.on(SetRule("r", "no such thing > 2", "BTCUSDT"))
    assert [(fault.part, fault.subject) for fault in of(facts, Fault)] == [("event", "SetRule")]
    engine.on(WatchSymbol("BTCUSDT"))
    assert of(engine.on(trades([1])), TradesAccepted)


def test_faults_are_no_part_of_the_hash() -> None:
    facts = run(ITEMS)[1]
    fault = Fault("pair", str(PAIR), START, "ZeroDivisionError", "no rows", "trace")
    plain, with_fault = FactsDigest(), FactsDigest()
    for fact in facts:
        plain.add(fact)
        with_fault.add(fact)
        with_fault.add(fault)
    assert plain.hexdigest() == with_fault.hexdigest()
