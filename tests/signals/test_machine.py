"""The signal's state machine, as a table and as properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.errors import StatisticsError
from spreadscope.model.states import Action, SignalState
from spreadscope.signals import SignalMachine, signal_actions

ENTRY, EXIT, STOP = 2.0, 0.5, 4.0
SHORT = {"B": Action.BUY_SPREAD, "S": Action.SELL_SPREAD, "X": Action.EXIT, ".": Action.HOLD}


def machine() -> SignalMachine:
    return SignalMachine(entry=ENTRY, exit_level=EXIT, stop=STOP)


@pytest.mark.parametrize(
    ("z", "actions"),
    [
        ([1.99, 2.0], ".S"),
        ([-1.99, -2.0], ".B"),
        ([2.0, 0.51, 0.5], "S.X"),
        ([-2.0, -0.51, -0.5], "B.X"),
        ([2.0, -3.0, -3.0], "SXB"),  # across to the other side: EXIT first, then the new side
        ([-2.0, 3.0, 3.0], "BXS"),
        ([4.0, 3.99], ".S"),  # never enters at the stop
        ([2.0, 3.99, 4.0], "S.X"),  # stop
        ([2.0, 4.0, 3.0, 2.0, 1.99, 2.0], "SX...S"),  # locked out until |z| < entry
        ([-2.0, -4.0, -3.0, 3.0, 1.0, -2.5], "BX...B"),
        ([2.0, 0.0, 2.0], "SXS"),  # no lock-out after a good exit
        ([None, 2.5, None, None, 0.0, None], ".S..X."),
        ([math.nan, 2.5, math.nan, 0.0], ".S.X"),
        ([math.inf, -math.inf], ".."),
    ],
)
def test_table(z: list[float | None], actions: str) -> None:
    assert signal_actions(z) == [SHORT[letter] for letter in actions]


def test_time_stop_exits_and_locks_out() -> None:
    signal = machine()
    assert signal.update(2.5, time=1000, hold_for=500).action is Action.SELL_SPREAD
    assert signal.update(2.5, time=1499).action is Action.HOLD
    step = signal.update(2.5, time=1500)
    assert (step.action, step.cause, signal.locked_out) == (Action.EXIT, "time stop", True)
    assert signal.update(2.5, time=1501).action is Action.HOLD
    assert signal.update(1.0, time=1502).action is Action.HOLD
    assert signal.update(2.5, time=1503).action is Action.SELL_SPREAD


def test_the_time_stop_is_the_one_of_the_entry() -> None:
    signal = machine()
    signal.update(2.5, time=0, hold_for=1000)
    signal.update(2.5, time=500, hold_for=10)
    assert signal.update(2.5, time=999, hold_for=1).action is Action.HOLD
    assert signal.update(None, time=5000).action is Action.HOLD
    assert signal.update(2.5, time=5001).action is Action.EXIT


def test_a_stale_row_enters_nothing_but_may_leave() -> None:
    signal = machine()
    assert signal.update(3.0, may_enter=False).action is Action.HOLD
    signal.update(3.0)
    assert signal.update(0.0, may_enter=False).action is Action.EXIT


@pytest.mark.parametrize("levels", [(0.5, 0.5, 4), (2, -0.1, 4), (2, 0.5, 2), (2, 3, 4), (math.nan, 0.5, 4)])
def test_levels_out_of_order_are_refused(levels: tuple[float, float, float]) -> None:
    with pytest.raises(StatisticsError, match="0 <= exit < entry < stop"):
        SignalMachine(entry=levels[0], exit_level=levels[1], stop=levels[2])


numbers = st.none() | st.floats(-6, 6) | st.sampled_from([2.0, -2.0, 0.5, -0.5, 4.0, -4.0])


@given(st.lists(st.tuples(numbers, st.booleans(), st.none() | st.integers(1, 5)), max_size=60))
def test_properties(rows: list[tuple[float | None, bool, int | None]]) -> None:
    signal = machine()
    before, stopped = SignalState.FLAT, False
    for time, (z, may_enter, hold_for) in enumerate(rows):
        step = signal.update(z, time=time, hold_for=hold_for, may_enter=may_enter)
        assert step.state is signal.state
        if z is None:
            assert (step.action, step.state) == (Action.HOLD, before)
        if {before, step.state} == {SignalState.LONG, SignalState.SHORT}:
            pytest.fail("flipped without an EXIT")
        if step.action is Action.HOLD:
            assert step.state is before
        elif step.action is Action.EXIT:
            assert before is not SignalState.FLAT
            assert step.state is SignalState.FLAT
            stopped = "stop" in step.cause
        else:
            assert before is SignalState.FLAT
            assert may_enter
            assert z is not None
            assert ENTRY <= abs(z) < STOP
            assert not stopped, "entered while locked out"
            assert (step.state is SignalState.SHORT) == (z > 0)
        if z is not None and abs(z) < ENTRY and step.action is Action.HOLD and before is SignalState.FLAT:
            stopped = False
        before = step.state


@given(st.lists(numbers, max_size=60))
def test_the_other_side_is_the_mirror(z: list[float | None]) -> None:
    mirror = {Action.BUY_SPREAD: Action.SELL_SPREAD, Action.SELL_SPREAD: Action.BUY_SPREAD}
    other = signal_actions([None if value is None else -value for value in z])
    assert other == [mirror.get(action, action) for action in signal_actions(z)]
