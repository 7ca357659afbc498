"""The rows of a study as columns: numbers and reasons packed, so that a hundred thousand rows fit in little memory."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import numpy as np

from spreadscope.contract.lab import Missing, StudyLine
from spreadscope.model.events import Floats, Ints
from spreadscope.model.validity import Reason, Value

_REASONS = tuple(Reason)
_CODES = {reason: code for code, reason in enumerate(_REASONS)}
_NUMBER = 255  # the code of a row that has a number
_DIGITS = 10  # of a number in a chart: more cannot be seen, and would double what is sent


class ValueColumn:
    """A growing column of values. A row without a number has its reason."""

    def __init__(self) -> None:
        self._numbers = array("d")
        self._codes = bytearray()

    def __len__(self) -> int:
        return len(self._codes)

    def append(self, value: Value) -> None:
        if value.value is None or not math.isfinite(value.value):
            self._numbers.append(math.nan)
            self._codes.append(_CODES[value.reason or Reason.NOT_FINITE])
        else:
            self._numbers.append(value.value)
            self._codes.append(_NUMBER)

    def __getitem__(self, place: int) -> Value:
        code = self._codes[place]
        return Value(self._numbers[place]) if code == _NUMBER else Value(None, _REASONS[code])

    def numbers(self) -> Floats:
        """Returns the numbers; NaN where there is none."""
        return np.frombuffer(self._numbers, dtype=np.float64) if self._numbers else np.empty(0)

    def line(self, places: Sequence[int] | Ints) -> StudyLine:
        """Returns the values at these places, for a chart."""
        values: list[float | None] = []
        missing: list[Missing] = []
        for index, place in enumerate(places):
            code = self._codes[place]
            if code == _NUMBER:
                values.append(float(f"{self._numbers[place]:.{_DIGITS}g}"))
                continue
            values.append(None)
            reason = _REASONS[code]
            last = missing[-1] if missing else None
            if last is not None and last.end == index and last.reason is reason:
                missing[-1] = Missing(last.first, index + 1, reason)
            else:
                missing.append(Missing(index, index + 1, reason))
        return StudyLine(values=values, missing=missing)


def line_of(numbers: Floats, places: Sequence[int] | Ints, reason: Reason) -> StudyLine:
    """Returns a line of numbers at these places; a NaN has ``reason``."""
    column = ValueColumn()
    for number in numbers[np.asarray(places, dtype=np.int64)].tolist():
        column.append(Value(number) if math.isfinite(number) else Value(None, reason))
    return column.line(range(len(column)))


def shown_places(extremes: Floats, most: int) -> Ints:
    """Returns the places of the rows that a chart shows, ascending: all where there are at most ``most``.

    Else the rows are cut into equal parts, of each of which the lowest and the highest of ``extremes`` are shown, and
    its first where it has none: a chart must not hide that a threshold was passed.

    >>> shown_places(np.array([0.0, 9.0, 1.0, -5.0, np.nan, np.nan, np.nan, np.nan]), 4).tolist()
    [0, 1, 3, 4, 7]
    """
    count = len(extremes)
    if count <= most:
        return np.arange(count)
    parts = max(1, most // 2)
    chosen = {0, count - 1}
    edges = np.linspace(0, count, parts + 1).astype(np.int64)
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = extremes[low:high]
        finite = np.flatnonzero(np.isfinite(part))
        if len(finite) == 0:
            chosen.add(low)
        else:
            chosen.add(low + int(finite[np.argmin(part[finite])]))
            chosen.add(low + int(finite[np.argmax(part[finite])]))
    return np.array(sorted(chosen), dtype=np.int64)
