"""The ledger of a symbol's aggregate ids: contiguous ranges, and the holes between them.

Aggregate ids are dense, so every id between two ranges is a missing trade. The ledger takes ids and times, and says
which ids are new and which holes are open.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np

from spreadscope.jit import njit
from spreadscope.model.events import Bools, Ints


@njit
def consecutive(ids: Ints) -> bool:  # pragma: no cover - compiled
    """Returns whether every id is one more than the id before it."""
    follows = True
    for i in range(1, len(ids)):
        follows &= ids[i] == ids[i - 1] + 1
    return follows


class IdRange(msgspec.Struct, frozen=True, array_like=True):
    """A range of ids ``first … last`` that are all known, with the times (ms) of its first and last trade."""

    first: int
    last: int
    first_time: int
    last_time: int


class Hole(msgspec.Struct, frozen=True):
    """A range of missing ids ``first … last``; the missing trades have times in ``[from_time, to_time]``."""

    first: int
    last: int
    from_time: int
    to_time: int

    def __len__(self) -> int:
        return self.last - self.first + 1


class LedgerState(NamedTuple):
    """A copy of a ledger's content, for ``restore``."""

    ranges: tuple[IdRange, ...]
    lost: tuple[tuple[int, int], ...]


class Ledger:
    """A record of which ids of one symbol are known: contiguous ranges, ascending, disjoint and never adjacent."""

    def __init__(self, ranges: tuple[IdRange, ...] = (), lost: tuple[tuple[int, int], ...] = ()) -> None:
        self._ranges: list[IdRange] = sorted(ranges, key=lambda r: r.first)
        self._lost: list[tuple[int, int]] = []
        for first, last in lost:
            self.declare_lost(first, last)

    @property
    def ranges(self) -> tuple[IdRange, ...]:
        return tuple(self._ranges)

    @property
    def first(self) -> int | None:
        return self._ranges[0].first if self._ranges else None

    @property
    def last(self) -> int | None:
        return self._ranges[-1].last if self._ranges else None

    @property
    def start_time(self) -> int | None:
        """Returns the time of the oldest known trade: before it the tape proves nothing."""
        return self._ranges[0].first_time if self._ranges else None

    @property
    def missing(self) -> int:
        """Returns how many ids are missing between the first and the last known one, without the lost ones."""
        return sum(len(hole) for hole in self.holes())

    def holes(self) -> list[Hole]:
        """Returns the open holes, ascending, without the ids declared lost."""
        return [hole for hole, lost in self._missing_ids() if not lost]

    def lost(self) -> list[Hole]:
        """Returns the missing ids that were declared lost, ascending."""
        return [hole for hole, lost in self._missing_ids() if lost]

    def may_miss_trades_in(self, start: int, end: int) -> bool:
        """Returns whether a missing trade, open or lost, can have a time in ``[start, end)`` (ms)."""
        return any(low.last_time < end and high.first_time >= start for low, high in pairwise(self._ranges))

    def covers(self, first: int, last: int) -> bool:
        """Returns whether every id of ``first … last`` is known."""
        place = self._range_before(first)
        return place >= 0 and self._ranges[place].last >= last

    def neighbour_times(self, number: int) -> tuple[int | None, int | None]:
        """Returns the times between which an unknown id must lie: those of the nearest known ids below and above it.

        None stands where there is no such id. For a known id: the times of its range.
        """
        place = self._range_before(number)
        if place >= 0 and number <= self._ranges[place].last:
            return self._ranges[place].first_time, self._ranges[place].last_time
        before = self._ranges[place].last_time if place >= 0 else None
        after = self._ranges[place + 1].first_time if place + 1 < len(self._ranges) else None
        return before, after

    def state(self) -> LedgerState:
        """Returns the content to which ``restore`` can go back."""
        return LedgerState(tuple(self._ranges), tuple(self._lost))

    def restore(self, state: LedgerState) -> None:
        """Go back to an earlier state: ids added since are unknown again, ids declared lost since are missing again."""
        self._ranges, self._lost = list(state.ranges), list(state.lost)

    def add(self, ids: Ints, times: Ints, *, in_order: bool = False) -> Bools | None:
        """Add the ids of a batch, in any order. Returns a mask of the new rows, or None when all rows are new.

        ``in_order``: the caller knows that every id is one more than the id before it.
        """
        n = len(ids)
        if n == 0:
            return None
        first, last = int(ids[0]), int(ids[-1])
        dense = last - first == n - 1 and (in_order or consecutive(ids))
        if dense and self._extend_newest(first, last, int(times[0]), int(times[-1])):
            return None
        new = self._new_rows(ids)
        self._insert(ids[new], times[new])
        return None if bool(new.all()) else new

    def add_range(self, new: IdRange) -> None:
        """Add a whole range. Ids of it that are known already stay as they are."""
        first, first_time = new.first, new.first_time
        for known in self.ranges:
            if known.last < first or known.first > new.last:
                continue
            if known.first > first:
                self._merge(IdRange(first, known.first - 1, first_time, known.first_time))
            first, first_time = known.last + 1, known.last_time
        if first <= new.last:
            self._merge(IdRange(first, new.last, first_time, new.last_time))

    def close(self, first: int, last: int) -> None:
        """Count ``first … last`` as known: the exchange itself has no such ids."""
        low, high = self._hole_times(first, last)
        self._merge(IdRange(first, last, low, high))

    def declare_lost(self, first: int, last: int) -> None:
        """Declare ids lost: those of them that are missing are no longer a hole."""
        disjoint = []
        for low, high in self._lost:
            if high + 1 < first or last + 1 < low:
                disjoint.append((low, high))
            else:
                first, last = min(first, low), max(last, high)
        self._lost = sorted([*disjoint, (first, last)])

    def _missing_ids(self) -> Iterator[tuple[Hole, bool]]:
        """Yields the missing ids between the ranges, split into open and lost parts; True marks a lost part."""
        for low, high in pairwise(self._ranges):
            first, last = low.last + 1, high.first - 1
            for lost_first, lost_last in self._lost:
                if lost_last < first or last < lost_first:
                    continue
                if first < lost_first:
                    yield Hole(first, lost_first - 1, low.last_time, high.first_time), False
                yield Hole(max(first, lost_first), min(last, lost_last), low.last_time, high.first_time), True
                first = lost_last + 1
            if first <= last:
                yield Hole(first, last, low.last_time, high.first_time), False

    def _extend_newest(self, first: int, last: int, first_time: int, last_time: int) -> bool:
        """Extend the newest range. Returns False when the batch does not follow the newest id."""
        if not self._ranges:
            self._ranges.append(IdRange(first, last, first_time, last_time))
            return True
        newest = self._ranges[-1]
        if first != newest.last + 1:
            return False
        self._ranges[-1] = IdRange(newest.first, last, newest.first_time, last_time)
        return True

    def _new_rows(self, ids: Ints) -> Bools:
        """Returns a mask of the rows whose id is neither known nor a repeat inside the batch."""
        new = np.zeros(len(ids), dtype=np.bool_)
        new[np.unique(ids, return_index=True)[1]] = True
        if self._ranges:
            firsts = np.array([r.first for r in self._ranges], dtype=np.int64)
            lasts = np.array([r.last for r in self._ranges], dtype=np.int64)
            place = np.searchsorted(firsts, ids, side="right") - 1
            new &= ~((place >= 0) & (ids <= lasts[np.maximum(place, 0)]))
        return new

    def _insert(self, ids: Ints, times: Ints) -> None:
        if len(ids) == 0:
            return
        order = np.argsort(ids, kind="stable")
        ids, times = ids[order], times[order]
        cuts = np.flatnonzero(ids[1:] - ids[:-1] != 1) + 1
        starts = [0, *cuts.tolist()]
        ends = [*cuts.tolist(), len(ids)]
        for start, end in zip(starts, ends, strict=True):
            self._merge(IdRange(int(ids[start]), int(ids[end - 1]), int(times[start]), int(times[end - 1])))

    def _merge(self, new: IdRange) -> None:
        """Insert a range that overlaps no other, and join it with the adjacent ranges."""
        place = self._range_before(new.first) + 1
        low, high = place, place
        if low > 0 and self._ranges[low - 1].last + 1 == new.first:
            low -= 1
            new = IdRange(self._ranges[low].first, new.last, self._ranges[low].first_time, new.last_time)
        if high < len(self._ranges) and self._ranges[high].first == new.last + 1:
            new = IdRange(new.first, self._ranges[high].last, new.first_time, self._ranges[high].last_time)
            high += 1
        self._ranges[low:high] = [new]

    def _range_before(self, identity: int) -> int:
        """Returns the index of the last range that begins at or before ``identity``, or -1."""
        return bisect_right(self._ranges, identity, key=lambda r: r.first) - 1

    def _hole_times(self, first: int, last: int) -> tuple[int, int]:
        place = self._range_before(first)
        before = self._ranges[place] if place >= 0 else None
        after = self._ranges[place + 1] if place + 1 < len(self._ranges) else None
        if (before and before.last >= first) or (after and after.first <= last):
            raise ValueError(f"ids {first}…{last} are not a hole")
        low = before.last_time if before else after.first_time if after else 0
        high = after.first_time if after else low
        return low, high
