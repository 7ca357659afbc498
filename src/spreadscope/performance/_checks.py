"""Checks of the returns that every function of performance takes, with messages that say what to do."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spreadscope.model.errors import StatisticsError
from spreadscope.stats._arrays import TOO_LARGE, check_number

MOST_PERIODS = 1e9  # a year has 3e7 seconds


def as_returns(returns: ArrayLike, name: str = "returns") -> NDArray[np.float64]:
    """Returns one series of finite numbers, or raises."""
    array = np.ascontiguousarray(returns, dtype=np.float64)
    if array.ndim != 1:
        raise StatisticsError(f"{name} must be one series, but their shape is {array.shape}")
    if not np.isfinite(array).all():
        raise StatisticsError(f"{name} hold a NaN or an infinity; drop the periods without a mark first")
    return array


def as_return_matrix(returns: ArrayLike) -> NDArray[np.float64]:
    """Returns a matrix of finite numbers, a row for each period and a column for each series, or raises."""
    array = np.ascontiguousarray(returns, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] == 0:
        raise StatisticsError(f"returns must have a row a period and a column a series, not the shape {array.shape}")
    if not np.isfinite(array).all():
        raise StatisticsError(
            "returns hold a NaN or an infinity; drop the periods that miss a mark of any series first"
        )
    if (np.abs(array) >= TOO_LARGE).any():
        raise StatisticsError(f"returns of {TOO_LARGE:g} and more cannot be squared; give simple returns, 0.01 for 1%")
    return array


def is_flat(array: NDArray[np.float64]) -> bool:
    """Returns whether a series has no standard deviation that is more than rounding."""
    return array.size < 2 or float(array.std(ddof=1)) <= 1.8e-15 * max(1e-300, float(np.abs(array).max()))


def compounded(r: NDArray[np.float64]) -> float:
    """Returns equity at the end over that of the start; infinite where it is beyond every float."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.prod(1.0 + r))


def tail_of(level: float) -> float:
    """Returns the share of periods in the tail beyond a confidence ``level``, or raises."""
    if not 0.5 < check_number(level, "level") < 1.0:
        raise StatisticsError(f"level is {level}; give the confidence, such as 0.95 or 0.99")
    # In decimals: as floats 1 − 0.9 is a bit below 0.1, the quantile of 11 returns there a bit below the second of
    # them, and the mean of the tail would miss that one.
    return float(1 - Decimal(str(float(level))))
