"""The half-life of a fitted spread: without bias, in its interval, and none where a random walk is as good."""

from __future__ import annotations

import numpy as np
import pytest

from spreadscope.jit import FloatArray
from spreadscope.model.validity import Reason
from spreadscope.stats import half_life, spread_half_life
from spreadscope.stats.synthetic_pairs import Legs, tied, unrelated


def residual(legs: Legs) -> FloatArray:
    y, x = legs
    slope, level = np.polyfit(x, y, 1)
    return np.asarray(y - slope * x - level)


@pytest.mark.parametrize(("true", "rows"), [(10, 1_440), (30, 1_440), (100, 1_440), (10, 360)])
def test_the_interval_holds_the_truth_and_the_middle_is_the_middle(true: int, rows: int) -> None:
    lives = [spread_half_life(residual(tied(rows, true, seed))) for seed in range(200)]
    inside = sum((life.low or 0) <= true <= (life.high or np.inf) for life in lives)
    assert inside >= 180, "90% of 200"
    middle = float(np.median([life.half_life or np.inf for life in lives]))
    assert middle == pytest.approx(true, rel=0.15)


def test_the_plain_one_is_too_short_where_this_one_is_not() -> None:
    plain = [half_life(residual(tied(1_440, 100, seed))).half_life or np.inf for seed in range(100)]
    assert np.median(plain) < 75


def test_two_random_walks_have_no_half_life_but_a_lower_end() -> None:
    lives = [spread_half_life(residual(unrelated(1_440, seed))) for seed in range(100)]
    assert sum(life.high is None for life in lives) >= 92
    assert sum(life.half_life is None for life in lives) >= 40
    assert sum(life.low is not None for life in lives) >= 95
    assert {life.reason for life in lives} == {None, Reason.NOT_MEAN_REVERTING}


def test_it_is_counted_in_the_unit_of_dt() -> None:
    spread = residual(tied(1_440, 10, 1))
    rows, seconds = spread_half_life(spread), spread_half_life(spread, dt=60.0)
    assert seconds.half_life == pytest.approx(60 * (rows.half_life or 0))
    assert (seconds.low, seconds.high) == pytest.approx((60 * (rows.low or 0), 60 * (rows.high or 0)))


def test_fast_spreads_beyond_the_table() -> None:
    lives = [spread_half_life(residual(tied(1_440, 2, seed))) for seed in range(100)]
    assert sum((life.low or 0) <= 2 <= (life.high or np.inf) for life in lives) >= 90
    noise = spread_half_life(np.random.default_rng(1).standard_normal(1_440))
    assert noise.low == 0.0


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (np.ones(100), Reason.CONSTANT_SPREAD),
        (np.arange(10.0), Reason.TOO_FEW_ROWS),
        (np.full(100, np.nan), Reason.TOO_FEW_ROWS),
    ],
)
def test_what_is_no_spread_has_a_reason(series: FloatArray, reason: Reason) -> None:
    found = spread_half_life(series)
    assert (found.half_life, found.low, found.high, found.reason) == (None, None, None, reason)


def test_a_spread_that_goes_back_within_a_row_has_no_half_life_and_says_why() -> None:
    rng = np.random.default_rng(4)
    turning = spread_half_life(rng.standard_normal(300) * (-1.0) ** np.arange(300) + 5.0 * (-1.0) ** np.arange(300))
    assert turning.phi is not None
    assert turning.phi < 0
    assert (turning.half_life, turning.low, turning.high, turning.reason) == (None, None, None, Reason.NOT_OU)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("phi", [-0.3, -0.05, 0.0, 0.02, 0.1])
def test_no_half_life_is_ever_said_to_be_nothing(phi: float, seed: int) -> None:
    spread = np.random.default_rng(seed).standard_normal(200)
    for t in range(1, 200):
        spread[t] += phi * spread[t - 1]
    life = spread_half_life(spread)
    assert life.half_life is None or life.half_life > 0.0
    assert life.high is None or life.high > 0.0
    assert (life.half_life is None) == (life.reason is not None)
    if life.half_life is not None:
        assert (life.low or 0.0) <= life.half_life
    if life.high is not None:
        assert life.low is not None
