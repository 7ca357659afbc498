"""The augmented Dickey–Fuller regression as a compiled kernel.

Δx_t = d_t + γ x_{t−1} + Σ φ_j Δx_{t−j} + ε_t, solved through the Cholesky factor of the Gram matrix of
demeaned (or detrended) columns. With the level first and the lags after it, one factor gives the residual
sum of squares of every lag length; the chosen length is then refitted on its own, longer sample.

Missing rows (NaN) exclude every regression row that would reach across them: no difference over a gap is
treated as one step.
"""

from __future__ import annotations

import math

import numpy as np

from spreadscope.jit import FloatArray, IntArray, njit
from spreadscope.stats._arrays import COLLINEAR, CONSTANT_SPREAD, TOO_FEW_ROWS
from spreadscope.stats._moments import dot, is_constant

#: Rules that choose the number of lags.
FIXED, AIC, BIC, TSTAT = 0, 1, 2, 3
CRITERIA = {"aic": AIC, "bic": BIC, "t-stat": TSTAT}
# statsmodels' threshold: the two-sided 10% point of the normal distribution.
T_STOP = 1.6448536269514722
NO_ROWS, NO_SPREAD = -1, -2
#: Fewer regression rows than this, or than three for each coefficient and the constant, trend and variance beside
#: it, give a t-statistic whose tail no table covers: a quarter of unrelated pairs had p < 1e-6 at 13 to 41 rows.
SMALLEST_SAMPLE = 20


@njit
def rows_needed(lags: int) -> int:
    """Returns the fewest regression rows with which a Dickey–Fuller regression with ``lags`` lags has a p-value."""
    return max(SMALLEST_SAMPLE, 3 * (lags + 3))


@njit
def most_lags(runs: IntArray, wanted: int) -> int:
    """Returns the largest number of lags, up to ``wanted``, that leaves enough rows; −1 when not even 0 does."""
    return _most_lags(runs, wanted, 3, 9)


@njit
def comparable_lags(y: FloatArray, x: FloatArray, wanted: int) -> int:
    """Returns the largest number of lags that a criterion may compare without distorting the size of the test: ten rows
    for each (−1: not even 0)."""
    return _most_lags(run_lengths(y + x), wanted, 10, 10)


@njit
def _most_lags(runs: IntArray, wanted: int, rows_per_lag: int, base_rows: int) -> int:
    """Returns the largest number of lags k ≤ ``wanted`` with at least max(20, each·k + beside) regression rows.

    ``runs`` is from ``run_lengths``. A row is used with k lags when a run of at least k + 2 finite rows ends there.
    """
    reach = min(wanted, runs.size) + 2
    rows_by_run = np.zeros(reach + 1, dtype=np.int64)
    for t in range(runs.size):
        rows_by_run[min(runs[t], reach)] += 1
    most, rows = -1, rows_by_run[reach]
    for lags in range(reach - 2, -1, -1):
        # ``rows`` counts those at which at least lags + 2 finite ones end.
        if rows >= max(SMALLEST_SAMPLE, rows_per_lag * lags + base_rows):
            most = lags
            break
        rows += rows_by_run[lags + 1]
    return most


@njit
def run_lengths(x: FloatArray) -> IntArray:
    """Returns for each row the length of the run of finite rows that ends there."""
    runs = np.zeros(x.size, dtype=np.int64)
    run = 0
    for t in range(x.size):
        run = run + 1 if math.isfinite(x[t]) else 0
        runs[t] = run
    return runs


@njit
def _remove_trend(row: FloatArray, m: int, terms: int) -> None:
    """Demean (one term) or detrend (two terms) in place: the partialling-out of Frisch, Waugh and Lovell."""
    if terms == 0:
        return
    total = 0.0
    for i in range(m):
        total += row[i]
    mean = total / m
    if terms == 1:
        for i in range(m):
            row[i] -= mean
        return
    middle = 0.5 * (m - 1)
    cross = 0.0
    for i in range(m):
        cross += (i - middle) * (row[i] - mean)
    slope = cross / (m * (m * m - 1.0) / 12.0)
    for i in range(m):
        row[i] -= mean + slope * (i - middle)


@njit
def _design(x: FloatArray, runs: IntArray, k: int, terms: int, level_first: int) -> tuple[FloatArray, int]:
    """Returns the rows of the result: the k lagged differences and the level (first or last of them), then Δx_t."""
    n = x.size
    columns = np.empty((k + 2, n))
    base = level_first  # the level takes row 0, or row k after the lags
    level = 0 if level_first == 1 else k
    m = 0
    for t in range(k + 1, n):
        if runs[t] < k + 2:
            continue
        columns[level, m] = x[t - 1]
        columns[k + 1, m] = x[t] - x[t - 1]
        for j in range(k):
            columns[base + j, m] = x[t - 1 - j] - x[t - 2 - j]
        m += 1
    for r in range(k + 2):
        _remove_trend(columns[r], m, terms)
    return columns, m


@njit
def cholesky(columns: FloatArray, m: int) -> tuple[FloatArray, bool]:
    """Returns the lower factor of the Gram matrix of the rows of ``columns``; False when two of them are collinear."""
    p = columns.shape[0]
    factor = np.zeros((p, p))
    full_rank = True
    for i in range(p):
        diagonal = dot(columns[i], 0, columns[i], 0, m)
        for j in range(i + 1):
            value = diagonal if i == j else dot(columns[i], 0, columns[j], 0, m)
            for q in range(j):
                value -= factor[i, q] * factor[j, q]
            if i != j:
                factor[i, j] = value / factor[j, j] if factor[j, j] > 0.0 else 0.0
            elif value > 1e-13 * diagonal:
                factor[i, i] = math.sqrt(value)
            elif i < p - 1:
                full_rank = False
    return factor, full_rank


@njit
def choose_lags(sse: FloatArray, last_t: FloatArray, m: int, terms: int, criterion: int) -> int:
    """Returns the number of lags, from the residual sums of squares of 0 … k lags on one sample of m rows."""
    k = sse.size - 1
    if criterion == TSTAT:
        for lag in range(k, 0, -1):
            if abs(last_t[lag]) >= T_STOP:
                return lag
        return 0
    penalty = 2.0 if criterion == AIC else math.log(m)
    best, chosen = math.inf, 0
    for lag in range(k + 1):
        if sse[lag] <= 0.0:
            return lag
        value = m * math.log(sse[lag]) + penalty * (lag + 1 + terms)
        if value < best:
            best, chosen = value, lag
    return chosen


@njit
def _peak(x: FloatArray, runs: IntArray) -> float:
    peak = 0.0
    for t in range(x.size):
        if runs[t] > 0:
            peak = max(peak, abs(x[t]))
    return peak


@njit
def _select(x: FloatArray, runs: IntArray, terms: int, criterion: int, max_lags: int) -> int:
    columns, m = _design(x, runs, max_lags, terms, 1)
    if m < rows_needed(max_lags) or m - max_lags - 1 - terms < 1:
        return NO_ROWS
    factor, full_rank = cholesky(columns, m)
    if not full_rank:
        return NO_SPREAD
    target = max_lags + 1
    remaining = dot(columns[target], 0, columns[target], 0, m)
    sse = np.empty(max_lags + 1)
    last_t = np.zeros(max_lags + 1)
    for lag in range(max_lags + 1):
        remaining -= factor[target, lag] ** 2
        sse[lag] = remaining
        degrees_of_freedom = m - lag - 1 - terms
        if lag > 0 and remaining > 0.0:
            last_t[lag] = factor[target, lag] / math.sqrt(remaining / degrees_of_freedom)
    return choose_lags(sse, last_t, m, terms, criterion)


@njit
def adf_kernel(
    x: FloatArray, terms: int, criterion: int, max_lags: int, scale: float
) -> tuple[float, int, int, float, float, int]:
    """Returns (t-statistic, lags, rows used, γ, standard error of γ, reason code).

    ``terms``: 0 none, 1 constant, 2 constant and trend. With ``criterion`` FIXED, ``max_lags`` are used; else the
    choice looks at no more lags than leave the regression its rows. ``scale``: the size of the numbers that x was
    computed from: their rounding is not a movement (0 when x was observed).
    """
    nan = math.nan
    runs = run_lengths(x)
    lags = max_lags
    ceiling = most_lags(runs, max_lags)
    if ceiling < 0 or (criterion == FIXED and ceiling < max_lags):
        return nan, 0 if criterion != FIXED else lags, 0, nan, nan, TOO_FEW_ROWS
    peak = max(_peak(x, runs), scale)
    if criterion != FIXED:
        lags = _select(x, runs, terms, criterion, ceiling)
        if lags < 0:
            return nan, 0, 0, nan, nan, TOO_FEW_ROWS if lags == NO_ROWS else CONSTANT_SPREAD
    columns, m = _design(x, runs, lags, terms, 0)
    degrees_of_freedom = m - lags - 1 - terms
    if degrees_of_freedom < 1:
        return nan, lags, m, nan, nan, TOO_FEW_ROWS
    if is_constant(dot(columns[lags], 0, columns[lags], 0, m), m, peak):
        return nan, lags, m, nan, nan, CONSTANT_SPREAD
    factor, full_rank = cholesky(columns, m)
    target = lags + 1
    sse = dot(columns[target], 0, columns[target], 0, m)
    total = sse
    for j in range(target):
        sse -= factor[target, j] ** 2
    if not full_rank or sse <= 1e-14 * total:
        return nan, lags, m, nan, nan, COLLINEAR
    sigma = math.sqrt(sse / degrees_of_freedom)
    gamma = factor[target, lags] / factor[lags, lags]
    return factor[target, lags] / sigma, lags, m, gamma, sigma / factor[lags, lags], 0
