"""CUSUM tests of whether a relation has been constant."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_pair, as_series, check_choice
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats.engle_granger import COLLINEAR_LIMIT


@dataclass(frozen=True, slots=True)
class CusumResult(
    Result, title="CUSUM test of constant coefficients", decides={"pvalue": "limit distribution of the {kind} CUSUM"}
):
    """A CUSUM test: ``stat`` is the supremum, ``pvalue`` its probability under stability; ``path`` the scaled sums, one
    for each residual.

    The 5% critical value is 1.358 for "ols" and 0.948 for "recursive".
    """

    stat: float | None
    pvalue: float | None
    kind: str
    n: int
    path: FloatArray
    reason: Reason | None


@labelled
def cusum(y: ArrayLike, x: ArrayLike | None = None, *, kind: str = "ols") -> CusumResult:
    """Returns the CUSUM test that y = α (+ β x) has constant coefficients, over n joint rows (NaN rows are left out).

    "ols": cumulative OLS residuals over σ̂√n (σ̂ with n − k), sup |·|, Brownian-bridge p-value.
    "recursive": cumulative one-step-ahead residuals over σ̂√(n − k), sup |W|/(1 + 2t) (Brown, Durbin, Evans).
    Residuals should be free of serial correlation: on a mean-reverting spread the p-value is far too small, so
    feed the innovations of its AR(1), or read it as a description.

    Undefined (with a reason): fewer than 6 rows, a constant series or leg, a line that leaves no residual.

    Source: Ploberger and Krämer (1992), Econometrica 60; Brown, Durbin and Evans (1975), JRSS B 37.

    >>> steady = np.random.default_rng(1).standard_normal(300)
    >>> cusum(steady).pvalue > 0.05, cusum(np.append(steady, steady + 3.0)).pvalue < 0.001
    (True, True)
    """
    check_choice(kind, "kind", ("ols", "recursive"))
    if x is None:
        target = as_series(y, "y")
        target = target[np.isfinite(target)]
        design = np.ones((target.size, 1))
    else:
        target, regressor = as_pair(y, x)
        joint = np.isfinite(target) & np.isfinite(regressor)
        target, regressor = target[joint], regressor[joint]
        centred = regressor - (regressor.mean() if regressor.size else 0.0)
        design = np.column_stack([np.ones(target.size), centred])
    n, k = design.shape

    def undefined(reason: Reason) -> CusumResult:
        return CusumResult(None, None, kind, n, np.zeros(0), reason)

    if n < 6:
        return undefined(Reason.TOO_FEW_ROWS)
    if k == 2 and np.ptp(design[:, 1]) == 0.0:
        return undefined(Reason.CONSTANT_LEG)
    if np.ptp(target) == 0.0:
        return undefined(Reason.CONSTANT_SPREAD)
    smallest = COLLINEAR_LIMIT * float(np.ptp(target)) ** 2
    if kind == "ols":
        basis = np.linalg.qr(design)[0]
        residual = target - basis @ (basis.T @ target)
        square, width = float(residual @ residual) / (n - k), n
    else:
        residual = _recursive_residuals(target, design)
        square, width = float(residual.var(ddof=1)), n - k
    if not square * n > smallest:
        return undefined(Reason.COLLINEAR)
    path = np.cumsum(residual) / math.sqrt(square * width)
    if kind == "ols":
        stat = float(np.abs(path).max())
        return CusumResult(stat, _bridge_pvalue(stat), kind, n, path, None)
    share = np.arange(1, residual.size + 1) / width
    stat = float((np.abs(path) / (1.0 + 2.0 * share)).max())
    return CusumResult(stat, _motion_pvalue(stat), kind, n, path, None)


def _recursive_residuals(y: FloatArray, design: FloatArray) -> FloatArray:
    """Returns the one-step-ahead errors over their standard deviation, by a square-root (QR) update that stays
    accurate."""
    n, k = design.shape
    out = np.empty(n - k)
    triangle = np.asarray(np.linalg.qr(np.column_stack([design[:k], y[:k]]), mode="r"), dtype=np.float64)
    for t in range(k, n):
        r, z = triangle[:k, :k], triangle[:k, k]
        row = design[t]
        if abs(np.diag(r)).min() > 1e-12 * abs(np.diag(r)).max():
            lever = np.linalg.solve(r.T, row)
            error = y[t] - float(lever @ z)
            out[t - k] = error / math.sqrt(1.0 + float(lever @ lever))
        else:
            # The first rows do not identify the coefficients yet: no surprise can be measured.
            out[t - k] = 0.0
        stacked = np.vstack([triangle[:k], np.append(row, y[t])])
        triangle = np.asarray(np.linalg.qr(stacked, mode="r"), dtype=np.float64)[:k]
    return out


def _bridge_pvalue(x: float) -> float:
    """Returns P(sup |Brownian bridge| > x), Kolmogorov's series."""
    if x < 0.2:
        return 1.0
    total = sum((-1.0) ** (j + 1) * math.exp(-2.0 * j * j * x * x) for j in range(1, 101))
    return min(1.0, max(2.0 * total, 5e-324))


def _motion_pvalue(x: float) -> float:
    """Returns P(sup |W(t)|/(1 + 2t) > x): the reflection principle for a linear boundary."""
    if x < 0.3:
        return 1.0 - 0.1465 * x

    def upper(u: float) -> float:
        return 0.5 * math.erfc(u / math.sqrt(2.0))

    first = upper(3.0 * x) + math.exp(-4.0 * x * x) * (1.0 - upper(x) - upper(5.0 * x))
    return min(1.0, 2.0 * (first - math.exp(-16.0 * x * x) * upper(x)))
