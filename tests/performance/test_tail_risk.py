"""Value at risk and expected shortfall: by hand, against the single-period ones, edges and reasons."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm  # type: ignore[import-untyped]

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason

RNG = np.random.default_rng(4)
NOISE = 0.01 * RNG.standard_normal(300)
PANEL = 0.01 * RNG.standard_normal((200, 3)) * [1.0, 2.0, 0.5]


def volatility_by_hand(returns: np.ndarray, decay: float) -> list[float]:
    found = [math.nan]
    for t in range(1, returns.size + 1):
        weights = decay ** np.arange(t - 1, -1, -1)
        found.append(math.sqrt(float(weights @ returns[:t] ** 2 / weights.sum())))
    return found


def filtered_by_hand(columns: np.ndarray, weights: list[float], level: float, horizon: int, decay: float) -> float:
    """VaR, with loops for all."""
    first = math.ceil(round(1 / (1 - decay), 9))
    volatility = [volatility_by_hand(column, decay) for column in columns.T]
    outcomes = [
        sum(w * column[t] / sd[t] * sd[-1] for w, column, sd in zip(weights, columns.T, volatility, strict=True))
        for t in range(first, len(columns))
    ]
    sums = [math.fsum(outcomes[i : i + horizon]) for i in range(len(outcomes) - horizon + 1)]
    return float(np.quantile(sums, 1 - level))


def test_the_volatility_is_that_of_the_weighted_squares_before_each_row() -> None:
    for decay in (0.5, 0.94, 0.97):
        found = performance.ewma_volatility(NOISE, decay=decay)
        assert found.size == NOISE.size + 1
        np.testing.assert_allclose(found, volatility_by_hand(NOISE, decay), rtol=1e-12)


def test_the_volatility_of_a_prefix_has_the_bits_of_the_whole() -> None:
    whole = performance.ewma_volatility(NOISE)
    for rows in (1, 17, 120):
        assert performance.ewma_volatility(NOISE[:rows]).tobytes() == whole[: rows + 1].tobytes()


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_historical_over_one_period_is_what_the_figures_of_returns_say(level: float) -> None:
    found = performance.historical_tail_risk(NOISE, level=level)
    assert found.value_at_risk == performance.value_at_risk(NOISE, level=level).value
    assert found.expected_shortfall == pytest.approx(
        performance.expected_shortfall(NOISE, level=level).value, rel=1e-13
    )
    assert found.n == NOISE.size


def test_historical_sums_overlap() -> None:
    sums = [math.fsum(NOISE[i : i + 5]) for i in range(NOISE.size - 4)]
    found = performance.historical_tail_risk(NOISE, level=0.99, horizon=5)
    assert found.n == 296
    assert found.value_at_risk == pytest.approx(float(np.quantile(sums, 0.01)), rel=1e-12)
    tail = [s for s in sums if s <= np.quantile(sums, 0.01)]
    assert found.expected_shortfall == pytest.approx(math.fsum(tail) / len(tail), rel=1e-12)


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_ewma_is_normal_with_the_next_volatility(level: float) -> None:
    sd = volatility_by_hand(NOISE, 0.94)[-1]
    found = performance.ewma_tail_risk(NOISE, level=level, horizon=4)
    assert found.value_at_risk == pytest.approx(2 * sd * norm.ppf(1 - level), rel=1e-9)
    mean_below = -norm.pdf(norm.ppf(1 - level)) / (1 - level)
    assert found.expected_shortfall == pytest.approx(2 * sd * mean_below, rel=1e-9)


@pytest.mark.parametrize(("level", "horizon", "decay"), [(0.95, 1, 0.94), (0.99, 1, 0.97), (0.95, 10, 0.94)])
def test_filtered_and_joint_are_what_loops_give(level: float, horizon: int, decay: float) -> None:
    one = performance.filtered_tail_risk(NOISE, level=level, horizon=horizon, decay=decay)
    assert one.value_at_risk == pytest.approx(filtered_by_hand(NOISE[:, None], [1.0], level, horizon, decay), rel=1e-11)
    weights = [1000.0, -400.0, 50.0]
    joint = performance.joint_filtered_tail_risk(PANEL, weights, level=level, horizon=horizon, decay=decay)
    assert joint.value_at_risk == pytest.approx(filtered_by_hand(PANEL, weights, level, horizon, decay), rel=1e-11)


def test_filtered_knows_that_it_is_calm_now() -> None:
    """Returns of a storm, then 100 calm ones: the historical figure still is the storm's."""
    calm = np.concatenate((10 * NOISE[:100], NOISE[100:200]))
    filtered = performance.filtered_tail_risk(calm).value_at_risk
    historical = performance.historical_tail_risk(calm).value_at_risk
    assert filtered is not None
    assert historical is not None
    assert historical < 3 * filtered < 0


def test_joint_keeps_what_moved_together() -> None:
    twice = np.column_stack((NOISE, NOISE))
    assert performance.joint_filtered_tail_risk(twice, [5.0, -5.0]).value_at_risk == 0.0
    both = performance.joint_filtered_tail_risk(twice, [1.0, 1.0])
    assert both.value_at_risk == pytest.approx(2 * (performance.filtered_tail_risk(NOISE).value_at_risk or 0.0))


def test_a_column_that_is_not_held_or_never_moved_adds_nothing() -> None:
    known = performance.joint_filtered_tail_risk(PANEL, [1.0, 2.0, 3.0])
    more = np.column_stack((PANEL, np.zeros(200), 100 * PANEL[:, 0]))
    assert performance.joint_filtered_tail_risk(more, [1.0, 2.0, 3.0, 7.0, 0.0]) == known


def test_periods_before_the_first_move_have_no_residual() -> None:
    listed_later = np.concatenate((np.zeros(40), NOISE))
    found = performance.filtered_tail_risk(listed_later)
    assert found.n == NOISE.size - 1  # the first move has no volatility before it
    assert found.value_at_risk is not None


def test_undefined_tails_have_reasons() -> None:
    for found, reason in (
        (performance.historical_tail_risk([0.1]), Reason.TOO_FEW_ROWS),
        (performance.historical_tail_risk([0.1, 0.2, 0.1], horizon=3), Reason.TOO_FEW_ROWS),
        (performance.historical_tail_risk([1e308] * 4, horizon=2), Reason.NOT_FINITE),
        (performance.ewma_tail_risk(NOISE[:16]), Reason.TOO_FEW_ROWS),
        (performance.ewma_tail_risk(np.zeros(50)), Reason.CONSTANT_SPREAD),
        (performance.ewma_tail_risk([1e200] * 50), Reason.NOT_FINITE),
        (performance.filtered_tail_risk(NOISE[:18]), Reason.TOO_FEW_ROWS),
        (performance.filtered_tail_risk(np.zeros(50)), Reason.CONSTANT_SPREAD),
        (performance.joint_filtered_tail_risk(PANEL, [0.0, 0.0, 0.0]), Reason.CONSTANT_SPREAD),
    ):
        assert found.value_at_risk is None
        assert found.expected_shortfall is None
        assert found.reason is reason


def test_wrong_arguments_are_refused() -> None:
    for call in (
        lambda: performance.joint_filtered_tail_risk(PANEL, [1.0, 2.0]),
        lambda: performance.joint_filtered_tail_risk(NOISE, [1.0]),
        lambda: performance.joint_filtered_tail_risk(PANEL * math.nan, [1.0, 2.0, 3.0]),
        lambda: performance.filtered_tail_risk([0.1, math.nan]),
        lambda: performance.ewma_tail_risk(NOISE, decay=1.0),
        lambda: performance.ewma_volatility(NOISE, decay=0.0),
    ):
        with pytest.raises(StatisticsError):
            call()


def test_frames_are_taken_as_they_are() -> None:
    frame = pl.DataFrame(PANEL, schema=["a", "b", "c"])
    assert performance.joint_filtered_tail_risk(frame, [1.0, 2.0, 3.0]) == performance.joint_filtered_tail_risk(
        PANEL, [1.0, 2.0, 3.0]
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(min_value=-0.5, max_value=0.5), min_size=25, max_size=80),
    st.sampled_from([0.9, 0.95, 0.99]),
    st.integers(min_value=1, max_value=5),
)
def test_orderings_that_always_hold(returns: list[float], level: float, horizon: int) -> None:
    for method in (performance.historical_tail_risk, performance.ewma_tail_risk, performance.filtered_tail_risk):
        found = method(returns, level=level, horizon=horizon)
        if found.reason is not None:
            continue
        assert found.value_at_risk is not None
        assert found.expected_shortfall is not None
        assert found.expected_shortfall <= found.value_at_risk + 1e-9 * abs(found.value_at_risk)
        deeper = method(returns, level=0.995, horizon=horizon)
        assert (deeper.value_at_risk or 0.0) <= found.value_at_risk + 1e-12
        scaled = method(2.0 * np.array(returns), level=level, horizon=horizon)
        assert scaled.value_at_risk == pytest.approx(2.0 * found.value_at_risk, rel=1e-9, abs=1e-300)
