"""Intervals by the stationary bootstrap: block lengths against a peer, coverage, what a seed means, edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length as peer_block_length
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from tests.support.numbers import known


def autoregression(rng: np.random.Generator, n: int, phi: float) -> np.ndarray:
    noise = rng.standard_normal(n + 60)
    found = np.zeros(n + 60)
    for t in range(1, n + 60):
        found[t] = phi * found[t - 1] + noise[t]
    return found[60:]


def width(interval: performance.BootstrapInterval) -> float:
    return known(interval.high) - known(interval.low)


def holds(interval: performance.BootstrapInterval, truth: float) -> bool:
    return known(interval.low) <= truth <= known(interval.high)


def test_block_lengths_are_those_of_a_peer() -> None:
    """Where the lag is the same: autocorrelations near the bound differ, since the peer divides by shorter sums."""
    rng = np.random.default_rng(12)
    alike = 0
    for _ in range(60):
        returns = 0.01 * autoregression(rng, int(rng.integers(60, 1_500)), rng.uniform(-0.4, 0.9))
        found = performance.optimal_block_length(returns)
        peer = max(1.0, float(peer_block_length(returns)["stationary"].iloc[0]))
        alike += found == pytest.approx(peer, rel=1e-9)
    assert alike >= 57


def test_a_block_length_by_hand() -> None:
    """Of alternating returns every autocovariance is known."""
    returns = np.tile([1.0, -1.0], 50)
    covariance = [(100 - k) * (-1) ** k / 100 for k in range(16)]
    lags = 15  # no five in a row are small: 2 · 15 lags are more than ⌈√100⌉ + 5
    weights = [1.0 if 2 * k <= lags else 2 * (1 - k / lags) for k in range(16)]
    g = 2 * sum(weights[k] * k * covariance[k] for k in range(1, 16))
    long_run = covariance[0] + 2 * sum(weights[k] * covariance[k] for k in range(1, 16))
    expected = min(30.0, max(1.0, (2 * g**2 / (2 * long_run**2)) ** (1 / 3) * 100 ** (1 / 3)))
    assert performance.optimal_block_length(returns) == pytest.approx(expected, rel=1e-9)


def test_the_whole_series_is_the_estimate() -> None:
    returns = 0.001 + 0.01 * np.random.default_rng(1).standard_normal(300)
    found = performance.block_bootstrap(returns, periods=365)
    assert found.mean.estimate == pytest.approx(float(returns.mean()))
    assert found.sharpe.estimate == performance.sharpe(returns).value
    assert found.total.estimate == pytest.approx(performance.return_moments(returns).total)
    assert found.block_length == performance.optimal_block_length(returns)
    for interval in (found.mean, found.sharpe, found.total):
        low, high = known(interval.low), known(interval.high)
        assert low < known(interval.estimate) < high
        assert interval.significant is (low > 0 or high < 0)


def test_single_returns_give_the_standard_error_of_independent_ones() -> None:
    returns = np.random.default_rng(2).standard_normal(400)
    found = performance.block_bootstrap(returns, block_length=1, resamples=20_000)
    error = returns.std() / math.sqrt(400)
    assert width(found.mean) == pytest.approx(2 * 1.96 * error, rel=0.03)


def test_blocks_keep_what_returns_owe_to_those_before_them() -> None:
    returns = autoregression(np.random.default_rng(3), 400, 0.8)
    single = performance.block_bootstrap(returns, block_length=1)
    blocks = performance.block_bootstrap(returns, block_length=30)
    assert width(blocks.mean) > 2 * width(single.mean)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(4)
    held = np.zeros((2, 2))
    for _ in range(200):
        for row, phi in enumerate((0.0, 0.3)):
            found = performance.block_bootstrap(0.05 + autoregression(rng, 400, phi), resamples=400, periods=1)
            truth = 0.05 * math.sqrt(1 - phi**2)
            held[row] += [holds(found.mean, 0.05), holds(found.sharpe, truth)]
    assert (held / 200 > 0.88).all()
    assert (held / 200 < 0.99).all()


def test_what_has_skill_is_significant_and_noise_is_not() -> None:
    noise = 0.01 * np.random.default_rng(5).standard_normal(730)
    noise -= noise.mean()
    assert performance.block_bootstrap(noise).sharpe.significant is False
    skill = performance.block_bootstrap(noise + 0.002)
    assert skill.mean.significant
    assert skill.sharpe.significant
    assert skill.total.significant
    loss = performance.block_bootstrap(noise - 0.002)
    assert loss.mean.significant
    assert known(loss.mean.high) < 0


def test_one_seed_is_one_result() -> None:
    returns = 0.01 * np.random.default_rng(6).standard_normal(100)
    one, again, other = (performance.block_bootstrap(returns, seed=seed) for seed in (7, 7, 8))
    assert one == again
    assert one.mean != other.mean


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(min_value=-0.3, max_value=0.3), min_size=20, max_size=60), st.integers(0, 1_000))
def test_wider_confidence_is_a_wider_interval(returns: list[float], seed: int) -> None:
    narrow, wide = (performance.block_bootstrap(returns, confidence=c, resamples=100, seed=seed) for c in (0.8, 0.95))
    for name in ("mean", "sharpe", "total"):
        inner, outer = getattr(narrow, name), getattr(wide, name)
        if inner.reason is None and outer.reason is None:
            assert outer.low <= inner.low <= inner.high <= outer.high
    if narrow.reason is None:
        assert min(returns) - 1e-12 <= known(narrow.mean.low)
        assert known(narrow.mean.high) <= max(returns) + 1e-12


def test_a_strategy_of_few_trades_has_an_interval() -> None:
    """Some resamples hold no trade at all: their ratio is 0."""
    returns = np.zeros(200)
    returns[[30, 90]] = 0.05, 0.03
    found = performance.block_bootstrap(returns, block_length=1)
    assert found.sharpe.reason is None
    assert found.sharpe.low == 0.0
    assert found.sharpe.significant is False


def test_undefined_intervals_have_reasons() -> None:
    for returns, reason in (([0.1] * 19, Reason.TOO_FEW_ROWS), ([0.1] * 30, Reason.CONSTANT_SPREAD)):
        found = performance.block_bootstrap(returns)
        assert found.reason is found.sharpe.reason is reason
        assert found.mean.significant is None
        assert performance.optimal_block_length(returns) is None
    doubling = performance.block_bootstrap(np.tile([1e12, 2e12], 20))
    assert doubling.reason is None
    assert doubling.total.reason is Reason.NOT_FINITE
    assert doubling.mean.reason is None


def test_wrong_arguments_are_refused() -> None:
    returns = 0.01 * np.random.default_rng(6).standard_normal(100)
    for settings_of in (
        {"confidence": 0.4}, {"confidence": 1.0}, {"resamples": 99}, {"block_length": 0.5}, {"block_length": 101},
        {"seed": -1}, {"periods": 0.0},
    ):  # fmt: skip
        with pytest.raises(StatisticsError):
            performance.block_bootstrap(returns, **settings_of)
    with pytest.raises(StatisticsError, match="NaN"):
        performance.block_bootstrap([math.nan] * 30)
