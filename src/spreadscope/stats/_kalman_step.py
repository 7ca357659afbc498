"""The Kalman filter of y_t = β_t (x_t − c) + a_t + e_t: one step, used by the stream, the batch and all pairs.

State [β, a] is a random walk with Q = diag(q_β, q_α) and the observation variance is R. The Joseph form
P = (I − K H) P⁻ (I − K H)ᵀ + K R Kᵀ keeps P symmetric and positive semidefinite for any gain.
"""

from __future__ import annotations

import math

from spreadscope.jit import FloatArray, njit

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
