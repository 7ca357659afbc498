"""Exponentially weighted mean, variance and z-score of one series."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray, njit
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import (
    CONSTANT_SPREAD,
    MOST,
    NOT_FINITE,
    WARMING_UP,
    as_series,
    check_count,
    check_positive,
    is_number,
)
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats._state import State, expect, integer, number

# 8 eps: a standard deviation below this share of the level is the rounding of the values themselves.
NOISE = 1.8e-15


@dataclass(frozen=True, slots=True)
class EwMomentsRow:
    """The estimates after one more value; None with a ``reason`` where undefined.

    ``variance`` has the weights of the recursion (pandas ``ewm(adjust=False)``, ``bias=True``). ``z`` measures
    the value against the mean and sd **before** it.
    """

    n: int
    mean: float | None
    variance: float | None
    sd: float | None
    z: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class EwMomentsResult(Result, title="Exponentially weighted moments"):
    """The same as arrays, one entry for each row; NaN where undefined, with the code of the reason (see
    ``reason_of``)."""

    mean: FloatArray
    variance: FloatArray
    sd: FloatArray
    z: FloatArray
    reason: CodeArray


def ew_weight(alpha: float | None, halflife: float | None) -> float:
    """Returns α of the recursion from ``alpha`` or the half-life: a = 1 − 2^(−1/halflife)."""
    if (alpha is None) == (halflife is None):
        raise StatisticsError("give either alpha or halflife (in rows), one of the two")
    if halflife is not None:
        return -math.expm1(-math.log(2.0) / check_positive(halflife, "halflife"))
    if alpha is None or not 0.0 < alpha < 1.0:
        raise StatisticsError(f"alpha is {alpha}; it must lie between 0 and 1")
    return float(alpha)


def ew_warm_up(alpha: float, warm_up: int | None) -> int:
    """Returns the rows before the first output: three half-lives by default."""
    if warm_up is None:
        return max(2, math.ceil(min(3.0 * math.log(2.0) / -math.log1p(-alpha), MOST)))
    return check_count(warm_up, "warm_up", "at least 1", least=1)


class EwMoments:
    """Online exponentially weighted moments: d = x − m, m += a d, v = (1 − a)(v + a d²), from the first value.

    ``alpha`` or ``halflife`` in rows. Warm-up: ``warm_up`` values, three half-lives by default. A missing value
    (None or NaN) changes nothing and gives None with ``NOT_FINITE``. The mean is kept relative to the first
    value, so an offset costs no digits; the weights are positive, so the variance cannot become negative.

    >>> estimator = EwMoments(alpha=0.5, warm_up=2)
    >>> [estimator.update(v).variance for v in (1.0, 3.0, 3.0)]
    [None, 1.0, 0.75]
    """

    __slots__ = ("_m", "_n", "_origin", "_v", "alpha", "warm_up")

    def __init__(
        self, *, alpha: float | None = None, halflife: float | None = None, warm_up: int | None = None
    ) -> None:
        self.alpha = ew_weight(alpha, halflife)
        self.warm_up = ew_warm_up(self.alpha, warm_up)
        self._origin = self._m = self._v = 0.0
        self._n = 0

    def update(self, x: float | None) -> EwMomentsRow:
        """Take one value. Returns the estimates after it."""
        if x is None or not is_number(x):
            return EwMomentsRow(self._n, None, None, None, None, Reason.NOT_FINITE)
        if self._n == 0:
            self._origin = x
        d = (x - self._origin) - self._m
        floor = (NOISE * max(abs(self._origin), abs(x))) ** 2
        z = d / math.sqrt(self._v) if self._n >= self.warm_up and self._v > floor else None
        z_reason = Reason.WARMING_UP if self._n < self.warm_up else Reason.CONSTANT_SPREAD
        self._m += self.alpha * d
        self._v = (1.0 - self.alpha) * (self._v + self.alpha * d * d)
        self._n += 1
        if self._n < self.warm_up:
            return EwMomentsRow(self._n, None, None, None, None, Reason.WARMING_UP)
        mean = self._origin + self._m
        return EwMomentsRow(self._n, mean, self._v, math.sqrt(self._v), z, None if z is not None else z_reason)

    def state(self) -> State:
        """Returns a snapshot, from which ``restore`` continues bit for bit."""
        return {
            "kind": "EwMoments",
            "alpha": self.alpha,
            "warm_up": self.warm_up,
            "origin": self._origin,
            "m": self._m,
            "v": self._v,
            "n": self._n,
        }

    @classmethod
    def restore(cls, state: State) -> Self:
        """Returns the estimator of a snapshot."""
        expect(state, "EwMoments")
        estimator = cls(alpha=number(state, "alpha"), warm_up=integer(state, "warm_up"))
        estimator._origin, estimator._m, estimator._v = (number(state, key) for key in ("origin", "m", "v"))
        estimator._n = integer(state, "n")
        return estimator


@labelled
def ew_moments(
    x: ArrayLike, *, alpha: float | None = None, halflife: float | None = None, warm_up: int | None = None
) -> EwMomentsResult:
    """Returns the estimates at every row: the batch version of ``EwMoments`` over n values, NaN where missing.

    >>> ew_moments([1.0, 3.0, 3.0], alpha=0.5, warm_up=2).variance.tolist()
    [nan, 1.0, 0.75]
    """
    weight = ew_weight(alpha, halflife)
    return EwMomentsResult(*_ew_moments(as_series(x, "x"), weight, ew_warm_up(weight, warm_up)))


@njit
def _ew_moments(
    x: FloatArray, alpha: float, warm_up: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, CodeArray]:
    rows = x.size
    mean, variance, sd, z = np.full(rows, np.nan), np.full(rows, np.nan), np.full(rows, np.nan), np.full(rows, np.nan)
    reason = np.zeros(rows, dtype=np.int8)
    origin = m = v = 0.0
    n = 0
    for t in range(rows):
        value = x[t]
        if not math.isfinite(value):
            reason[t] = NOT_FINITE
            continue
        if n == 0:
            origin = value
        d = (value - origin) - m
        floor = (NOISE * max(abs(origin), abs(value))) ** 2
        if n < warm_up:
            reason[t] = WARMING_UP
        elif v > floor:
            z[t] = d / math.sqrt(v)
        else:
            reason[t] = CONSTANT_SPREAD
        m += alpha * d
        v = (1.0 - alpha) * (v + alpha * d * d)
        n += 1
        if n >= warm_up:
            mean[t] = origin + m
            variance[t] = v
            sd[t] = math.sqrt(v)
    return mean, variance, sd, z, reason
