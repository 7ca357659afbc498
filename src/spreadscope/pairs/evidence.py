"""Evidence and diagnostics of one row, told apart.

Evidence that a pair is tied comes from Engle–Granger on OLS of the window, whatever hedge ratio is traded (one decision for every
mode, ``cointegration_evidence``), and from ADF of a spread whose β comes from other data. A Kalman spread has diagnostics of its
fit, and the frozen β a monitor of its breakdown; neither is evidence.
"""

from __future__ import annotations

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.errors import StatisticsError
from spreadscope.model.events import Floats
from spreadscope.model.facts import Value
from spreadscope.model.validity import Reason
from spreadscope.pairs.kernels import count_mean_sd, largest
from spreadscope.stats import (
    BreakdownMonitor,
    KalmanRow,
    adf,
    cointegration_evidence,
    ljung_box,
)
from spreadscope.stats._ring import Ring

WARMING = Value(None, Reason.WARMING_UP)


def cointegration(y: Floats, x: Floats, config: AnalyticsConfig) -> dict[str, Value]:
    """``eg_p``: the decision's p-value (both directions at 2·min p, or the one fixed by configuration);
    ``eg_stat``: the t-statistic of y on x (of x on y where that direction is fixed)."""
    decision = cointegration_evidence(y, x, direction=config.direction, lags="aic", max_lags=config.max_lags)
    return {
        "eg_stat": Value(decision.stat, None if decision.stat is not None else decision.reason),
        "eg_p": Value(decision.pvalue, decision.reason),
    }


def out_of_sample_adf(y: Floats, x: Floats, beta: Value | None, config: AnalyticsConfig) -> dict[str, Value]:
    """ADF of the window's spread with the β of the window **before** it (None: that window is not full yet).

    ADF is valid only for weights that were not estimated on the same data; on the fitted residual it would reject 16% of
    unrelated pairs at 5%.
    """
    if beta is None:
        return {"adf_stat": WARMING, "adf_p": WARMING}
    if beta.value is None:
        return {"adf_stat": beta, "adf_p": beta}
    # A leg that is the other's mirror image leaves a spread of its own rounding, which the leg's size tells from movement.
    test = adf(y - beta.value * x, lags="aic", max_lags=config.max_lags, scale=largest(y))
    return {"adf_stat": Value(test.stat, test.reason), "adf_p": Value(test.pvalue, test.reason)}


class KalmanDiagnostics:
    """How well the filter fits: sd of z over the window (near 1) and Ljung–Box p of z (small: z is not white)."""

    def __init__(self, window: int) -> None:
        self._z = Ring(window)

    def update(self, row: KalmanRow) -> dict[str, Value]:
        if row.z is not None:
            self._z.push(row.z)
        if self._z.count < self._z.size:
            return {"kalman_sd_z": WARMING, "kalman_ljung_box_p": WARMING}
        buffer, low, high = self._z.span()
        z = buffer[low:high]
        test = ljung_box(z, lags=10)
        return {
            "kalman_sd_z": Value(count_mean_sd(z, 1)[2]),
            "kalman_ljung_box_p": Value(test.pvalue, test.reason),
        }


class BreakdownWatch:
    """The breakdown monitor of a pair: β frozen at entry, or, while flat, anew after every window.

    ``breakdown`` is the excursion of the frozen-β spread as a share of its boundary: 1 and more says that the pair has come
    apart since the freeze.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._monitor: BreakdownMonitor | None = None
        self._rows = 0

    def freeze(self, y: Floats, x: Floats) -> None:
        """Freeze β on these rows. A window without a β leaves no monitor."""
        self._rows = 0
        try:
            self._monitor = BreakdownMonitor.freeze(y, x)
        except StatisticsError:
            # A constant leg or too few joint rows: the row's own reasons say which.
            self._monitor = None

    def update(self, y: Floats, x: Floats, *, flat: bool, skipped: int = 0) -> Value:
        """One more row after ``skipped`` ones without prices; ``y`` and ``x`` are the window that ends with it."""
        if skipped and self._monitor is not None:
            self._monitor.update(None, None)
            self._rows += skipped
        if self._monitor is None or (flat and self._rows >= self._window):
            self.freeze(y, x)
            return WARMING if self._monitor is not None else Value(None, Reason.TOO_FEW_ROWS)
        self._rows += 1
        row = self._monitor.update(float(y[-1]), float(x[-1]))
        if row.excursion is None or row.boundary is None:
            return Value(None, row.reason)
        return Value(abs(row.excursion) / row.boundary)
