"""What a row sums over its windows, compiled: at a row a second and pair the sums cost more than what is made of them."""

from __future__ import annotations

import math

import numpy as np

from spreadscope.jit import njit
from spreadscope.model.events import Floats
from spreadscope.stats._moments import mean_and_m2, pair_moments


@njit
def finite(values: Floats) -> Floats:  # pragma: no cover - compiled
    """The values that are there, in order."""
    out = np.empty(values.size)
    n = 0
    for value in values:
        if math.isfinite(value):
            out[n] = value
            n += 1
    return out[:n]


@njit
def count_mean_sd(values: Floats, ddof: int) -> tuple[int, float, float]:  # pragma: no cover - compiled
    """How many values are there, their mean and their standard deviation; NaN where there are not more than ``ddof``."""
    held = finite(values)
    n = held.size
    if n <= ddof:
        return n, math.nan, math.nan
    mean, m2, _ = mean_and_m2(held, 0, n)
    return n, mean, math.sqrt(m2 / (n - ddof))


@njit
def return_moments(y: Floats, x: Floats) -> tuple[int, float, float, float]:  # pragma: no cover - compiled
    """Of the joint one-row returns of two log prices: their number, and the centred sums of squares and products."""
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
def largest(y: Floats) -> float:  # pragma: no cover - compiled
    """The largest absolute value among the rows that are there; 0 where none is."""
    most = 0.0
    for t in range(y.size):
        most = max(most, abs(y[t]))
    return most
