"""MacKinnon's response surfaces: critical values and p-values of the Dickey–Fuller family."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from spreadscope.jit import FloatArray, njit
from spreadscope.model.errors import StatisticsError
from spreadscope.stats._mackinnon_tables import CRITICAL_2010, PVALUE_1994
from spreadscope.stats._results import Result

# From the 10% point to about the median of every one of these distributions, where sample size hardly matters.
TO_THE_MIDDLE = 0.8


@dataclass(frozen=True, slots=True)
class CriticalValues(Result, title="Critical values of MacKinnon (2010)"):
    """Critical values of a left-tailed test: reject where the statistic is below."""

    one: float
    five: float
    ten: float

    def as_dict(self) -> dict[str, float]:
        """Returns the values by their level as text, as tables print it.

        >>> list(CriticalValues(-3.9, -3.3, -3.0).as_dict())
        ['1%', '5%', '10%']
        """
        return {"1%": self.one, "5%": self.five, "10%": self.ten}


def mackinnon_critical_values(variables: int, trend: str = "c", T: float = math.inf) -> CriticalValues:
    """Returns the critical values at 1%, 5% and 10% of the (augmented) Dickey–Fuller or Engle–Granger t-statistic.

    ``variables`` is the number of I(1) series: 1 for a series of its own, 2 for the residual of a pair.
    ``trend`` is "n", "c" or "ct" ("n" only with one variable, as in the paper). ``T`` is the number of
    observations in the regression, infinity for the asymptotic value.

    Raises ``StatisticsError`` for a combination the paper does not tabulate.

    Source: MacKinnon (2010), with the paper's b2 = −22.527 in the row N = 2, 1% (statsmodels 0.15 and
    arch 8.0 have −33.527 there: −4.0093 instead of −4.0082 at T = 100).

    >>> mackinnon_critical_values(2, "c", 100).as_dict()["1%"].__round__(4)
    -4.0082
    >>> mackinnon_critical_values(1, "c").five
    -2.86154
    """
    rows = CRITICAL_2010.get((variables, trend))
    if rows is None:
        raise StatisticsError(
            f"no critical values for {variables} variables with trend {trend!r}; use 1 to 6 variables with c or ct"
        )
    if not T > 0:
        raise StatisticsError(f"T is {T}; it is the number of observations, above 0")
    return _critical_values(variables, trend, T)


@lru_cache(maxsize=4096)
def _critical_values(variables: int, trend: str, T: float) -> CriticalValues:
    rows = CRITICAL_2010[variables, trend]
    one, five, ten = (b0 + b1 / T + b2 / T**2 + b3 / T**3 for b0, b1, b2, b3 in rows)
    return CriticalValues(one, five, ten)


def mackinnon_pvalue(stat: float, variables: int = 1, trend: str = "c", T: float = math.inf) -> float:
    """Returns p-value of a Dickey–Fuller or Engle–Granger t-statistic (MacKinnon 1994), asymptotic unless ``T`` is
    given.

    ``variables``: 1 … 6, as in ``mackinnon_critical_values``. Never exactly 0: below the range of the
    approximation the p-value of its lower end stands, an upper bound. A NaN gives NaN.

    With ``T`` observations the statistic is first moved by what the 2010 surfaces say a finite sample costs at 1%,
    5% and 10%, linearly between them and down to nothing at the middle of the distribution: within 1e-4 of
    MacKinnon's 1996 tables where p is below 0.15, within 0.005 anywhere.

    >>> round(mackinnon_pvalue(-2.86, 1, "c"), 4)
    0.0502
    >>> round(mackinnon_pvalue(-3.34, 2, "c"), 4)
    0.0495
    """
    coefficients = pvalue_coefficients(variables, trend)
    if T == math.inf:
        return float(_pvalue(float(stat), coefficients))
    mackinnon_critical_values(variables, trend, T)  # refuses what the surfaces do not hold
    return float(finite_pvalue_kernel(float(stat), float(T), response_surfaces(variables, trend), coefficients))


@cache
def response_surfaces(variables: int, trend: str) -> FloatArray:
    """Returns the response surfaces of 1%, 5% and 10%, one row each, in the form the kernels take. Shared: do not write
    to it."""
    return np.array(CRITICAL_2010[variables, trend], dtype=np.float64)


@njit
def finite_pvalue_kernel(stat: float, T: float, surface: FloatArray, coefficients: FloatArray) -> float:
    """Returns the p-value of one statistic with ``T`` observations; see ``mackinnon_pvalue``."""
    one, five, ten = (0.0, 0.0, 0.0)
    shift_one, shift_five, shift_ten = (0.0, 0.0, 0.0)
    for level in range(3):
        shift = (surface[level, 1] + (surface[level, 2] + surface[level, 3] / T) / T) / T
        if level == 0:
            one, shift_one = surface[0, 0] + shift, shift
        elif level == 1:
            five, shift_five = surface[1, 0] + shift, shift
        else:
            ten, shift_ten = surface[2, 0] + shift, shift
    if stat <= one:
        moved = shift_one
    elif stat <= five:
        moved = shift_one + (shift_five - shift_one) * (stat - one) / (five - one)
    elif stat <= ten:
        moved = shift_five + (shift_ten - shift_five) * (stat - five) / (ten - five)
    else:
        moved = shift_ten * max(0.0, 1.0 - (stat - ten) / TO_THE_MIDDLE)
    return _pvalue(stat - moved, coefficients)


@cache
def pvalue_coefficients(variables: int, trend: str) -> FloatArray:
    """Returns the approximation's numbers as one row, in the form the kernels take. Shared: do not write to it."""
    entry = PVALUE_1994.get((variables, trend))
    if entry is None:
        raise StatisticsError(f"no p-values for {variables} variables with trend {trend!r}; use 1 to 6 with n, c or ct")
    low, high, join, small, large = entry
    return np.array([low, high, join, *small, *large], dtype=np.float64)


@njit
def _pvalue(stat: float, row: FloatArray) -> float:
    if stat != stat:  # noqa: PLR0124  # the NaN test numba inlines
        return math.nan
    if stat > row[1]:
        return 1.0
    t = max(stat, row[0])
    if t <= row[2]:
        u = row[3] + t * (row[4] + t * row[5])
    else:
        u = row[6] + t * (row[7] + t * (row[8] + t * row[9]))
    return 0.5 * math.erfc(-u / math.sqrt(2.0))


#: The compiled p-value, for kernels: ``pvalue_kernel(stat, pvalue_coefficients(...))``.
pvalue_kernel: Callable[[float, FloatArray], float] = _pvalue


def finite_pvalues(stats: FloatArray, rows: FloatArray) -> FloatArray:
    """Returns ``mackinnon_pvalue`` of two legs with constant, of each statistic with its own number of observations.

    >>> finite_pvalues(np.array([[-3.5]]), np.array([[100.0]])).round(4).tolist()
    [[0.0391]]
    """
    return _finite_pvalues(stats, rows, response_surfaces(2, "c"), pvalue_coefficients(2, "c"))


@njit
def _finite_pvalues(stats: FloatArray, rows: FloatArray, surface: FloatArray, coefficients: FloatArray) -> FloatArray:
    out = np.full(stats.shape, math.nan)
    for i in range(stats.shape[0]):
        for j in range(stats.shape[1]):
            if rows[i, j] > 0.0:
                out[i, j] = finite_pvalue_kernel(stats[i, j], rows[i, j], surface, coefficients)
    return out
