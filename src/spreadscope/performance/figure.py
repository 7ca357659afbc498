"""A figure of a strategy: what most functions of performance return."""

from __future__ import annotations

from dataclasses import dataclass

from spreadscope.model.validity import Reason
from spreadscope.stats._results import Result


@dataclass(frozen=True, slots=True)
class PerformanceFigure(Result, title="A figure of a strategy"):
    """A figure over ``n`` periods; ``value`` is None with a ``reason`` where it is undefined."""

    value: float | None
    n: int
    reason: Reason | None
