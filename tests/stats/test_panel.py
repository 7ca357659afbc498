"""Every pair at once must be each pair by itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope import stats
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats.panel import MovingPanel, engle_granger_all


def market(rows: int, symbols: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    factor = np.cumsum(0.002 * rng.standard_normal((rows, 1)), axis=0)
    return (
        5.0 + factor * rng.uniform(0.5, 1.5, symbols) + np.cumsum(0.001 * rng.standard_normal((rows, symbols)), axis=0)
    )


@pytest.mark.parametrize(
    ("lags", "most"), [(0, None), (1, None), (4, None), ("aic", 10), ("bic", 6), ("t-stat", 5), ("aic", None)]
)
def test_the_panel_equals_the_pair(lags: int | str, most: int | None) -> None:
    prices = market(300, 6)
    found = engle_granger_all(prices, lags, most)
    for i in range(6):
        for j in range(6):
            if i == j:
                assert stats.reason_of(int(found.reason[i, j])) is Reason.COLLINEAR
                continue
            one = stats.engle_granger(prices[:, i], prices[:, j], lags=lags, max_lags=most)
            assert found.lags[i, j] == one.lags
            for name in ("stat", "pvalue", "alpha", "beta", "se_beta", "r_squared"):
                assert getattr(found, name)[i, j] == pytest.approx(getattr(one, name), rel=1e-8, abs=1e-10), name


def test_the_panel_equals_statsmodels() -> None:
    peer = pytest.importorskip("statsmodels.tsa.stattools")
    prices = market(1000, 5)
    found = engle_granger_all(prices, "aic", 10)
    for i, j in [(0, 1), (1, 0), (2, 4), (3, 2)]:
        theirs = peer.coint(prices[:, i], prices[:, j], maxlag=10, autolag="aic", return_results=True)
        assert abs(found.stat[i, j] - theirs[0]) < 1e-8
        assert abs(found.pvalue[i, j] - theirs[1]) < 1e-8


def test_threads_and_triangle_change_nothing() -> None:
    prices = market(200, 30)
    whole = engle_granger_all(prices, "aic", 4)
    two = engle_granger_all(prices, "aic", 4, threads=2)
    half = engle_granger_all(prices, "aic", 4, both=False)
    np.testing.assert_allclose(two.stat, whole.stat, rtol=1e-9)
    upper = np.triu_indices(30, 1)
    np.testing.assert_allclose(half.stat[upper], whole.stat[upper], rtol=1e-12)
    assert np.isnan(half.stat[np.tril_indices(30)]).all()
    assert stats.reason_of(int(half.reason[3, 1])) is None
    assert half.reason[3, 1] == -1


def test_missing_constant_and_collinear_legs_have_their_reasons() -> None:
    prices = market(300, 6)
    prices[100:103, 0] = np.nan
    prices[:, 1] = 4.2
    prices[:, 2] = 2.0 * prices[:, 3] - 1.0
    prices[:280, 5] = np.nan
    found = engle_granger_all(prices, "aic", 5)
    direct = stats.engle_granger(prices[:, 0], prices[:, 3], lags="aic", max_lags=5)
    assert found.stat[0, 3] == pytest.approx(direct.stat, rel=1e-9)
    assert found.alpha[0, 3] == pytest.approx(direct.alpha, rel=1e-9)
    assert found.rows[0, 3] == 297
    for (i, j), reason in {
        (1, 4): Reason.CONSTANT_LEG,
        (0, 1): Reason.CONSTANT_LEG,
        (2, 3): Reason.COLLINEAR,
        (3, 2): Reason.COLLINEAR,
        (5, 4): Reason.TOO_FEW_ROWS,
    }.items():
        assert math.isnan(found.stat[i, j])
        assert math.isnan(found.pvalue[i, j])
        assert stats.reason_of(int(found.reason[i, j])) is reason, (i, j)


def test_nearly_collinear_legs_keep_their_digits() -> None:
    """R² of 0.99999: the moments have lost them, so the rows are asked."""
    prices = market(500, 3)
    prices[:, 1] = prices[:, 0] + 1e-5 * np.random.default_rng(3).standard_normal(500).cumsum()
    one = stats.engle_granger(prices[:, 1], prices[:, 0], lags=2)
    assert engle_granger_all(prices, 2).stat[1, 0] == pytest.approx(one.stat, rel=1e-9)


def test_bad_panels_are_refused() -> None:
    for panel, text in ((np.zeros(5), "shape"), (np.zeros((5, 1)), "shape"), (market(20, 3), "too few")):
        with pytest.raises(StatisticsError, match=text):
            engle_granger_all(panel, 1)


def compare(panel_row: stats.panel.PanelRow, window: np.ndarray, previous: np.ndarray | None) -> None:
    n = window.shape[1]
    for i in range(n):
        for j in range(i + 1, n):
            whole = np.isfinite(window[:, i]) & np.isfinite(window[:, j])
            fit = stats.ols(window[whole, i], window[whole, j])
            assert panel_row.beta[i, j] == pytest.approx(fit.beta, rel=1e-9)
            assert panel_row.alpha[i, j] == pytest.approx(fit.alpha, rel=1e-9)
            assert panel_row.se_beta[i, j] == pytest.approx(fit.se_beta, rel=1e-9)
            returns = np.diff(window[:, [i, j]], axis=0)
            returns = returns[np.isfinite(returns).all(axis=1)]
            assert panel_row.correlation[i, j] == pytest.approx(np.corrcoef(returns.T)[0, 1], abs=1e-8)
            e = window[:, i] - fit.alpha - fit.beta * window[:, j]
            both = np.isfinite(e[1:]) & np.isfinite(e[:-1])
            phi = float(e[1:][both] @ e[:-1][both]) / float(e[:-1][both] @ e[:-1][both])
            if 0.0 < phi < 1.0:
                assert panel_row.half_life[i, j] == pytest.approx(math.log(2.0) / -math.log(phi), rel=1e-6)
            if previous is not None and np.isfinite(window[-1, [i, j]]).all():
                known = np.isfinite(previous[:, [i, j]]).all(axis=1)
                before = stats.ols(previous[known, i], previous[known, j])
                spread = previous[known, i] - before.alpha - before.beta * previous[known, j]
                z = (window[-1, i] - before.alpha - before.beta * window[-1, j]) / spread.std(ddof=1)
                assert panel_row.z[i, j] == pytest.approx(z, rel=1e-6, abs=1e-7)


def test_the_moving_panel_equals_each_window() -> None:
    prices = market(400, 5)
    panel = MovingPanel(5, 100)
    for t in range(400):
        row = panel.update(prices[t])
        if t in (99, 100, 150, 299, 300, 399):
            compare(row, prices[t - 99 : t + 1], prices[t - 100 : t] if t > 99 else None)
    assert panel.rebuilds >= 3


def test_the_moving_panel_with_missing_rows_and_a_spike() -> None:
    prices = market(500, 4, seed=3)
    prices[[120, 121, 180], 0] = np.nan
    prices[300, 2] += 50.0
    panel = MovingPanel(4, 100, smallest=20)
    for t in range(500):
        row = panel.update(prices[t])
        if t in (130, 181, 250, 282, 310, 401, 450):
            compare(row, prices[t - 99 : t + 1], prices[t - 100 : t])
        if t in (120, 121, 180):
            assert np.isnan(row.z[0, 1:]).all()


def test_a_leg_that_stands_still_has_a_reason_until_it_moves() -> None:
    prices = market(500, 3, seed=4)
    prices[100:300, 1] = prices[100, 1]
    panel = MovingPanel(3, 80)
    for t in range(500):
        row = panel.update(prices[t])
        if 185 <= t < 300:
            assert stats.reason_of(int(row.reason[0, 1])) is Reason.CONSTANT_LEG
            assert math.isnan(row.beta[0, 1])
        if t >= 381:
            assert row.beta[0, 1] == pytest.approx(stats.ols(prices[t - 79 : t + 1, 0], prices[t - 79 : t + 1, 1]).beta)


def test_the_panels_kalman_filters_equal_the_single_one() -> None:
    prices = market(300, 3, seed=5)
    panel = MovingPanel(3, 100)
    with pytest.raises(StatisticsError, match="warm-up"):
        panel.start_kalman()
    for t in range(100):
        panel.update(prices[t])
    panel.start_kalman()
    state, noise, center = (a.copy() for a in panel._kalman or ())
    single = stats.KalmanHedge(
        q_beta=noise[0, 0, 1],
        q_alpha=noise[1, 0, 1],
        r=noise[2, 0, 1],
        center=center[1],
        initial_state=(state[0, 0, 1], state[1, 0, 1]),
        initial_p=0.0,
        q_before_first=True,
    )
    snapshot = single.state()
    snapshot["filter"] = [float(v) for v in state[:, 0, 1]]
    single = stats.KalmanHedge.restore(snapshot)
    for t in range(100, 300):
        bar = prices[t].copy()
        if t == 150:
            bar[0] = np.nan
        row = panel.update_kalman(bar)
        want = single.update(bar[0], bar[1])
        if t == 150:
            assert math.isnan(row.z[0, 1])
        else:
            assert row.z[0, 1] == pytest.approx(want.z, rel=1e-12)
            assert row.beta[0, 1] == pytest.approx(want.beta, rel=1e-12)


def test_threads_of_blas_are_put_back_after_blocks_that_overlap() -> None:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    from spreadscope.stats.panel._blas import blas_threads

    controller = ThreadpoolController()

    def bounds() -> list[int]:
        return [library["num_threads"] for library in controller.info() if library["user_api"] == "blas"]

    with controller.limit(limits=2, user_api="blas"):
        before = bounds()
        first, second = blas_threads(1), blas_threads(2)
        first.__enter__()
        second.__enter__()
        assert max(bounds()) == 1
        first.__exit__(None, None, None)  # the one that began first ends first
        second.__exit__(None, None, None)
        assert bounds() == before
        third, fourth = blas_threads(2), blas_threads(1)
        third.__enter__()
        fourth.__enter__()
        assert max(bounds()) == 1
        third.__exit__(None, None, None)
        fourth.__exit__(None, None, None)
        assert bounds() == before
