"""What the pair's own z has done: how wide it is out of sample, and how often it is far out.

From that comes z on a scale that means what it says.

z is measured against a baseline of the rows before it, whose mean and deviation were fitted to them: out of sample it
is wider, |z| > 2 comes in 10 to 17% of rows and not in 4.6%, most often where nothing reverts. Here z is divided by
what its own past says is two standard deviations.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from typing import NamedTuple

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.row import OnlineSource, RowContext

TWO_SIGMA = 0.9544997361036416  # of a normal variable lies within ±2
FAR = 2.0
_FEWEST = 240

_WARMING = Value(None, Reason.WARMING_UP)


class ScaleFigures(NamedTuple):
    """``scaled`` z, and the ``tail`` and ``width`` of the rows before it.

    ``tail`` is the share with |z| > 2, ``width`` the |z| that 4.6% of them exceeded, over 2.
    """

    scaled: Value
    tail: Value
    width: Value


class ZScale:
    """Keeps |z| of the evidence window's rows, sorted.

    A row is measured by those before it, so nothing is fitted to what it measures.
    """

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        self._most = config.evidence_rows(length)
        self._kept: deque[float] = deque(maxlen=self._most)
        self._sorted: list[float] = []

    def update(self, row: RowContext) -> ScaleFigures:
        z = row.hedge.z
        count = len(self._sorted)
        if count < _FEWEST:
            figures = ScaleFigures(z if z.value is None else _WARMING, _WARMING, _WARMING)
        else:
            width = self._sorted[min(count - 1, int(TWO_SIGMA * count))] / FAR
            tail = Value((count - bisect_left(self._sorted, FAR)) / count)
            scaled = z if z.value is None else Value(z.value / width) if width > 0 else _WARMING
            figures = ScaleFigures(scaled, tail, Value(width))
        if z.value is not None:
            self._push(abs(z.value))
        return figures

    def _push(self, size: float) -> None:
        if len(self._kept) == self._most:
            gone = self._kept.popleft()
            del self._sorted[bisect_left(self._sorted, gone)]
        self._kept.append(size)
        insort(self._sorted, size)


Z_SCALE = OnlineSource("scale of z", ZScale)
