"""Spearman's rank correlation over a rolling window."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray, njit
from spreadscope.stats._arrays import CONSTANT_LEG, NOT_FINITE, WARMING_UP, as_pair, check_window
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import pair_moments
from spreadscope.stats.rolling_correlation import RollingCorrelationResult


@labelled
def rolling_spearman(y: ArrayLike, x: ArrayLike, window: int) -> RollingCorrelationResult:
    """Returns the correlation of ranks (ties share their mean rank) over the last ``window`` joint rows. Give log
    returns.

    One bad tick moves it little, which makes it the check beside ``rolling_correlation``. ``y``, ``x``: n values
    each, NaN where missing; ``window`` ≥ 3; warm-up ``window`` joint rows.

    >>> rolling_spearman([1.0, 2.0, 3.0, 900.0], [1.0, 2.0, 3.0, 4.0], 4).correlation.tolist()
    [nan, nan, nan, 1.0]
    """
    leg_y, leg_x = as_pair(y, x)
    return RollingCorrelationResult(*_rolling_spearman(leg_y, leg_x, check_window(window, minimum=3)))


@njit
def _ranks(values: FloatArray) -> FloatArray:
    order = np.argsort(values)
    ranks = np.empty(values.size)
    i = 0
    while i < values.size:
        j = i
        while j + 1 < values.size and values[order[j + 1]] == values[order[i]]:
            j += 1
        for q in range(i, j + 1):
            ranks[order[q]] = 0.5 * (i + j)
        i = j + 1
    return ranks


@njit
def _rolling_spearman(y: FloatArray, x: FloatArray, window: int) -> tuple[FloatArray, CodeArray]:
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
        rank_y, rank_x = _ranks(kept_y[count - window : count]), _ranks(kept_x[count - window : count])
        _, _, syy, sxx, sxy, _, _ = pair_moments(rank_y, rank_x, 0, window)
        if syy == 0.0 or sxx == 0.0:
            reason[t] = CONSTANT_LEG
        else:
            out[t] = max(-1.0, min(1.0, sxy / math.sqrt(syy * sxx)))
    return out, reason
