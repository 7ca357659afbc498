"""A hedge ratio that nearly a third of bad rows cannot move: the median of the slopes of all pairs of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_pair
from spreadscope.stats._moments import is_constant, pair_moments

#: So many rows have their slopes written out (and cost a microsecond a hundred slopes); of more, this many evenly spaced ones.
MOST_ROWS = 400


@dataclass(frozen=True, slots=True)
class TheilSenResult:
    """The median slope of n joint rows; None with a ``reason`` where undefined."""

    alpha: float | None
    beta: float | None
    n: int
    reason: Reason | None


def theil_sen(y: ArrayLike, x: ArrayLike, *, intercept: bool = True) -> TheilSenResult:
    """Theil–Sen regression of y on x, for log prices or prices: β is the median of (yⱼ − yᵢ)/(xⱼ − xᵢ) over all pairs of rows with
    different x, α = median(y) − β median(x), as in ``scipy.stats.theilslopes``.

    Without ``intercept`` β is the median of y/x. Rows with a NaN are left out; of more than 400 rows, 400 evenly spaced ones are
    used. It carries no p-value: a ratio bent to the data is no evidence of cointegration.

    Undefined (with a reason): fewer than 3 joint rows, a constant leg.

    Source: Sen (1968), Journal of the American Statistical Association 63.

    >>> y = [1.0, 3.0, 5.0, 70.0, 9.0, 11.0]
    >>> fit = theil_sen(y, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    >>> fit.beta, fit.alpha
    (2.0, 2.0)
    """
    leg_y, leg_x = as_pair(y, x)
    whole = np.isfinite(leg_y) & np.isfinite(leg_x)
    leg_y, leg_x = np.ascontiguousarray(leg_y[whole]), np.ascontiguousarray(leg_x[whole])
    n = leg_y.size
    if n < 3:
        return TheilSenResult(None, None, n, Reason.TOO_FEW_ROWS)
    _, _, syy, sxx, _, peak_y, peak_x = pair_moments(leg_y, leg_x, 0, n)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return TheilSenResult(None, None, n, Reason.CONSTANT_LEG)
    if n > MOST_ROWS:
        chosen = np.linspace(0, n - 1, MOST_ROWS).astype(np.int64)
        leg_y, leg_x = leg_y[chosen], leg_x[chosen]
    beta = _median_slope(leg_y, leg_x) if intercept else _median_ratio(leg_y, leg_x)
    if not math.isfinite(beta):
        return TheilSenResult(None, None, n, Reason.NOT_FINITE)
    alpha = float(np.median(leg_y)) - beta * float(np.median(leg_x)) if intercept else 0.0
    return TheilSenResult(alpha, beta, n, None)


@njit
def _median_slope(y: FloatArray, x: FloatArray) -> float:
    n = y.size
    slopes = np.empty(n * (n - 1) // 2)
    count = 0
    for i in range(n - 1):
        yi, xi = y[i], x[i]
        for j in range(i + 1, n):
            distance = x[j] - xi
            if distance != 0.0:
                slopes[count] = (y[j] - yi) / distance
                count += 1
    return _median(slopes, count) if count else math.nan


@njit
def _median_ratio(y: FloatArray, x: FloatArray) -> float:
    ratios = np.empty(y.size)
    count = 0
    for t in range(y.size):
        if x[t] != 0.0:
            ratios[count] = y[t] / x[t]
            count += 1
    return _median(ratios, count) if count else math.nan


@njit
def _median(values: FloatArray, n: int) -> float:
    """The median of the first ``n`` values, which are reordered: selection by Hoare's partition, pivots as the median of three."""
    middle = n // 2
    low, high = 0, n - 1
    while low < high:
        first, second, third = values[low], values[(low + high) >> 1], values[high]
        pivot = max(min(first, second), min(max(first, second), third))
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            break
    upper: float = values[middle]
    if n % 2:
        return upper
    lower: float = values[0]
    for t in range(1, middle):
        lower = max(lower, values[t])
    return 0.5 * (lower + upper)
