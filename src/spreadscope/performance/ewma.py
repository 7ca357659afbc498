"""Volatility by exponentially weighted squared returns, and the returns measured by it.

Source: J.P. Morgan, RiskMetrics Technical Document (1996), chapter 5; mean 0, weights that sum to 1 over the rows there
are, so that the first rows have no starting value that would have to be guessed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.errors import StatisticsError
from spreadscope.performance._checks import as_returns
from spreadscope.stats._arrays import check_number

DECAY = 0.94  # RiskMetrics, daily returns


def ewma_volatility(returns: ArrayLike, *, decay: float = DECAY) -> FloatArray:
    """Returns the volatility (a standard deviation, mean 0) forecast for each period from the returns before it.

    σ²ₜ = Σ λ^(t−1−i) rᵢ² / Σ λ^(t−1−i) over i < t. Of n returns there are n + 1 forecasts: the last is for the period
    that comes next. The first is NaN.

    Errors: a missing return, a ``decay`` that is not between 0 and 1.

    >>> ewma_volatility([0.01, -0.03], decay=0.5).round(6).tolist()
    [nan, 0.01, 0.025166]
    """
    found: FloatArray = _volatility(as_returns(returns).reshape(1, -1), check_decay(decay))[0]
    return found


def check_decay(decay: float) -> float:
    """Returns a weight of yesterday between 0 and 1, or raises."""
    if not 0.0 < check_number(decay, "decay") < 1.0:
        raise StatisticsError(f"decay is {decay}; give the weight of the past between 0 and 1, such as 0.94")
    return float(decay)


def warm_up_of(decay: float) -> int:
    """Returns the rows after which a volatility rests on enough returns to measure others by it: 1 / (1 − λ)."""
    return math.ceil(round(1.0 / (1.0 - decay), 9))


def rescaled_residuals(rows: FloatArray, decay: float) -> tuple[FloatArray, FloatArray]:
    """Returns (returns over their own forecast volatility times that of the next period, the next volatilities).

    ``rows`` are series in rows. The first ``warm_up_of(decay)`` returns of each are left out; a return for which no
    volatility could be forecast (all before it were 0) is NaN.
    """
    volatility = _volatility(rows, decay)
    first = warm_up_of(decay)
    of_each, following = volatility[:, first:-1], volatility[:, -1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        residuals = np.where(of_each > 0.0, rows[:, first:] / of_each, np.nan) * following[:, None]
    return np.ascontiguousarray(residuals), following


@njit
def _volatility(rows: FloatArray, decay: float) -> FloatArray:  # pragma: no cover - compiled
    found = np.empty((rows.shape[0], rows.shape[1] + 1))
    for i in range(rows.shape[0]):
        total, weight = 0.0, 0.0
        found[i, 0] = np.nan
        for t in range(rows.shape[1]):
            total = decay * total + rows[i, t] * rows[i, t]
            weight = decay * weight + 1.0
            found[i, t + 1] = math.sqrt(total / weight)
    return found
