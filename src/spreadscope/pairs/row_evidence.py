"""Evidence of cointegration and diagnostics of fits, for one row.

Evidence that a pair is tied comes from Engle–Granger on OLS of the window, whatever hedge ratio is traded (one decision
for every mode, ``cointegration_evidence``), and from ADF of a spread whose β comes from other data. A Kalman spread has
diagnostics of its fit, and the frozen β a monitor of its breakdown; neither is evidence.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.errors import StatisticsError
from spreadscope.model.events import Floats
from spreadscope.model.states import SignalState
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.hedge.kalman import Model as KalmanModel
from spreadscope.pairs.hedge.model import Hedge, Prices
from spreadscope.pairs.kernels import count_mean_sd, spread_adf
from spreadscope.pairs.row import OnlineSource, RowContext
from spreadscope.stats import BreakdownMonitor
from spreadscope.stats._arrays import reason_of
from spreadscope.stats._ring import Ring
from spreadscope.stats._scipy import chi2_upper
from spreadscope.stats.adf import lag_rule
from spreadscope.stats.evidence import window_evidence
from spreadscope.stats.ljung_box import ljung_box_kernel
from spreadscope.stats.mackinnon import pvalue_coefficients

WARMING = Value(None, Reason.WARMING_UP)
_LAGS = 10  # of the Ljung–Box test


class TestFigures(NamedTuple):
    """A test's statistic and p-value."""

    stat: Value
    p: Value


def cointegration(row: RowContext) -> TestFigures:
    """Returns Engle–Granger on OLS of the window: both directions at 2·min p, or the configured direction.

    The statistic is that of y on x (of x on y when that direction is configured).
    """
    config = row.config
    _, stat, pvalue, reason = window_evidence(row.y, row.x, config.direction, *_lags(len(row.y), config.max_lags, 0))
    return TestFigures(Value(stat, None if stat is not None else reason), Value(pvalue, reason))


def out_of_sample_adf(row: RowContext) -> TestFigures:
    """Returns ADF of the window's spread with the traded β of the window **before** it.

    ADF is valid only for weights that were not estimated on the same data; on the fitted residual it would reject 16%
    of unrelated pairs at 5%.
    """
    beta = row.previous_beta()
    if beta is None:
        return TestFigures(WARMING, WARMING)
    if beta.value is None:
        return TestFigures(beta, beta)
    criterion, most = _lags(len(row.y), row.config.max_lags, 1)
    code, stat, pvalue = spread_adf(row.y, row.x, beta.value, criterion, most, pvalue_coefficients(1, "c"))
    if code:
        nothing = Value(None, reason_of(code))
        return TestFigures(nothing, nothing)
    return TestFigures(Value(stat), Value(pvalue))


@lru_cache(maxsize=64)
def _lags(rows: int, most: int, terms: int) -> tuple[int, int]:
    """Returns the rule of the lags as kernels take it: AIC over the configured number at most."""
    return lag_rule("aic", most, rows, terms)


class KalmanFigures(NamedTuple):
    """The Kalman hedge, and how well the filter fits: sd of z over the window (near 1), Ljung–Box p of z (small: not
    white)."""

    hedge: Hedge
    sd_z: Value
    ljung_box_p: Value


class KalmanComparison:
    """A Kalman filter that runs for comparison, whatever hedge model is traded."""

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        del length
        self._model = KalmanModel(config)
        self._z = Ring(config.z_window)

    def update(self, row: RowContext) -> KalmanFigures:
        hedge = self._model.update(Prices(row.y, row.x, row.skipped, None, None, None))
        if hedge.z.value is not None:
            self._z.push(hedge.z.value)
        if self._z.count < self._z.size:
            return KalmanFigures(hedge, WARMING, WARMING)
        buffer, low, high = self._z.span()
        z = buffer[low:high]
        return KalmanFigures(hedge, Value(count_mean_sd(z, 1)[2]), _ljung_box_p(z))


def _ljung_box_p(z: Floats) -> Value:
    """Returns the p-value of ``ljung_box`` of a window of finite values."""
    if len(z) <= _LAGS + 2:
        return Value(None, Reason.TOO_FEW_ROWS)
    stat = ljung_box_kernel(z, _LAGS)
    return Value(None, Reason.CONSTANT_SPREAD) if math.isnan(stat) else Value(chi2_upper(stat, _LAGS))


KALMAN = OnlineSource("Kalman filter", KalmanComparison)


class BreakdownEstimator:
    """A breakdown monitor of a pair: the traded β is frozen at entry, and without a position again after every window.

    ``breakdown`` is the excursion of the spread with the frozen β, as a share of its boundary: at 1 or more the
    relation of the legs has broken since the freeze.
    """

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        del length
        self._window = config.hedge_window
        self._monitor: BreakdownMonitor | None = None
        self._rows = 0

    def freeze(self, row: RowContext) -> None:
        """Freeze the traded β on this row's window; without a β there is no monitor."""
        self._rows = 0
        try:
            beta = row.hedge.beta.value
            self._monitor = None if beta is None else BreakdownMonitor.freeze(row.y, row.x, beta=beta)
        except StatisticsError:
            self._monitor = None  # a constant leg or too few joint rows: the row's own reasons say which

    def update(self, row: RowContext) -> Value:
        """Take one more row, after ``skipped`` rows without prices. Returns the excursion as a share of its
        boundary."""
        if row.reason is not None:
            return Value(None, row.reason)
        if row.skipped and self._monitor is not None:
            self._monitor.update(None, None)
            self._rows += row.skipped
        if self._monitor is None or (row.state is SignalState.FLAT and self._rows >= self._window):
            self.freeze(row)
            return WARMING if self._monitor is not None else Value(None, Reason.TOO_FEW_ROWS)
        self._rows += 1
        state = self._monitor.update(float(row.y[-1]), float(row.x[-1]))
        if state.excursion is None or state.boundary is None:
            return Value(None, state.reason)
        return Value(abs(state.excursion) / state.boundary)


BREAKDOWN = OnlineSource("breakdown monitor", BreakdownEstimator)
