"""Huber's robust regression over the window."""

from __future__ import annotations

from typing import ClassVar

from spreadscope.model.events import Floats
from spreadscope.pairs.hedge.model import FittedLine, WindowHedge
from spreadscope.stats.huber import huber


class Model(WindowHedge):
    """Huber regression over the hedge window: rows far from the line count less. It carries no evidence of its own."""

    label: ClassVar[str] = "Huber"

    def line(self, y: Floats, x: Floats, *, intercept: bool) -> FittedLine:
        fit = huber(y, x, intercept=intercept)
        return FittedLine(fit.beta, fit.alpha, fit.reason)
