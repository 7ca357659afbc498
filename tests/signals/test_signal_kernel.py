"""The batch twin of the signal machine: the same actions at the same rows, with stale legs, stops and time stops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.model.states import Action, Cause
from spreadscope.signals import SignalMachine
from spreadscope.signals.signal_kernel import BACK_INSIDE, BUY, EXIT, SELL, STOP, TIME_STOP, signal_series

ROWS = 4_000
ACTIONS = {Action.BUY_SPREAD: BUY, Action.SELL_SPREAD: SELL, Action.EXIT: EXIT}
CAUSES = {Cause.BACK_INSIDE: BACK_INSIDE, Cause.STOP: STOP, Cause.TIME_STOP: TIME_STOP, Cause.ENTRY: 0}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("longest", "half_lives"), [(0, 0.0), (20_000, 3.0), (0, 2.0)])
def test_the_actions_are_those_of_the_machine(seed: int, longest: int, half_lives: float) -> None:
    rng = np.random.default_rng(seed)
    z = np.empty(ROWS)
    z[0] = 0.0
    for row in range(1, ROWS):
        z[row] = 0.9 * z[row - 1] + rng.normal(0, 0.9)
    z[rng.random(ROWS) < 0.05] = np.nan
    may_enter, times = rng.random(ROWS) < 0.9, 1_000 * np.arange(ROWS)
    lives = rng.uniform(2.0, 30.0, ROWS)
    nothing = np.full(ROWS, np.nan)
    rows, actions, causes = signal_series(
        times, may_enter, (z, nothing, nothing, nothing, nothing, np.zeros(ROWS, dtype=np.bool_)), (2.0, 0.5, 4.0),
        (longest, half_lives, lives), (30, 1.0, False),
    )  # fmt: skip
    machine = SignalMachine(entry=2.0, exit_level=0.5, stop=4.0)
    expected = []
    for row in range(ROWS):
        hold_for = longest or (int(half_lives * lives[row] * 1_000) if half_lives else None)
        step = machine.update(
            None if math.isnan(z[row]) else float(z[row]), time=1_000 * row, hold_for=hold_for,
            may_enter=bool(may_enter[row]),
        )  # fmt: skip
        if step.action is not Action.HOLD:
            expected.append((row, ACTIONS[step.action], CAUSES[step.kind] if step.action is Action.EXIT else 0))
    assert list(zip(rows.tolist(), actions.tolist(), causes.tolist(), strict=True)) == expected
    assert {STOP, BACK_INSIDE} <= set(causes.tolist())
    assert (TIME_STOP in causes.tolist()) == bool(longest or half_lives)
