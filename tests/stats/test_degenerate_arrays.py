"""Every array is a number or a reason: few rows, holes, flat and odd markets, masks, numbers beyond any sense."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spreadscope import stats
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason

CASES = Path(__file__).parents[3] / "shared" / "cases" / "statistics"
shared = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside the checkout")
Array = np.ndarray


def _inputs(name: str) -> tuple[dict[str, Array], dict[str, Any]]:
    case = json.loads((CASES / f"{name}.json").read_text())
    arrays = {key: np.array(values, dtype=float) for key, values in case["inputs"].items()}
    return arrays, case.get("params", {})


@shared
@pytest.mark.parametrize("name", ["adf-alternating-missing", "adf-empty", "adf-one-row", "adf-too-many-lags"])
def test_case_adf_without_rows(name: str) -> None:
    arrays, params = _inputs(name)
    found = stats.adf(arrays["x"], **params)
    assert (found.stat, found.pvalue, found.reason) == (None, None, Reason.TOO_FEW_ROWS)


@shared
@pytest.mark.parametrize("name", ["evidence-19-rows", "evidence-gappy-120-rows"])
def test_case_evidence_of_few_rows(name: str) -> None:
    arrays, params = _inputs(name)
    found = stats.cointegration_evidence(arrays["y"], arrays["x"], **params)
    assert found.pvalue is None or found.pvalue > 1e-3
    if found.pvalue is None:
        assert (found.cointegrated, found.reason) == (None, Reason.TOO_FEW_ROWS)


@shared
def test_case_engle_granger_12_rows() -> None:
    arrays, params = _inputs("engle-granger-12-rows")
    found = stats.engle_granger(arrays["y"], arrays["x"], **params)
    assert (found.pvalue, found.reason) == (None, Reason.TOO_FEW_ROWS)


@shared
def test_case_phillips_ouliaris_pvalue_jump() -> None:
    from spreadscope.stats.phillips_ouliaris import _pvalue_z_alpha

    points = json.loads((CASES / "phillips-ouliaris-pvalue-jump.json").read_text())["points"]
    found = [_pvalue_z_alpha(point["stat"], "c") for point in points]
    assert found == sorted(found)
    assert all(abs(p - point["simulated_8000_n1000"]) < 0.011 for p, point in zip(found, points, strict=True))


@shared
def test_case_variance_ratio_two_jumps() -> None:
    arrays, params = _inputs("variance-ratio-two-jumps")
    found = stats.variance_ratio(arrays["x"], **params)
    assert (found.pvalue, found.reason) == (None, Reason.TOO_FEW_ROWS)


@pytest.mark.parametrize("q", [2, 3, 5])
def test_a_variance_ratio_of_isolated_moves_has_no_p_value(q: int) -> None:
    # The kind of the case: any number of moves that are q rows or more apart leaves no product of neighbours.
    for moves in (4, 6, 10, 20):
        for gap in (q, q + 3, 10):
            steps = np.zeros(moves * gap + 1)
            steps[::gap][:moves] = (-1.0) ** np.arange(moves)
            found = stats.variance_ratio(np.concatenate([[0.0], np.cumsum(steps)]), q)
            assert (found.pvalue, found.z_robust, found.reason) == (None, None, Reason.TOO_FEW_ROWS)
            assert found.vr is not None


def test_sparse_walks_have_no_small_p_value_by_their_sparseness() -> None:
    rng = np.random.default_rng(0)
    found = [
        stats.variance_ratio(np.cumsum(rng.standard_normal(100) * (rng.random(100) < share)), 2).pvalue
        for share in (0.05, 0.3, 0.6)
        for _ in range(400)
    ]
    made = [p for p in found if p is not None]
    assert len(made) > 150
    assert min(made) > 1e-5
    assert sum(p < 0.05 for p in made) < 0.1 * len(made)


def test_the_phillips_ouliaris_pvalue_has_no_jump_where_its_two_polynomials_join() -> None:
    from spreadscope.stats.phillips_ouliaris import Z_ALPHA, _pvalue_z_alpha

    for trend, (join, _, _) in Z_ALPHA.items():
        below, above = _pvalue_z_alpha(join - 1e-9, trend), _pvalue_z_alpha(join + 1e-9, trend)
        assert abs(below - above) < 0.004


def test_case_adf_of_rounding_noise() -> None:
    walk = np.log(100.0) + np.cumsum(1e-3 * np.random.default_rng(3).standard_normal(240))
    y, x = walk, -walk
    beta = stats.ols(y[:120], x[:120]).beta
    assert beta is not None
    # The last figure of β is rounded, and the spread is that rounding times the price.
    for wrong in (beta, beta * (1 + 2e-16), beta * (1 - 4e-16)):
        found = stats.cointegration_evidence(y[120:], x[120:], fixed_beta=wrong)
        assert (found.pvalue, found.reason) == (None, Reason.CONSTANT_SPREAD)


def test_case_masked_array() -> None:
    y = np.ma.array([1, 2, 1e6, 4, 5, 6], mask=[False, False, True, False, False, False])
    found = stats.ols(y, [1, 2, 3, 4, 5, 6])
    assert (round(found.beta or 0.0, 12), found.n) == (1.0, 5)
    # Integers have no NaN of their own; a mask of rows reaches the panel as well.
    whole = np.ma.array(np.arange(6), mask=[False, False, True, False, False, False])
    assert stats.ols(whole, [0, 1, 9, 3, 4, 5]).n == 5
    panel = np.cumsum(np.random.default_rng(1).standard_normal((200, 2)), axis=0)
    hidden = np.ma.array(panel, mask=np.zeros_like(panel, dtype=bool))
    hidden[50:60, 0] = np.ma.masked
    assert stats.panel.engle_granger_all(hidden).rows[0, 1] == 190


def test_case_kalman_joseph_offdiagonal() -> None:
    # One off-diagonal entry kept alone instead of the mean of both loses four digits over these rows.
    rng = np.random.default_rng(5)
    x = 8.0 + np.cumsum(0.01 * rng.standard_normal(1500))
    y = 0.3 + 1.1 * x + 0.01 * rng.standard_normal(1500)
    q, r = 1e-7, 1e-4
    found = stats.kalman_hedge(y, x, q_beta=q, q_alpha=q, r=r, initial_state=(0.0, 0.0), initial_p=10.0)
    with localcontext() as context:
        context.prec = 50
        step, noise = Decimal(q), Decimal(r)
        beta, level, p00, p01, p11 = Decimal(0), Decimal(0), Decimal(10), Decimal(0), Decimal(10)
        for t in range(y.size):
            if t:
                p00, p11 = p00 + step, p11 + step
            u = Decimal(float(x[t]))
            e = Decimal(float(y[t])) - (beta * u + level)
            g0, g1 = p00 * u + p01, p01 * u + p11
            s = u * g0 + g1 + noise
            k0, k1 = g0 / s, g1 / s
            beta, level = beta + k0 * e, level + k1 * e
            p00, p01, p11 = p00 - k0 * g0, p01 - k0 * g1, p11 - k1 * g1
        assert abs(float(level - Decimal(float(found.alpha[-1])))) < 1e-9


def _shapes(rng: np.random.Generator, n: int) -> list[Array]:
    walk = np.cumsum(rng.standard_normal(n))
    flat = np.full(n, 5.0)
    jump = np.where(np.arange(n) < n // 2, 1.0, 2.0)
    return [
        walk,
        flat,
        jump,
        np.round(walk),
        np.where(rng.random(n) < 0.05, 1.0, 0.0),
        np.arange(n, dtype=float),
        np.resize([1.0, -1.0], n),
        1e-8 * (1 + np.round(walk)),
        walk * 1e150,
        walk * 1e-160,
        100.0 + 1e-13 * walk,
    ]


def _sound(found: Any) -> None:
    """A number where there is no reason, and none that is infinite anywhere."""
    assert is_dataclass(found)
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, float):
            assert not math.isnan(value), field.name
        if field.name == "pvalue" and value is not None:
            assert 0.0 <= value <= 1.0
    reason = getattr(found, "reason", None)
    if hasattr(found, "pvalue") and reason is None:
        assert found.pvalue is not None


SINGLE: dict[str, Callable[..., Any]] = {
    "stationarity": stats.stationarity,
    "local_level_fit": stats.local_level_fit,
    "rolling_zscore": lambda x: stats.rolling_zscore(x, 10),
    "ew_moments": lambda x: stats.ew_moments(x, halflife=5),
    "adf": stats.adf,
    "adf fixed": lambda x: stats.adf(x, lags=3, trend="ct"),
    "kpss": stats.kpss,
    "variance_ratio": lambda x: stats.variance_ratio(x, 2),
    "half_life": stats.half_life,
    "ou_fit": stats.ou_fit,
    "ljung_box": lambda x: stats.ljung_box(x, lags=5),
}
PAIRS: dict[str, Callable[..., Any]] = {
    "hayashi_yoshida": lambda y, x: stats.hayashi_yoshida(np.arange(y.size), y, np.arange(x.size), x),
    "realised_correlation": stats.realised_correlation,
    "ew_covariance": lambda y, x: stats.ew_covariance(y, x, halflife=5),
    "rolling_ols": lambda y, x: stats.rolling_ols(y, x, 10),
    "rolling_correlation": lambda y, x: stats.rolling_correlation(y, x, 10),
    "rolling_spearman": lambda y, x: stats.rolling_spearman(y, x, 10),
    "kalman_hedge": lambda y, x: stats.kalman_hedge(y, x, burn_in=30),
    "kalman_hedge preset": lambda y, x: stats.kalman_hedge(y, x, delta=1e-4, r=1e-3),
    "fit_diagnostics": lambda y, x: stats.fit_diagnostics(y, x, "ols", window=10),
    "cusum recursive": lambda y, x: stats.cusum(y, x, kind="recursive"),
    "ols": stats.ols,
    "tls": stats.tls,
    "engle_granger": lambda y, x: stats.engle_granger(y, x, lags="aic"),
    "engle_granger ct": lambda y, x: stats.engle_granger(y, x, trend="ct"),
    "both": stats.engle_granger_both,
    "evidence": lambda y, x: stats.cointegration_evidence(y, x, max_lags=5),
    "fixed": lambda y, x: stats.cointegration_evidence(y, x, fixed_beta=1.0),
    "phillips_ouliaris": stats.phillips_ouliaris,
    "phillips_ouliaris t": lambda y, x: stats.phillips_ouliaris(y, x, test="Zt"),
    "johansen": lambda y, x: stats.johansen(np.column_stack([y, x])),
    "cusum": stats.cusum,
    "kalman_fit": stats.kalman_fit,
}


def _masked(rng: np.random.Generator, values: Array) -> Array:
    kind = rng.integers(4)
    out = values.copy()
    if kind == 1:
        out[rng.random(out.size) < rng.random()] = np.nan
    elif kind == 2:
        out[:: rng.integers(2, 4)] = np.nan
    elif kind == 3 and out.size:
        out[: rng.integers(out.size)] = np.nan
    return out


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", [*SINGLE, *PAIRS])
def test_any_short_array_with_any_mask_is_a_number_or_a_reason(name: str) -> None:
    rng = np.random.default_rng(23)
    for n in range(61):
        shapes = _shapes(rng, n)
        for y in shapes:
            leg_y = _masked(rng, y)
            if name in SINGLE:
                _sound(SINGLE[name](leg_y))
                continue
            for x in (shapes[0], shapes[int(rng.integers(len(shapes)))], -y):
                _sound(PAIRS[name](leg_y, _masked(rng, x)))


def test_unrelated_legs_never_have_a_tiny_p() -> None:
    rng = np.random.default_rng(4)
    smallest = 1.0
    for n in range(61):
        for _ in range(40):
            y, x = np.cumsum(rng.standard_normal((2, n)), axis=1)
            y, x = _masked(rng, y), _masked(rng, x)
            p = stats.cointegration_evidence(y, x, max_lags=5).pvalue
            smallest = min(smallest, 1.0 if p is None else p)
    assert smallest > 1e-6


@pytest.mark.parametrize("rows", [30, 60])
def test_case_10_short_windows(rows: int) -> None:
    rng = np.random.default_rng(12)
    hits = made = 0
    for _ in range(1500):
        a, b = rng.standard_normal((2, rows)).cumsum(axis=1)
        p = stats.cointegration_evidence(a, b, max_lags=5).pvalue
        made += p is not None
        hits += p is not None and p < 0.05
    # Two standard errors of 1,500 draws at 7% are 1.3%.
    assert made == 0 or hits / made < 0.083


def _odd_markets(rng: np.random.Generator, n: int) -> list[tuple[Array, Array]]:
    tick = np.log(np.maximum(np.round(10.0 + np.cumsum(0.2 * rng.standard_normal(n))), 1.0))
    walk = np.log(100.0) + np.cumsum(1e-4 * rng.standard_normal(n))
    still = np.where(rng.random(n) < 0.9, np.nan, walk)
    held = np.repeat(walk[:: max(n // 4, 1)], max(n // 4, 1) + 1)[:n]
    spike = walk.copy()
    spike[n // 2] = 600.0
    return [
        (tick, tick[::-1].copy()),
        (walk, walk.copy()),
        (walk, -walk),
        (np.full(n, 4.6), walk),
        (still, walk),
        (held, walk),
        (walk, np.zeros(n)),
        (spike, walk),
        (np.resize([1.0, 2.0], n), np.resize([2.0, 1.0], n)),
        (np.where(np.arange(n) == n - 5, 2.0, 1.0) + 1e-9 * walk, walk),
        (walk * 1e200, walk),
        (walk, np.where(np.arange(n) > n - 9, walk * 1e160, walk)),
    ]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_breakdown_monitor_and_the_kalman_filter_bear_odd_markets() -> None:
    rng = np.random.default_rng(6)
    for y, x in _odd_markets(rng, 160):
        for start in range(0, 60, 7):
            try:
                monitor = stats.BreakdownMonitor.freeze(y[start : start + 40], x[start : start + 40])
            except StatisticsError:
                continue
            for a, b in zip(y[start + 40 :], x[start + 40 :], strict=True):
                row = monitor.update(float(a), float(b))
                assert (row.reason is None) == (row.z is not None)
                assert all(value is None or math.isfinite(value) for value in (row.z, row.excursion, row.boundary))
        for estimator in (stats.KalmanHedge(burn_in=30), stats.KalmanHedge.chan(r=1e-18)):
            for a, b in zip(y, x, strict=True):
                z = estimator.update(float(a), float(b)).z
                assert z is None or math.isfinite(z)


def test_a_number_that_must_be_whole_is_not_cut() -> None:
    walk = np.cumsum(np.random.default_rng(1).standard_normal(100))
    wrong: Any
    for wrong in (1.5, -1, math.nan, math.inf):
        with pytest.raises(StatisticsError, match="whole number"):
            stats.adf(walk, lags=wrong)
        with pytest.raises(StatisticsError, match="whole number"):
            stats.adf(walk, lags="aic", max_lags=wrong)
