"""Performance measures: hand-made numbers, edges, and reasons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason

RETURNS = [0.02, -0.01, 0.03, -0.04, 0.01, 0.0]


def test_sharpe_and_sortino_by_hand() -> None:
    r = np.array(RETURNS)
    assert performance.sharpe(RETURNS).value == pytest.approx(r.mean() / r.std(ddof=1) * math.sqrt(365))
    downside = math.sqrt((0.01**2 + 0.04**2) / 6)
    assert performance.sortino(RETURNS).value == pytest.approx(r.mean() / downside * math.sqrt(365))


def test_drawdown_counts_from_the_start() -> None:
    found = performance.max_drawdown([-0.1, 0.05])
    assert found.depth == pytest.approx(-0.1)
    assert (found.peak, found.trough) == (0, 1)
    assert performance.max_drawdown([0.1, 0.1]).depth == 0.0
    assert performance.max_drawdown([]).reason is Reason.TOO_FEW_ROWS


def test_undefined_measures_have_reasons() -> None:
    for measure in (
        performance.sharpe([0.01]),
        performance.sharpe([0.01, 0.01]),
        performance.sortino([0.01, 0.02]),
        performance.calmar([0.01, 0.02]),
        performance.hit_rate([0.0]),
        performance.value_at_risk([0.1]),
        performance.expected_shortfall([]),
        performance.probabilistic_sharpe(0.1, 1),
        performance.minimum_track_record(0.1, benchmark=0.2),
    ):
        assert measure.value is None
        assert isinstance(measure.reason, Reason)


def test_bad_returns_are_refused() -> None:
    for call in (
        lambda: performance.sharpe([0.1, math.nan]),
        lambda: performance.sharpe([[0.1]]),
        lambda: performance.value_at_risk(RETURNS, level=0.05),
        lambda: performance.probabilistic_sharpe(2.0, 100, skewness=3.0, kurtosis=1.0),
        lambda: performance.deflated_sharpe(0.1, 100, trials=0, trials_variance=0.1),
    ):
        with pytest.raises(StatisticsError):
            call()


def test_more_trials_deflate_more() -> None:
    values = [performance.deflated_sharpe(0.1, 500, trials=n, trials_variance=0.001).value for n in (1, 10, 100, 1000)]
    assert values == sorted(values, key=lambda value: value or 0.0, reverse=True)
    assert values[0] == performance.probabilistic_sharpe(0.1, 500).value


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(min_value=-0.5, max_value=0.5), min_size=2, max_size=60))
def test_orderings_that_always_hold(returns: list[float]) -> None:
    bound, tail = performance.value_at_risk(returns), performance.expected_shortfall(returns)
    assert bound.value is not None
    assert tail.value is not None
    assert tail.value <= bound.value + 1e-12
    depth = performance.max_drawdown(returns).depth
    assert depth is not None
    assert -1.0 <= depth <= 0.0
