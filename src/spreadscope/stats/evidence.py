"""Evidence of cointegration, and diagnostics of a fit.

A pair is traded with a hedge ratio that may be rolling, exponentially weighted, orthogonal or filtered. A
test of the spread of such a ratio is worthless: the ratio was fitted until the spread reverts. So the
evidence is always Engle–Granger on an OLS fit of the same window (or ADF with weights that came from elsewhere),
and the traded spread shows how well its filter fits, without a p-value of stationarity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._adf_kernel import FIXED, comparable_lags
from spreadscope.stats._arrays import as_pair, check_choice, check_window, reason_of
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats.adf import adf, lag_rule
from spreadscope.stats.engle_granger import engle_granger_kernel
from spreadscope.stats.ew_covariance import ew_covariance
from spreadscope.stats.kalman_hedge import kalman_hedge
from spreadscope.stats.ljung_box import LjungBoxResult, ljung_box
from spreadscope.stats.mackinnon import (
    finite_pvalue_kernel,
    mackinnon_pvalue,
    pvalue_coefficients,
    response_surfaces,
)
from spreadscope.stats.ols import ols
from spreadscope.stats.rolling_ols import rolling_ols
from spreadscope.stats.rolling_zscore import rolling_zscore
from spreadscope.stats.tls import tls

HEDGES = ("ols", "tls", "rolling", "ew", "kalman")
DIRECTIONS = ("y_on_x", "x_on_y", "both")
X_ON_Y, BOTH = 1, 2  # their numbers in the kernel


@dataclass(frozen=True, slots=True)
class Evidence(Result, title="Evidence of cointegration", decides={"pvalue": "MacKinnon, finite sample; {test}"}):
    """The evidence of whether a pair is cointegrated; ``cointegrated`` and ``pvalue`` are None with a ``reason``.

    ``test`` names the test and the weights it was made on; ``stat`` is its t-statistic, of y on x where both directions
    count.
    """

    cointegrated: bool | None
    pvalue: float | None
    test: str
    level: float
    n: int
    reason: Reason | None
    stat: float | None = None


@dataclass(frozen=True, slots=True)
class FitDiagnostics(Result, title="Fit of a hedge; no evidence of cointegration"):
    """The fit of a hedge: good when ``sd_z`` is near 1 and Ljung–Box does not reject. It is never evidence of
    cointegration."""

    hedge: str
    sd_z: float | None
    ljung_box: LjungBoxResult


@labelled
def cointegration_evidence(
    y: ArrayLike,
    x: ArrayLike,
    *,
    direction: str = "both",
    lags: int | str = "aic",
    max_lags: int | None = None,
    level: float = 0.05,
    fixed_beta: float | None = None,
) -> Evidence:
    """Returns the decision of the product on log prices ``y`` and ``x``, the same for every hedge mode.

    ``direction``: "both" tests the two regressions at 2·min p; "y_on_x" or "x_on_y" when fixed by the pair's
    configuration beforehand. ``fixed_beta``: a weight that was **not** estimated on these rows; the spread is then an
    observed series and plain ADF applies. The p-value is the finite-sample one (``mackinnon_pvalue`` with T, the rows
    of the regression). AIC over Schwert's number of lags is the default, because bid-ask bounce makes one fixed lag
    reject 15–18% of unrelated pairs; in a short window it compares fewer of them, because the choice itself costs size
    (9% for 5% at 30 rows, now 7%).

    >>> rng = np.random.default_rng(4)
    >>> a, b = np.cumsum(rng.standard_normal((2, 500)), axis=1)
    >>> cointegration_evidence(a, b).cointegrated
    False
    """
    check_choice(direction, "direction", DIRECTIONS)
    if not 0.0 < level < 1.0:
        raise StatisticsError(f"level is {level}; give a probability such as 0.05")
    leg_y, leg_x = as_pair(y, x)
    if fixed_beta is not None:
        if not math.isfinite(fixed_beta):
            raise StatisticsError(f"fixed_beta is {fixed_beta}; give a finite hedge ratio")
        size = max(_size(leg_y), abs(fixed_beta) * _size(leg_x))
        plain = adf(leg_y - fixed_beta * leg_x, trend="c", lags=lags, max_lags=max_lags, scale=size)
        pvalue = None if plain.stat is None else mackinnon_pvalue(plain.stat, 1, "c", plain.n)
        return _decide(pvalue, "ADF on fixed weights", level, plain.n, plain.reason, plain.stat)
    criterion, lag_count = lag_rule(lags, max_lags, leg_y.size, 0)
    n, stat, pvalue, reason = window_evidence(leg_y, leg_x, direction, criterion, lag_count)
    name = "both directions" if direction == "both" else direction.replace("_", " ")
    return _decide(pvalue, f"Engle-Granger on OLS, {name}", level, n, reason, stat)


def window_evidence(
    y: FloatArray, x: FloatArray, direction: str, criterion: int, lags: int
) -> tuple[int, float | None, float | None, Reason | None]:
    """Returns (joint rows, statistic, p-value, reason) of ``cointegration_evidence`` for legs that were checked.

    ``criterion`` and ``lags`` are from ``lag_rule``. The statistic is there when that of the first direction is.
    """
    n, stat, code, pvalue, either = _evidence_kernel(
        y, x, DIRECTIONS.index(direction), criterion, lags, response_surfaces(2, "c"), pvalue_coefficients(2, "c")
    )
    return n, None if code else stat, None if either else pvalue, reason_of(either)


@njit
def _evidence_kernel(
    y: FloatArray,
    x: FloatArray,
    direction: int,
    criterion: int,
    lags: int,
    surfaces: FloatArray,
    coefficients: FloatArray,
) -> tuple[int, float, int, float, int]:
    """Returns (joint rows, statistic and reason code of the first direction, p-value and reason code of all).

    The kernels alone: critical values and asymptotic p-values of each direction would cost more than the tests.
    """
    if criterion != FIXED:
        lags = max(comparable_lags(y, x, lags), 0)
    if direction == X_ON_Y:
        y, x = x, y
    stat, _, n, _, _, _, _, rows, code = engle_granger_kernel(y, x, criterion, lags)
    # T counts the rows that the regression used: with holes they are far fewer than the joint rows.
    pvalue = math.nan if code else finite_pvalue_kernel(stat, float(rows), surfaces, coefficients)
    if direction != BOTH:
        return n, stat, code, pvalue, code
    other_stat, _, _, _, _, _, _, other_rows, other_code = engle_granger_kernel(x, y, criterion, lags)
    either = code or other_code
    if not either:
        other = finite_pvalue_kernel(other_stat, float(other_rows), surfaces, coefficients)
        pvalue = min(1.0, 2.0 * min(pvalue, other))
    return n, stat, code, pvalue, either


def _size(leg: FloatArray) -> float:
    """Returns the largest finite absolute value, whose rounding a spread inherits; 0 where there is none."""
    return float(np.max(np.abs(leg), where=np.isfinite(leg), initial=0.0))


def _decide(
    pvalue: float | None, test: str, level: float, n: int, reason: Reason | None, stat: float | None
) -> Evidence:
    return Evidence(None if pvalue is None else pvalue <= level, pvalue, test, level, n, reason, stat)


@labelled
def hedge_spread(y: ArrayLike, x: ArrayLike, hedge: str, *, window: int = 60) -> FloatArray:
    """Returns the spread each hedge mode trades, in its own units: residuals, or the Kalman filter's z.

    n values, NaN in the warm-up. "rolling" and "ew" use the coefficients of the row before.
    """
    check_choice(hedge, "hedge", HEDGES)
    window = check_window(window, minimum=3)
    leg_y, leg_x = as_pair(y, x)
    spread = np.full(leg_y.size, np.nan)
    if hedge == "kalman":
        burn_in = max(30, min(250, leg_y.size // 3))
        return kalman_hedge(leg_y, leg_x, burn_in=burn_in).z
    if hedge in ("rolling", "ew"):
        if hedge == "rolling":
            rolled = rolling_ols(leg_y, leg_x, window)
            alpha, beta = rolled.alpha, rolled.beta
        else:
            weighted = ew_covariance(leg_y, leg_x, halflife=window / 2.0)
            alpha, beta = weighted.alpha, weighted.beta
        spread[1:] = leg_y[1:] - alpha[:-1] - beta[:-1] * leg_x[1:]
        return spread
    fit = ols(leg_y, leg_x) if hedge == "ols" else tls(leg_y, leg_x)
    if fit.alpha is None or fit.beta is None:
        return spread
    return leg_y - fit.alpha - fit.beta * leg_x


@labelled
def fit_diagnostics(y: ArrayLike, x: ArrayLike, hedge: str, *, window: int = 60, lags: int = 10) -> FitDiagnostics:
    """Returns sd(z) and Ljung–Box of the spread of a hedge mode.

    >>> rng = np.random.default_rng(4)
    >>> x = np.cumsum(0.01 * rng.standard_normal(800))
    >>> found = fit_diagnostics(x + 0.01 * rng.standard_normal(800), x, "kalman")
    >>> 0.8 < found.sd_z < 1.2
    True
    """
    spread = hedge_spread(y, x, hedge, window=window)
    known = spread[np.isfinite(spread)]
    # The Kalman spread is z already; the others are measured against the window before each row, as they are traded.
    z = spread if hedge == "kalman" else rolling_zscore(spread, window).z
    z = z[np.isfinite(z)]
    sd_z = math.sqrt(float((z**2).mean())) if z.size else None
    return FitDiagnostics(hedge, sd_z, ljung_box(known, lags=lags))
