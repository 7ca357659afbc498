"""The Theil–Sen slope of a window that moves by a row: only the slopes of the rows that come and go are computed."""

from __future__ import annotations

import math

import numpy as np

from spreadscope.jit import FloatArray, IntArray, njit, njit_array
from spreadscope.stats._arrays import (
    CONSTANT_LEG,
    NOT_FINITE,
    TOO_FEW_ROWS,
    TOO_LARGE,
    WARMING_UP,
    check_window,
)
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats.theil_sen import (
    MOST_ROWS,
    SAMPLE,
    all_slopes,
    median_of_many,
    sample_around_median,
    theil_sen_kernel,
    within,
)

# Places of the counts in the state, and of the bracket in its numbers (from the end).
_NEXT, _PUSHED, _SLOPES, _BELOW, _DISTINCT, _KEPT, _STALE = range(7)
_MIDDLE, _REACH = -2, -1
_SPREAD = 6  # places of a sample of 129: as far from its median lie some 5% of all values


class TheilSenWindow:
    """The slope of ``theil_sen`` over a window of rows on the grid of time: a row that lacks a leg takes a place.

    It keeps the slopes near the median, sorted, and how many lie below them. A row that comes and one that goes change
    2w of w²/2 slopes; once the median leaves what is kept, all slopes are computed again. Nothing is summed, so nothing
    drifts, and the number is that of ``theil_sen`` to the last bit. Beyond 400 joint rows, where that function thins
    them out, and without intercept, it is called instead.

    >>> window = TheilSenWindow(3)
    >>> rows = [window.push(y, x) for y, x in [(1.0, 0.0), (3.0, 1.0), (5.0, 2.0), (9.0, 3.0)]]
    >>> [beta for _, _, beta in rows]
    [nan, nan, 2.0, 3.0]
    """

    __slots__ = ("_counts", "_numbers", "intercept", "rows")

    def __init__(self, rows: int, *, intercept: bool = True) -> None:
        self.rows = check_window(rows, minimum=3)
        self.intercept = intercept
        near = 8 * min(self.rows, MOST_ROWS)
        # y and x of the window, the slopes near the median (distinct, ascending), the bracket that they fill.
        self._numbers: FloatArray = np.full(2 * self.rows + near + 2, math.nan)
        # The counts named above, then how often each of these slopes is there.
        self._counts: IntArray = np.zeros(7 + near, dtype=np.int64)
        self._counts[_STALE] = 1

    def push(self, y: float, x: float) -> tuple[int, int, float]:
        """Take one row (NaN: a leg is missing). Returns (reason code, joint rows, β) of the window that ends with it.

        Reasons: warm-up of as many rows as the window has, fewer than 3 joint rows, a constant leg.
        """
        return _push(self._numbers, self._counts, self.rows, self.intercept, y, x)


@njit
def _push(
    numbers: FloatArray,
    counts: IntArray,
    window: int,
    intercept: bool,  # noqa: FBT001 - numba knows no keywords
    y: float,
    x: float,
) -> tuple[int, int, float]:
    rows_y, rows_x = numbers[:window], numbers[window : 2 * window]
    if not (abs(y) < TOO_LARGE and abs(x) < TOO_LARGE):
        y = x = math.nan
    place = counts[_NEXT]
    incremental = intercept and window <= MOST_ROWS
    if incremental:
        gone_y, gone_x = rows_y[place], rows_x[place]
        rows_y[place] = rows_x[place] = math.nan
        # A slope is computed from the newer row to the older one both times, so what goes is what came.
        _change(numbers, counts, _slopes_with(rows_y, rows_x, gone_y, gone_x, -1.0), -1)
        _change(numbers, counts, _slopes_with(rows_y, rows_x, y, x, 1.0), 1)
    rows_y[place], rows_x[place] = y, x
    counts[_NEXT] = place + 1 if place + 1 < window else 0
    counts[_PUSHED] += 1
    leg_y, leg_x, n = _joint(rows_y, rows_x, counts[_NEXT])
    if counts[_PUSHED] < window:
        return WARMING_UP, n, math.nan
    if not incremental:
        n, code, _, beta = theil_sen_kernel(leg_y[:n], leg_x[:n], intercept)
        return code, n, beta
    if n < 3:
        return TOO_FEW_ROWS, n, math.nan
    _, _, syy, sxx, _, peak_y, peak_x = pair_moments(leg_y, leg_x, 0, n)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return CONSTANT_LEG, n, math.nan
    beta = _kept_median(numbers, counts, window)
    if math.isnan(beta):
        beta = _collect(numbers, counts, window, leg_y[:n], leg_x[:n])
    return (0, n, beta) if math.isfinite(beta) else (NOT_FINITE, n, math.nan)


@njit
def _joint(rows_y: FloatArray, rows_x: FloatArray, oldest: int) -> tuple[FloatArray, FloatArray, int]:
    """Returns the rows with both legs, the oldest first, and their number."""
    leg_y, leg_x = np.empty(rows_y.size), np.empty(rows_y.size)
    n = 0
    for first, last in ((oldest, rows_y.size), (0, oldest)):
        for row in range(first, last):
            if math.isfinite(rows_y[row]):
                leg_y[n] = rows_y[row]
                leg_x[n] = rows_x[row]
                n += 1
    return leg_y, leg_x, n


@njit_array
def _slopes_with(rows_y: FloatArray, rows_x: FloatArray, y: float, x: float, sign: float) -> FloatArray:
    """Returns the slopes between one row and those of the window, NaN where there is none; ``sign`` −1: it is the
    oldest of them."""
    slopes = np.empty(rows_y.size)
    for row in range(slopes.size):
        distance = sign * (x - rows_x[row])
        slopes[row] = math.nan if distance == 0.0 else sign * (y - rows_y[row]) / distance
    return slopes


@njit
def _change(numbers: FloatArray, counts: IntArray, slopes: FloatArray, by: int) -> None:
    """Add (``by`` 1) or remove (−1) these slopes."""
    middle, reach = numbers[_MIDDLE], numbers[_REACH]
    present = below = 0
    for slope in slopes:
        present += not math.isnan(slope)
        distance = slope - middle
        below += distance < -reach
        if abs(distance) <= reach:
            _count(numbers, counts, 2 * slopes.size, slope, by)
    counts[_SLOPES] += by * present
    counts[_BELOW] += by * below


@njit
def _count(numbers: FloatArray, counts: IntArray, first: int, slope: float, by: int) -> None:
    """Add a slope to those near the median, which stand from ``first`` on, or remove it."""
    if counts[_STALE]:
        return
    near, times = numbers[first:_MIDDLE], counts[7:]
    held = counts[_DISTINCT]
    low, high = 0, held
    while low < high:
        middle = (low + high) >> 1
        if near[middle] < slope:
            low = middle + 1
        else:
            high = middle
    if low < held and near[low] == slope:
        times[low] += by
        if times[low] == 0:
            for place in range(low, held - 1):
                near[place] = near[place + 1]
                times[place] = times[place + 1]
            counts[_DISTINCT] = held - 1
    elif by < 0 or held == near.size:
        counts[_STALE] = 1  # no room is left: all slopes are computed again when the median is next asked for
    else:
        for place in range(held, low, -1):
            near[place] = near[place - 1]
            times[place] = times[place - 1]
        near[low], times[low] = slope, 1
        counts[_DISTINCT] = held + 1


@njit
def _kept_median(numbers: FloatArray, counts: IntArray, window: int) -> float:
    """Returns the median; NaN when it is not among the slopes that are kept."""
    total = counts[_SLOPES]
    rank = total // 2 - counts[_BELOW]  # of the upper of two middle slopes, among those that are kept
    if counts[_STALE] or rank < 1:
        return math.nan
    near, times = numbers[2 * window : _MIDDLE], counts[7:]
    seen = 0
    for place in range(counts[_DISTINCT]):
        seen += times[place]
        if seen > rank:
            upper: float = near[place]
            lower = upper if seen - times[place] < rank else near[place - 1]
            return upper if total % 2 == 1 else 0.5 * (lower + upper)
    return math.nan


@njit
def _collect(numbers: FloatArray, counts: IntArray, window: int, y: FloatArray, x: FloatArray) -> float:
    """Compute all slopes of the joint rows, and keep those near their median. Returns it."""
    slopes, total = all_slopes(y, x)
    counts[_SLOPES], counts[_STALE] = total, 1
    if total == 0:
        return math.nan
    rank, wanted = total // 2, 3 * window
    if math.isfinite(numbers[_MIDDLE]):
        # The median has left the bracket at one end, and mostly goes on in that direction.
        ahead = 0.5 if rank - counts[_BELOW] >= 1 else -0.5
        numbers[_MIDDLE] += 3.0 * ahead * numbers[_REACH]
        numbers[_REACH] *= min(max(wanted / max(counts[_KEPT], 1), 0.5), 2.0)
        below, inside = within(slopes, total, numbers[_MIDDLE], numbers[_REACH])
        if 1 <= rank - below < inside.size <= 2 * wanted and _keep(numbers, counts, window, below, inside):
            return _kept_median(numbers, counts, window)
    median = median_of_many(slopes, total)
    low, _, high = sample_around_median(slopes, total, _SPREAD)
    numbers[_MIDDLE] = median
    numbers[_REACH] = 0.5 * (high - low) * wanted * SAMPLE / (2.0 * _SPREAD * total)
    below, inside = within(slopes, total, median, numbers[_REACH])
    if not (inside.size and _keep(numbers, counts, window, below, inside)):
        numbers[_MIDDLE] = math.nan
    return median


@njit
def _keep(numbers: FloatArray, counts: IntArray, window: int, below: int, inside: FloatArray) -> bool:
    """Keep the slopes of the bracket. Returns whether there is room for them."""
    inside.sort()
    near, times = numbers[2 * window : _MIDDLE], counts[7:]
    held = 0
    for slope in inside:
        if held and near[held - 1] == slope:
            times[held - 1] += 1
        elif held == near.size:
            return False
        else:
            near[held], times[held] = slope, 1
            held += 1
    counts[_BELOW], counts[_DISTINCT], counts[_KEPT], counts[_STALE] = below, held, inside.size, 0
    return True
