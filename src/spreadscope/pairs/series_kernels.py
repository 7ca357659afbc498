"""Compiled series of a pair's hedge: every row of a stretch in one pass, with sums that slide along.

The tracker sums each window anew at each row, which costs as many additions as the window has rows. Here a row is added
and one is taken away; all sums are renewed every 64 rows, so that no rounding gathers. Where a sum of squares is the
small difference of large ones (below a ten-thousandth of them), or only rounding is left, the row is made by the
tracker's own kernels. So z agrees with the tracker's to 1e-9, and a window without movement is told as there.
"""

from __future__ import annotations

import math

import numpy as np

from spreadscope.jit import FloatArray, njit
from spreadscope.pairs.kernels import count_mean_sd, residual_and_moments
from spreadscope.stats._moments import is_constant, mean_and_m2
from spreadscope.stats.ols import line_kernel
from spreadscope.stats.ou_fit import half_life_kernel
from spreadscope.stats.rolling_ols import window_regression

#: Rows of the arrays that ``ols_series`` and ``rolling_ols_series`` return.
BETA, ALPHA, SPREAD, MEAN, SD, Z = range(6)
TINY = 1e-12  # as ``hedge.model.TINY``: a standard deviation below it is rounding
_RENEWED = 64
_SMALL_SHARE = 1e-4
_LOW_R_SQUARED = 1e-2
_FLAT = 1e-9

Sums = tuple[int, float, float, float, float, float]


@njit
def _with_row(sums: Sums, a: float, b: float, sign: int) -> Sums:  # pragma: no cover - compiled
    """Returns the sums with a row added (``sign`` 1) or taken away (−1); a row that is not joint changes nothing."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return sums
    n, sy, sx, yy, xx, xy = sums
    return n + sign, sy + sign * a, sx + sign * b, yy + sign * (a * a), xx + sign * (b * b), xy + sign * (a * b)


@njit
def _sums(
    y: FloatArray, x: FloatArray, low: int, high: int, at_y: float, at_x: float
) -> Sums:  # pragma: no cover - compiled
    """Returns the count of joint rows and the sums of y, x, y², x², xy, all relative to one point."""
    sums = (0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for t in range(max(0, low), high):
        sums = _with_row(sums, y[t] - at_y, x[t] - at_x, 1)
    return sums


@njit
def _slide(
    sums: Sums, y: FloatArray, x: FloatArray, enters: int, leaves: int, at_y: float, at_x: float
) -> Sums:  # pragma: no cover - compiled
    if enters >= 0:
        sums = _with_row(sums, y[enters] - at_y, x[enters] - at_x, 1)
    if leaves >= 0:
        sums = _with_row(sums, y[leaves] - at_y, x[leaves] - at_x, -1)
    return sums


@njit
def _rounding(y: FloatArray, level: bool) -> float:  # noqa: FBT001 # pragma: no cover - compiled
    """Returns the standard deviation that rounding alone causes in a window, as ``hedge.model`` has it."""
    if not level:
        return TINY
    largest = 0.0
    for t in range(y.size):
        if math.isfinite(y[t]):
            largest = max(largest, abs(y[t]))
    return TINY * max(largest, 1e-300)


@njit
def ols_series(
    y: FloatArray,
    x: FloatArray,
    newest_y: FloatArray,
    newest_x: FloatArray,
    window: int,
    z_window: int,
    fewest: float,
    fewest_z: float,
    x_on_y: bool,  # noqa: FBT001
    level: bool,  # noqa: FBT001
) -> FloatArray:  # pragma: no cover - compiled
    """Returns β, α, spread, mean, sd and z of each row (6 × n; NaN where there is none) of the model ``ols``.

    ``y``, ``x``: what each row saw, NaN where a leg is missing; ``newest_y``, ``newest_x``: the newest known, NaN where
    stale. ``fewest``: joint rows that a hedge needs, ``fewest_z`` those that z needs.
    """
    n = y.size
    out = np.full((6, n), np.nan)
    at_y = at_x = 0.0
    # The largest sums since they were renewed: what has left them has left its rounding behind.
    most_yy = most_xx = most_byy = most_bxx = 0.0
    hedge: Sums = (0, 0.0, 0.0, 0.0, 0.0, 0.0)
    base: Sums = (0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for t in range(n):
        if t % _RENEWED == 0:
            k = t
            while k >= 0 and not (math.isfinite(y[k]) and math.isfinite(x[k])):
                k -= 1
            if k >= 0:
                at_y, at_x = y[k], x[k]
            hedge = _sums(y, x, t - window + 1, t + 1, at_y, at_x)
            base = _sums(y, x, t - z_window, t, at_y, at_x)
            most_yy = most_xx = most_byy = most_bxx = 0.0
        else:
            hedge = _slide(hedge, y, x, t, t - window, at_y, at_x)
            base = _slide(base, y, x, t - 1, t - 1 - z_window, at_y, at_x)
        count, sy, sx, raw_yy, raw_xx, raw_xy = hedge
        number, by, bx, raw_byy, raw_bxx, raw_bxy = base
        most_yy, most_xx = max(most_yy, raw_yy), max(most_xx, raw_xx)
        most_byy, most_bxx = max(most_byy, raw_byy), max(most_bxx, raw_bxx)
        if t + 1 < window or count < fewest or count < 3:
            continue
        mean_y, mean_x = sy / count, sx / count
        yy, xx, xy = raw_yy - sy * mean_y, raw_xx - sx * mean_x, raw_xy - sy * mean_x
        exact = (
            yy <= _SMALL_SHARE * most_yy
            or xx <= _SMALL_SHARE * most_xx
            or yy <= count * (_FLAT * at_y) ** 2
            or xx <= count * (_FLAT * at_x) ** 2
            or (x_on_y and xy * xy <= _LOW_R_SQUARED * xx * yy)
        )
        if not exact:
            beta = yy / xy if x_on_y else xy / xx
            out[BETA, t] = beta
            out[ALPHA, t] = (at_y + mean_y) - beta * (at_x + mean_x)
            if number < max(2.0, fewest_z):
                continue
            spread = (newest_y[t] - at_y - mean_y) - beta * (newest_x[t] - at_x - mean_x)
            mean = (by / number - mean_y) - beta * (bx / number - mean_x)
            byy, bxx, bxy = raw_byy - by * by / number, raw_bxx - bx * bx / number, raw_bxy - by * bx / number
            squares = byy - 2.0 * beta * bxy + beta * beta * bxx
            exact = squares <= _SMALL_SHARE * (most_byy + beta * beta * most_bxx)
            if not exact:
                sd = math.sqrt(squares / (number - 1))
                exact = sd <= (_FLAT * abs(at_y) if level else _FLAT)
                if not exact:
                    out[SPREAD, t], out[MEAN, t], out[SD, t] = spread, mean, sd
                    out[Z, t] = (spread - mean) / sd
                    continue
        v, w = y[t - window + 1 : t + 1], x[t - window + 1 : t + 1]
        if x_on_y:
            _, code, intercept, slope, _, _, _, _ = line_kernel(w, v)
            if code or abs(slope) <= TINY:
                out[BETA, t] = out[ALPHA, t] = math.nan
                continue
            beta, alpha = 1.0 / slope, -intercept / slope
        else:
            _, code, alpha, beta, _, _, _, _ = line_kernel(v, w)
            if code:
                out[BETA, t] = out[ALPHA, t] = math.nan
                continue
        out[BETA, t], out[ALPHA, t] = beta, alpha
        _, number, mean, sd = residual_and_moments(v, w, beta, alpha, z_window)
        if number < max(2.0, fewest_z):
            continue
        out[SPREAD, t], out[MEAN, t] = newest_y[t] - beta * newest_x[t] - alpha, mean
        if sd > _rounding(v, level):
            out[SD, t] = sd
            out[Z, t] = (out[SPREAD, t] - mean) / sd
    return out


@njit
def rolling_ols_series(
    y: FloatArray,
    x: FloatArray,
    window: int,
    z_window: int,
    fewest: float,
    fewest_z: float,
    level: bool,  # noqa: FBT001
) -> FloatArray:  # pragma: no cover - compiled
    """Returns the same of the model ``rolling_ols``: each spread is measured with the line of its own row, whose window
    is the last joint rows. A row without both legs has nothing."""
    n = y.size
    out = np.full((6, n), np.nan)
    kept_y, kept_x, spreads = np.empty(n), np.empty(n), np.empty(n)
    joint = np.zeros(n + 1, dtype=np.int64)  # joint rows before each
    count = made = 0
    at_y = at_x = at_s = s1 = s2 = most_yy = most_xx = most_s2 = 0.0
    sums: Sums = (0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for t in range(n):
        whole = math.isfinite(y[t]) and math.isfinite(x[t])
        joint[t + 1] = joint[t] + (1 if whole else 0)
        if not whole:
            continue
        kept_y[count], kept_x[count] = y[t], x[t]
        if count % _RENEWED == 0:
            at_y, at_x = y[t], x[t]
            most_yy = most_xx = 0.0
            sums = _sums(kept_y, kept_x, count - window + 1, count + 1, at_y, at_x)
        else:
            sums = _slide(sums, kept_y, kept_x, count, count - window, at_y, at_x)
        count += 1
        if count < window:
            continue
        _, sy, sx, raw_yy, raw_xx, raw_xy = sums
        most_yy, most_xx = max(most_yy, raw_yy), max(most_xx, raw_xx)
        mean_y, mean_x = sy / window, sx / window
        yy, xx, xy = raw_yy - sy * mean_y, raw_xx - sx * mean_x, raw_xy - sy * mean_x
        if (
            yy <= _SMALL_SHARE * most_yy
            or xx <= _SMALL_SHARE * most_xx
            or yy <= window * (_FLAT * at_y) ** 2
            or xx <= window * (_FLAT * at_x) ** 2
        ):
            alpha, beta, _, _, _, _, _, code = window_regression(kept_y, kept_x, count - window, count)
            if code:
                continue
            spread = y[t] - beta * x[t] - alpha
        else:
            beta = xy / xx
            alpha = (at_y + mean_y) - beta * (at_x + mean_x)
            spread = (y[t] - at_y - mean_y) - beta * (x[t] - at_x - mean_x)
        # The moments of the spreads before this one.
        number = min(made, z_window)
        mean = sd = math.nan
        if number >= 2:
            mean = at_s + s1 / number
            squares = s2 - s1 * s1 / number
            if squares <= _SMALL_SHARE * most_s2 or squares <= number * _FLAT * _FLAT:
                mean, squares, peak = mean_and_m2(spreads, made - number, made)
                if is_constant(squares, number, peak):
                    number = 0
            if number:
                sd = math.sqrt(max(squares, 0.0) / (number - 1))
        spreads[made] = spread
        made += 1
        if made % _RENEWED == 1:
            at_s, s1, s2, most_s2 = spread, 0.0, 0.0, 0.0
            for k in range(max(0, made - z_window), made):
                e = spreads[k] - at_s
                s1 += e
                s2 += e * e
        else:
            e = spread - at_s
            s1 += e
            s2 += e * e
            if made > z_window:
                e = spreads[made - 1 - z_window] - at_s
                s1 -= e
                s2 -= e * e
        most_s2 = max(most_s2, s2)
        if t + 1 < window or joint[t + 1] - joint[t + 1 - window] < fewest:
            continue
        out[BETA, t], out[ALPHA, t] = beta, alpha
        if number < max(2.0, fewest_z):
            continue
        out[SPREAD, t], out[MEAN, t] = spread, mean
        if sd > _rounding(y[t - window + 1 : t + 1], level):
            out[SD, t] = sd
            out[Z, t] = (spread - mean) / sd
    return out


@njit
def window_half_life(
    y: FloatArray,
    x: FloatArray,
    t: int,
    window: int,
    beta: float,
    alpha: float,
    seconds: float,
    level: bool,  # noqa: FBT001
) -> float:  # pragma: no cover - compiled
    """Returns the statistic ``half_life`` at row t in seconds; NaN where it has none."""
    low = max(0, t + 1 - window)
    residual = np.empty(t + 1 - low)
    largest = 0.0
    for k in range(low, t + 1):
        residual[k - low] = y[k] - beta * x[k] - alpha
        if math.isfinite(y[k]):
            largest = max(largest, abs(y[k]))
    _, _, sd = count_mean_sd(residual, 0)
    if not sd > (TINY * largest if level else TINY):
        return math.nan
    code, life = half_life_kernel(residual, seconds)
    return math.nan if code else life
