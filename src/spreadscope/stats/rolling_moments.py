"""Mean, variance and z-score over a rolling window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import CONSTANT_SPREAD, NOT_FINITE, WARMING_UP, as_series, check_window, is_number
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, is_rounding_only, mean_and_m2
from spreadscope.stats._results import Result
from spreadscope.stats._ring import Ring
from spreadscope.stats._state import State, expect, floats, integer


@dataclass(frozen=True, slots=True)
class Moments(Result, title="Moments"):
    """Moments of one sample: ``variance`` and ``sd`` have ddof 1, ``autocorr1`` is the lag-1 autocorrelation.

    ``mean`` is there even when the sample is constant and the others are not.
    """

    n: int
    mean: float | None
    variance: float | None
    sd: float | None
    autocorr1: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class RollingMomentsRow:
    """The estimates after one more value.

    ``mean``, ``variance`` and ``sd`` (ddof 1) are of the window that ends with this value. ``z`` measures the
    value against the w values **before** it; ``z_inclusive`` against the window that holds it. A value that
    is not there is None, and ``reason`` says why the first of them is missing.
    """

    n: int
    mean: float | None
    variance: float | None
    sd: float | None
    z: float | None
    z_inclusive: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class RollingMomentsResult(Result, title="Rolling moments"):
    """The same as arrays, one entry for each row; NaN where undefined, with the code of the reason (see
    ``reason_of``)."""

    mean: FloatArray
    variance: FloatArray
    sd: FloatArray
    z: FloatArray
    z_inclusive: FloatArray
    reason: CodeArray


@labelled
def moments(x: ArrayLike) -> Moments:
    """Returns mean, variance (ddof 1), sd and lag-1 autocorrelation of one sample. NaN rows are left out.

    Lag-1 autocorrelation: Σ (x_t − x̄)(x_{t+1} − x̄) / Σ (x_t − x̄)², as NIST defines it.

    >>> m = moments([10000001.0, 10000003.0, 10000002.0])
    >>> m.mean, m.sd, m.autocorr1
    (10000002.0, 1.0, -0.5)
    """
    series = as_series(x, "x")
    series = series[np.isfinite(series)]
    return _moments_of(series, 0, series.size)


def _moments_of(x: FloatArray, lo: int, hi: int) -> Moments:
    n = hi - lo
    if n < 2:
        return Moments(n, float(x[lo]) if n else None, None, None, None, Reason.TOO_FEW_ROWS)
    mean, m2, peak = mean_and_m2(x, lo, hi)
    if is_constant(m2, n, peak):
        return Moments(n, mean, None, None, None, Reason.CONSTANT_SPREAD)
    variance = m2 / (n - 1)
    return Moments(n, mean, variance, math.sqrt(variance), _autocovariance(x, lo, hi, mean) / m2, None)


@njit
def _autocovariance(x: FloatArray, lo: int, hi: int, mean: float) -> float:
    total = 0.0
    for i in range(lo, hi - 1):
        total += (x[i] - mean) * (x[i + 1] - mean)
    return total


class RollingMoments:
    """Online mean, variance and z-score of the last ``window`` finite values.

    A missing value (None or NaN) does not enter the window: its row is None with ``NOT_FINITE`` and the
    window keeps the last ``window`` values that were there. Warm-up: ``window`` rows (one more for ``z``).
    Every update recomputes the window in two passes (see ``_moments``), so nothing drifts.

    >>> estimator = RollingMoments(window=3)
    >>> [estimator.update(v).sd for v in (1.0, 2.0, 3.0)]
    [None, None, 1.0]
    >>> round(estimator.update(5.0).z, 1)  # against 1, 2, 3
    3.0
    """

    __slots__ = ("_baseline", "_ring", "window")

    def __init__(self, window: int) -> None:
        self.window = check_window(window, minimum=2)
        self._ring = Ring(self.window)
        # Mean, m2 and peak of the full window as it stands: the next row's baseline.
        self._baseline: tuple[float, float, float] | None = None

    def update(self, x: float | None) -> RollingMomentsRow:
        """Take one value. Returns the estimates after it."""
        ring = self._ring
        if x is None or not is_number(x):
            return RollingMomentsRow(ring.count, None, None, None, None, None, Reason.NOT_FINITE)
        z: float | None = None
        z_reason: Reason | None = Reason.WARMING_UP
        if self._baseline is not None:
            mean, m2, peak = self._baseline
            if is_rounding_only(m2, self.window, peak):
                z_reason = Reason.CONSTANT_SPREAD
            else:
                z, z_reason = (x - mean) / math.sqrt(m2 / (self.window - 1)), None
        ring.push(x)
        if ring.count < self.window:
            return RollingMomentsRow(ring.count, None, None, None, None, None, Reason.WARMING_UP)
        self._baseline = mean, m2, peak = mean_and_m2(*ring.span())
        if is_rounding_only(m2, self.window, peak):
            return RollingMomentsRow(self.window, mean, 0.0, 0.0, z, None, Reason.CONSTANT_SPREAD)
        variance = m2 / (self.window - 1)
        sd = math.sqrt(variance)
        return RollingMomentsRow(self.window, mean, variance, sd, z, (x - mean) / sd, z_reason)

    def moments(self) -> Moments:
        """Returns all moments of the current window, including the lag-1 autocorrelation."""
        return _moments_of(*self._ring.span())

    def state(self) -> State:
        """Returns a snapshot, from which ``restore`` continues bit for bit."""
        return {"kind": "RollingMoments", "window": self.window, "values": self._ring.values()}

    @classmethod
    def restore(cls, state: State) -> Self:
        """Returns the estimator of a snapshot."""
        expect(state, "RollingMoments")
        estimator = cls(integer(state, "window"))
        estimator._ring.refill(floats(state, "values"))
        if estimator._ring.count == estimator.window:
            estimator._baseline = mean_and_m2(*estimator._ring.span())
        return estimator


@labelled
def rolling_moments(x: ArrayLike, window: int) -> RollingMomentsResult:
    """Returns the estimates at every row: the batch version of ``RollingMoments``: row t uses rows ≤ t, and a prefix
    gives the bits of the whole.

    ``x``: n values, NaN where missing. ``window`` ≥ 2 rows.

    >>> rolling_moments([1.0, 2.0, 3.0, 5.0], 3).z.round(1).tolist()
    [nan, nan, nan, 3.0]
    """
    series = as_series(x, "x")
    return RollingMomentsResult(*_rolling_moments(series, check_window(window, minimum=2)))


@njit
def _rolling_moments(
    x: FloatArray, window: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, CodeArray]:
    n = x.size
    mean_out, var_out, sd_out = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    z_out, inclusive = np.full(n, np.nan), np.full(n, np.nan)
    reason = np.zeros(n, dtype=np.int8)
    kept = np.empty(n)
    count = 0
    mean = sd = 0.0
    before = WARMING_UP
    for t in range(n):
        value = x[t]
        if not math.isfinite(value):
            reason[t] = NOT_FINITE
            continue
        z_reason = before
        if z_reason == 0:
            z_out[t] = (value - mean) / sd
        kept[count] = value
        count += 1
        if count < window:
            reason[t] = WARMING_UP
            continue
        mean, m2, peak = mean_and_m2(kept, count - window, count)
        mean_out[t] = mean
        if is_constant(m2, window, peak):
            before = CONSTANT_SPREAD
            var_out[t] = sd_out[t] = 0.0
            reason[t] = CONSTANT_SPREAD
            continue
        variance = m2 / (window - 1)
        sd = math.sqrt(variance)
        before = 0
        var_out[t] = variance
        sd_out[t] = sd
        inclusive[t] = (value - mean) / sd
        reason[t] = z_reason
    return mean_out, var_out, sd_out, z_out, inclusive, reason
