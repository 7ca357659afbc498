"""Kernels of the moving panel: one pass over the upper triangle a bar, no allocation."""

from __future__ import annotations

import math

import numpy as np

from spreadscope.jit import CodeArray, FloatArray, IntArray, njit, njit_array
from spreadscope.stats._arrays import (
    COLLINEAR,
    CONSTANT_LEG,
    NOT_FINITE,
    NOT_MEAN_REVERTING,
    NOT_OU,
    TOO_FEW_ROWS,
)
from spreadscope.stats._kalman_step import correct_kernel, predict_kernel
from spreadscope.stats._moments import is_constant, pair_moments, residual_ss
from spreadscope.stats.engle_granger import COLLINEAR_LIMIT

# Planes of the output block.
BETA, ALPHA, SE, SD, Z, CORRELATION, HALF_LIFE = 0, 1, 2, 3, 4, 5, 6
PLANES = 7
# Planes of the moments: Σ L_i L_j, Σ L_i(t) L_j(t−1), Σ L_i(t−1) L_j(t).
LEVEL, LAG_X, LAG_Y = 0, 1, 2


@njit
def roll_moments(
    moments: FloatArray, new: FloatArray, previous: FloatArray, leaving: FloatArray, first: FloatArray
) -> None:
    """Add one row and remove one: rank-one updates of the three moment planes (upper triangle with diagonal).

    ``new`` and ``previous`` are the two newest rows, ``leaving`` and ``first`` the one that leaves and the one that is
    now oldest, all relative to the reference level and 0 for symbols that are incomplete.
    """
    n = new.size
    for i in range(n):
        a, b, c, d = new[i], previous[i], leaving[i], first[i]
        for j in range(i, n):
            moments[LEVEL, i, j] += a * new[j] - c * leaving[j]
            moments[LAG_X, i, j] += a * previous[j] - d * leaving[j]
            moments[LAG_Y, i, j] += b * new[j] - c * first[j]


@njit_array
def score(out: FloatArray, now: FloatArray, ready: IntArray) -> None:
    """Compute z of the newest row from the coefficients and sd of the window **before** it."""
    n = now.size
    for i in range(n):
        y = now[i]
        for j in range(i + 1, n):
            sd = out[SD, i, j]
            if ready[i] == 0 or ready[j] == 0 or not sd > 0.0:
                out[Z, i, j] = math.nan
            else:
                out[Z, i, j] = (y - out[ALPHA, i, j] - out[BETA, i, j] * now[j]) / sd


@njit_array
def _half_life(phi: float) -> tuple[float, int]:
    if phi >= 1.0:
        return math.nan, NOT_MEAN_REVERTING
    if phi <= 0.0:
        return math.nan, NOT_OU
    return math.log(2.0) / -math.log(phi), 0


@njit_array
def derive(
    moments: FloatArray,
    sums: FloatArray,
    edges: FloatArray,
    reference: FloatArray,
    window: int,
    state: IntArray,
    out: FloatArray,
    reason: CodeArray,
) -> None:
    """Every estimate of every pair of complete symbols (state 0) from the moments; constant legs (state 2) have a
    reason.

    ``edges``: the oldest and the newest row, relative to the reference. A row of pairs is computed without a branch
    first (so that it is vectorised), then undefined values are removed and the half-lives are added.
    """
    n = sums.size
    m = float(window)
    # Per symbol once: a diagonal read in the inner loop would be a cache miss for every pair.
    mean, sums_of_squares, lag, return_squares = sums / m, np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        first, last = edges[0, i], edges[1, i]
        sums_of_squares[i] = moments[LEVEL, i, i] - sums[i] * mean[i]
        lag[i] = _centred_lag(moments[LAG_X, i, i], mean[i], mean[i], sums[i] - first, sums[i] - last, m)
        raw = _returns(moments[LEVEL, i, i], moments[LAG_X, i, i], moments[LAG_Y, i, i], first * first, last * last)
        return_squares[i] = raw - (last - first) * (last - first) / (m - 1.0)
    inverse, steps = 1.0 / sums_of_squares, 1.0 / np.sqrt(return_squares)
    now, before, window_change = sums - edges[0], sums - edges[1], edges[1] - edges[0]
    phi, sse = np.empty(n), np.empty(n)
    for i in range(n):
        if state[i] == 1:
            continue
        _row_of_pairs(
            moments[:, i],
            (i, m, mean[i], sums_of_squares[i], lag[i], sums[i], edges[0, i], edges[1, i], steps[i], reference[i]),
            (mean, inverse, lag, edges[0], edges[1], steps, reference, now, before, window_change),
            out[:, i],
            phi,
            sse,
        )
        limit = COLLINEAR_LIMIT * sums_of_squares[i]
        for j in range(i + 1, n):
            if state[j] == 1:
                continue
            if state[i] == 2 or state[j] == 2:
                out[:, i, j] = math.nan
                reason[i, j] = CONSTANT_LEG
                continue
            if abs(out[CORRELATION, i, j]) > 1.0:
                out[CORRELATION, i, j] = math.copysign(1.0, out[CORRELATION, i, j])
            if not sse[j] > limit:
                out[SE, i, j] = out[SD, i, j] = out[HALF_LIFE, i, j] = math.nan
                reason[i, j] = COLLINEAR
            else:
                out[HALF_LIFE, i, j], reason[i, j] = _half_life(phi[j])


@njit_array
def _row_of_pairs(
    rows: FloatArray,
    leg: tuple[int, float, float, float, float, float, float, float, float, float],
    legs: tuple[
        FloatArray,
        FloatArray,
        FloatArray,
        FloatArray,
        FloatArray,
        FloatArray,
        FloatArray,
        FloatArray,
        FloatArray,
        FloatArray,
    ],
    out: FloatArray,
    phi: FloatArray,
    sse: FloatArray,
) -> None:
    """One leg against every later one; nothing here branches or calls."""
    i, m, mean_y, syy, lag_yy, sum_y, fy, ly, step_y, reference_y = leg
    mean, inverse, lag, firsts, lasts, steps, reference, now, before, moved_by = legs
    now_y, before_y, moved_y = sum_y - fy, sum_y - ly, ly - fy
    for j in range(i + 1, mean.size):
        mean_x = mean[j]
        level, lag_x, lag_y = rows[0, j], rows[1, j], rows[2, j]
        sxy = level - sum_y * mean_x
        beta = sxy * inverse[j]
        left = syy - beta * sxy
        crossed = ((level - fy * firsts[j]) - lag_x) + ((level - ly * lasts[j]) - lag_y)
        crossed -= moved_y * moved_by[j] / (m - 1.0)
        both = (m - 1.0) * mean_y * mean_x
        cross_lag = (lag_x - mean_x * now_y - mean_y * before[j] + both) + (
            lag_y - mean_y * now[j] - mean_x * before_y + both
        )
        end = (ly - mean_y) - beta * (lasts[j] - mean_x)
        out[0, j] = beta
        out[1, j] = (reference_y + mean_y) - beta * (reference[j] + mean_x)
        out[2, j] = math.sqrt(left * inverse[j] / (m - 2.0))
        out[3, j] = math.sqrt(left / (m - 1.0))
        out[5, j] = crossed * step_y * steps[j]
        phi[j] = (lag_yy - beta * cross_lag + beta * beta * lag[j]) / (left - end * end)
        sse[j] = left


@njit_array
def _centred_lag(raw: float, mean_now: float, mean_before: float, now: float, before: float, m: float) -> float:
    """Returns Σ (a_t − ā)(b_{t−1} − b̄) over the m − 1 transitions, from Σ a_t b_{t−1}, Σ a_t and Σ b_{t−1} over
    them."""
    return raw - mean_before * now - mean_now * before + (m - 1.0) * mean_now * mean_before


@njit_array
def _returns(level: float, lag: float, lag_other: float, first: float, last: float) -> float:
    """Returns Σ Δa Δb over the transitions, from the moments of levels."""
    return ((level - first) - lag) + ((level - last) - lag_other)


@njit
def derive_incomplete(
    legs: FloatArray, lo: int, hi: int, state: IntArray, smallest: int, out: FloatArray, reason: CodeArray
) -> None:
    """The pairs with a missing row, from the rows where both legs traded; transitions need both ends."""
    n = legs.shape[0]
    y, x = np.empty(hi - lo), np.empty(hi - lo)
    ry, rx = np.empty(hi - lo), np.empty(hi - lo)
    for i in range(n):
        for j in range(i + 1, n):
            if state[i] != 1 and state[j] != 1:
                continue
            count = steps = 0
            for t in range(lo, hi):
                if not (math.isfinite(legs[i, t]) and math.isfinite(legs[j, t])):
                    continue
                y[count] = legs[i, t]
                x[count] = legs[j, t]
                count += 1
                if t > lo and math.isfinite(legs[i, t - 1]) and math.isfinite(legs[j, t - 1]):
                    ry[steps] = legs[i, t] - legs[i, t - 1]
                    rx[steps] = legs[j, t] - legs[j, t - 1]
                    steps += 1
            out[BETA : SD + 1, i, j] = math.nan
            out[CORRELATION:, i, j] = math.nan
            if count < smallest or steps < 3:
                reason[i, j] = TOO_FEW_ROWS
            else:
                reason[i, j] = _joint(y, x, count, ry, rx, steps, out, i, j, legs, lo, hi)


@njit
def _joint(
    y: FloatArray,
    x: FloatArray,
    count: int,
    ry: FloatArray,
    rx: FloatArray,
    steps: int,
    out: FloatArray,
    i: int,
    j: int,
    legs: FloatArray,
    lo: int,
    hi: int,
) -> int:
    mean_y, mean_x, syy, sxx, sxy, peak_y, peak_x = pair_moments(y, x, 0, count)
    if is_constant(syy, count, peak_y) or is_constant(sxx, count, peak_x):
        return CONSTANT_LEG
    beta = sxy / sxx
    sse = residual_ss(y, x, 0, count, mean_y, mean_x, beta)
    out[BETA, i, j] = beta
    out[ALPHA, i, j] = mean_y - beta * mean_x
    _, _, qyy, qxx, qxy, _, _ = pair_moments(ry, rx, 0, steps)
    if qyy > 0.0 and qxx > 0.0:
        out[CORRELATION, i, j] = max(-1.0, min(1.0, qxy / math.sqrt(qyy * qxx)))
    if not sse > COLLINEAR_LIMIT * syy:
        return COLLINEAR
    out[SE, i, j] = math.sqrt(sse / (count - 2) / sxx)
    out[SD, i, j] = math.sqrt(sse / (count - 1))
    cross = square = 0.0
    before = math.nan
    for t in range(lo, hi):
        e = (legs[i, t] - mean_y) - beta * (legs[j, t] - mean_x)
        if math.isfinite(e) and math.isfinite(before):
            cross += e * before
            square += before * before
        before = e
    if not square > 0.0:
        return TOO_FEW_ROWS
    out[HALF_LIFE, i, j], code = _half_life(cross / square)
    return code


@njit_array
def filter_all(
    state: FloatArray, noise: FloatArray, now: FloatArray, center: FloatArray, out: FloatArray, reason: CodeArray
) -> None:
    """One Kalman step of every pair: ``state`` is 5 planes (β, level, P00, P01, P11), ``noise`` 3 (q_β, q_α, R).

    A pair with a missing leg only grows its variance. ``out``: β, α, z.
    """
    n = now.size
    for i in range(n):
        y = now[i]
        for j in range(i + 1, n):
            f = (state[0, i, j], state[1, i, j], state[2, i, j], state[3, i, j], state[4, i, j])
            f = predict_kernel(f, noise[0, i, j], noise[1, i, j])
            u = now[j] - center[j]
            if math.isfinite(y) and math.isfinite(u) and noise[2, i, j] > 0.0:
                f, e, s = correct_kernel(f, y, u, noise[2, i, j])
                out[2, i, j] = e / math.sqrt(s)
                out[0, i, j] = f[0]
                out[1, i, j] = f[1] - f[0] * center[j]
                reason[i, j] = 0
            else:
                out[2, i, j] = math.nan
                reason[i, j] = NOT_FINITE
            state[0, i, j] = f[0]
            state[1, i, j] = f[1]
            state[2, i, j] = f[2]
            state[3, i, j] = f[3]
            state[4, i, j] = f[4]
