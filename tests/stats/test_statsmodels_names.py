"""``coint`` and ``adfuller`` give the tuples of statsmodels, and raise where those have no place for a reason."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from spreadscope import stats
from spreadscope.model.errors import StatisticsError

peer: Any = pytest.importorskip("statsmodels.tsa.stattools")


def legs(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows)
    x = np.cumsum(rng.standard_normal(rows))
    return x + 0.3 * np.cumsum(rng.standard_normal(rows)), x


@pytest.mark.parametrize("settings", [{}, {"maxlag": 3}, {"maxlag": 2, "autolag": None}, {"autolag": "bic"}])
@pytest.mark.parametrize("rows", [60, 150, 400])
def test_tuples_are_those_of_statsmodels(rows: int, settings: dict[str, Any]) -> None:
    y, x = legs(rows)
    for trend in ("c", "ct"):
        ours, theirs = stats.coint(y, x, trend, **settings), peer.coint(y, x, trend=trend, **settings)
        assert ours[:2] == pytest.approx(tuple(theirs)[:2], abs=1e-9)
        assert ours[2][1:] == pytest.approx(theirs[2][1:], abs=1e-9)  # the row of 1% is mistyped there
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            theirs = peer.adfuller(y, regression=trend, **settings)
        stat, pvalue, lags, used, critical = stats.adfuller(y, regression=trend, **settings)
        assert (stat, pvalue) == pytest.approx(theirs[:2], abs=1e-9)
        assert (lags, used) == theirs[2:4]
        assert critical == pytest.approx(theirs[4], abs=1e-9)


def test_a_reason_is_raised() -> None:
    with pytest.raises(StatisticsError, match="no statistic: too few rows"):
        stats.adfuller([1.0, 2.0])
    with pytest.raises(StatisticsError, match="no statistic: collinear legs"):
        stats.coint(np.arange(90.0) % 7, 2 * (np.arange(90.0) % 7))
    with pytest.raises(StatisticsError, match="has to be given as maxlag"):
        stats.adfuller(np.arange(90.0), autolag=None)
