"""Exponentially weighted covariance, correlation and hedge ratio of two legs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import CONSTANT_LEG, NOT_FINITE, WARMING_UP, as_pair, is_number, reason_of
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import SMALLEST_M2
from spreadscope.stats._results import Result
from spreadscope.stats._state import State, expect, floats, integer, number
from spreadscope.stats.ew_moments import NOISE, ew_warm_up, ew_weight


@dataclass(frozen=True, slots=True)
class EwCovarianceRow:
    """The estimates after one more joint row; None with a ``reason`` where undefined.

    ``beta`` = cov / var_x and ``alpha`` = mean_y − beta · mean_x; ``correlation`` lies in [−1, 1].
    """

    n: int
    mean_y: float | None
    mean_x: float | None
    variance_y: float | None
    variance_x: float | None
    covariance: float | None
    correlation: float | None
    beta: float | None
    alpha: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class EwCovarianceResult(Result, title="Exponentially weighted covariance"):
    """The same as arrays, one entry for each row; NaN where undefined, with the code of the reason (see
    ``reason_of``)."""

    mean_y: FloatArray
    mean_x: FloatArray
    variance_y: FloatArray
    variance_x: FloatArray
    covariance: FloatArray
    correlation: FloatArray
    beta: FloatArray
    alpha: FloatArray
    reason: CodeArray


def _step(
    y: float, x: float, a: float, s: tuple[float, float, float, float, float, float, float]
) -> tuple[float, float, float, float, float, float, float]:
    """One step of the recursion; the state is (origin_y, origin_x, m_y, m_x, v_y, v_x, c)."""
    oy, ox, my, mx, vy, vx, c = s
    dy = (y - oy) - my
    dx = (x - ox) - mx
    b = 1.0 - a
    return oy, ox, my + a * dy, mx + a * dx, b * (vy + a * dy * dy), b * (vx + a * dx * dx), b * (c + a * dy * dx)


def _derive(
    y: float, x: float, s: tuple[float, float, float, float, float, float, float]
) -> tuple[float, float, float, float, float, int]:
    """Returns (mean_y, mean_x, correlation, β, α, reason code) of a state."""
    oy, ox, my, mx, vy, vx, c = s
    mean_y, mean_x = oy + my, ox + mx
    floor_y = max((NOISE * max(abs(oy), abs(y))) ** 2, SMALLEST_M2)
    floor_x = max((NOISE * max(abs(ox), abs(x))) ** 2, SMALLEST_M2)
    if vx <= floor_x or vy <= floor_y:
        return mean_y, mean_x, math.nan, math.nan, math.nan, CONSTANT_LEG
    beta = c / vx
    rho = max(-1.0, min(1.0, c / math.sqrt(vy * vx)))
    return mean_y, mean_x, rho, beta, mean_y - beta * mean_x, 0


# The stream runs the functions as Python, the batch the same functions compiled: one definition, equal bits.
_step_kernel = njit(_step)
_derive_kernel = njit(_derive)


class EwCovariance:
    """Online exponentially weighted covariance of two legs, weights as in ``EwMoments``.

    Of log returns it is the EW correlation; of log prices β is the EW hedge ratio, a diagnostic without
    p-value. Rows with a leg missing change nothing. Warm-up: three half-lives unless ``warm_up`` says otherwise.

    >>> estimator = EwCovariance(alpha=0.5, warm_up=2)
    >>> for y, x in [(0.0, 0.0), (2.0, 1.0), (4.0, 2.0)]:
    ...     row = estimator.update(y, x)
    >>> row.beta, row.correlation
    (2.0, 1.0)
    """

    __slots__ = ("_n", "_s", "alpha", "warm_up")

    def __init__(
        self, *, alpha: float | None = None, halflife: float | None = None, warm_up: int | None = None
    ) -> None:
        self.alpha = ew_weight(alpha, halflife)
        self.warm_up = ew_warm_up(self.alpha, warm_up)
        self._n = 0
        self._s = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    def update(self, y: float | None, x: float | None) -> EwCovarianceRow:
        """Take one joint row. Returns the estimates after it."""
        if y is None or x is None or not (is_number(y) and is_number(x)):
            return EwCovarianceRow(self._n, None, None, None, None, None, None, None, None, Reason.NOT_FINITE)
        if self._n == 0:
            self._s = (y, x, 0.0, 0.0, 0.0, 0.0, 0.0)
        self._s = _step(y, x, self.alpha, self._s)
        self._n += 1
        if self._n < self.warm_up:
            return EwCovarianceRow(self._n, None, None, None, None, None, None, None, None, Reason.WARMING_UP)
        mean_y, mean_x, rho, beta, alpha, code = _derive(y, x, self._s)
        _, _, _, _, vy, vx, c = self._s
        if code:
            return EwCovarianceRow(self._n, mean_y, mean_x, vy, vx, c, None, None, None, reason_of(code))
        return EwCovarianceRow(self._n, mean_y, mean_x, vy, vx, c, rho, beta, alpha, None)

    def state(self) -> State:
        """Returns a snapshot, from which ``restore`` continues bit for bit."""
        return {
            "kind": "EwCovariance",
            "alpha": self.alpha,
            "warm_up": self.warm_up,
            "n": self._n,
            "s": list(self._s),
        }

    @classmethod
    def restore(cls, state: State) -> Self:
        """Returns the estimator of a snapshot."""
        expect(state, "EwCovariance")
        estimator = cls(alpha=number(state, "alpha"), warm_up=integer(state, "warm_up"))
        estimator._n = integer(state, "n")
        a, b, c, d, e, f, g = floats(state, "s")
        estimator._s = (a, b, c, d, e, f, g)
        return estimator


@labelled
def ew_covariance(
    y: ArrayLike, x: ArrayLike, *, alpha: float | None = None, halflife: float | None = None, warm_up: int | None = None
) -> EwCovarianceResult:
    """Returns the estimates at every row: the batch version of ``EwCovariance`` over n joint rows, NaN where a leg is
    missing.

    >>> ew_covariance([0.0, 2.0, 4.0], [0.0, 1.0, 2.0], alpha=0.5, warm_up=2).beta.tolist()
    [nan, 2.0, 2.0]
    """
    leg_y, leg_x = as_pair(y, x)
    weight = ew_weight(alpha, halflife)
    out, reason = _ew_covariance(leg_y, leg_x, weight, ew_warm_up(weight, warm_up))
    mean_y, mean_x, variance_y, variance_x, covariance, correlation, beta, level = out
    return EwCovarianceResult(mean_y, mean_x, variance_y, variance_x, covariance, correlation, beta, level, reason)


@njit
def _ew_covariance(y: FloatArray, x: FloatArray, alpha: float, warm_up: int) -> tuple[FloatArray, CodeArray]:
    rows = y.size
    out = np.full((8, rows), np.nan)
    reason = np.zeros(rows, dtype=np.int8)
    s = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    n = 0
    for t in range(rows):
        if not (math.isfinite(y[t]) and math.isfinite(x[t])):
            reason[t] = NOT_FINITE
            continue
        if n == 0:
            s = (y[t], x[t], 0.0, 0.0, 0.0, 0.0, 0.0)
        s = _step_kernel(y[t], x[t], alpha, s)
        n += 1
        if n < warm_up:
            reason[t] = WARMING_UP
            continue
        mean_y, mean_x, rho, beta, level, code = _derive_kernel(y[t], x[t], s)
        out[0, t] = mean_y
        out[1, t] = mean_x
        out[2, t] = s[4]
        out[3, t] = s[5]
        out[4, t] = s[6]
        out[5, t] = rho
        out[6, t] = beta
        out[7, t] = level
        reason[t] = code
    return out, reason
