"""Two tests by the names and in the form that users of statsmodels know.

They give what ``statsmodels.tsa.stattools`` gives, from the arithmetic of ``engle_granger`` and ``adf``. Where those
have a reason instead of a number, these raise it: a tuple has no place for one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.stats._labels import labelled
from spreadscope.stats.adf import adf
from spreadscope.stats.engle_granger import engle_granger


@labelled
def coint(
    y0: ArrayLike, y1: ArrayLike, trend: str = "c", *, maxlag: int | None = None, autolag: str | None = "aic"
) -> tuple[float, float, FloatArray]:
    """Engle–Granger of y0 on y1 as (statistic, p-value, critical values at 1%, 5% and 10%).

    With ``autolag`` None the number of lags is ``maxlag``. Critical values: the paper's (``mackinnon_critical_values``).
    Raises ``StatisticsError`` with the reason where there is no statistic.

    >>> rng = np.random.default_rng(7)
    >>> x = np.cumsum(rng.standard_normal(300))
    >>> stat, pvalue, critical = coint(x + rng.standard_normal(300), x)
    >>> bool(stat < critical[0]), pvalue < 0.01
    (True, True)
    """
    lags, most = _lags(maxlag, autolag)
    found = engle_granger(y0, y1, trend=trend, lags=lags, max_lags=most)
    if found.stat is None or found.pvalue is None or found.critical is None:
        raise StatisticsError(f"no statistic: {found.reason}; engle_granger gives it as a reason")
    critical = found.critical
    return found.stat, found.pvalue, np.array([critical.one, critical.five, critical.ten])


@labelled
def adfuller(
    x: ArrayLike, maxlag: int | None = None, regression: str = "c", autolag: str | None = "AIC"
) -> tuple[float, float, int, int, dict[str, float]]:
    """Augmented Dickey–Fuller as (statistic, p-value, lags, rows of the regression, critical values).

    statsmodels has the value of the criterion behind these five where ``autolag`` is not None; it is not here.
    Raises ``StatisticsError`` with the reason where there is no statistic.

    >>> stat, pvalue, lags, rows, critical = adfuller(np.random.default_rng(1).standard_normal(200), maxlag=2)
    >>> bool(stat < critical["1%"])
    True
    """
    lags, most = _lags(maxlag, autolag)
    found = adf(x, trend=regression, lags=lags, max_lags=most)
    if found.stat is None or found.pvalue is None or found.critical is None:
        raise StatisticsError(f"no statistic: {found.reason}; adf gives it as a reason")
    return found.stat, found.pvalue, found.lags, found.n, found.critical.as_dict()


def _lags(maxlag: int | None, autolag: str | None) -> tuple[int | str, int | None]:
    """``lags`` and ``max_lags`` of our own tests."""
    if autolag is not None:
        return autolag.lower(), maxlag
    if maxlag is None:
        raise StatisticsError("with autolag None the number of lags has to be given as maxlag")
    return maxlag, None
