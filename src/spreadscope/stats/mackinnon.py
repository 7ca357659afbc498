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

# From the 10% point to about the median of every one of these distributions, where sample size hardly matters.
TO_THE_MIDDLE = 0.8


@dataclass(frozen=True, slots=True)
class CriticalValues:
    """Critical values of a left-tailed test: reject where the statistic is below."""

    one: float
    five: float
    ten: float

    def as_dict(self) -> dict[str, float]:
        """Keyed as the tables print them.

        >>> list(CriticalValues(-3.9, -3.3, -3.0).as_dict())
        ['1%', '5%', '10%']
        """
        return {"1%": self.one, "5%": self.five, "10%": self.ten}


def mackinnon_critical_values(variables: int, trend: str = "c", T: float = math.inf) -> CriticalValues:
    """Critical values at 1%, 5% and 10% of the (augmented) Dickey–Fuller or Engle–Granger t-statistic.

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
    """p-value of a Dickey–Fuller or Engle–Granger t-statistic (MacKinnon 1994), asymptotic unless ``T`` is given.

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
    if math.isfinite(T) and math.isfinite(stat):
        here, limit = mackinnon_critical_values(variables, trend, T), mackinnon_critical_values(variables, trend)
        levels = [here.one, here.five, here.ten, here.ten + TO_THE_MIDDLE]
        shift = [here.one - limit.one, here.five - limit.five, here.ten - limit.ten, 0.0]
        stat -= float(np.interp(stat, levels, shift))
    return float(_pvalue(float(stat), pvalue_coefficients(variables, trend)))


@cache
def pvalue_coefficients(variables: int, trend: str) -> FloatArray:
    """The approximation's numbers as one row, in the form the kernels take. Shared: do not write to it."""
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
