"""The last w values, always contiguous and in order, so that a kernel can sum them as a batch would."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spreadscope.jit import FloatArray


class Ring:
    """A window over a stream: every value is written twice, w apart, so no window ever wraps."""

    __slots__ = ("_at", "_buffer", "count", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self._at = 0
        self._buffer: FloatArray = np.zeros(2 * size)

    def push(self, value: float) -> None:
        """Take a value in; the oldest falls out once the window is full."""
        at = self._at
        self._buffer[at] = value
        self._buffer[at + self.size] = value
        self._at = at + 1 if at + 1 < self.size else 0
        if self.count < self.size:
            self.count += 1

    def span(self) -> tuple[FloatArray, int, int]:
        """(buffer, lo, hi): the window is ``buffer[lo:hi]``, oldest first."""
        hi = self._at + self.size if self.count == self.size else self._at
        return self._buffer, hi - self.count, hi

    def values(self) -> list[float]:
        """The window, oldest first."""
        buffer, lo, hi = self.span()
        return [float(v) for v in buffer[lo:hi]]

    def refill(self, values: Sequence[float]) -> None:
        """Become a window that holds ``values``, as after pushing them."""
        self.count = 0
        self._at = 0
        for value in values:
            self.push(value)
