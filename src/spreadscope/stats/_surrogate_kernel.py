"""Surrogates of a pair, made of sums over blocks instead of rows.

A surrogate gives the changes of each leg one sign for each block. Its statistic needs second moments of levels and
changes alone, and within a block these are sums of the pair times signs. So the sums of each block are taken once (for
each offset of the blocks), and a surrogate costs a tenth of its rows.

With e the residual of one direction, the sums over products of e and its changes follow from the ends:
2 Σ e_{t−1} Δe_t = e_end² − e_first² − Σ Δe_t².
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spreadscope.jit import FloatArray, IntArray, njit

# Columns of the sums of a block, of changes since its start (c of y, d of x) and of single changes (dy, dx).
_ROWS, _C, _D, _CC, _DD, _CD, _END_C, _END_D = range(8)
_DY_DX, _LAG_YY, _LAG_XX, _LAG_YX, _FIRST_Y, _FIRST_X, _LAST_Y, _LAST_X = range(8, 16)
COLUMNS = 16
# Places of the counts of a test.
MADE, AS_SMALL = range(2)


@njit
def pair_statistic(y: FloatArray, x: FloatArray) -> tuple[float, float]:  # pragma: no cover - compiled
    """Returns the smaller τ of the two directions (ADF of the residual, one lag, no constant; or inf), and 1 − R²."""
    n = y.size
    mean_y, mean_x = 0.0, 0.0
    for t in range(n):
        mean_y += y[t]
        mean_x += x[t]
    mean_y /= n
    mean_x /= n
    syy, sxx, sxy = 0.0, 0.0, 0.0
    for t in range(n):
        a, b = y[t] - mean_y, x[t] - mean_x
        syy += a * a
        sxx += b * b
        sxy += a * b
    if not (syy > 0.0 and sxx > 0.0):
        return np.inf, 0.0
    smallest = np.inf
    for direction in range(2):
        beta = sxy / sxx if direction == 0 else sxy / syy
        # Δe_t on e_{t−1} and Δe_{t−1}
        aa, ab, bb, ca, cb, cc = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        last, change = 0.0, 0.0
        for t in range(n):
            if direction == 0:
                e = y[t] - mean_y - beta * (x[t] - mean_x)
            else:
                e = x[t] - mean_x - beta * (y[t] - mean_y)
            step = e - last
            if t >= 2:
                aa += last * last
                ab += last * change
                bb += change * change
                ca += last * step
                cb += change * step
                cc += step * step
            change, last = step, e
        smallest = min(smallest, _tau(aa, ab, bb, ca, cb, cc, n))
    return smallest, 1.0 - sxy * sxy / (sxx * syy)


@njit
def _tau(
    aa: float, ab: float, bb: float, ca: float, cb: float, cc: float, n: int
) -> float:  # pragma: no cover - compiled
    """Returns τ of the level (a) in the regression of the change (c) on it and on the change before (b); or inf."""
    determinant = aa * bb - ab * ab
    if determinant <= 1e-14 * aa * bb:
        return math.inf
    rho = (ca * bb - cb * ab) / determinant
    gamma = (cb * aa - ca * ab) / determinant
    squares = cc - rho * ca - gamma * cb
    if squares <= 0.0:
        return math.inf
    return rho / math.sqrt(squares / (n - 4) * bb / determinant)


@njit
def _next(state: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    """Returns the next state of a 64-bit xorshift generator: a state of its own, so that nothing else is disturbed."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@njit
def first_states(seed: int) -> NDArray[np.uint64]:  # pragma: no cover - compiled
    """Returns the generator's state of a seed, in an array of one."""
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x2545F4914F6CDD1D)
    if state == np.uint64(0):
        state = np.uint64(1)
    for _ in range(16):
        state = _next(state)
    return np.array([state], dtype=np.uint64)


@njit
def _block_sums(
    y: FloatArray, x: FloatArray, block: int, offset: int, sums: FloatArray
) -> int:  # pragma: no cover - compiled
    """Write the sums of each block of rows (row 0 is in none). Returns the number of blocks."""
    last_y, last_x = 0.0, 0.0
    b = -1
    for t in range(1, y.size):
        dy, dx = y[t] - y[t - 1], x[t] - x[t - 1]
        if t == 1 or (t + offset) % block == 0:
            b += 1
            sums[b] = 0.0
            sums[b, _FIRST_Y], sums[b, _FIRST_X] = dy, dx
        else:
            sums[b, _LAG_YY] += dy * last_y
            sums[b, _LAG_XX] += dx * last_x
            sums[b, _LAG_YX] += dy * last_x + dx * last_y
        c, d = sums[b, _END_C] + dy, sums[b, _END_D] + dx
        sums[b, _ROWS] += 1.0
        sums[b, _C] += c
        sums[b, _D] += d
        sums[b, _CC] += c * c
        sums[b, _DD] += d * d
        sums[b, _CD] += c * d
        sums[b, _END_C], sums[b, _END_D] = c, d
        sums[b, _DY_DX] += dy * dx
        sums[b, _LAST_Y], sums[b, _LAST_X] = dy, dx
        last_y, last_x = dy, dx
    return b + 1


@njit
def make_surrogates(
    y: FloatArray,
    x: FloatArray,
    stat: float,
    block: int,
    enough: int,
    until: int,
    states: NDArray[np.uint64],
    counts: IntArray,
    sums: FloatArray,
    blocks_by_offset: IntArray,
) -> None:  # pragma: no cover - compiled
    """Make surrogates until there are ``until``, or ``enough`` as small as the pair. ``states`` holds the generator's.

    ``sums`` and ``blocks_by_offset`` keep what was summed, for each offset or, where there are fewer places, the last.
    """
    changes_y, changes_x = 0.0, 0.0
    for t in range(1, y.size):
        changes_y += (y[t] - y[t - 1]) ** 2
        changes_x += (x[t] - x[t - 1]) ** 2
    state = states[0]
    most = sums.shape[1]
    signs = np.empty((2, most))
    starts = np.empty((2, most))
    while counts[MADE] < until and counts[AS_SMALL] < enough:
        state = _next(state)
        offset = int(np.int64((state >> np.uint64(33)) % np.uint64(block)))
        place = offset if sums.shape[0] == block else 0
        if sums.shape[0] != block or blocks_by_offset[place] == 0:
            blocks_by_offset[place] = _block_sums(y, x, block, offset, sums[place])
        blocks = blocks_by_offset[place]
        same_y = same_x = True
        for b in range(blocks):
            state = _next(state)
            signs[0, b] = 1.0 if (state >> np.uint64(40)) & np.uint64(1) else -1.0
            signs[1, b] = 1.0 if (state >> np.uint64(52)) & np.uint64(1) else -1.0
            same_y &= signs[0, b] == signs[0, 0]
            same_x &= signs[1, b] == signs[1, 0]
        counts[MADE] += 1
        # With one sign for each whole leg it is the pair itself, whatever its rounding says.
        if (same_y and same_x) or _surrogate_statistic(
            sums[place, :blocks], signs, starts, y.size, changes_y, changes_x
        ) <= stat:
            counts[AS_SMALL] += 1
    states[0] = state


@njit
def _surrogate_statistic(
    sums: FloatArray, signs: FloatArray, starts: FloatArray, n: int, changes_y: float, changes_x: float
) -> float:  # pragma: no cover - compiled
    """Returns what ``pair_statistic`` would of a surrogate, up to rounding."""
    blocks = sums.shape[0]
    level_y = level_x = total_y = total_x = 0.0
    for b in range(blocks):
        p, q = signs[0, b], signs[1, b]
        starts[0, b], starts[1, b] = level_y, level_x
        total_y += sums[b, _ROWS] * level_y + p * sums[b, _C]
        total_x += sums[b, _ROWS] * level_x + q * sums[b, _D]
        level_y += p * sums[b, _END_C]
        level_x += q * sums[b, _END_D]
    mean_y, mean_x = total_y / n, total_x / n
    # Row 0 is at level 0.
    syy, sxx, sxy = mean_y * mean_y, mean_x * mean_x, mean_y * mean_x
    products = lag_yy = lag_xx = lag_yx = last_y = last_x = 0.0
    for b in range(blocks):
        p, q = signs[0, b], signs[1, b]
        m, v, w = sums[b, _ROWS], starts[0, b] - mean_y, starts[1, b] - mean_x
        pc, qd = p * sums[b, _C], q * sums[b, _D]
        syy += v * (m * v + 2.0 * pc) + sums[b, _CC]
        sxx += w * (m * w + 2.0 * qd) + sums[b, _DD]
        sxy += w * (m * v + pc) + v * qd + p * q * sums[b, _CD]
        products += p * q * sums[b, _DY_DX]
        dy, dx = p * sums[b, _FIRST_Y], q * sums[b, _FIRST_X]
        lag_yy += sums[b, _LAG_YY] + dy * last_y
        lag_xx += sums[b, _LAG_XX] + dx * last_x
        lag_yx += p * q * sums[b, _LAG_YX] + dy * last_x + dx * last_y
        last_y, last_x = p * sums[b, _LAST_Y], q * sums[b, _LAST_X]
    if not (syy > 0.0 and sxx > 0.0):
        return math.inf
    first_y, first_x = signs[0, 0] * sums[0, _FIRST_Y], signs[1, 0] * sums[0, _FIRST_X]
    smallest = math.inf
    for direction in range(2):
        # As y on x; the other direction is that of the legs exchanged.
        if direction == 1:
            syy, sxx, mean_y, mean_x, level_y, level_x = sxx, syy, mean_x, mean_y, level_x, level_y
            changes_y, changes_x, lag_yy, lag_xx = changes_x, changes_y, lag_xx, lag_yy
            first_y, first_x, last_y, last_x = first_x, first_y, last_x, last_y
        beta = sxy / sxx
        start = beta * mean_x - mean_y
        end = (level_y - mean_y) - beta * (level_x - mean_x)
        first_change, last_change = first_y - beta * first_x, last_y - beta * last_x
        second, before_end = start + first_change, end - last_change
        squares = changes_y - 2.0 * beta * products + beta * beta * changes_x
        aa = syy - 2.0 * beta * sxy + beta * beta * sxx - start * start - end * end
        bb, cc = squares - last_change * last_change, squares - first_change * first_change
        ab = 0.5 * (before_end * before_end - start * start + bb)
        ca = 0.5 * (end * end - second * second - cc)
        cb = lag_yy - beta * lag_yx + beta * beta * lag_xx
        smallest = min(smallest, _tau(aa, ab, bb, ca, cb, cc, n))
    return smallest
