"""Correlation of returns from prices that come at unlike times and bounce, by a realised kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import CONSTANT_LEG, TOO_FEW_ROWS, as_pair, check_count, reason_of
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import SMALLEST_M2
from spreadscope.stats._results import Result

#: The fewest joint rows: with 20 the kernel has 3 lags.
FEWEST_ROWS = 20
#: Lags are this times n^(3/5), measured: at 120 and 300 rows 8 and 14, enough for a bounce as large as the volatility.
LAGS_FACTOR = 0.45


@dataclass(frozen=True, slots=True)
class RealisedCorrelationResult(Result, title="Realised correlation"):
    """A correlation from ``n`` joint rows with ``lags`` autocovariances; None with a ``reason`` where undefined."""

    correlation: float | None
    n: int
    lags: int
    reason: Reason | None


@labelled
def realised_correlation(y: ArrayLike, x: ArrayLike, *, lags: int | None = None) -> RealisedCorrelationResult:
    """Returns the correlation of the returns of two log price series of n rows by the multivariate realised kernel.

    Rows without both prices are left out (refresh times); the covariance of the returns between the others is the sum
    of their autocovariances up to ``lags`` (0.45 n^(3/5) by default) with Parzen weights, so that it lies within −1 and
    1. The usual correlation of short bars is too small where trades are rare or bounce (Epps effect); this one is not,
    at the price of a standard error about twice as large.

    Undefined (with a reason): fewer than 20 joint rows, a leg that does not move.

    Source: Barndorff-Nielsen, Hansen, Lunde and Shephard (2011), Journal of Econometrics 162.

    >>> rng = np.random.default_rng(2)
    >>> x = np.cumsum(rng.standard_normal(400))
    >>> bouncing = x + 0.8 * rng.choice([-1.0, 1.0], 400)
    >>> usual = np.corrcoef(np.diff(bouncing), np.diff(x))[0, 1]
    >>> round(float(usual), 2), round(realised_correlation(bouncing, x).correlation, 2)
    (0.68, 0.99)
    """
    leg_y, leg_x = as_pair(y, x)
    used = -1 if lags is None else check_count(lags, "lags", "0 or more")
    n, used, code, correlation = realised_kernel(leg_y, leg_x, used)
    return RealisedCorrelationResult(None if code else correlation, n, used, reason_of(code) if code else None)


@njit
def _joint_returns(y: FloatArray, x: FloatArray) -> tuple[int, FloatArray, FloatArray]:
    """Returns (joint rows, returns of y, returns of x) between the rows with both prices; the first n − 1 are set."""
    n = 0
    returns_y, returns_x = np.empty(y.size), np.empty(y.size)
    last_y = last_x = 0.0
    for t in range(y.size):
        if math.isfinite(y[t]) and math.isfinite(x[t]):
            if n:
                returns_y[n - 1] = y[t] - last_y
                returns_x[n - 1] = x[t] - last_x
            last_y, last_x = y[t], x[t]
            n += 1
    return n, returns_y, returns_x


@njit
def realised_kernel(y: FloatArray, x: FloatArray, lags: int) -> tuple[int, int, int, float]:
    """Returns (joint rows, lags, reason code, correlation); ``lags`` −1 means those for the number of rows."""
    n, returns_y, returns_x = _joint_returns(y, x)
    if n < FEWEST_ROWS:
        return n, max(0, lags), TOO_FEW_ROWS, math.nan
    m = n - 1
    if lags < 0:
        lags = round(LAGS_FACTOR * n**0.6)
    lags = min(lags, m - 1)
    syy = sxx = sxy = 0.0
    for t in range(m):
        syy += returns_y[t] * returns_y[t]
        sxx += returns_x[t] * returns_x[t]
        sxy += returns_y[t] * returns_x[t]
    if min(syy, sxx) <= SMALLEST_M2:
        return n, lags, CONSTANT_LEG, math.nan
    for lag in range(1, lags + 1):
        share = lag / (lags + 1.0)
        weight = 1.0 - 6.0 * share * share * (1.0 - share) if share <= 0.5 else 2.0 * (1.0 - share) ** 3
        gyy = gxx = gyx = 0.0
        for t in range(lag, m):
            gyy += returns_y[t] * returns_y[t - lag]
            gxx += returns_x[t] * returns_x[t - lag]
            gyx += returns_y[t] * returns_x[t - lag] + returns_x[t] * returns_y[t - lag]
        syy += 2.0 * weight * gyy
        sxx += 2.0 * weight * gxx
        sxy += weight * gyx
    # The kernel is positive semi-definite; what is left of nothing is rounding.
    if min(syy, sxx) <= SMALLEST_M2:
        return n, lags, CONSTANT_LEG, math.nan
    return n, lags, 0, max(-1.0, min(1.0, sxy / math.sqrt(syy * sxx)))
