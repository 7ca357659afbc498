"""Records by time in few bytes: an hour of one-second bars of many symbols has to fit into memory.

A record lies packed in one buffer, ascending, and becomes an object only when it is asked for: less than a third of what
the objects would take, and nothing that the garbage collector has to walk. The newest one is kept as an object too: as a rule it is
the one that is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from struct import Struct
from typing import Any, Generic, TypeVar

Record = TypeVar("Record")


class PackedSeries(Mapping[int, Record], Generic[Record]):
    """A mapping from time (ms) to record, always ascending. New times come mostly at the end, old ones leave at the front."""

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
        return isinstance(time, int) and self._found(self._place(time), time)

    def __getitem__(self, time: int) -> Record:
        place = self._place(time)
        if not self._found(place, time):
            raise KeyError(time)
        return self._read(place)

    def get(self, time: int, default: Record | None = None) -> Record | None:  # type: ignore[override]  # one kind of default
        """The record at ``time``, or ``default``."""
        times = self._times
        if not times or time > times[-1]:
            return default
        if time == times[-1]:
            return self._newest
        place = self._place(time)
        return self._read(place) if self._found(place, time) else default

    def put(self, time: int, record: Record) -> None:
        """Enter a record, or replace the one at its time. One that is changed afterwards has to be put again."""
        row = self._layout.pack(*self._pack(record))
        times = self._times
        if not times or time > times[-1]:
            times.append(time)
            self._rows += row
            self._newest = record
            return
        place = self._place(time)
        at = place * self._layout.size
        if self._found(place, time):
            self._rows[at : at + self._layout.size] = row
            if time == times[-1]:
                self._newest = record
        else:
            times.insert(place, time)
            self._rows[at:at] = row

    def between(self, low: int, high: int) -> list[int]:
        """The times in ``[low, high)``."""
        return self._times[self._place(low) : self._place(high)].tolist()

    def oldest(self) -> int | None:
        """The first time; None where there is none."""
        return self._times[0] if self._times else None

    def newest(self) -> Record | None:
        """The last record; None where there is none."""
        return self._newest

    def keep_newest(self, count: int) -> None:
        """Drop the oldest records beyond ``count``."""
        if len(self._times) > count:
            self._drop_first(len(self._times) - count)

    def drop_before(self, time: int) -> None:
        """Drop the records of earlier times."""
        if self._times and self._times[0] < time:
            self._drop_first(self._place(time))

    def _place(self, time: int) -> int:
        times = self._times
        if not times or time > times[-1]:
            return len(times)
        if time == times[-1]:
            return len(times) - 1
        return bisect_left(times, time)

    def _found(self, place: int, time: int) -> bool:
        return place < len(self._times) and self._times[place] == time

    def _read(self, place: int) -> Record:
        return self._unpack(self._times[place], *self._layout.unpack_from(self._rows, place * self._layout.size))

    def _drop_first(self, count: int) -> None:
        del self._times[:count]
        del self._rows[: count * self._layout.size]
        if not self._times:
            self._newest = None
