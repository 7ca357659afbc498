"""Equal risk contributions and the volatility target."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize  # type: ignore[import-untyped]

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason


def test_contributions_by_hand() -> None:
    covariance = [[4.0, 1.0], [1.0, 9.0]]
    found = performance.risk_contributions([2.0, 1.0], covariance)
    assert found.volatility == pytest.approx(math.sqrt(16 + 4 + 9))
    np.testing.assert_allclose(found.contributions, [18 / 29, 11 / 29])
    hedged = performance.risk_contributions([2.0, -1.0], covariance)
    np.testing.assert_allclose(hedged.contributions, [14 / 21, 7 / 21])


def test_two_positions_are_weighted_by_the_inverse_of_their_deviation_whatever_their_correlation() -> None:
    for correlation in (-0.9, 0.0, 0.5, 1.0):
        covariance = [[0.04, 0.02 * correlation], [0.02 * correlation, 0.01]]
        np.testing.assert_allclose(performance.equal_risk_weights(covariance).weights, [1 / 3, 2 / 3], rtol=1e-10)


def test_equal_correlations_give_inverse_deviations() -> None:
    sd = np.array([0.1, 0.2, 0.5, 0.05])
    correlation = np.full((4, 4), 0.3) + 0.7 * np.eye(4)
    found = performance.equal_risk_weights(correlation * np.outer(sd, sd))
    np.testing.assert_allclose(found.weights, (1 / sd) / (1 / sd).sum(), rtol=1e-10)


def test_weights_are_those_of_a_general_minimiser() -> None:
    rng = np.random.default_rng(2)
    covariance = np.cov(rng.standard_normal((5, 40)) * rng.uniform(0.5, 2.0, (5, 1)))
    peer = minimize(
        lambda x: 0.5 * x @ covariance @ x - np.log(x).sum() / 5, np.ones(5), jac=lambda x: covariance @ x - 0.2 / x,
        bounds=[(1e-9, None)] * 5, options={"ftol": 1e-15, "gtol": 1e-10},
    )  # fmt: skip
    np.testing.assert_allclose(performance.equal_risk_weights(covariance).weights, peer.x / peer.x.sum(), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(min_value=0, max_value=2**32 - 1),
    st.integers(min_value=1, max_value=25),
    st.floats(min_value=0.0, max_value=0.95),
    st.floats(min_value=0.0, max_value=6.0),
)
def test_contributions_are_equal(seed: int, n: int, common: float, unlike: float) -> None:
    """Of correlated series with deviations that differ up to a factor of some millions."""
    rng = np.random.default_rng(seed)
    series = (1 - common) * rng.standard_normal((n, 3 * n + 5)) + common * rng.standard_normal(3 * n + 5)
    covariance = np.cov(series * np.exp(unlike * rng.uniform(-1, 1, (n, 1)))).reshape(n, n)
    found = performance.equal_risk_weights(covariance)
    assert found.reason is None
    assert np.abs(found.contributions - 1 / n).max() <= 1e-10
    assert (found.weights > 0).all()
    assert found.weights.sum() == pytest.approx(1.0, rel=1e-12)


def test_twins_share_and_a_perfect_hedge_has_no_weights() -> None:
    twins = performance.equal_risk_weights([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(twins.contributions, 1 / 3, atol=1e-10)
    assert twins.weights[0] == pytest.approx(twins.weights[1])
    for covariance in ([[1.0, -1.0], [-1.0, 1.0]], [[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]):
        found = performance.equal_risk_weights(covariance)
        assert found.reason is Reason.COLLINEAR
        assert np.isnan(found.weights).all()
    assert performance.equal_risk_weights([[1.0, 0.0], [0.0, 0.0]]).reason is Reason.CONSTANT_LEG
    hedge = performance.risk_contributions([1.0, 1.0], [[1.0, -1.0], [-1.0, 1.0]])
    assert hedge.reason is Reason.CONSTANT_SPREAD


def test_the_scale_meets_the_target() -> None:
    covariance = np.array([[4e-4, 1e-4], [1e-4, 2e-4]])
    found = performance.volatility_scale([0.3, -0.7], covariance, 0.15, periods=365)
    w = found.value * np.array([0.3, -0.7])
    assert math.sqrt(365 * w @ covariance @ w) == pytest.approx(0.15, rel=1e-12)
    none = performance.volatility_scale([0.0, 0.0], covariance, 0.15)
    assert none.value is None
    assert none.reason is Reason.CONSTANT_SPREAD


def test_wrong_matrices_are_refused() -> None:
    for covariance in (
        [[1.0, 0.5], [0.4, 1.0]], [[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0]], [1.0], [], [[math.nan]], [[-1.0]],
    ):  # fmt: skip
        with pytest.raises(StatisticsError):
            performance.equal_risk_weights(covariance)
    with pytest.raises(StatisticsError, match="weights"):
        performance.risk_contributions([1.0], np.eye(2))
    with pytest.raises(StatisticsError, match="target"):
        performance.volatility_scale([1.0, 1.0], np.eye(2), 0.0)
