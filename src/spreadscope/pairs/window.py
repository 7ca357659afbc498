"""A window of the recent prices of both legs on a regular time grid; a row without both prices is NaN."""

from __future__ import annotations

import math

import numpy as np

from spreadscope.model.events import Floats


class PairWindow:
    """A window of the prices of the last ``capacity`` rows, used by the tracker. Rows without prices are NaN."""

    def __init__(self, capacity: int, length: int) -> None:
        self._capacity = capacity
        self._length = length
        self._y = np.full(4 * capacity, math.nan)
        self._x = np.full(4 * capacity, math.nan)
        self._end = 0
        self.pushed = 0  # rows ever added, including those without prices
        self.last_time: int | None = None

    def append(self, time: int, y: float, x: float) -> None:
        """Add the row at ``time`` (ms, later than the last row); skipped times become NaN rows."""
        if self.last_time is not None:
            skipped = (time - self.last_time) // self._length - 1
            for _ in range(min(skipped, self._capacity)):
                self._push(math.nan, math.nan)
        self._push(y, x)
        self.last_time = time

    def rows(self, count: int, back: int = 0) -> tuple[Floats, Floats]:
        """Returns the ``count`` rows (or as many as there are) that end ``back`` rows before the newest, as views."""
        end = max(0, self._end - back)
        start = max(0, end - count)
        return self._y[start:end], self._x[start:end]

    def __len__(self) -> int:
        return min(self._end, self._capacity)

    def _push(self, y: float, x: float) -> None:
        if self._end == len(self._y):
            self._y[: self._capacity] = self._y[-self._capacity :]
            self._x[: self._capacity] = self._x[-self._capacity :]
            self._end = self._capacity
        self._y[self._end] = y
        self._x[self._end] = x
        self._end += 1
        self.pushed += 1
