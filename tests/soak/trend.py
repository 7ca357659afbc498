"""Does it grow? The slope of memory with an error that knows of correlation, and queues early against late."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCKS: Final = 10
_STUDENT: Final = 2.306  # 97.5% of Student's t with eight degrees of freedom


class Slope(NamedTuple):
    """A slope and its standard error (eight degrees of freedom)."""

    value: float
    error: float

    @property
    def is_noise(self) -> bool:
        """Whether zero lies within the 95% interval."""
        return abs(self.value) <= _STUDENT * self.error


def slope(times: Sequence[float] | Floats, values: Sequence[float] | Floats) -> Slope:
    """Slope over time by least squares through the medians of ten blocks; the error is that of these ten points.

    Samples of one process hang together: memory stays where it is for minutes and then jumps. The error over all
    samples would be many times too small, and a block bootstrap of so few independent stretches calls a level series
    growing every fifth time; ten batches do so every tenth to twentieth time. Medians: a peak of some seconds is no
    growth.

    Raises ``ValueError`` for fewer than 20 samples.
    """
    x, y = np.asarray(times, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if len(x) < 2 * _BLOCKS:
        raise ValueError(f"a slope needs {2 * _BLOCKS} samples, not {len(x)}")
    middle, level = (np.array([np.median(block) for block in np.array_split(column, _BLOCKS)]) for column in (x, y))
    centred = middle - middle.mean()
    spread = float(centred @ centred)
    value = float(centred @ level) / spread
    residuals = level - level.mean() - value * centred
    return Slope(value, math.sqrt(float(residuals @ residuals) / (_BLOCKS - 2) / spread))


def grows(values: Sequence[float], slack: float) -> bool:
    """Whether a queue is longer at the end.

    The median of the last quarter is over twice that of the first, and ``slack``.

    A queue that is merely uneven comes back to its usual length; one that grows does not.
    """
    quarter = len(values) // 4
    if quarter < 3:
        raise ValueError(f"a trend of a queue needs 12 samples, not {len(values)}")
    early, late = float(np.median(values[:quarter])), float(np.median(values[-quarter:]))
    return late > 2.0 * early + slack
