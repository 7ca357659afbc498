"""Total least squares over the window."""

from __future__ import annotations

from typing import ClassVar

from spreadscope.model.events import Floats
from spreadscope.pairs.hedge.model import FittedLine, WindowHedge
from spreadscope.stats import tls


class Model(WindowHedge):
    """Orthogonal regression over the hedge window: swapping the legs gives 1/β. It carries no evidence of its own."""

    label: ClassVar[str] = "TLS"
    symmetric: ClassVar[bool] = True

    def line(self, y: Floats, x: Floats, *, intercept: bool) -> FittedLine:
        fit = tls(y, x, intercept=intercept)
        return FittedLine(fit.beta, fit.alpha, fit.reason)
