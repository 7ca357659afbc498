"""Methods that fail where a test wants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def failing(method: Callable[..., Any], when: Callable[[Any], bool], times: int = 1_000_000) -> Callable[..., Any]:
    """``method``, which raises where ``when(self)`` says so, so many times."""
    left = times

    def wrapper(self: Any, *given: Any, **named: Any) -> Any:
        nonlocal left
        if left and when(self):
            left -= 1
            raise ArithmeticError("injected")
        return method(self, *given, **named)

    return wrapper
