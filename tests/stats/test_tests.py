"""Unit-root, cointegration and stability tests: against statsmodels where it is right, and where it is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope import stats
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason


def walk(seed: int, n: int = 400) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).standard_normal(n))


@pytest.mark.parametrize("lags", ["aic", "bic", "t-stat"])
@pytest.mark.parametrize("trend", ["c", "ct"])
def test_engle_granger_equals_statsmodels(trend: str, lags: str) -> None:
    peer = pytest.importorskip("statsmodels.tsa.stattools")
    for seed in range(5):
        y, x = walk(seed), walk(seed + 100)
        theirs = peer.coint(y, x, trend=trend, maxlag=8, autolag=lags, return_results=True)
        ours = stats.engle_granger(y, x, trend=trend, lags=lags, max_lags=8)
        assert ours.stat == pytest.approx(theirs[0], abs=1e-9)
        assert ours.pvalue == pytest.approx(theirs[1], abs=1e-9)


@pytest.mark.parametrize("lags", ["aic", "bic", "t-stat"])
@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_adf_equals_statsmodels(trend: str, lags: str) -> None:
    peer = pytest.importorskip("statsmodels.tsa.stattools")
    for seed in range(5):
        theirs = peer.adfuller(walk(seed), regression=trend, autolag=lags, result_object=False)
        ours = stats.adf(walk(seed), trend=trend, lags=lags)
        assert ours.stat == pytest.approx(theirs[0], abs=1e-9)
        assert ours.lags == theirs[2]


def test_the_critical_value_is_the_papers_not_the_mistyped_one() -> None:
    assert stats.mackinnon_critical_values(2, "c", 100).one == pytest.approx(-4.00821, abs=1e-5)


def test_a_pvalue_is_never_zero_and_follows_the_statistic() -> None:
    grid = np.linspace(-60.0, 3.0, 400)
    for variables in (1, 2):
        p = np.array([stats.mackinnon_pvalue(t, variables) for t in grid])
        assert (p > 0).all()
        assert (np.diff(p) >= -1e-3).all()  # the two polynomials of 1994 meet with a tiny step
    assert math.isnan(stats.mackinnon_pvalue(math.nan))


def test_a_gap_is_not_one_step() -> None:
    """Rows after a hole that jumped far must not enter as a difference."""
    y = walk(3, 300)
    shifted = y.copy()
    shifted[150:] += 1000.0
    holed = shifted.copy()
    holed[149] = np.nan
    through, held = stats.adf(shifted, lags=1), stats.adf(holed, lags=1)
    assert held.n == 300 - 2 - 3
    assert held.se_gamma is not None
    assert through.se_gamma is not None
    assert held.n < through.n


def test_missing_rows_are_left_out_of_engle_granger() -> None:
    x = walk(4, 400)
    y = x + np.random.default_rng(5).standard_normal(400)
    whole = stats.engle_granger(y, x)
    y[[10, 200, 201]] = np.nan
    holed = stats.engle_granger(y, x)
    assert holed.n == 397
    assert holed.beta == pytest.approx(whole.beta, abs=0.05)
    assert holed.pvalue is not None
    assert holed.pvalue < 0.01


@pytest.mark.parametrize(
    ("y", "x", "reason"),
    [
        (walk(1), np.full(400, 5.0), Reason.CONSTANT_LEG),
        (np.full(400, 5.0), walk(1), Reason.CONSTANT_LEG),
        (2.0 * walk(1) + 3.0, walk(1), Reason.COLLINEAR),
        (walk(1) + 1e-6 * walk(2), walk(1), Reason.COLLINEAR),
        (walk(1)[:3], walk(2)[:3], Reason.TOO_FEW_ROWS),
        (np.full(400, np.nan), walk(1), Reason.TOO_FEW_ROWS),
    ],
)
def test_undefined_pairs_say_why(y: np.ndarray, x: np.ndarray, reason: Reason) -> None:
    found = stats.engle_granger(y, x)
    assert found.stat is None
    assert found.pvalue is None
    assert found.reason is reason


def test_both_directions_cost_a_factor_of_two() -> None:
    both = stats.engle_granger_both(walk(1), walk(2))
    assert both.pvalue == min(1.0, 2.0 * min(both.y_on_x.pvalue or 1.0, both.x_on_y.pvalue or 1.0))


def test_wrong_arguments_say_what_to_do() -> None:
    for call, text in (
        (lambda: stats.adf(walk(1), trend="x"), "use one of"),
        (lambda: stats.adf(walk(1), lags=-1), "0 or more"),
        (lambda: stats.engle_granger(walk(1), walk(1)[:-1]), "join the legs"),
        (lambda: stats.kpss(walk(1), lags=-2), "lags"),
        (lambda: stats.rolling_ols(walk(1), walk(2), 1), "at least"),
        (lambda: stats.KalmanHedge(q_beta=1.0), "together"),
        (lambda: stats.ew_moments(walk(1)), "one of the two"),
        (lambda: stats.adjust_pvalues([1.5]), "between 0 and 1"),
        (lambda: stats.bertram_thresholds(-1.0, 1.0, 0.0), "kappa"),
        (lambda: stats.hayashi_yoshida([2, 1], [0, 0], [1, 2], [0, 0]), "sort"),
        (lambda: stats.ols(walk(1), np.zeros((3, 3))), "row"),
        (lambda: stats.adf([[1.0]]), "one-dimensional"),
        (lambda: stats.adf(["a"]), "numbers"),
    ):
        with pytest.raises(StatisticsError, match=text):
            call()


def test_kpss_and_adf_together() -> None:
    noise = np.random.default_rng(2).standard_normal(500)
    assert stats.stationarity(noise).verdict is stats.JointVerdict.STATIONARY
    assert stats.stationarity(walk(1, 500)).verdict is stats.JointVerdict.UNIT_ROOT
    assert stats.stationarity(np.full(50, 1.0)).verdict is None


def test_johansen_equals_statsmodels() -> None:
    peer = pytest.importorskip("statsmodels.tsa.vector_ar.vecm")
    data = np.column_stack([walk(1), walk(2), walk(1) + np.random.default_rng(9).standard_normal(400)])
    theirs = peer.coint_johansen(data, 0, 2)
    ours = stats.johansen(data, lag_differences=2, deterministic="unrestricted constant")
    np.testing.assert_allclose(ours.trace or (), theirs.lr1, rtol=1e-8)
    np.testing.assert_allclose(ours.max_eigenvalue or (), theirs.lr2, rtol=1e-8)
    assert (ours.rank(0.01) or 0) >= 1


def test_holm_and_bonferroni_bound_one_another() -> None:
    p = np.random.default_rng(1).uniform(size=50) ** 3
    found = stats.adjust_pvalues(p)
    assert (found.bh <= found.by + 1e-15).all()
    assert (found.holm <= found.bonferroni + 1e-15).all()
    with_hole = stats.adjust_pvalues(np.append(p, np.nan))
    assert with_hole.n == 50
    assert math.isnan(with_hole.bh[-1])
    np.testing.assert_array_equal(with_hole.bh[:-1], found.bh)


def test_bertram_scales_and_gives_up_when_costs_cannot_be_earned() -> None:
    one, two = stats.bertram_thresholds(5.0, 0.2, 0.004), stats.bertram_thresholds(5.0, 2.0, 0.04)
    assert two.entry == pytest.approx(10.0 * (one.entry or 0.0), rel=1e-12)
    assert stats.bertram_thresholds(5.0, 0.001, 100.0).reason is Reason.UNREACHABLE


def test_cusum_finds_the_break_and_not_the_calm() -> None:
    noise = np.random.default_rng(2).standard_normal(400)
    assert (stats.cusum(noise, kind="recursive").pvalue or 0.0) > 0.01
    broken = noise + 2.0 * (np.arange(400) > 200)
    for kind in ("ols", "recursive"):
        assert (stats.cusum(broken, kind=kind).pvalue or 1.0) < 1e-3
    assert stats.cusum([1.0] * 20).reason is Reason.CONSTANT_SPREAD


def test_the_breakdown_monitor_seldom_cries_wolf_and_sees_a_break() -> None:
    false, seen = 0, 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = np.cumsum(rng.standard_normal(900))
        u = np.zeros(900)
        for t in range(1, 900):
            u[t] = 0.9 * u[t - 1] + rng.standard_normal()
        monitor = stats.BreakdownMonitor.freeze(x[:300] + u[:300], x[:300])
        false += any(monitor.update(a, b).broken for a, b in zip(x[300:] + u[300:], x[300:], strict=True))
        monitor = stats.BreakdownMonitor.freeze(x[:300] + u[:300], x[:300])
        away = u[300:] + np.cumsum(rng.standard_normal(600))
        seen += any(monitor.update(a, b).broken for a, b in zip(x[300:] + away, x[300:], strict=True))
    assert false <= 10
    assert seen >= 85


def test_a_storm_breaks_no_pair_for_a_monitor_that_measures_volatility() -> None:
    rng = np.random.default_rng(11)
    false = {None: 0, 30: 0}
    seen = 0
    for _ in range(60):
        size = np.where(np.arange(1_200) < 700, 1.0, 4.0)
        x, shocks = np.cumsum(rng.standard_normal(1_200)), size * rng.standard_normal(1_200)
        tied, broken = np.zeros(1_200), np.zeros(1_200)
        for row in range(1, 1_200):
            tied[row] = 0.8 * tied[row - 1] + shocks[row]
            broken[row] = (1.0 if row >= 600 else 0.8) * broken[row - 1] + shocks[row]
        for rows in false:
            monitor = stats.BreakdownMonitor.freeze(x[:600] + tied[:600], x[:600], volatility_rows=rows)
            false[rows] += any(monitor.update(a, b).broken for a, b in zip((x + tied)[600:], x[600:], strict=True))
        monitor = stats.BreakdownMonitor.freeze(x[:600] + broken[:600], x[:600], volatility_rows=30)
        seen += any(monitor.update(a, b).broken for a, b in zip((x + broken)[600:], x[600:], strict=True))
    assert false[30] <= 8
    assert false[None] >= 40, "without it a storm is called a break"
    assert seen >= 57


def test_hayashi_yoshida_recovers_what_a_grid_loses() -> None:
    rng = np.random.default_rng(1)
    steps = rng.standard_normal((2, 20000))
    common = np.cumsum(steps[0])
    own = np.cumsum(steps[0] * 0.8 + 0.6 * steps[1])
    tx, ty = np.flatnonzero(rng.random(20000) < 0.1), np.flatnonzero(rng.random(20000) < 0.1)
    found = stats.hayashi_yoshida(tx, common[tx], ty, own[ty])
    assert found.correlation == pytest.approx(0.8, abs=0.06)
