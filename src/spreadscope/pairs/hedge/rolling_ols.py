"""Least squares over the last joint rows, each spread measured with the β of its own row."""

from __future__ import annotations

from typing import ClassVar

from spreadscope.model.config import AnalyticsConfig
from spreadscope.pairs.hedge.model import FittedLine, OnlineHedge
from spreadscope.stats import RollingOLS


class Model(OnlineHedge):
    """Rolling least squares: the spread of a row is the error of the line as of that row, and is never measured again.

    The window is the last ``hedge_window`` rows that had both legs. It carries no evidence of its own.
    """

    label: ClassVar[str] = "rolling OLS"

    def __init__(self, config: AnalyticsConfig) -> None:
        super().__init__(config)
        self._regression = RollingOLS(config.hedge_window, intercept=config.intercept)

    def step(self, y: float, x: float) -> FittedLine:
        row = self._regression.update(y, x)
        return FittedLine(row.beta, row.alpha, row.reason, row.se_beta, row.r_squared)
