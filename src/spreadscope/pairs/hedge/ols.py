"""Least squares over the window."""

from __future__ import annotations

from typing import ClassVar

from spreadscope.model.events import Floats
from spreadscope.pairs.hedge.model import FittedLine, WindowHedge
from spreadscope.stats import ols
from spreadscope.stats._arrays import reason_of
from spreadscope.stats.ols import line_kernel


class Model(WindowHedge):
    """Ordinary least squares, fitted again to the hedge window at every row. The cointegration test speaks of this
    line."""

    label: ClassVar[str] = "OLS"

    def line(self, y: Floats, x: Floats, *, intercept: bool) -> FittedLine:
        if intercept:  # of windows that were checked already: the kernel alone is four times as fast
            _, code, alpha, beta, _, se_beta, r_squared, _ = line_kernel(y, x)
            return (
                FittedLine(None, None, reason_of(code)) if code else FittedLine(beta, alpha, None, se_beta, r_squared)
            )
        fit = ols(y, x, intercept=intercept)
        return FittedLine(fit.beta, fit.alpha, fit.reason, fit.se_beta, fit.r_squared)
