"""The recent prices of both legs on a regular time grid; a row without both legs is NaN, never filled."""

from __future__ import annotations

import math

import numpy as np

from spreadscope.model.events import Floats


class PairWindow:
    """Log prices of the last ``capacity`` rows. Rows that were never traded stand as NaN in their place in time."""

    def __init__(self, capacity: int, length: int) -> None:
        self._capacity = capacity
        self._length = length
        self._y = np.full(4 * capacity, math.nan)
        self._x = np.full(4 * capacity, math.nan)
        self._end = 0
        self.pushed = 0  # rows ever entered, those without prices among them
        self.last_time: int | None = None
        self.first_time: int | None = None

    def append(self, time: int, log_y: float, log_x: float) -> None:
        """Enter the row at ``time`` (ms, later than the last one); skipped times become NaN rows."""
        if self.last_time is not None:
            skipped = (time - self.last_time) // self._length - 1
            for _ in range(min(skipped, self._capacity)):
                self._push(math.nan, math.nan)
        else:
            self.first_time = time
        self._push(log_y, log_x)
        self.last_time = time

    def rows(self, count: int, back: int = 0) -> tuple[Floats, Floats]:
        """``count`` rows (fewer while there are not so many) ending ``back`` rows before the newest, as views."""
        end = max(0, self._end - back)
        start = max(0, end - count)
        return self._y[start:end], self._x[start:end]

    def __len__(self) -> int:
        return min(self._end, self._capacity)

    def _push(self, log_y: float, log_x: float) -> None:
        if self._end == len(self._y):
            self._y[: self._capacity] = self._y[-self._capacity :]
            self._x[: self._capacity] = self._x[-self._capacity :]
            self._end = self._capacity
        self._y[self._end] = log_y
        self._x[self._end] = log_x
        self._end += 1
        self.pushed += 1
