"""A hedge ratio that is robust against a few bad rows: Huber's M-estimator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_pair, check_positive
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats._results import Result

#: Residuals within so many scales count in full: 95% of the efficiency of least squares on normal errors.
TUNING = 1.345
_MAD_TO_SD = 0.6744897501960817
_STEPS = 50
_SETTLED = 1e-10


@dataclass(frozen=True, slots=True)
class HuberResult(Result, title="Huber regression"):
    """A robust line through n joint rows; None with a ``reason`` where undefined. ``scale`` is of the residuals
    (MAD/0.6745)."""

    alpha: float | None
    beta: float | None
    scale: float | None
    n: int
    reason: Reason | None


@labelled
def huber(y: ArrayLike, x: ArrayLike, *, intercept: bool = True, tuning: float = TUNING) -> HuberResult:
    """Returns the Huber regression of y on x, for log prices or prices: iterated least squares with weights min(1,
    tuning · scale / |residual|).

    The scale is the median absolute residual over 0.6745, computed again at each step, as in statsmodels' ``RLM``. Rows
    with a NaN are left out. It carries no p-value: a fitted ratio is no evidence of cointegration.

    Undefined (with a reason): fewer than 3 joint rows, a constant leg.

    Source: Huber (1981), Robust Statistics, ch. 7.

    >>> x = np.arange(20.0)
    >>> y = 2.0 * x + 1.0
    >>> y[4] = 500.0
    >>> fit = huber(y, x)
    >>> round(fit.beta, 6), round(fit.alpha, 6)
    (2.0, 1.0)
    """
    tuning = check_positive(tuning, "tuning")
    leg_y, leg_x = as_pair(y, x)
    whole = np.isfinite(leg_y) & np.isfinite(leg_x)
    leg_y, leg_x = np.ascontiguousarray(leg_y[whole]), np.ascontiguousarray(leg_x[whole])
    n = leg_y.size
    if n < 3:
        return HuberResult(None, None, None, n, Reason.TOO_FEW_ROWS)
    mean_y, mean_x, syy, sxx, sxy, peak_y, peak_x = pair_moments(leg_y, leg_x, 0, n)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return HuberResult(None, None, None, n, Reason.CONSTANT_LEG)
    # Around a point near the data the sums lose no digits.
    at_y, at_x = (mean_y, mean_x) if intercept else (0.0, 0.0)
    start = sxy / sxx if intercept else float(leg_x @ leg_y) / float(leg_x @ leg_x)
    beta, alpha, scale = _iterate(leg_y - at_y, leg_x - at_x, start, tuning, intercept)
    if not (math.isfinite(beta) and math.isfinite(alpha)):
        return HuberResult(None, None, None, n, Reason.NOT_FINITE)
    return HuberResult(at_y + alpha - beta * at_x if intercept else 0.0, beta, scale, n, None)


@njit
def _iterate(y: FloatArray, x: FloatArray, beta: float, tuning: float, intercept: bool) -> tuple[float, float, float]:  # noqa: FBT001 - numba knows no keywords
    alpha = scale = 0.0
    residual = np.empty(y.size)
    for _ in range(_STEPS):
        for t in range(y.size):
            residual[t] = abs(y[t] - alpha - beta * x[t])
        scale = np.median(residual) / _MAD_TO_SD
        limit = tuning * scale
        if limit <= 0.0:  # more than half of the rows lie on the line
            break
        w = wx = wy = wxx = wxy = 0.0
        for t in range(y.size):
            weight = 1.0 if residual[t] <= limit else limit / residual[t]
            w += weight
            wx += weight * x[t]
            wy += weight * y[t]
            wxx += weight * x[t] * x[t]
            wxy += weight * x[t] * y[t]
        if intercept:
            spread = wxx - wx * wx / w
            new_beta = (wxy - wx * wy / w) / spread
            new_alpha = (wy - new_beta * wx) / w
        else:
            new_beta, new_alpha = wxy / wxx, 0.0
        moved = abs(new_beta - beta)
        beta, alpha = new_beta, new_alpha
        if moved <= _SETTLED * max(abs(beta), 1e-300):
            break
    return beta, alpha, scale
