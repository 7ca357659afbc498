"""A window of the last w values, contiguous and in order, so that a kernel can sum them like a batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spreadscope.jit import FloatArray


class Ring:
    """A window over a stream: every value is written twice, w places from each other, so the window is always
    contiguous."""

    __slots__ = ("_buffer", "_next", "count", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self._next = 0
        self._buffer: FloatArray = np.zeros(2 * size)

    def push(self, value: float) -> None:
        """Add a value; the oldest one is dropped when the window is full."""
        place = self._next
        self._buffer[place] = value
        self._buffer[place + self.size] = value
        self._next = place + 1 if place + 1 < self.size else 0
        if self.count < self.size:
            self.count += 1

    def span(self) -> tuple[FloatArray, int, int]:
        """Returns (buffer, lo, hi): the window is ``buffer[lo:hi]``, oldest first."""
        hi = self._next + self.size if self.count == self.size else self._next
        return self._buffer, hi - self.count, hi

    def values(self) -> list[float]:
        """Returns the window, oldest first."""
        buffer, lo, hi = self.span()
        return [float(v) for v in buffer[lo:hi]]

    def refill(self, values: Sequence[float]) -> None:
        """Replace the content by ``values``, as after pushing them."""
        self.count = 0
        self._next = 0
        for value in values:
            self.push(value)
