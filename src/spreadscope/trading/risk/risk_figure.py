"""A figure of risk: a value and on how many observations it rests, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from spreadscope.model.validity import Reason


@dataclass(frozen=True, slots=True)
class Figure:
    """A value over ``n`` observations (0: it rests on none, but on positions alone); None with a ``reason``."""

    value: float | None
    n: int = 0
    reason: str = ""


def undefined(reason: str | Reason, n: int = 0) -> Figure:
    """Returns the figure that there is none, with the reason in words."""
    return Figure(None, n, str(reason))
