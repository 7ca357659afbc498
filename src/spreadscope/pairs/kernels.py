"""Compiled sums over the windows of a row: for many pairs at one row a second they are the largest cost."""

from __future__ import annotations

import math

import numpy as np

from spreadscope.jit import njit
from spreadscope.model.events import Floats
from spreadscope.stats._adf_kernel import adf_kernel
from spreadscope.stats._moments import mean_and_m2, pair_moments
from spreadscope.stats.mackinnon import pvalue_kernel


@njit
def finite(values: Floats) -> Floats:  # pragma: no cover - compiled
    """Returns the finite values, in order."""
    kept = np.empty(values.size)
    n = 0
    for value in values:
        if math.isfinite(value):
            kept[n] = value
            n += 1
    return kept[:n]


@njit
def count_mean_sd(values: Floats, ddof: int) -> tuple[int, float, float]:  # pragma: no cover - compiled
    """Returns the number of finite values, their mean and their standard deviation; NaN for ``ddof`` values or
    fewer."""
    present = finite(values)
    n = present.size
    if n <= ddof:
        return n, math.nan, math.nan
    mean, m2, _ = mean_and_m2(present, 0, n)
    return n, mean, math.sqrt(m2 / (n - ddof))


@njit
def return_moments(y: Floats, x: Floats) -> tuple[int, float, float, float]:  # pragma: no cover - compiled
    """Returns the number of joint one-row returns of two log prices, and their centred sums of squares and products."""
    dy, dx = np.empty(y.size), np.empty(y.size)
    n = 0
    for t in range(1, y.size):
        a, b = y[t] - y[t - 1], x[t] - x[t - 1]
        if math.isfinite(a) and math.isfinite(b):
            dy[n], dx[n] = a, b
            n += 1
    if n < 2:
        return n, 0.0, 0.0, 0.0
    _, _, syy, sxx, sxy, _, _ = pair_moments(dy, dx, 0, n)
    return n, syy, sxx, sxy


@njit
def largest_absolute(y: Floats) -> float:  # pragma: no cover - compiled
    """Returns the largest absolute value of the rows; 0 when there is none."""
    largest = 0.0
    for t in range(y.size):
        largest = max(largest, abs(y[t]))
    return largest


@njit
def residual_and_moments(
    y: Floats, x: Floats, beta: float, alpha: float, window: int
) -> tuple[Floats, int, float, float]:  # pragma: no cover - compiled
    """Returns the spreads of a line; of the ``window`` rows before the newest their number, mean and deviation (ddof
    1)."""
    residual = np.empty(y.size)
    for t in range(y.size):
        residual[t] = y[t] - beta * x[t] - alpha
    n, mean, sd = count_mean_sd(residual[max(0, y.size - 1 - window) : max(0, y.size - 1)], 1)
    return residual, n, mean, sd


@njit
def spread_adf(
    y: Floats, x: Floats, beta: float, criterion: int, max_lags: int, coefficients: Floats
) -> tuple[int, float, float]:  # pragma: no cover - compiled
    """Returns (reason code, statistic, p-value) of ADF with constant of y − β x. For proportional legs that is rounding
    noise: the size of y lets the test tell it from movement."""
    spread = np.empty(y.size)
    for t in range(y.size):
        spread[t] = y[t] - beta * x[t]
    stat, _, _, _, _, code = adf_kernel(spread, 1, criterion, max_lags, largest_absolute(y))
    return code, stat, math.nan if code else pvalue_kernel(stat, coefficients)
