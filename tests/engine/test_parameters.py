"""Parameters that change while the engine runs: an event like any other, so that a replay says the same."""

from __future__ import annotations

from itertools import pairwise

import pytest

from spreadscope.engine import Engine, FactsDigest
from spreadscope.model.events import Event, SetParameters, WatchPair
from spreadscope.model.facts import Fact, Fault, PairRow, Signal
from spreadscope.model.states import Cause, SignalState
from spreadscope.model.timeframe import Timeframe
from tests.support.facts import of
from tests.support.streams import CONFIG, PAIR, run, true_trades

TRUTH = true_trades(240, seed=5)
MIDDLE = len(TRUTH) // 2
CHANGED_AT = TRUTH[MIDDLE].time
LOW = {"signals.entry": 0.3, "signals.exit": 0.1}


def facts_with(*events: Event, first: tuple[Event, ...] = (WatchPair(PAIR),)) -> list[Fact]:
    return run(TRUTH, first=first, at={MIDDLE: list(events)})[1]


def seconds(facts: list[Fact]) -> list[PairRow]:
    return [row for row in of(facts, PairRow) if row.timeframe is Timeframe.S1]


def test_thresholds_hold_from_the_next_row_on_and_the_statistics_stay() -> None:
    before, after = facts_with(), facts_with(SetParameters(str(PAIR), "1s", dict(LOW)))
    said, changed = of(before, Signal), of(after, Signal)
    early = [signal for signal in changed if signal.time < CHANGED_AT - 2_000]
    assert early == [signal for signal in said if signal.time < CHANGED_AT - 2_000]
    assert len(changed) > len(said)
    assert any(abs(signal.z or 9) < CONFIG.signals.entry for signal in changed if signal.kind is Cause.ENTRY)
    assert [row.z for row in seconds(before)] == [row.z for row in seconds(after)]


def test_another_model_begins_on_the_bars_in_memory_and_every_row_is_there_once() -> None:
    before = facts_with()
    after = facts_with(SetParameters(str(PAIR), "1s", {"analytics.hedge": "tls", "analytics.z_window": 20}))
    assert [row.time for row in seconds(after)] == [row.time for row in seconds(before)]
    from_start = facts_with(
        first=(SetParameters("", "", {"analytics.hedge": "tls", "analytics.z_window": 20}), WatchPair(PAIR))
    )
    changed = [row for row in seconds(after) if row.time > CHANGED_AT + 2_000]
    expected = {row.time: row for row in seconds(from_start)}
    assert len(changed) > 90
    # From memory it fills its windows with the closes; what came after is the same to the last digit.
    assert [row.beta.value for row in changed[40:]] == [expected[row.time].beta.value for row in changed[40:]]
    unchanged = {row.time: row for row in seconds(before)}
    assert all(row == unchanged[row.time] for row in seconds(after) if row.time < CHANGED_AT - 2_000)
    assert not of(after, Fault)


def test_an_open_position_ends_when_its_statistics_change() -> None:
    low = SetParameters("", "", {**LOW, "signals.exit": 0.0, "signals.stop": 50.0, "signals.time_stop_half_lives": 0.0})
    start = (low, WatchPair(PAIR))
    kept = [signal for signal in of(facts_with(first=start), Signal) if signal.timeframe is Timeframe.S1]
    entered, left = max(pairwise(kept), key=lambda two: two[1].time - two[0].time if two[0].kind is Cause.ENTRY else 0)
    assert left.time - entered.time > 5_000, "the market of this test must hold a position for a while"
    change = SetParameters(str(PAIR), "1s", {"analytics.max_lags": 0})
    place = next(number for number, trade in enumerate(TRUTH) if trade.time > entered.time + 3_500)
    facts = run(TRUTH, first=start, at={place: [change]})[1]
    (ended,) = [signal for signal in of(facts, Signal) if signal.kind is Cause.PARAMETERS_CHANGED]
    assert (ended.state, ended.cause) == (SignalState.FLAT, "its parameters were changed")
    keys = [(signal.timeframe, signal.time) for signal in of(facts, Signal)]
    assert len(keys) == len(set(keys)), "two signals of one row would replace each other in the store"


def test_the_cut_into_batches_changes_nothing() -> None:
    events: dict[int, list[Event]] = {
        MIDDLE // 2: [SetParameters(str(PAIR), "1s", {"analytics.hedge": "kalman"})],
        MIDDLE: [SetParameters("", "", dict(LOW))],
    }  # fmt: skip
    digests = set()
    for take in (lambda _: False, lambda n: n % 3 == 0, lambda n: n % 50 == 0):
        digest = FactsDigest()
        # Between the events lie whole batches, so the stream may be cut anywhere else.
        for fact in run(TRUTH, take, at=dict(events))[1]:
            digest.add(fact)
        digests.add(digest.hexdigest())
    assert len(digests) == 1


def test_many_pairs_change_one_after_another() -> None:
    """A change for all may not stop the market for the time that all of them take."""
    engine = Engine(CONFIG)
    engine.on(WatchPair(PAIR))
    run(TRUTH[:MIDDLE], engine=engine, first=())
    states = {timeframe: engine.pairs[PAIR][timeframe] for timeframe in Timeframe}
    engine.on(SetParameters("", "", {"analytics.max_lags": 0}))
    assert {timeframe: engine.pairs[PAIR][timeframe] for timeframe in Timeframe} == states
    run(TRUTH[MIDDLE:], engine=engine, first=())
    assert all(engine.pairs[PAIR][timeframe] is not states[timeframe] for timeframe in Timeframe)
    assert {state.parameters.analytics.max_lags for state in engine.pairs[PAIR].values()} == {0}


def test_a_state_that_is_behind_steps_in_parts_and_says_the_same() -> None:
    """To fill its windows takes thousands of rows: all at once they would hold up the market."""
    change = SetParameters("", "", {"analytics.hedge": "tls"})
    at_once = facts_with(change)
    engine = Engine(CONFIG, rows_at_once=7)
    in_parts = run(TRUTH, engine=engine, at={MIDDLE: [change]})[1]
    assert seconds(in_parts) == seconds(at_once)
    assert {row.timeframe for row in of(in_parts, PairRow)} == {row.timeframe for row in of(at_once, PairRow)}
    assert not of(in_parts, Fault)


@pytest.mark.parametrize("values", [{"signals.entry": 0.0}, {"analytics.hedge": "no"}, {"x": 1}])
def test_what_cannot_be_is_a_fault_and_changes_nothing(values: dict[str, float | str]) -> None:
    facts = facts_with(SetParameters(str(PAIR), "1s", values))
    (fault,) = of(facts, Fault)
    assert "SetParameters" in fault.subject
    assert seconds(facts) == seconds(facts_with())
