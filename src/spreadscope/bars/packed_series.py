"""A mapping from time to record in little memory: an hour of one-second bars of many symbols has to fit.

Records are packed in one buffer, ascending, and become objects only when they are read: this takes less than a third of
the memory of objects, and the garbage collector need not visit them. The newest record is also kept as an object,
because it is read most often.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from struct import Struct
from typing import Any, Generic, TypeVar

Record = TypeVar("Record")


class PackedSeries(Mapping[int, Record], Generic[Record]):
    """A mapping from time (ms) to record, always ascending. Records are mostly added at the end and dropped at the
    front."""

    def __init__(
        self, layout: Struct, pack: Callable[[Record], tuple[Any, ...]], unpack: Callable[..., Record]
    ) -> None:
        """``unpack`` is called with the time and the fields that ``pack`` gave."""
        self._layout = layout
        self._pack = pack
        self._unpack = unpack
        self._times = array("q")
        self._rows = bytearray()
        self._newest: Record | None = None

    def __len__(self) -> int:
        return len(self._times)

    def __iter__(self) -> Iterator[int]:
        return iter(self._times)

    def __contains__(self, time: object) -> bool:
        return isinstance(time, int) and self._has_time(self._index(time), time)

    def __getitem__(self, time: int) -> Record:
        index = self._index(time)
        if not self._has_time(index, time):
            raise KeyError(time)
        return self._record_at(index)

    # The type: one kind of default.
    def get(self, time: int, default: Record | None = None) -> Record | None:  # type: ignore[override]
        """Returns the record at ``time``, or ``default``."""
        times = self._times
        if not times or time > times[-1]:
            return default
        if time == times[-1]:
            return self._newest
        index = self._index(time)
        return self._record_at(index) if self._has_time(index, time) else default

    def put(self, time: int, record: Record) -> None:
        """Add a record, or replace the one at its time. A record that is changed afterwards must be put again."""
        row = self._layout.pack(*self._pack(record))
        times = self._times
        if not times or time > times[-1]:
            times.append(time)
            self._rows += row
            self._newest = record
            return
        index = self._index(time)
        offset = index * self._layout.size
        if self._has_time(index, time):
            self._rows[offset : offset + self._layout.size] = row
            if time == times[-1]:
                self._newest = record
        else:
            times.insert(index, time)
            self._rows[offset:offset] = row

    def between(self, low: int, high: int) -> list[int]:
        """Returns the times in ``[low, high)``."""
        return self._times[self._index(low) : self._index(high)].tolist()

    def oldest(self) -> int | None:
        """Returns the first time, or None."""
        return self._times[0] if self._times else None

    def newest(self) -> Record | None:
        """Returns the last record, or None."""
        return self._newest

    def keep_newest(self, count: int) -> None:
        """Drop the oldest records beyond ``count``."""
        if len(self._times) > count:
            self._drop_first(len(self._times) - count)

    def drop_before(self, time: int) -> None:
        """Drop the records of earlier times."""
        if self._times and self._times[0] < time:
            self._drop_first(self._index(time))

    def _index(self, time: int) -> int:
        times = self._times
        if not times or time > times[-1]:
            return len(times)
        if time == times[-1]:
            return len(times) - 1
        return bisect_left(times, time)

    def _has_time(self, index: int, time: int) -> bool:
        return index < len(self._times) and self._times[index] == time

    def _record_at(self, index: int) -> Record:
        return self._unpack(self._times[index], *self._layout.unpack_from(self._rows, index * self._layout.size))

    def _drop_first(self, count: int) -> None:
        del self._times[:count]
        del self._rows[: count * self._layout.size]
        if not self._times:
            self._newest = None
