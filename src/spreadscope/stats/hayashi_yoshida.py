"""Covariance of two series of ticks that do not share their times."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_series
from spreadscope.stats._labels import as_times
from spreadscope.stats._moments import SMALLEST_M2
from spreadscope.stats._results import Result


@dataclass(frozen=True, slots=True)
class HayashiYoshidaResult(Result, title="Hayashi–Yoshida covariance of ticks"):
    """``covariance`` and realised variances over the whole span, in squared units of the values.

    ``correlation`` is the ratio of unbiased estimates and is **not** held inside [−1, 1]: on few ticks it can
    leave it. None with a ``reason`` where a leg does not move.
    """

    covariance: float | None
    variance_x: float | None
    variance_y: float | None
    correlation: float | None
    n_x: int
    n_y: int
    reason: Reason | None


@njit
def _covariance(tx: FloatArray, x: FloatArray, ty: FloatArray, y: FloatArray) -> float:
    total = 0.0
    first = 1
    for i in range(1, tx.size):
        while first < ty.size and ty[first] <= tx[i - 1]:
            first += 1
        j = first
        while j < ty.size and ty[j - 1] < tx[i]:
            if min(tx[i], ty[j]) > max(tx[i - 1], ty[j - 1]):
                total += (x[i] - x[i - 1]) * (y[j] - y[j - 1])
            j += 1
    return total


def hayashi_yoshida(tx: ArrayLike, x: ArrayLike, ty: ArrayLike, y: ArrayLike) -> HayashiYoshidaResult:
    """Returns the Hayashi–Yoshida covariance of log prices ``x`` at times ``tx`` and ``y`` at ``ty``: no grid, no
    filling.

    Σ Δx_i Δy_j over the half-open intervals (t_{i−1}, t_i] of the two that overlap with positive length. Times in
    any unit, never decreasing; several ticks of one time count with their last. Ticks that are not finite are left
    out. At one-second grids the usual estimator loses most of the covariance (Epps effect); this one does not.

    Undefined (with a reason): fewer than 2 ticks, a leg that does not move.

    Source: Hayashi and Yoshida (2005), Bernoulli 11.

    >>> hayashi_yoshida([0, 1, 2, 3, 4], [0, 1, 3, 2, 5], [0, 1, 2, 3, 4], [0, 2, 1, 1, 4]).covariance
    9.0
    """
    time_x, value_x = _ticks(tx, x, "x")
    time_y, value_y = _ticks(ty, y, "y")
    n_x, n_y = value_x.size, value_y.size
    if n_x < 2 or n_y < 2:
        return HayashiYoshidaResult(None, None, None, None, n_x, n_y, Reason.TOO_FEW_ROWS)
    variance_x = float(np.square(np.diff(value_x)).sum())
    variance_y = float(np.square(np.diff(value_y)).sum())
    covariance = float(_covariance(time_x, value_x, time_y, value_y))
    if min(variance_x, variance_y) <= SMALLEST_M2:
        return HayashiYoshidaResult(covariance, variance_x, variance_y, None, n_x, n_y, Reason.CONSTANT_LEG)
    correlation = covariance / math.sqrt(variance_x * variance_y)
    return HayashiYoshidaResult(covariance, variance_x, variance_y, correlation, n_x, n_y, None)


def _ticks(times: ArrayLike, values: ArrayLike, name: str) -> tuple[FloatArray, FloatArray]:
    t, v = as_series(as_times(times), f"t{name}"), as_series(values, name)
    if t.size != v.size:
        raise StatisticsError(f"t{name} has {t.size} times and {name} has {v.size} values; give one time a value")
    whole = np.isfinite(t) & np.isfinite(v)
    t, v = t[whole], v[whole]
    if (np.diff(t) < 0).any():
        raise StatisticsError(f"t{name} goes backwards; sort the ticks by time")
    last = np.append(np.diff(t) > 0, np.array([True])) if t.size else np.zeros(0, dtype=bool)
    return np.ascontiguousarray(t[last]), np.ascontiguousarray(v[last])
