"""Least squares over the window."""

from __future__ import annotations

from typing import ClassVar

from spreadscope.model.events import Floats
from spreadscope.pairs.hedge.model import FittedLine, WindowHedge
from spreadscope.stats import ols


class Model(WindowHedge):
    """Ordinary least squares, fitted again to the hedge window at every row. The cointegration test speaks of this
    line."""

    label: ClassVar[str] = "OLS"

    def line(self, y: Floats, x: Floats, *, intercept: bool) -> FittedLine:
        fit = ols(y, x, intercept=intercept)
        return FittedLine(fit.beta, fit.alpha, fit.reason, fit.se_beta, fit.r_squared)
