"""The hedge ratio over a rolling window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import (
    CONSTANT_LEG,
    NOT_FINITE,
    WARMING_UP,
    as_pair,
    check_window,
    is_number,
    reason_of,
)
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments, residual_ss
from spreadscope.stats._results import Result
from spreadscope.stats._ring import Ring
from spreadscope.stats._state import State, expect, floats, integer


@dataclass(frozen=True, slots=True)
class RollingOLSRow:
    """The regression over the window that ends with this row; None with a ``reason`` where undefined.

    ``residual`` is that of the newest row, ``residual_sd`` has n − 2 in the denominator, ``correlation`` is of
    the values given (levels): evidence of nothing when these are prices.
    """

    n: int
    alpha: float | None
    beta: float | None
    se_beta: float | None
    r_squared: float | None
    correlation: float | None
    residual: float | None
    residual_sd: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class RollingOLSResult(Result, title="Rolling least squares"):
    """The same as arrays, one entry for each row; NaN where undefined, with the code of the reason (see
    ``reason_of``)."""

    alpha: FloatArray
    beta: FloatArray
    se_beta: FloatArray
    r_squared: FloatArray
    correlation: FloatArray
    residual: FloatArray
    residual_sd: FloatArray
    reason: CodeArray


@njit
def window_regression(
    y: FloatArray, x: FloatArray, lo: int, hi: int
) -> tuple[float, float, float, float, float, float, float, int]:
    """Returns (α, β, se β, R², correlation, residual of the last row, residual sd, reason code) of one window."""
    n = hi - lo
    nan = math.nan
    mean_y, mean_x, syy, sxx, sxy, peak_y, peak_x = pair_moments(y, x, lo, hi)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return nan, nan, nan, nan, nan, nan, nan, CONSTANT_LEG
    beta = sxy / sxx
    sse = residual_ss(y, x, lo, hi, mean_y, mean_x, beta)
    variance = sse / (n - 2)
    correlation = max(-1.0, min(1.0, sxy / math.sqrt(syy * sxx)))
    residual = (y[hi - 1] - mean_y) - beta * (x[hi - 1] - mean_x)
    return (
        mean_y - beta * mean_x,
        beta,
        math.sqrt(variance / sxx),
        max(0.0, 1.0 - sse / syy),
        correlation,
        residual,
        math.sqrt(variance),
        0,
    )


@njit
def window_regression_through_origin(
    y: FloatArray, x: FloatArray, lo: int, hi: int
) -> tuple[float, float, float, float, float, float, float, int]:
    """Returns the same as ``window_regression`` for y = β x; R² and the correlation are then not centred."""
    n = hi - lo
    nan = math.nan
    _, _, syy, sxx, _, peak_y, peak_x = pair_moments(y, x, lo, hi)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return nan, nan, nan, nan, nan, nan, nan, CONSTANT_LEG
    yy = xx = xy = 0.0
    for i in range(lo, hi):
        yy += y[i] * y[i]
        xx += x[i] * x[i]
        xy += x[i] * y[i]
    beta = xy / xx
    sse = 0.0
    for i in range(lo, hi):
        e = y[i] - beta * x[i]
        sse += e * e
    variance = sse / (n - 1)
    correlation = max(-1.0, min(1.0, xy / math.sqrt(yy * xx)))
    return (
        0.0,
        beta,
        math.sqrt(variance / xx),
        max(0.0, 1.0 - sse / yy),
        correlation,
        y[hi - 1] - beta * x[hi - 1],
        math.sqrt(variance),
        0,
    )


class RollingOLS:
    """Online least squares of y on x over the last ``window`` joint rows; without ``intercept`` through the origin.

    A row with a leg missing (None or NaN) enters no window and gives None with ``NOT_FINITE``; the last price
    is never carried forward. Warm-up: ``window`` joint rows. Every update recomputes the window, so the
    result is exact again as soon as a bad tick has left it.

    >>> estimator = RollingOLS(window=3)
    >>> for y, x in [(1.0, 0.0), (3.0, 1.0), (5.0, 2.0)]:
    ...     row = estimator.update(y, x)
    >>> row.beta, row.alpha, row.n
    (2.0, 1.0, 3)
    """

    __slots__ = ("_x", "_y", "intercept", "window")

    def __init__(self, window: int, *, intercept: bool = True) -> None:
        self.window = check_window(window, minimum=3)
        self.intercept = intercept
        self._y, self._x = Ring(self.window), Ring(self.window)

    def update(self, y: float | None, x: float | None) -> RollingOLSRow:
        """Take one joint row. Returns the estimates after it."""
        count = self._y.count
        if y is None or x is None or not (is_number(y) and is_number(x)):
            return RollingOLSRow(count, None, None, None, None, None, None, None, Reason.NOT_FINITE)
        self._y.push(y)
        self._x.push(x)
        if self._y.count < self.window:
            return RollingOLSRow(self._y.count, None, None, None, None, None, None, None, Reason.WARMING_UP)
        buffer, lo, hi = self._y.span()
        regression = window_regression if self.intercept else window_regression_through_origin
        alpha, beta, se, r2, rho, residual, sd, code = regression(buffer, self._x.span()[0], lo, hi)
        if code:
            return RollingOLSRow(self.window, None, None, None, None, None, None, None, reason_of(int(code)))
        return RollingOLSRow(self.window, alpha, beta, se, r2, rho, residual, sd, None)

    def state(self) -> State:
        """Returns a snapshot, from which ``restore`` continues bit for bit."""
        return {
            "kind": "RollingOLS",
            "window": self.window,
            "intercept": self.intercept,
            "y": self._y.values(),
            "x": self._x.values(),
        }

    @classmethod
    def restore(cls, state: State) -> Self:
        """Returns the estimator of a snapshot."""
        expect(state, "RollingOLS")
        estimator = cls(integer(state, "window"), intercept=bool(state.get("intercept", True)))
        estimator._y.refill(floats(state, "y"))
        estimator._x.refill(floats(state, "x"))
        return estimator


@labelled
def rolling_ols(y: ArrayLike, x: ArrayLike, window: int, *, intercept: bool = True) -> RollingOLSResult:
    """Returns the estimates at every row: the batch version of ``RollingOLS``: row t uses the last ``window`` joint
    rows up to t.

    ``y``, ``x``: n values each (log prices for a notional hedge ratio), NaN where missing; ``window`` ≥ 3.

    >>> rolling_ols([1.0, 3.0, 5.0, 6.0], [0.0, 1.0, 2.0, 3.0], 3).beta.round(3).tolist()
    [nan, nan, 2.0, 1.5]
    """
    leg_y, leg_x = as_pair(y, x)
    (alpha, beta, se, r2, rho, residual, sd), reason = _rolling_ols(
        leg_y, leg_x, check_window(window, minimum=3), intercept
    )
    return RollingOLSResult(alpha, beta, se, r2, rho, residual, sd, reason)


@njit
def _rolling_ols(y: FloatArray, x: FloatArray, window: int, intercept: bool) -> tuple[FloatArray, CodeArray]:  # noqa: FBT001 - numba knows no keywords
    n = y.size
    out = np.full((7, n), np.nan)
    reason = np.zeros(n, dtype=np.int8)
    kept_y, kept_x = np.empty(n), np.empty(n)
    count = 0
    for t in range(n):
        if not (math.isfinite(y[t]) and math.isfinite(x[t])):
            reason[t] = NOT_FINITE
            continue
        kept_y[count] = y[t]
        kept_x[count] = x[t]
        count += 1
        if count < window:
            reason[t] = WARMING_UP
            continue
        if intercept:
            a, b, se, r2, rho, residual, sd, code = window_regression(kept_y, kept_x, count - window, count)
        else:
            a, b, se, r2, rho, residual, sd, code = window_regression_through_origin(
                kept_y, kept_x, count - window, count
            )
        out[0, t] = a
        out[1, t] = b
        out[2, t] = se
        out[3, t] = r2
        out[4, t] = rho
        out[5, t] = residual
        out[6, t] = sd
        reason[t] = code
    return out, reason
