"""Exponentially weighted least squares."""

from __future__ import annotations

from typing import ClassVar

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.validity import Reason
from spreadscope.pairs.hedge.model import TINY, FittedLine, OnlineHedge
from spreadscope.stats import EwCovariance

_HALF_LIVES = 3  # in a window: what the estimator's warm-up takes


class Model(OnlineHedge):
    """β of the exponentially weighted covariance, with a half-life of a third of the hedge window.

    The spread of a row is measured with the β of that row. It carries no evidence of its own.
    """

    label: ClassVar[str] = "EW"

    def __init__(self, config: AnalyticsConfig) -> None:
        super().__init__(config)
        self._covariance = EwCovariance(halflife=config.hedge_window / _HALF_LIVES)
        self._line = FittedLine(None, None, Reason.WARMING_UP)

    def step(self, y: float, x: float) -> FittedLine:
        row = self._covariance.update(y, x)
        if row.reason is Reason.NOT_FINITE:
            return self._line  # a leg is missing: the weights do not change
        self._line = FittedLine(row.beta, row.alpha, row.reason)
        if not self._config.intercept and row.covariance is not None and row.variance_x is not None:
            mean_y, mean_x = row.mean_y or 0.0, row.mean_x or 0.0
            square = row.variance_x + mean_x * mean_x
            if square > TINY:
                self._line = FittedLine((row.covariance + mean_y * mean_x) / square, 0.0)
        return self._line
