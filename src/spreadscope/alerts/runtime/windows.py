"""Windows of an expression's recent values, for ``change``, ``mean``, ``sd``, ``highest`` and ``lowest``.

Results are always computed from all values in the window, so they do not depend on when the window began, and do not
drift.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence

from spreadscope.model.alerting import WindowMemory

WARMING, NOT_FINITE = "warming up", "value not finite"
# The last value before the window counts as the one at its start, unless it is older than this, or than two steps.
_MAX_AGE_MS = 60_000


class Window:
    """A window of ``duration`` ms of an expression's values, at most one every ``step`` ms; ``update`` takes the
    newest."""

    def __init__(self, function: str, duration: int, step: int) -> None:
        self.duration = duration
        self._step = step
        self._change = function == "change"
        self._function = _FUNCTIONS[function]
        self._min_values = 2 if function == "sd" else 1
        self._start: int | None = None
        self._entries: deque[tuple[int, float]] = deque()

    def update(self, time: int, reading: float | str) -> float | str:
        """Take the reading at ``time``. Returns the function's value, or the reason why there is none."""
        start = time - self.duration
        entries = self._entries
        # One value at or before the start is kept: it was the value there.
        while len(entries) > 1 and entries[1][0] <= start:
            entries.popleft()
        if isinstance(reading, str):
            return reading
        if self._start is None:
            self._start = time
        entries.append((time, reading))
        if self._start > start + (0 if self._change else self._step):
            return WARMING
        if self._change:
            time_then, value = entries[0]
            known = start - max(_MAX_AGE_MS, 2 * self._step) <= time_then <= start
            return finite(reading - value) if known else WARMING
        inside = [value for entry_time, value in entries if entry_time > start]
        if len(inside) < self._min_values:
            return WARMING
        try:
            return finite(self._function(inside))
        except OverflowError:  # a sum or a square on the way is beyond what a float holds
            return NOT_FINITE

    def memory(self) -> WindowMemory:
        return WindowMemory(self._start, tuple(self._entries))

    def restore(self, memory: WindowMemory) -> None:
        self._start = memory.began
        self._entries = deque((time, value) for time, value in memory.entries)


def finite(value: float) -> float | str:
    """Returns the value, or the reason why it is none."""
    return value if math.isfinite(value) else NOT_FINITE


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
