"""Lo and MacKinlay's variance ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_series, check_window
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import stands_still
from spreadscope.stats._results import Result

#: The fewest moves, counted as (Σ m²)² / Σ m⁴, that the robust standard error can be estimated from.
FEWEST_MOVES = 4.0
#: The fewest products of two moves within q rows of each other, counted likewise: theta is made of them. With fewer,
#: 24% of sparse walks have p < .05.
FEWEST_PRODUCTS = 4.0


@dataclass(frozen=True, slots=True)
class VarianceRatioResult(
    Result, title="Variance ratio of Lo and MacKinlay", decides={"pvalue": "normal, two-sided, of z_robust"}
):
    """``vr`` below 1 is mean reversion, above 1 trend; ``z_robust`` allows for changing volatility.

    With a ``reason`` the p-value is None; ``vr`` and ``z`` stay where only the robust error is undefined.
    """

    vr: float | None
    z: float | None
    z_robust: float | None
    pvalue: float | None
    q: int
    n: int
    reason: Reason | None


@labelled
def variance_ratio(x: ArrayLike, q: int) -> VarianceRatioResult:
    """Variance of q-step changes over q times that of one-step changes, of log prices with drift.

    ``x``: n values without gaps; ``q`` ≥ 2 steps. Overlapping changes, unbiased variances. ``z`` assumes equal
    variances, ``z_robust`` does not, and ``pvalue`` is two-sided from the latter.

    Undefined (with a reason): a NaN, fewer than 2q rows, a constant series, fewer than some four moves, or than some
    four pairs of moves within q rows of each other.

    Source: Lo and MacKinlay (1988), Review of Financial Studies 1.

    >>> walk = np.cumsum(np.random.default_rng(3).standard_normal(2000))
    >>> abs(variance_ratio(walk, 5).z_robust) < 2.5
    True
    """
    series = as_series(x, "x")
    q = check_window(q, minimum=2)
    steps = series.size - 1
    if not np.isfinite(series).all():
        return VarianceRatioResult(None, None, None, None, q, series.size, Reason.NOT_FINITE)
    if steps < 2 * q:
        return VarianceRatioResult(None, None, None, None, q, series.size, Reason.TOO_FEW_ROWS)
    drift = (series[-1] - series[0]) / steps
    shock = np.diff(series) - drift
    squares = shock**2
    total = float(squares.sum())
    if stands_still(total, steps, float(np.abs(series).max())):
        return VarianceRatioResult(None, None, None, None, q, series.size, Reason.CONSTANT_SPREAD)
    long = series[q:] - series[:-q] - q * drift
    m = q * (steps - q + 1) * (1.0 - q / steps)
    vr = float(long @ long) / m / (total / (steps - 1))
    spread = 2.0 * (2 * q - 1) * (q - 1) / (3.0 * q)
    z = math.sqrt(steps) * (vr - 1.0) / math.sqrt(spread)
    shares, theta = squares / total, 0.0
    # Of the moves themselves: where nothing moves, what is left of the drift is no move.
    moves = np.diff(series) ** 2 / total
    products = products_squared = 0.0
    for j in range(1, q):
        weight = (2.0 * (q - j) / q) ** 2
        theta += weight * steps * float(shares[j:] @ shares[:-j])
        pairs = weight * moves[j:] * moves[:-j]
        products += float(pairs.sum())
        products_squared += float(pairs @ pairs)
    few = FEWEST_MOVES * float(shares @ shares) > 1.0
    if few or products == 0.0 or FEWEST_PRODUCTS * products_squared > products**2:
        # Moves far apart: their products, which theta is made of, are nothing, and z would be anything.
        return VarianceRatioResult(vr, z, None, None, q, series.size, Reason.TOO_FEW_ROWS)
    robust = math.sqrt(steps) * (vr - 1.0) / math.sqrt(theta)
    return VarianceRatioResult(vr, z, robust, math.erfc(abs(robust) / math.sqrt(2.0)), q, series.size, None)
