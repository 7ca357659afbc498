"""Two-pass sums over a window, used by every rolling estimator.

A window is always summed again. This costs about a microsecond at 600 rows, and no error of a row that has left the
window remains in the result: after a spike the next clean window is exact. Subtracting the old row from running sums
(pandas, river, Welford replacement) is faster, but then wrong or even negative (``make bench``).

Means are taken relative to the newest row, so an offset of 1e5 costs no digits and a constant window has a variance of
exactly 0. Several partial sums hide the latency of the additions; their order is written out instead of left to the
compiler, so a prefix gives the bits of the whole, and one machine those of another.
"""

from __future__ import annotations

from spreadscope.jit import FloatArray, njit

#: Sums of squared deviations below this have products outside float64: they count as no movement.
SMALLEST_M2 = 1e-150


@njit
def mean_and_m2(x: FloatArray, lo: int, hi: int) -> tuple[float, float, float]:
    """Returns mean, sum of squared deviations and a scale for ``is_constant`` of the rows ``lo`` … ``hi``−1."""
    n = hi - lo
    # Indices that start at 0 avoid numba's test for negative ones, which costs as much as the sums.
    w = x[lo:hi]
    ref = w[n - 1]
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    for k in range(n // 8):
        i = 8 * k
        s0 += w[i] - ref
        s1 += w[i + 1] - ref
        s2 += w[i + 2] - ref
        s3 += w[i + 3] - ref
        s4 += w[i + 4] - ref
        s5 += w[i + 5] - ref
        s6 += w[i + 6] - ref
        s7 += w[i + 7] - ref
    for i in range(8 * (n // 8), n):
        s0 += w[i] - ref
    mean = ref + (((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))) / n
    # The second pass takes out what rounding left of the mean, so the single subtraction loses nothing.
    s0 = s1 = s2 = s3 = 0.0
    q0 = q1 = q2 = q3 = 0.0
    for k in range(n // 4):
        i = 4 * k
        a = w[i] - mean
        b = w[i + 1] - mean
        c = w[i + 2] - mean
        d = w[i + 3] - mean
        s0 += a
        s1 += b
        s2 += c
        s3 += d
        q0 += a * a
        q1 += b * b
        q2 += c * c
        q3 += d * d
    for i in range(4 * (n // 4), n):
        a = w[i] - mean
        s0 += a
        q0 += a * a
    rest = (s0 + s1) + (s2 + s3)
    m2 = ((q0 + q1) + (q2 + q3)) - rest * rest / n
    # Without movement every value equals the newest one; with movement the scale does not matter.
    return mean + rest / n, max(m2, 0.0), abs(ref)


@njit
def pair_moments(
    y: FloatArray, x: FloatArray, lo: int, hi: int
) -> tuple[float, float, float, float, float, float, float]:
    """Returns the means of y and x, Syy, Sxx, Sxy, and scales of y and x for ``is_constant``, of the rows ``lo`` …
    ``hi``−1."""
    n = hi - lo
    v, w = y[lo:hi], x[lo:hi]
    ry, rx = v[n - 1], w[n - 1]
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = 0.0
    for k in range(n // 4):
        i = 4 * k
        a0 += v[i] - ry
        a1 += v[i + 1] - ry
        a2 += v[i + 2] - ry
        a3 += v[i + 3] - ry
        b0 += w[i] - rx
        b1 += w[i + 1] - rx
        b2 += w[i + 2] - rx
        b3 += w[i + 3] - rx
    for i in range(4 * (n // 4), n):
        a0 += v[i] - ry
        b0 += w[i] - rx
    mean_y = ry + ((a0 + a1) + (a2 + a3)) / n
    mean_x = rx + ((b0 + b1) + (b2 + b3)) / n
    a0 = a1 = b0 = b1 = 0.0
    yy0 = yy1 = xx0 = xx1 = xy0 = xy1 = 0.0
    for k in range(n // 2):
        i = 2 * k
        dy, dx = v[i] - mean_y, w[i] - mean_x
        ey, ex = v[i + 1] - mean_y, w[i + 1] - mean_x
        a0 += dy
        b0 += dx
        a1 += ey
        b1 += ex
        yy0 += dy * dy
        xx0 += dx * dx
        xy0 += dy * dx
        yy1 += ey * ey
        xx1 += ex * ex
        xy1 += ey * ex
    for i in range(2 * (n // 2), n):
        dy, dx = v[i] - mean_y, w[i] - mean_x
        a0 += dy
        b0 += dx
        yy0 += dy * dy
        xx0 += dx * dx
        xy0 += dy * dx
    sy, sx = a0 + a1, b0 + b1
    syy = max((yy0 + yy1) - sy * sy / n, 0.0)
    sxx = max((xx0 + xx1) - sx * sx / n, 0.0)
    sxy = (xy0 + xy1) - sy * sx / n
    return mean_y + sy / n, mean_x + sx / n, syy, sxx, sxy, abs(ry), abs(rx)


@njit
def residual_ss(y: FloatArray, x: FloatArray, lo: int, hi: int, mean_y: float, mean_x: float, beta: float) -> float:
    """Returns Σ (y − ȳ − β(x − x̄))², from the residuals: Syy − β Sxy loses every digit as R² goes to 1."""
    n = hi - lo
    v, w = y[lo:hi], x[lo:hi]
    q0 = q1 = s0 = s1 = 0.0
    for k in range(n // 2):
        i = 2 * k
        e = (v[i] - mean_y) - beta * (w[i] - mean_x)
        f = (v[i + 1] - mean_y) - beta * (w[i + 1] - mean_x)
        q0 += e * e
        q1 += f * f
        s0 += e
        s1 += f
    for i in range(2 * (n // 2), n):
        e = (v[i] - mean_y) - beta * (w[i] - mean_x)
        q0 += e * e
        s0 += e
    s = s0 + s1
    return max((q0 + q1) - s * s / n, 0.0)


def is_rounding_only(m2: float, n: int, peak: float) -> bool:
    """Returns whether n values differ by no more than the rounding of float64."""
    noise = 1.8e-15 * peak  # 8 eps: what storing a value as float64 already costs
    return m2 <= max(n * noise * noise, SMALLEST_M2)


# For kernels; from Python the plain function is faster than a call of compiled code.
is_constant = njit(is_rounding_only)


@njit
def dot(a: FloatArray, i: int, b: FloatArray, j: int, n: int) -> float:
    """Returns Σ a[i+t] b[j+t] over n terms, in a fixed order."""
    v, w = a[i : i + n], b[j : j + n]
    s0 = s1 = s2 = s3 = 0.0
    for k in range(n // 4):
        t = 4 * k
        s0 += v[t] * w[t]
        s1 += v[t + 1] * w[t + 1]
        s2 += v[t + 2] * w[t + 2]
        s3 += v[t + 3] * w[t + 3]
    for t in range(4 * (n // 4), n):
        s0 += v[t] * w[t]
    return (s0 + s1) + (s2 + s3)
