"""Pearson correlation over a rolling window."""

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
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats._results import Result
from spreadscope.stats._ring import Ring
from spreadscope.stats._state import State, expect, floats, integer


@dataclass(frozen=True, slots=True)
class RollingCorrelationRow:
    """Correlation of the last ``n`` joint rows, in [−1, 1]; None with a ``reason`` where undefined."""

    n: int
    correlation: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class RollingCorrelationResult(Result, title="Rolling correlation"):
    """The estimates as arrays, one entry for each row; NaN where undefined, with the code of the reason (see
    ``reason_of``)."""

    correlation: FloatArray
    reason: CodeArray


@njit
def _window_correlation(y: FloatArray, x: FloatArray, lo: int, hi: int) -> tuple[float, int]:
    _, _, syy, sxx, sxy, peak_y, peak_x = pair_moments(y, x, lo, hi)
    if is_constant(sxx, hi - lo, peak_x) or is_constant(syy, hi - lo, peak_y):
        return math.nan, CONSTANT_LEG
    return max(-1.0, min(1.0, sxy / math.sqrt(syy * sxx))), 0


class RollingCorrelation:
    """Online Pearson correlation of the last ``window`` joint rows. Feed log **returns**.

    Of price levels it is no evidence: |ρ| > 0.5 in 41% of independent pairs. A row with a leg missing enters
    no window. Warm-up: ``window`` joint rows.

    >>> estimator = RollingCorrelation(window=3)
    >>> [estimator.update(a, b).correlation for a, b in [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]][-1]
    1.0
    """

    __slots__ = ("_x", "_y", "window")

    def __init__(self, window: int) -> None:
        self.window = check_window(window, minimum=3)
        self._y, self._x = Ring(self.window), Ring(self.window)

    def update(self, y: float | None, x: float | None) -> RollingCorrelationRow:
        """Take one joint row of returns. Returns the estimates after it."""
        if y is None or x is None or not (is_number(y) and is_number(x)):
            return RollingCorrelationRow(self._y.count, None, Reason.NOT_FINITE)
        self._y.push(y)
        self._x.push(x)
        count = self._y.count
        if count < self.window:
            return RollingCorrelationRow(count, None, Reason.WARMING_UP)
        buffer, lo, hi = self._y.span()
        value, code = _window_correlation(buffer, self._x.span()[0], lo, hi)
        return RollingCorrelationRow(count, None if code else value, reason_of(int(code)))

    def state(self) -> State:
        """Returns a snapshot, from which ``restore`` continues bit for bit."""
        return {"kind": "RollingCorrelation", "window": self.window, "y": self._y.values(), "x": self._x.values()}

    @classmethod
    def restore(cls, state: State) -> Self:
        """Returns the estimator of a snapshot."""
        expect(state, "RollingCorrelation")
        estimator = cls(integer(state, "window"))
        estimator._y.refill(floats(state, "y"))
        estimator._x.refill(floats(state, "x"))
        return estimator


@labelled
def rolling_correlation(y: ArrayLike, x: ArrayLike, window: int) -> RollingCorrelationResult:
    """Returns the estimates at every row: the batch version of ``RollingCorrelation``: Pearson over the last ``window``
    joint rows. Give log returns.

    ``y``, ``x``: n values each, NaN where missing; ``window`` ≥ 3.

    >>> rolling_correlation([1.0, 2.0, 3.0, 1.0], [2.0, 4.0, 6.0, 9.0], 3).correlation.round(3).tolist()
    [nan, nan, 1.0, -0.596]
    """
    leg_y, leg_x = as_pair(y, x)
    return RollingCorrelationResult(*_rolling_correlation(leg_y, leg_x, check_window(window, minimum=3)))


@njit
def _rolling_correlation(y: FloatArray, x: FloatArray, window: int) -> tuple[FloatArray, CodeArray]:
    n = y.size
    out = np.full(n, np.nan)
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
        out[t], reason[t] = _window_correlation(kept_y, kept_x, count - window, count)
    return out, reason
