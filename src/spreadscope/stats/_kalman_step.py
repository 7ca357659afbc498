"""The Kalman filter of y_t = β_t (x_t − c) + a_t + e_t: one step, used by the stream, the batch and all pairs.

State [β, a] is a random walk with Q = diag(q_β, q_α) and the observation variance is R. The Joseph form
P = (I − K H) P⁻ (I − K H)ᵀ + K R Kᵀ keeps P symmetric and positive semidefinite for any gain.
"""

from __future__ import annotations

import math

from spreadscope.jit import CodeArray, FloatArray, njit
from spreadscope.stats._arrays import NOT_FINITE

#: β, a, P00, P01, P11
Filter = tuple[float, float, float, float, float]
LOG_2_PI = math.log(2.0 * math.pi)


def predict(f: Filter, q_beta: float, q_alpha: float) -> Filter:
    """Returns P(t|t−1): the state stays, its variance grows."""
    beta, level, p00, p01, p11 = f
    return beta, level, p00 + q_beta, p01, p11 + q_alpha


def correct(f: Filter, y: float, u: float, r: float) -> tuple[Filter, float, float]:
    """Returns (filtered state, innovation e, its variance S) after seeing y at u = x − c."""
    beta, level, p00, p01, p11 = f
    e = y - (beta * u + level)
    g0 = p00 * u + p01
    g1 = p01 * u + p11
    # A prediction's variance is no less than 0; its rounding can be, where R is far smaller than P.
    s = max(u * g0 + g1, 0.0) + r
    k0 = g0 / s
    k1 = g1 / s
    a00 = 1.0 - k0 * u
    a01 = -k0
    a10 = -k1 * u
    a11 = 1.0 - k1
    b00 = a00 * p00 + a01 * p01
    b01 = a00 * p01 + a01 * p11
    b10 = a10 * p00 + a11 * p01
    b11 = a10 * p01 + a11 * p11
    n00 = b00 * a00 + b01 * a01 + k0 * k0 * r
    # The two off-diagonal entries are one number, rounded twice: keeping one of them alone lets its error grow.
    n01 = 0.5 * ((b00 * a10 + b01 * a11) + (b10 * a00 + b11 * a01)) + k0 * k1 * r
    n11 = b10 * a10 + b11 * a11 + k1 * k1 * r
    # The diagonal is a sum of squares up to rounding.
    return (beta + k0 * e, level + k1 * e, max(n00, 0.0), n01, max(n11, 0.0)), e, s


predict_kernel = njit(predict)
correct_kernel = njit(correct)


@njit
def concentrated_loglik(
    y: FloatArray, u: FloatArray, ratio_beta: float, ratio_alpha: float, skip: int, level_variance: float
) -> tuple[float, float]:
    """Returns (log-likelihood with R at its maximum, that R) for q/R ratios; diffuse start, ``skip`` rows not counted.

    ``level_variance`` is that of the level at the start: 0 holds it at 0, a regression through the origin.

    With every variance in units of R the likelihood is maximal at R = mean(e²/S).
    """
    f = (0.0, y[0] if level_variance > 0.0 else 0.0, 1e7, 0.0, level_variance)
    squares = logs = 0.0
    count = 0
    for t in range(y.size):
        f, e, s = correct_kernel(f, y[t], u[t], 1.0)
        if t >= skip:
            squares += e * e / s
            logs += math.log(s)
            count += 1
        f = predict_kernel(f, ratio_beta, ratio_alpha)
    r = max(squares / count, 1e-300)
    return -0.5 * (count * (LOG_2_PI + math.log(r) + 1.0) + logs), r


@njit
def filter_through(y: FloatArray, u: FloatArray, f: Filter, q: tuple[float, float], r: float) -> Filter:
    """Returns the state after these rows, all of which are finite."""
    for t in range(y.size):
        f, _, _ = correct_kernel(predict_kernel(f, q[0], q[1]), y[t], u[t], r)
    return f


@njit
def filter_rows(
    y: FloatArray,
    x: FloatArray,
    start: int,
    model: tuple[Filter, float, float, float, float],
    totals: tuple[int, float, float, bool],
    out: FloatArray,
    reason: CodeArray,
) -> tuple[Filter, int, float, float, bool]:
    """Filter the rows from ``start`` on and write them into ``out``. Returns the state and the totals after them."""
    f, q_beta, q_alpha, r, center = model
    n, squares, logs, between = totals
    for t in range(start, y.size):
        if between:
            f = predict_kernel(f, q_beta, q_alpha)
        if not (math.isfinite(y[t]) and math.isfinite(x[t])):
            reason[t] = NOT_FINITE
            continue
        g, e, s = correct_kernel(f, y[t], x[t] - center, r)
        if not (s > 0.0 and math.isfinite(e * e / s) and math.isfinite(g[2] + g[3] + g[4])):
            reason[t] = NOT_FINITE
            continue
        f = g
        between = True
        n += 1
        squares += e * e / s
        logs += math.log(s)
        out[0, t] = f[0]
        out[1, t] = f[1] - f[0] * center
        out[2, t] = e
        out[3, t] = s
        out[4, t] = e / math.sqrt(s)
        out[5, t] = f[2]
        out[6, t] = f[3]
        out[7, t] = f[4]
    return f, n, squares, logs, between
