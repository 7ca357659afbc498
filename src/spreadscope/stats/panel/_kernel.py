"""Engle–Granger of every pair out of lagged cross-moments.

The residual e = Y − βX is linear in the demeaned legs, so every entry of its ADF regression's Gram matrix is a
quadratic form in β over S_b[i, j] = Σ_t L_i(t) L_j(t − b). Only the k + 2 matrices with one unlagged leg
are products over time: the entry (a+1, b+1) follows from (a, b) by adding one row at the head of the sample and
dropping one at its tail, which are known for every pair. That is 12 matrix products for 10 lags instead of 78.

All scratch space is one row block of the caller, so a kernel allocates nothing per pair.
"""

from __future__ import annotations

import math

import numpy as np

from spreadscope.jit import CodeArray, FloatArray, IntArray, njit
from spreadscope.stats._adf_kernel import AIC, FIXED, choose_lags
from spreadscope.stats._arrays import COLLINEAR, CONSTANT_LEG, TOO_FEW_ROWS
from spreadscope.stats.engle_granger import engle_granger_kernel
from spreadscope.stats.mackinnon import pvalue_kernel

#: A pair whose moments lose more digits than this on their way to the innovations is computed from its rows.
CANCELLATION = 1e5
#: A code between kernels: compute this pair from its rows.
DIRECT = -2
#: The triangle that was not requested.
NOT_ASKED = -1
TILE = 8


@njit
def _gram(gram: FloatArray, edges: FloatArray, row: FloatArray, k: int) -> None:
    """Fill ``gram`` (k+2 square) with Σ e_{t−a} e_{t−b}, from its first row and the residual's head and tail."""
    for b in range(k + 2):
        gram[0, b] = row[b]
    for a in range(k + 1):
        for b in range(a, k + 1):
            gram[a + 1, b + 1] = gram[a, b] + edges[0, k - a] * edges[0, k - b] - edges[1, a] * edges[1, b]


@njit
def _differences(gram: FloatArray, a: FloatArray, k: int) -> None:
    """Turn moments of levels into those of [e_{t−1}, Δe_{t−1} … Δe_{t−k}, Δe_t], lower triangle."""
    a[0, 0] = gram[1, 1]
    for j in range(1, k + 1):
        a[j, 0] = gram[1, j] - gram[1, j + 1]
        for i in range(1, j + 1):
            cross = gram[i + 1, j] if i + 1 <= j else gram[j, i + 1]
            a[j, i] = (gram[i, j] - gram[i, j + 1]) - (cross - gram[i + 1, j + 1])
    last = k + 1
    a[last, 0] = gram[0, 1] - gram[1, 1]
    for j in range(1, k + 1):
        a[last, j] = (gram[0, j] - gram[0, j + 1]) - (gram[1, j] - gram[1, j + 1])
    a[last, last] = (gram[0, 0] - gram[0, 1]) - (gram[0, 1] - gram[1, 1])


@njit
def _factorise(a: FloatArray, p: int) -> bool:
    """Cholesky in place of the lower triangle; the last row is the target and keeps its own sum of squares."""
    for j in range(p - 1):
        diagonal = a[j, j]
        value = diagonal
        for q in range(j):
            value -= a[j, q] * a[j, q]
        if not value > 1e-13 * diagonal:
            return False
        root = math.sqrt(value)
        a[j, j] = root
        inverse = 1.0 / root
        for i in range(j + 1, p):
            total = a[i, j]
            for q in range(j):
                total -= a[i, q] * a[j, q]
            a[i, j] = total * inverse
    return True


@njit
def _refit(moments: FloatArray, work: FloatArray, edges: FloatArray, vector: FloatArray, k: int, lag: int) -> None:
    """Moments of the chosen lag on its own sample (rows lag+1 …), ordered lags, level, target, into ``work``."""
    level, target = lag, lag + 1
    for i in range(lag):
        for j in range(i + 1):
            work[i, j] = moments[i + 1, j + 1]
        work[level, i] = moments[i + 1, 0]
        work[target, i] = moments[k + 1, i + 1]
    work[level, level] = moments[0, 0]
    work[target, level] = moments[k + 1, 0]
    work[target, target] = moments[k + 1, k + 1]
    for t in range(lag + 1, k + 1):
        for j in range(lag):
            vector[j] = edges[0, t - 1 - j] - edges[0, t - 2 - j]
        vector[level] = edges[0, t - 1]
        vector[target] = edges[0, t] - edges[0, t - 1]
        for i in range(lag + 2):
            for j in range(i + 1):
                work[i, j] += vector[i] * vector[j]


@njit
def _choose_aic(work: FloatArray, sse: float, k: int, m: int) -> int:
    """Returns the lag with the smallest AIC, comparing m ln SSE + 2 lag; ties go to the smaller lag."""
    best, chosen = math.inf, 0
    remaining = sse
    for lag in range(k + 1):
        remaining -= work[k + 1, lag] ** 2
        if remaining <= 0.0:
            return lag
        value = m * math.log(remaining) + 2.0 * lag
        if value < best:
            best, chosen = value, lag
    return chosen


@njit
def _choose(work: FloatArray, sse: float, k: int, m: int, criterion: int) -> int:
    if criterion == AIC:
        return _choose_aic(work, sse, k, m)
    sums, last_t = np.empty(k + 1), np.zeros(k + 1)
    remaining = sse
    for lag in range(k + 1):
        remaining -= work[k + 1, lag] ** 2
        sums[lag] = remaining
        if lag > 0 and remaining > 0.0:
            last_t[lag] = work[k + 1, lag] / math.sqrt(remaining / (m - lag - 1))
    return choose_lags(sums, last_t, m, 0, criterion)


@njit
def residual_statistic(scratch: FloatArray, k: int, rows: int, criterion: int, scale: float) -> tuple[float, int, int]:
    """Returns (t-statistic, lags, reason code) from the first Gram row and the edges laid out in ``scratch``.

    ``scratch`` is 5 blocks of (k+2) × (k+2): moments, Gram, work, [head; tail] of the residual, [row; vector].
    ``scale``: what the sums of squares were cancelled from; the code is DIRECT when too few digits are left.
    """
    moments, gram, work = scratch[0], scratch[1], scratch[2]
    edges, row, vector = scratch[3], scratch[4, 0], scratch[4, 1]
    m = rows - k - 1
    _gram(gram, edges, row, k)
    _differences(gram, moments, k)
    target = k + 1
    sse = moments[target, target]
    if not sse * CANCELLATION > scale:
        return math.nan, 0, DIRECT
    lag = k
    if criterion != FIXED:
        for i in range(k + 2):
            for j in range(i + 1):
                work[i, j] = moments[i, j]
        if not _factorise(work, k + 2):
            return math.nan, 0, DIRECT
        lag = _choose(work, sse, k, m, criterion)
    _refit(moments, work, edges, vector, k, lag)
    total = work[lag + 1, lag + 1]
    if not _factorise(work, lag + 2):
        return math.nan, lag, DIRECT
    remaining = total
    for j in range(lag + 1):
        remaining -= work[lag + 1, j] ** 2
    degrees_of_freedom = (rows - lag - 1) - lag - 1
    if not remaining > 1e-14 * total:
        return math.nan, lag, DIRECT
    return work[lag + 1, lag] / math.sqrt(remaining / degrees_of_freedom), lag, 0


@njit
def _from_moments(
    panel: FloatArray,
    cross: FloatArray,
    full: FloatArray,
    pair: tuple[int, int],
    rule: tuple[int, int],
    scratch: FloatArray,
) -> tuple[float, int, float, float, float, int]:
    """Returns (statistic, lags, β, se β, R², reason code) of one ordered pair of complete legs; DIRECT when too few
    digits are left."""
    i, j = pair
    criterion, k = rule
    rows = panel.shape[1]
    syy, sxx, sxy = full[i, i], full[j, j], full[i, j]
    beta = sxy / sxx
    sse = syy - beta * sxy
    if not sse > 1e-4 * syy:
        return math.nan, 0, beta, math.nan, math.nan, DIRECT
    for b in range(k + 2):
        scratch[4, 0, b] = cross[b, i, i] - beta * (cross[b, i, j] + cross[b, j, i]) + beta * beta * cross[b, j, j]
    for t in range(k + 1):
        scratch[3, 0, t] = panel[i, t] - beta * panel[j, t]
        scratch[3, 1, t] = panel[i, rows - 1 - t] - beta * panel[j, rows - 1 - t]
    stat, lag, code = residual_statistic(scratch, k, rows, criterion, syy + beta * beta * sxx)
    return stat, lag, beta, math.sqrt(sse / (rows - 2) / sxx), 1.0 - sse / syy, code


@njit
def _one_pair(
    panel: FloatArray,
    means: FloatArray,
    state: IntArray,
    cross: FloatArray,
    full: FloatArray,
    pair: tuple[int, int],
    settings: tuple[int, int, int, int],
    scratch: FloatArray,
) -> tuple[float, int, int, float, float, float, float, int, int]:
    """Returns the same as ``engle_granger_kernel``, by the fastest way that is exact for this pair."""
    i, j = pair
    criterion, k, smallest, _ = settings
    complete = state[i] == 0 and state[j] == 0
    if complete:
        stat, lag, beta, se, r2, code = _from_moments(panel, cross, full, pair, (criterion, k), scratch)
        if code != DIRECT:
            return stat, lag, panel.shape[1], means[i] - beta * means[j], beta, se, r2, panel.shape[1] - lag - 1, code
    stat, lag, count, alpha, beta, se, r2, used, code = engle_granger_kernel(panel[i], panel[j], criterion, k)
    if count < smallest:
        stat, code = math.nan, TOO_FEW_ROWS
    # A complete leg was demeaned (the means of incomplete legs are 0).
    return stat, lag, count, alpha + means[i] - beta * means[j], beta, se, r2, used, code


@njit
def pairs_kernel(
    panel: FloatArray,
    means: FloatArray,
    state: IntArray,
    cross: FloatArray,
    full: FloatArray,
    settings: tuple[int, int, int, int],
    coefficients: FloatArray,
    span: tuple[int, int],
    out: FloatArray,
    lags_out: IntArray,
    reason: CodeArray,
) -> None:
    """Compute every ordered pair whose row is in ``span``.

    ``panel``: n × T demeaned legs (raw with NaN where incomplete); ``state``: 0 complete, 1 with missing rows, 2
    constant. ``cross``: (k+2) × n × n moments; ``full``: n × n over all rows. ``settings``: (criterion, k, smallest
    joint rows, both). ``out``: stat, p, α, β, se β, R², rows, rows of the regression. Tiles of rows keep the columns
    read in the cache.
    """
    _, k, _, both = settings
    n = panel.shape[0]
    scratch = np.zeros((5, k + 2, k + 2))
    for tile in range(span[0], span[1], TILE):
        for j in range(n):
            for i in range(tile, min(tile + TILE, span[1])):
                if i == j:
                    reason[i, j] = COLLINEAR
                elif both == 0 and j < i:
                    reason[i, j] = NOT_ASKED
                elif state[i] == 2 or state[j] == 2:
                    reason[i, j] = CONSTANT_LEG
                else:
                    stat, lag, count, alpha, beta, se, r2, used, code = _one_pair(
                        panel, means, state, cross, full, (i, j), settings, scratch
                    )
                    out[0, i, j] = stat
                    out[1, i, j] = pvalue_kernel(stat, coefficients)
                    out[2, i, j] = alpha
                    out[3, i, j] = beta
                    out[4, i, j] = se
                    out[5, i, j] = r2
                    out[6, i, j] = count
                    out[7, i, j] = used
                    lags_out[i, j] = lag
                    reason[i, j] = code
