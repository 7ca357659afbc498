"""The Engle–Granger test of cointegration of two legs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._adf_kernel import adf_kernel, run_lengths
from spreadscope.stats._arrays import COLLINEAR, CONSTANT_LEG, TOO_FEW_ROWS, as_pair, check_choice, reason_of
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments, residual_ss
from spreadscope.stats._results import Result
from spreadscope.stats.adf import lag_rule
from spreadscope.stats.mackinnon import CriticalValues, mackinnon_critical_values, mackinnon_pvalue

# 100 √eps, statsmodels' own limit: legs that agree closer than this leave a residual of rounding noise.
COLLINEAR_LIMIT = 1.49e-6


@dataclass(frozen=True, slots=True)
class EngleGrangerResult(
    Result,
    title="Engle–Granger test of cointegration, one direction",
    decides={"pvalue": "MacKinnon (1994), asymptotic, N = 2"},
):
    """The evidence on one direction of one pair. With a ``reason`` the statistic and the p-value are None.

    ``n`` counts the joint rows, ``lags`` the lagged differences used. β, its standard error and R² are those
    of the first-stage regression and stay visible when only the second stage is undefined.
    """

    stat: float | None
    pvalue: float | None
    lags: int
    n: int
    trend: str
    alpha: float | None
    beta: float | None
    se_beta: float | None
    r_squared: float | None
    critical: CriticalValues | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class BothDirectionsResult(
    Result,
    title="Engle–Granger test of cointegration, both directions",
    decides={"pvalue": "2·min p of both directions, MacKinnon (1994)"},
):
    """Both regressions of a pair and the p-value of the two together: min(1, 2·min p), never the raw smaller p."""

    pvalue: float | None
    y_on_x: EngleGrangerResult
    x_on_y: EngleGrangerResult
    reason: Reason | None


@njit
def _detrend(values: FloatArray) -> None:
    """Subtract the fitted line a + b·row from the finite rows, in place."""
    count = 0
    mean_t = mean_v = 0.0
    for t in range(values.size):
        if math.isfinite(values[t]):
            count += 1
            mean_t += t
            mean_v += values[t]
    if count < 2:
        return
    mean_t /= count
    mean_v /= count
    cross = square = 0.0
    for t in range(values.size):
        if math.isfinite(values[t]):
            cross += (t - mean_t) * (values[t] - mean_v)
            square += (t - mean_t) ** 2
    slope = cross / square
    for t in range(values.size):
        values[t] -= mean_v + slope * (t - mean_t)


@njit
def engle_granger_kernel(
    y: FloatArray, x: FloatArray, criterion: int, max_lags: int
) -> tuple[float, int, int, float, float, float, float, int, int]:
    """Returns (statistic, lags, joint rows, α, β, standard error of β, R², rows of the ADF regression, reason code).

    With a constant in the first stage, so the ADF regression of the residual has no deterministic term.
    """
    nan = math.nan
    n = 0
    joint_y, joint_x = np.empty(y.size), np.empty(y.size)
    for t in range(y.size):
        if math.isfinite(y[t]) and math.isfinite(x[t]):
            joint_y[n] = y[t]
            joint_x[n] = x[t]
            n += 1
    if n < 4:
        return nan, 0, n, nan, nan, nan, nan, 0, TOO_FEW_ROWS
    mean_y, mean_x, syy, sxx, sxy, peak_y, peak_x = pair_moments(joint_y, joint_x, 0, n)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return nan, 0, n, nan, nan, nan, nan, 0, CONSTANT_LEG
    beta = sxy / sxx
    alpha = mean_y - beta * mean_x
    sse = residual_ss(joint_y, joint_x, 0, n, mean_y, mean_x, beta)
    se_beta = math.sqrt(sse / (n - 2) / sxx)
    r_squared = 1.0 - sse / syy
    if sse <= COLLINEAR_LIMIT * syy:
        return nan, 0, n, alpha, beta, se_beta, r_squared, 0, COLLINEAR
    residual = np.empty(y.size)
    for t in range(y.size):
        residual[t] = (y[t] - mean_y) - beta * (x[t] - mean_x)
    stat, lags, used, _, _, code = adf_kernel(residual, 0, criterion, max_lags, peak_y)
    return stat, lags, n, alpha, beta, se_beta, r_squared, used, code


@labelled
def engle_granger(
    y: ArrayLike, x: ArrayLike, *, trend: str = "c", lags: int | str = 1, max_lags: int | None = None
) -> EngleGrangerResult:
    """Returns the Engle–Granger test that log prices ``y`` and ``x`` (n values each) are cointegrated, y on x.

    Stage one: y = α + β x + ε by OLS (``trend`` "ct" adds a linear trend; α then refers to the first row).
    Stage two: ADF t-statistic of the residual with no deterministic term, ``lags`` as in ``adf``.
    Critical values and p are those of N = 2, so an estimated β is paid for: plain ADF values reject 16%
    of unrelated pairs at 5%. Fix the direction beforehand or use ``engle_granger_both``.

    Rows where a leg is NaN are missing, never filled; regression rows that reach across one are left out.
    Undefined (with a reason): fewer rows of the second stage than max(20, 3 (lags + 3)), a constant leg, legs so
    collinear (1 − R² < 1.5e-6) that the residual is rounding noise. About 60 µs at n = 600 with AIC over 10 lags.

    Source: Engle and Granger (1987), Econometrica 55; MacKinnon (1994, 2010).

    >>> import numpy as np
    >>> rng = np.random.default_rng(7)
    >>> x = np.cumsum(rng.standard_normal(500)) * 0.01
    >>> tied = engle_granger(1.0 + 0.8 * x + 0.01 * rng.standard_normal(500), x)
    >>> round(tied.beta, 1), tied.pvalue < 0.01
    (0.8, True)
    >>> engle_granger(x, 2.0 * x).reason
    <Reason.COLLINEAR: 'collinear legs'>
    """
    leg_y, leg_x = as_pair(y, x)
    check_choice(trend, "trend", ("c", "ct"))
    criterion, most = lag_rule(lags, max_lags, leg_y.size, 0)
    shift = slope = 0.0
    if trend == "ct":
        raw_y, raw_x = leg_y, leg_x
        whole = np.isfinite(leg_y) & np.isfinite(leg_x)
        leg_y, leg_x = np.where(whole, leg_y, np.nan), np.where(whole, leg_x, np.nan)
        _detrend(leg_y)
        _detrend(leg_x)
    stat, used, n, alpha, beta, se_beta, r_squared, _, code = engle_granger_kernel(leg_y, leg_x, criterion, most)
    if trend == "ct" and math.isfinite(beta):
        # The trend regression's intercept and R², from the undetrended legs.
        left = raw_y - beta * raw_x
        rows = np.flatnonzero(whole)
        slope, shift = (float(v) for v in np.polyfit(rows, left[rows], 1))
        alpha = shift
        residual = left[rows] - shift - slope * rows
        r_squared = 1.0 - float(residual @ residual) / float(((raw_y[rows] - raw_y[rows].mean()) ** 2).sum())
        se_beta *= math.sqrt((n - 2) / (n - 3))
    known = math.isfinite(beta)
    pvalue = critical = None
    if not code:
        steps = int(np.count_nonzero(run_lengths(leg_y + leg_x) >= 2))
        critical = mackinnon_critical_values(2, trend, steps)
        pvalue = mackinnon_pvalue(stat, 2, trend)
    return EngleGrangerResult(
        stat=None if code else stat,
        pvalue=pvalue,
        lags=int(used),
        n=int(n),
        trend=trend,
        alpha=alpha if known else None,
        beta=beta if known else None,
        se_beta=se_beta if known else None,
        r_squared=r_squared if known else None,
        critical=critical,
        reason=reason_of(code),
    )


@labelled
def engle_granger_both(
    y: ArrayLike, x: ArrayLike, *, trend: str = "c", lags: int | str = 1, max_lags: int | None = None
) -> BothDirectionsResult:
    """Returns both directions of ``engle_granger``, combined: p = min(1, 2·min p).

    Undefined when either direction is, with that direction's reason.

    >>> import numpy as np
    >>> rng = np.random.default_rng(3)
    >>> a, b = np.cumsum(rng.standard_normal((2, 300)), axis=1)
    >>> both = engle_granger_both(a, b)
    >>> both.pvalue == min(1.0, 2 * min(both.y_on_x.pvalue, both.x_on_y.pvalue))
    True
    """
    forward = engle_granger(y, x, trend=trend, lags=lags, max_lags=max_lags)
    backward = engle_granger(x, y, trend=trend, lags=lags, max_lags=max_lags)
    if forward.pvalue is None or backward.pvalue is None:
        return BothDirectionsResult(None, forward, backward, forward.reason or backward.reason)
    return BothDirectionsResult(min(1.0, 2.0 * min(forward.pvalue, backward.pvalue)), forward, backward, None)
