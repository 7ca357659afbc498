"""The augmented Dickey–Fuller test."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from spreadscope.model.validity import Reason
from spreadscope.stats._adf_kernel import CRITERIA, FIXED, adf_kernel
from spreadscope.stats._arrays import as_series, check_choice, check_count, check_number, reason_of
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats.mackinnon import CriticalValues, mackinnon_critical_values, mackinnon_pvalue

TERMS = {"n": 0, "c": 1, "ct": 2}


@dataclass(frozen=True, slots=True)
class ADFResult(
    Result, title="Augmented Dickey–Fuller test of a unit root", decides={"pvalue": "MacKinnon (1994), asymptotic"}
):
    """A unit-root test. With a ``reason`` the statistic and the p-value are None.

    ``stat`` is the t-statistic of γ; ``pvalue`` is MacKinnon's asymptotic one (1994); ``critical`` uses the
    2010 surfaces at ``n``, the rows of the final regression; ``gamma`` is the coefficient of the level.
    """

    stat: float | None
    pvalue: float | None
    lags: int
    n: int
    trend: str
    gamma: float | None
    se_gamma: float | None
    critical: CriticalValues | None
    reason: Reason | None


def lag_rule(lags: int | str, max_lags: int | None, rows: int, terms: int) -> tuple[int, int]:
    """Returns (criterion, number of lags or their maximum) as the kernels take them, checked.

    Without ``max_lags`` a criterion looks at Schwert's 12 (n/100)^¼ lags, at most half the sample.
    """
    ceiling = max(rows // 2 - terms - 1, 0)
    if isinstance(lags, str):
        criterion = CRITERIA[check_choice(lags, "lags", tuple(CRITERIA))]
        wanted = math.ceil(12.0 * (rows / 100.0) ** 0.25) if max_lags is None else max_lags
        return criterion, min(check_count(wanted, "max_lags", "0 or more"), ceiling)
    return FIXED, check_count(lags, "lags", "0 or more, or one of aic, bic, t-stat")


@labelled
def adf(
    x: ArrayLike,
    *,
    trend: str = "c",
    lags: int | str = "aic",
    max_lags: int | None = None,
    scale: float = 0.0,
) -> ADFResult:
    """Returns the augmented Dickey–Fuller t-test of a unit root in ``x`` (n values).

    Valid only for a series whose weights were **not** estimated on the same data: for the residual of a
    fitted pair use ``engle_granger``, whose critical values differ.

    ``trend``: "n", "c" or "ct". ``lags``: a number, or "aic", "bic", "t-stat", which compare 0 … ``max_lags``
    on one common sample and refit the choice on the longer one. Regression rows that reach across a NaN are
    left out. ``scale``: the size of the numbers that ``x`` is the difference of (log prices, say), so that a spread
    which is nothing but their rounding is called constant.

    Undefined (with a reason): fewer regression rows than max(20, 3 (lags + 3)), where a criterion looks at no more
    lags than leave it so many; a constant series.

    Source: Said and Dickey (1984), Biometrika 71; p-values MacKinnon (1994), critical values (2010).

    >>> import numpy as np
    >>> walk = np.cumsum(np.random.default_rng(1).standard_normal(400))
    >>> adf(walk, lags=1).pvalue > 0.05
    True
    >>> adf(np.diff(walk), lags=1).pvalue < 0.01
    True
    >>> adf([2.0] * 50, lags=0).reason
    <Reason.CONSTANT_SPREAD: 'constant spread'>
    """
    series = as_series(x, "x")
    terms = TERMS[check_choice(trend, "trend", tuple(TERMS))]
    criterion, most = lag_rule(lags, max_lags, series.size, terms)
    size = check_number(scale, "scale", least=0.0)
    stat, used, n, gamma, se, code = adf_kernel(series, terms, criterion, most, size)
    if code:
        return ADFResult(None, None, int(used), int(n), trend, None, None, None, reason_of(code))
    critical = mackinnon_critical_values(1, trend, n)
    return ADFResult(stat, mackinnon_pvalue(stat, 1, trend), int(used), int(n), trend, gamma, se, critical, None)
