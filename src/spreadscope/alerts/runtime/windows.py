"""The values of the last so many minutes, and what ``change``, ``mean``, ``sd``, ``highest`` and ``lowest`` make of them.

Everything is made anew from the values held, so that it is the same whenever the window was begun; nothing drifts.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence

from spreadscope.model.alerting import WindowMemory

WARMING = "warming up"
# A value before the window counts as the one of its start while it is not older than that, or than two steps.
_PATIENCE_MS = 60_000


class Window:
    """``duration`` ms of an expression's values, one every ``step`` ms at most; ``update`` takes the newest."""

    def __init__(self, function: str, duration: int, step: int) -> None:
        self.duration = duration
        self._step = step
        self._change = function == "change"
        self._of = _FUNCTIONS[function]
        self._least = 2 if function == "sd" else 1
        self._began: int | None = None
        self._entries: deque[tuple[int, float]] = deque()

    def update(self, time: int, reading: float | str) -> float | str:
        """The value at ``time``; → the function's value, or why there is none."""
        start = time - self.duration
        entries = self._entries
        # One value at or before the start stays: it is what held there.
        while len(entries) > 1 and entries[1][0] <= start:
            entries.popleft()
        if isinstance(reading, str):
            return reading
        if self._began is None:
            self._began = time
        entries.append((time, reading))
        if self._began > start + (0 if self._change else self._step):
            return WARMING
        if self._change:
            then, value = entries[0]
            known = start - max(_PATIENCE_MS, 2 * self._step) <= then <= start
            return reading - value if known else WARMING
        inside = [value for then, value in entries if then > start]
        return self._of(inside) if len(inside) >= self._least else WARMING

    def memory(self) -> WindowMemory:
        return WindowMemory(self._began, tuple(self._entries))

    def restore(self, memory: WindowMemory) -> None:
        self._began = memory.began
        self._entries = deque((time, value) for time, value in memory.entries)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _sd(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


_FUNCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "change": lambda values: values[-1] - values[0],
    "mean": _mean,
    "sd": _sd,
    "highest": max,
    "lowest": min,
}
