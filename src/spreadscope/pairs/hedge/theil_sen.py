"""The median slope of all pairs of rows of the window."""

from __future__ import annotations

from typing import ClassVar

from spreadscope.model.events import Floats
from spreadscope.pairs.hedge.model import FittedLine, WindowHedge
from spreadscope.stats.theil_sen import theil_sen


class Model(WindowHedge):
    """Theil–Sen over the hedge window: up to 29% of bad rows do not move β. It carries no evidence of its own."""

    label: ClassVar[str] = "Theil–Sen"

    def line(self, y: Floats, x: Floats, *, intercept: bool) -> FittedLine:
        fit = theil_sen(y, x, intercept=intercept)
        return FittedLine(fit.beta, fit.alpha, fit.reason)
