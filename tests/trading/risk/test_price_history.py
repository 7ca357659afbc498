"""Stored closes on one grid: holes stay holes, and positions of today are revalued exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.trading.risk.price_history import known, price_history
from tests.support.risk_market import history

STEP = 300_000
START = 1_690_000_200_000


def test_opening_times_become_ends_and_what_is_off_the_grid_is_left_out() -> None:
    times = np.array([START, START + STEP, START + STEP + 1, START + 3 * STEP], dtype=np.int64)
    found = price_history(STEP, {"A": (times, np.array([1.0, 2.0, 9.0, 4.0]))}, shift=STEP)
    assert list(found.times) == [START + STEP * number for number in (1, 2, 3, 4)]
    np.testing.assert_array_equal(found.closes["A"], [1.0, 2.0, math.nan, 4.0])


def test_pnl_is_the_value_times_the_move_and_a_hole_of_one_leg_is_one_of_all() -> None:
    found = history(STEP, {"A": [100.0, 110.0, 99.0, 99.0], "B": [50.0, 50.0, math.nan, 60.0]})
    np.testing.assert_allclose(found.pnl({"A": 1_000.0}), [100.0, -100.0, 0.0])
    np.testing.assert_allclose(found.pnl({"A": 1_000.0}, 2), [-10.0, -100.0])
    np.testing.assert_array_equal(np.isnan(found.pnl({"A": 1_000.0, "B": -500.0})), [False, True, True])
    assert found.pnl({"A": 1_000.0, "B": -500.0}, 3)[0] == pytest.approx(-10.0 - 100.0)
    np.testing.assert_array_equal(known(found.pnl({"A": 0.0})), [0.0, 0.0, 0.0])


def test_longer_steps_newest_rows_and_what_lacks() -> None:
    found = history(STEP, {"A": [float(number) for number in range(1, 30)], "B": [math.nan] * 29})
    hourly = found.every(12 * STEP)
    assert (hourly.times % (12 * STEP) == 0).all()
    assert np.diff(hourly.closes["A"]).tolist() == [12.0] * (len(hourly.times) - 1)
    assert found.newest(2 * STEP).closes["A"].tolist() == [27.0, 28.0, 29.0]
    assert found.lacking(["A", "B", "C"]) == ["B", "C"]


@given(
    st.lists(st.floats(1.0, 100.0), min_size=4, max_size=12), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3),
    st.integers(1, 3),
)  # fmt: skip
def test_pnl_is_linear_in_positions(closes: list[float], one: float, other: float, periods: int) -> None:
    found = history(STEP, {"A": closes, "B": closes[::-1]})
    both = found.pnl({"A": one, "B": other}, periods)
    np.testing.assert_allclose(both, found.pnl({"A": one}, periods) + found.pnl({"B": other}, periods), atol=1e-9)
    np.testing.assert_allclose(found.pnl({"A": 2 * one}, periods), 2 * found.pnl({"A": one}, periods), atol=1e-9)
