"""Numerical requirements: exact sums after spikes, Kalman against exact rational arithmetic, maximum likelihood."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext
from fractions import Fraction

import numpy as np
import pytest

from spreadscope import stats
from spreadscope.model.validity import Reason


def exact_variance(window: np.ndarray) -> Fraction:
    values = [Fraction(float(v)) for v in window]
    mean = sum(values, Fraction(0)) / len(values)
    return sum(((v - mean) ** 2 for v in values), Fraction(0)) / (len(values) - 1)


@pytest.mark.parametrize("updates", [30_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_variance_and_beta_keep_their_digits_through_spikes_and_a_fall_in_variance(updates: int) -> None:
    rng = np.random.default_rng(1)
    x = 100.0 + np.round(rng.standard_normal(updates) * 128.0) / 128.0
    quiet = slice(updates // 3, updates // 2)
    x[quiet] = 100.0 + np.round(rng.standard_normal(quiet.stop - quiet.start) * 4.0) / 65536.0
    spikes = np.arange(1000, updates, max(3000, updates // 40))
    x[spikes] *= 10.0
    y = 2.0 * x + np.round(rng.standard_normal(updates) * 64.0) / 65536.0
    found, fit = stats.rolling_moments(x, 600), stats.rolling_ols(y, x, 600)
    for i in [*spikes[:5] + 600, *spikes[:5] + 3, quiet.stop - 1, updates - 1]:
        window, partner = x[i - 599 : i + 1], y[i - 599 : i + 1]
        want = exact_variance(window)
        assert abs(Fraction(found.variance[i]) / want - 1) < Fraction(1, 10**9)
        mean_x, mean_y = (sum((Fraction(float(v)) for v in leg), Fraction(0)) / 600 for leg in (window, partner))
        cross = sum(
            (
                (Fraction(float(a)) - mean_x) * (Fraction(float(b)) - mean_y)
                for a, b in zip(window, partner, strict=True)
            ),
            Fraction(0),
        )
        assert abs(Fraction(fit.beta[i]) / (cross / (want * 599)) - 1) < Fraction(1, 10**9)
        z = float(Fraction(float(x[i])) - mean_x) / math.sqrt(float(want))
        assert abs(z - found.z_inclusive[i]) <= 1e-7
    assert np.nanmin(found.variance) >= 0.0


def test_the_kalman_filter_agrees_with_fifty_digits_and_p_stays_positive() -> None:
    getcontext().prec = 50
    rng = np.random.default_rng(2)
    x = 4.0 + np.cumsum(0.01 * rng.standard_normal(800))
    y = 0.5 + 1.2 * x + 0.01 * rng.standard_normal(800)
    q, r = 1e-5, 1e-4
    found = stats.kalman_hedge(y, x, q_beta=q, q_alpha=q, r=r, initial_state=(0.0, 0.0), initial_p=1.0)
    state, p = [Decimal(0), Decimal(0)], [[Decimal(1), Decimal(0)], [Decimal(0), Decimal(1)]]
    worst = Decimal(0)
    for t in range(800):
        h = [Decimal(float(x[t])), Decimal(1)]
        if t:
            p[0][0] += Decimal(q)
            p[1][1] += Decimal(q)
        g = [p[0][0] * h[0] + p[0][1] * h[1], p[1][0] * h[0] + p[1][1] * h[1]]
        s = h[0] * g[0] + h[1] * g[1] + Decimal(r)
        e = Decimal(float(y[t])) - state[0] * h[0] - state[1] * h[1]
        worst = max(worst, abs(e / s.sqrt() - Decimal(float(found.z[t]))))
        state = [state[i] + g[i] / s * e for i in range(2)]
        p = [[p[i][j] - g[i] * g[j] / s for j in range(2)] for i in range(2)]
    assert worst < Decimal("1e-6")
    assert (found.p00 >= 0).all()
    assert (found.p11 >= 0).all()
    assert (found.p00 * found.p11 - found.p01**2 >= -1e-12 * found.p00 * found.p11).all()


def test_maximum_likelihood_knows_the_scale_and_the_preset_does_not() -> None:
    rng = np.random.default_rng(3)
    x = 10.0 + np.cumsum(0.001 * rng.standard_normal(1500))
    beta = 1.0 + np.cumsum(0.002 * rng.standard_normal(1500))
    y = beta * (x - 10.0) + 0.0005 * rng.standard_normal(1500)
    fitted = stats.kalman_hedge(y, x, burn_in=400)
    preset = stats.kalman_hedge(y, x, delta=1e-4, r=1e-3)
    assert fitted.sd_z == pytest.approx(1.0, abs=0.15)
    assert float(np.nanstd(preset.z[500:])) < 0.1
    small = stats.kalman_fit(y * 1e-6, x * 1e-6)
    big = stats.kalman_fit(y, x)
    assert (small.r or 0.0) == pytest.approx((big.r or 0.0) * 1e-12, rel=1e-3)


def test_kalman_burn_in_waits_for_a_leg_that_moves() -> None:
    estimator = stats.KalmanHedge(burn_in=40)
    rng = np.random.default_rng(4)
    reasons = {estimator.update(1.0, 2.0).reason for _ in range(60)}
    assert reasons == {Reason.WARMING_UP, Reason.CONSTANT_LEG}
    for _ in range(60):
        x = float(rng.standard_normal())
        row = estimator.update(x + 0.1 * float(rng.standard_normal()), x)
    assert row.z is not None


def test_ols_equals_least_squares_on_several_regressors() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((200, 3)) + 1e4
    y = x @ np.array([1.0, -2.0, 0.5]) + rng.standard_normal(200)
    fit = stats.ols(y, x)
    want = np.linalg.lstsq(np.column_stack([np.ones(200), x - 1e4]), y, rcond=None)[0]
    np.testing.assert_allclose(fit.coef[1:], want[1:], rtol=1e-9)
    assert stats.ols(y, np.column_stack([x[:, 0], x[:, 0]])).reason is Reason.COLLINEAR


def test_tls_is_reciprocal_and_refuses_legs_without_direction() -> None:
    rng = np.random.default_rng(6)
    y, x = rng.standard_normal((2, 300))
    assert (stats.tls(y, x).beta or 0.0) * (stats.tls(x, y).beta or 0.0) == pytest.approx(1.0, rel=1e-12)
    assert stats.tls([1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0]).reason is Reason.UNCORRELATED


def test_half_life_has_an_interval_that_a_random_walk_leaves_open() -> None:
    walks = [np.cumsum(np.random.default_rng(seed).standard_normal(300)) for seed in range(100)]
    found = [stats.half_life(walk) for walk in walks]
    assert sum(one.high is None for one in found) >= 60
    # ... although nearly every one of them has a finite half-life.
    assert sum(one.half_life is not None for one in found) >= 80


def test_ou_half_life_interval_covers_the_truth() -> None:
    covered = 0
    truth = math.log(2.0) / -math.log(0.95)
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = np.zeros(500)
        for t in range(1, 500):
            x[t] = 0.95 * x[t - 1] + rng.standard_normal()
        found = stats.half_life(x)
        covered += (found.low or 0.0) <= truth <= (found.high or math.inf)
    assert covered >= 88


def test_unreachable_thresholds_are_known() -> None:
    w = 10
    bound = stats.largest_reachable_zscore(w)
    extreme = np.zeros(w)
    extreme[-1] = 1.0
    assert stats.rolling_zscore(extreme, w, include_current=True).z[-1] == pytest.approx(bound)


def test_spearman_shrugs_off_a_bad_tick() -> None:
    rng = np.random.default_rng(9)
    x = rng.standard_normal(200)
    y = x + 0.1 * rng.standard_normal(200)
    y[150] = 1e6
    assert stats.rolling_spearman(y, x, 100).correlation[-1] > 0.9
    assert stats.rolling_correlation(y, x, 100).correlation[-1] < 0.6
