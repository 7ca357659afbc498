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


def wave() -> np.ndarray:
    t = np.arange(400.0)
    return np.asarray(0.0012 + 0.011 * np.sin(1.3 * t) + 0.006 * np.cos(0.37 * t * t) - 0.03 * (t % 97 == 13))


# By empyrical-reloaded 0.7.1 on wave(), 365 periods a year; by (1 − level) for the last two.
PEER = {
    "sharpe": 2.1909271089942215, "sortino": 3.2376656191534456, "max_drawdown": -0.05797716856140996,
    "calmar": 8.113585472026562,
}  # fmt: skip
PEER_TAILS = {
    0.95: (-0.013337199484620052, -0.01885534961676354),
    0.99: (-0.015619718111284996, -0.03730056598197146),
    0.9: (-0.011085892117379226, -0.015520143942094649),
}


def test_figures_are_those_of_a_peer() -> None:
    r = wave()
    assert performance.sharpe(r).value == pytest.approx(PEER["sharpe"], rel=1e-12)
    assert performance.sortino(r).value == pytest.approx(PEER["sortino"], rel=1e-12)
    assert performance.max_drawdown(r).depth == pytest.approx(PEER["max_drawdown"], rel=1e-12)
    assert performance.calmar(r).value == pytest.approx(PEER["calmar"], rel=1e-12)
    for level, (bound, tail) in PEER_TAILS.items():
        assert performance.value_at_risk(r, level=level).value == pytest.approx(bound, rel=1e-12)
        assert performance.expected_shortfall(r, level=level).value == pytest.approx(tail, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(min_value=-0.5, max_value=0.5), min_size=2, max_size=60, unique=True),
    st.sampled_from([0.9, 0.95, 0.99]),
)
def test_the_shortfall_is_the_mean_of_the_lowest_returns(returns: list[float], level: float) -> None:
    """As the peer counts them: ⌊(n − 1)(1 − level)⌋ + 1 of them, exact at 0.9 too."""
    held = int((len(returns) - 1) * round((1 - level) * 100)) // 100 + 1
    lowest = sorted(returns)[:held]
    assert performance.expected_shortfall(returns, level=level).value == pytest.approx(math.fsum(lowest) / held)


def test_a_level_of_nine_tenths_is_exact() -> None:
    """1 − 0.9 is a bit below 0.1: the mean of the tail of 11 returns missed the second of them."""
    assert performance.value_at_risk(range(11), level=0.9).value == 1.0
    assert performance.expected_shortfall(range(11), level=0.9).value == 0.5


def test_published_examples_of_the_sharpe_ratio() -> None:
    """Bailey and López de Prado (2014): 100 trials give 0.9004, 46 (or 88 with normal returns) 0.9505; (2012): 0.982
    with normal returns, 0.913 with those of the example."""
    ratio, variance = 2.5 / math.sqrt(250), 0.5 / 250
    for trials, skewness, kurtosis, published in ((100, -3, 10, 0.9004), (46, -3, 10, 0.9505), (88, 0, 3, 0.9505)):
        found = performance.deflated_sharpe(
            ratio, 1250, trials=trials, trials_variance=variance, skewness=skewness, kurtosis=kurtosis
        )
        assert found.value == pytest.approx(published, abs=6e-5)
    assert performance.probabilistic_sharpe(0.458, 24).value == pytest.approx(0.982, abs=5e-4)
    fat = performance.probabilistic_sharpe(0.458, 24, skewness=-2.448, kurtosis=10.164)
    assert fat.value == pytest.approx(0.913, abs=5e-4)
