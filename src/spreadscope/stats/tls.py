"""Total least squares: the hedge ratio that does not depend on which leg is y."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import EPS, as_pair
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats._results import Result


@dataclass(frozen=True, slots=True)
class TLSResult(Result, title="Total least squares"):
    """Orthogonal regression of n joint rows; None with a ``reason`` where undefined."""

    alpha: float | None
    beta: float | None
    correlation: float | None
    n: int
    reason: Reason | None


@labelled
def tls(y: ArrayLike, x: ArrayLike, *, intercept: bool = True) -> TLSResult:
    """Returns the orthogonal regression of y on x (equal error variances), for log prices; without ``intercept``
    through the origin.

    b = (Syy − Sxx + √((Syy − Sxx)² + 4 Sxy²)) / (2 Sxy); swapping the legs gives 1/b. Rows with a NaN are left
    out. It carries no p-value: Engle–Granger's critical values are those of OLS.

    Undefined (with a reason): fewer than 3 joint rows, a constant leg, uncorrelated legs (no direction).

    Source: Deming (1943), Statistical Adjustment of Data.

    >>> y, x = [1.0, 2.1, 2.9, 4.2], [0.0, 1.0, 2.0, 3.0]
    >>> abs(tls(y, x).beta * tls(x, y).beta - 1.0) < 1e-14
    True
    """
    leg_y, leg_x = as_pair(y, x)
    whole = np.isfinite(leg_y) & np.isfinite(leg_x)
    leg_y, leg_x = np.ascontiguousarray(leg_y[whole]), np.ascontiguousarray(leg_x[whole])
    n = leg_y.size
    if n < 3:
        return TLSResult(None, None, None, n, Reason.TOO_FEW_ROWS)
    mean_y, mean_x, syy, sxx, sxy, peak_y, peak_x = pair_moments(leg_y, leg_x, 0, n)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return TLSResult(None, None, None, n, Reason.CONSTANT_LEG)
    if not intercept:
        mean_y = mean_x = 0.0
        syy, sxx, sxy = float(leg_y @ leg_y), float(leg_x @ leg_x), float(leg_y @ leg_x)
    correlation = max(-1.0, min(1.0, sxy / math.sqrt(syy * sxx)))
    if abs(correlation) <= 4 * EPS:
        return TLSResult(None, None, correlation, n, Reason.UNCORRELATED)
    gap = syy - sxx
    length = math.hypot(gap, 2.0 * sxy)
    # Of the two equal forms, the one that does not subtract nearly equal numbers.
    beta = (gap + length) / (2.0 * sxy) if gap >= 0 else 2.0 * sxy / (length - gap)
    return TLSResult(mean_y - beta * mean_x, beta, correlation, n, None)
