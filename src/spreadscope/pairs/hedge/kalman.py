"""The hedge ratio as a hidden random walk."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.hedge.model import TINY, Hedge, Prices
from spreadscope.stats import KalmanHedge, KalmanRow
from spreadscope.stats._kalman_step import Filter

_ZERO, _NO_ERROR = Value(0.0), Value(None, Reason.NO_ERROR_ESTIMATE)


class Innovation(NamedTuple):
    """A row's prediction by the filter: the state before the row, and the variance of an observation.

    ``slope`` is set when the filter runs x on y: its error is then converted to one of y.
    """

    before: Filter
    center: float
    r: float
    slope: float | None

    def at(self, y: float, x: float) -> tuple[float, float]:
        """Returns the prediction error at these prices, and that error in its own standard deviations."""
        target, u = (y, x - self.center) if self.slope is None else (x, y - self.center)
        beta, level, p00, p01, p11 = self.before
        e = target - (beta * u + level)
        z = e / math.sqrt(max(u * (p00 * u + p01) + (p01 * u + p11), 0.0) + self.r)
        return (e, z) if self.slope is None else (-e / self.slope, -math.copysign(z, z * self.slope))


class Model:
    """A Kalman filter over [β, level]. The spread is its prediction error, z that error in its own standard deviations.

    The variances are fitted by maximum likelihood on the first hedge window (``analytics.kalman = "ml"``) or a preset
    ("chan"). A filtered spread carries diagnostics of the fit, never evidence.
    """

    label: ClassVar[str] = "Kalman"

    def __init__(self, config: AnalyticsConfig) -> None:
        self._config = config
        self._x_on_y = config.direction == "x_on_y"
        self._filter = (
            KalmanHedge.chan(delta=config.kalman_delta, r=config.kalman_r, intercept=config.intercept)
            if config.kalman == "chan"
            else KalmanHedge(burn_in=config.hedge_window, intercept=config.intercept)
        )
        self.row: KalmanRow | None = None  # the filter's output at the newest row

    def update(self, prices: Prices) -> Hedge:
        y, x = (float(prices.y[-1]), float(prices.x[-1])) if len(prices.y) else (math.nan, math.nan)
        for _ in range(min(prices.skipped, self._config.hedge_window)):
            self._filter.update(None, None)
        joint = math.isfinite(y) and math.isfinite(x)
        row = self.row = self._filter.update(x, y) if self._x_on_y else self._filter.update(y, x)
        if prices.reason is Reason.HALTED:
            return Hedge.undefined(Reason.HALTED)
        if row.beta is None or row.alpha is None or row.e is None or row.s is None or row.z is None:
            return Hedge.undefined(row.reason if joint else Reason.STALE_LEG)
        before = self._filter.before
        slope = row.beta if self._x_on_y else None
        if before is None or (slope is not None and abs(slope) <= TINY):
            return Hedge.undefined(Reason.UNCORRELATED)
        innovation = Innovation(before, self._filter.center or 0.0, self._filter.r or 0.0, slope)
        spread, z, beta, alpha, deviation = row.e, row.z, row.beta, row.alpha, math.sqrt(row.s)
        if slope is not None:
            spread, z = innovation.at(y, x)
            beta, alpha, deviation = 1.0 / slope, -alpha / slope, deviation / abs(slope)
        return Hedge(
            Value(beta),
            Value(alpha),
            _NO_ERROR,
            _NO_ERROR,
            Value(spread),
            Value(z),
            _ZERO,
            Value(deviation),
            innovation,
        )
