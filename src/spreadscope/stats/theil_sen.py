"""A hedge ratio that is robust against nearly a third of bad rows: the median slope of all pairs of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit, njit_array
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import CONSTANT_LEG, NOT_FINITE, TOO_FEW_ROWS, as_pair, reason_of
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats._results import Result

#: The most rows whose slopes are all computed (a microsecond for a hundred slopes); of more rows, this many evenly
#: spaced ones.
MOST_ROWS = 400
# Slopes that place the bracket around the median, and how many of them lie on either side of it in the bracket.
SAMPLE = 129
BRACKET = 14


@dataclass(frozen=True, slots=True)
class TheilSenResult(Result, title="Theil–Sen regression"):
    """The median slope of n joint rows; None with a ``reason`` where undefined."""

    alpha: float | None
    beta: float | None
    n: int
    reason: Reason | None


@labelled
def theil_sen(y: ArrayLike, x: ArrayLike, *, intercept: bool = True) -> TheilSenResult:
    """Returns the Theil–Sen regression of y on x, for log prices or prices: β is the median of (yⱼ − yᵢ)/(xⱼ − xᵢ) over
    all pairs of rows with different x, α = median(y) − β median(x), as in ``scipy.stats.theilslopes``.

    Without ``intercept`` β is the median of y/x. Rows with a NaN are left out; of more than 400 rows, 400 evenly spaced
    ones are used. It carries no p-value: a fitted ratio is no evidence of cointegration.

    Undefined (with a reason): fewer than 3 joint rows, a constant leg.

    Source: Sen (1968), Journal of the American Statistical Association 63.

    >>> y = [1.0, 3.0, 5.0, 70.0, 9.0, 11.0]
    >>> fit = theil_sen(y, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    >>> fit.beta, fit.alpha
    (2.0, 2.0)
    """
    leg_y, leg_x = as_pair(y, x)
    n, code, alpha, beta = theil_sen_kernel(leg_y, leg_x, intercept)
    if code:
        return TheilSenResult(None, None, n, reason_of(code))
    return TheilSenResult(alpha, beta, n, None)


@njit
def theil_sen_kernel(y: FloatArray, x: FloatArray, intercept: bool) -> tuple[int, int, float, float]:  # noqa: FBT001 - numba knows no keywords
    """Returns (joint rows, reason code, α, β)."""
    n = 0
    leg_y, leg_x = np.empty(y.size), np.empty(y.size)
    for t in range(y.size):
        if math.isfinite(y[t]) and math.isfinite(x[t]):
            leg_y[n] = y[t]
            leg_x[n] = x[t]
            n += 1
    if n < 3:
        return n, TOO_FEW_ROWS, math.nan, math.nan
    _, _, syy, sxx, _, peak_y, peak_x = pair_moments(leg_y, leg_x, 0, n)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return n, CONSTANT_LEG, math.nan, math.nan
    used = min(n, MOST_ROWS)
    if used < n:
        step = (n - 1) / (used - 1)
        for t in range(used):
            row = int(t * step) if t < used - 1 else n - 1
            leg_y[t] = leg_y[row]
            leg_x[t] = leg_x[row]
    leg_y, leg_x = leg_y[:used], leg_x[:used]
    beta = _median_slope(leg_y, leg_x) if intercept else _median_ratio(leg_y, leg_x)
    if not math.isfinite(beta):
        return n, NOT_FINITE, math.nan, math.nan
    alpha = _median(leg_y, used) - beta * _median(leg_x, used) if intercept else 0.0
    return n, 0, alpha, beta


@njit
def all_slopes(y: FloatArray, x: FloatArray) -> tuple[FloatArray, int]:
    """Returns the slopes of all pairs of rows with different x, in the first places of an array, and their number."""
    n = y.size
    slopes = np.empty(n * (n - 1) // 2)
    first = 0
    equal = 0
    for i in range(n - 1):
        equal += _slopes_from(y[i], x[i], y[i + 1 :], x[i + 1 :], slopes[first : first + n - 1 - i])
        first += n - 1 - i
    if not equal:
        return slopes, slopes.size
    count = 0
    for k in range(slopes.size):
        slope = slopes[k]
        slopes[count] = slope
        count += slope == slope  # noqa: PLR0124  # the NaN test that makes no branch
    return slopes, count


@njit_array
def _slopes_from(y: float, x: float, later_y: FloatArray, later_x: FloatArray, slopes: FloatArray) -> int:
    """Write the slopes from one row to the later ones, NaN where x is the same. Returns how many of these there are.

    A loop of its own without a branch: the compiler makes four divisions at once of it.
    """
    equal = 0
    for j in range(slopes.size):
        distance = later_x[j] - x
        same = distance == 0.0
        slopes[j] = math.nan if same else (later_y[j] - y) / distance
        equal += same
    return equal


@njit
def _median_slope(y: FloatArray, x: FloatArray) -> float:
    """Returns the median of all slopes."""
    slopes, count = all_slopes(y, x)
    return median_of_many(slopes, count)


@njit
def median_of_many(slopes: FloatArray, count: int) -> float:
    """Returns the median of the first ``count`` values. Most of them are only counted: only those in a bracket around a
    sample's median are searched."""
    if count < SAMPLE * 4:
        return _median(slopes, count) if count else math.nan
    low, middle, high = sample_around_median(slopes, count, BRACKET)
    below, inside = within(slopes, count, middle, 0.5 * (high - low))
    rank = count // 2 - below
    if not 1 <= rank < inside.size:
        return _median(slopes, count)
    return _middle(inside, inside.size, rank, count % 2 == 0)


@njit
def sample_around_median(values: FloatArray, count: int, places: int) -> tuple[float, float, float]:
    """Returns the median of a sample, between the values that lie so many places of the sorted sample from it."""
    sample = np.empty(SAMPLE)
    for k in range(SAMPLE):
        sample[k] = values[(k * count) // SAMPLE]
    sample.sort()
    return sample[SAMPLE // 2 - places], sample[SAMPLE // 2], sample[SAMPLE // 2 + places]


@njit
def within(values: FloatArray, count: int, middle: float, reach: float) -> tuple[int, FloatArray]:
    """Returns how many of the first ``count`` values lie below a bracket around ``middle``, and a copy of those in
    it."""
    values = values[:count]
    inside = np.empty(count + 1)
    kept = below = 0
    for k in range(count):
        value = values[k]
        inside[kept] = value
        kept += abs(value - middle) <= reach
    for k in range(count):  # a loop of its own: the compiler counts four at once
        below += values[k] - middle < -reach
    return below, inside[:kept]


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
    """Returns the median of the first ``n`` values, which are reordered."""
    return _middle(values, n, n // 2, n % 2 == 0)


@njit
def _middle(values: FloatArray, n: int, middle: int, even: bool) -> float:  # noqa: FBT001 - numba knows no keywords
    """Returns the value of rank ``middle``, or its mean with the one before it: Hoare's partition, pivots as the median
    of three."""
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
    if not even:
        return upper
    lower: float = values[0]
    for t in range(1, middle):
        lower = max(lower, values[t])
    return 0.5 * (lower + upper)
