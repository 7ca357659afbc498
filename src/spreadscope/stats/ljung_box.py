"""A test of serial correlation in a series."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_series, check_count, check_window
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, mean_and_m2
from spreadscope.stats._results import Result
from spreadscope.stats._scipy import chi2_upper


@dataclass(frozen=True, slots=True)
class LjungBoxResult(Result, title="Ljung–Box test of serial correlation", decides={"pvalue": "χ²"}):
    """Q statistic over ``lags`` autocorrelations and its χ² p-value; None with a ``reason`` where undefined."""

    stat: float | None
    pvalue: float | None
    lags: int
    n: int
    reason: Reason | None


@njit
def _squared_autocorrelations(x: FloatArray, mean: float, m2: float, lags: int) -> float:
    """Returns Σ ρ_j² / (n − j) over the lags 1 … ``lags``."""
    total = 0.0
    for j in range(1, lags + 1):
        cross = 0.0
        for t in range(j, x.size):
            cross += (x[t] - mean) * (x[t - j] - mean)
        rho = cross / m2
        total += rho * rho / (x.size - j)
    return total


@njit
def ljung_box_kernel(x: FloatArray, lags: int) -> float:
    """Returns Q of more than ``lags`` + 2 finite values; NaN for a constant series."""
    n = x.size
    mean, m2, peak = mean_and_m2(x, 0, n)
    if is_constant(m2, n, peak):
        return math.nan
    return n * (n + 2.0) * _squared_autocorrelations(x, mean, m2, lags)


@labelled
def ljung_box(x: ArrayLike, *, lags: int = 10, fitted: int = 0) -> LjungBoxResult:
    """Returns the Ljung–Box test that the first ``lags`` autocorrelations of ``x`` (n values) are zero. NaN rows are
    left out.

    ``fitted`` parameters take as many degrees of freedom. A fit diagnostic of Kalman z, never evidence of
    cointegration.

    Source: Ljung and Box (1978), Biometrika 65.

    >>> ljung_box(np.random.default_rng(1).standard_normal(500)).pvalue > 0.05
    True
    """
    series = as_series(x, "x")
    fitted = check_count(fitted, "fitted", "0 or more")
    lags = check_window(lags, minimum=fitted + 1)
    whole = np.isfinite(series)
    if not whole.all():
        series = series[whole]
    n = series.size
    if n <= lags + 2:
        return LjungBoxResult(None, None, lags, n, Reason.TOO_FEW_ROWS)
    stat = ljung_box_kernel(series, lags)
    if math.isnan(stat):
        return LjungBoxResult(None, None, lags, n, Reason.CONSTANT_SPREAD)
    return LjungBoxResult(stat, chi2_upper(stat, lags - fitted), lags, n, None)
