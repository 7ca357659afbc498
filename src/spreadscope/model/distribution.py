"""How measured values are distributed: counts of values up to each of some bounds, and their sum."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

#: Bounds (s) for what should take a part of a second.
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: Bounds for counts of rows.
ROWS = (1.0, 10.0, 100.0, 1_000.0, 5_000.0, 20_000.0, 100_000.0)


class Distribution:
    """Values are noted by one thread; another may read meanwhile and then sees the last value or not."""

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: Iterable[float] = SECONDS) -> None:
        self.bounds = tuple(bounds)
        self.total = 0.0
        self._counts = [0] * (len(self.bounds) + 1)

    def note(self, value: float) -> None:
        self._counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        return sum(self._counts)

    def cumulative(self) -> list[tuple[float, int]]:
        """Returns each bound with the count of values up to it; the last bound is infinite.

        >>> found = Distribution((1.0, 2.0))
        >>> found.note(1.0), found.note(5.0)
        (None, None)
        >>> found.cumulative(), found.total
        ([(1.0, 1), (2.0, 1), (inf, 2)], 6.0)
        """
        return list(zip((*self.bounds, float("inf")), accumulate(self._counts), strict=True))
