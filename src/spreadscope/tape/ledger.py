"""The ledger of a symbol's aggregate ids: contiguous ranges, and the holes between them.

Aggregate ids are dense, so what lies between two ranges is a trade we do not have. The ledger is pure bookkeeping: ids and
times in, "which of these are new" and "which holes are open" out.
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
    """Whether every id follows on the one before it."""
    follows = True
    for i in range(1, len(ids)):
        follows &= ids[i] == ids[i - 1] + 1
    return follows


class IdRange(msgspec.Struct, frozen=True, array_like=True):
    """Ids ``first … last``, all held, with the times (ms) of the trades at both ends."""

    first: int
    last: int
    first_time: int
    last_time: int


class Hole(msgspec.Struct, frozen=True):
    """Ids ``first … last`` that are missing; the missing trades have times in ``[from_time, to_time]``."""

    first: int
    last: int
    from_time: int
    to_time: int

    def __len__(self) -> int:
        return self.last - self.first + 1


class LedgerState(NamedTuple):
    """A ledger as it was."""

    ranges: tuple[IdRange, ...]
    lost: tuple[tuple[int, int], ...]


class Ledger:
    """Contiguous id ranges of one symbol, ascending, disjoint and never adjacent."""

    def __init__(self, ranges: tuple[IdRange, ...] = (), lost: tuple[tuple[int, int], ...] = ()) -> None:
        self._ranges: list[IdRange] = sorted(ranges, key=lambda r: r.first)
        self._lost: list[tuple[int, int]] = []
        for first, last in lost:
            self.give_up(first, last)

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
        """Time of the oldest trade held: before it the tape proves nothing."""
        return self._ranges[0].first_time if self._ranges else None

    @property
    def missing(self) -> int:
        """How many ids are missing between the first and the last one held."""
        return sum(len(hole) for hole in self.holes())

    def holes(self) -> list[Hole]:
        """The holes still open, ascending; ids declared lost for good are left out."""
        return [hole for hole, lost in self._missing() if not lost]

    def lost(self) -> list[Hole]:
        """Missing ids that will never come, ascending."""
        return [hole for hole, lost in self._missing() if lost]

    def torn(self, start: int, end: int) -> bool:
        """Whether a missing trade, open or lost, can have a time in ``[start, end)`` (ms)."""
        return any(low.last_time < end and high.first_time >= start for low, high in pairwise(self._ranges))

    def covers(self, first: int, last: int) -> bool:
        """Whether every id of ``first … last`` is held."""
        place = self._place(first)
        return place >= 0 and self._ranges[place].last >= last

    def neighbours(self, number: int) -> tuple[int | None, int | None]:
        """Returns the times between which an id that is not held must lie: of the nearest held ids below and above it (None:
        there is none). For an id that is held, the times of its range."""
        place = self._place(number)
        if place >= 0 and number <= self._ranges[place].last:
            return self._ranges[place].first_time, self._ranges[place].last_time
        before = self._ranges[place].last_time if place >= 0 else None
        after = self._ranges[place + 1].first_time if place + 1 < len(self._ranges) else None
        return before, after

    def state(self) -> LedgerState:
        """What ``restore`` goes back to."""
        return LedgerState(tuple(self._ranges), tuple(self._lost))

    def restore(self, state: LedgerState) -> None:
        """Go back to the state of before: what was entered since is not held, what was given up since is missing."""
        self._ranges, self._lost = list(state.ranges), list(state.lost)

    def add(self, ids: Ints, times: Ints, *, in_order: bool = False) -> Bools | None:
        """Enter the ids of a batch, in any order; → mask of the rows that are new, or None where all of them are.

        ``in_order``: every id is known to follow on the one before it.
        """
        n = len(ids)
        if n == 0:
            return None
        first, last = int(ids[0]), int(ids[-1])
        dense = last - first == n - 1 and (in_order or consecutive(ids))
        if dense and self._extend(first, last, int(times[0]), int(times[-1])):
            return None
        fresh = self._fresh(ids)
        self._insert(ids[fresh], times[fresh])
        return None if bool(fresh.all()) else fresh

    def enter(self, held: IdRange) -> None:
        """Enter a whole range. Ids of it that are entered already stay as they are."""
        first, first_time = held.first, held.first_time
        for other in self.ranges:
            if other.last < first or other.first > held.last:
                continue
            if other.first > first:
                self._merge(IdRange(first, other.first - 1, first_time, other.first_time))
            first, first_time = other.last + 1, other.last_time
        if first <= held.last:
            self._merge(IdRange(first, held.last, first_time, held.last_time))

    def close(self, first: int, last: int) -> None:
        """Take ``first … last`` as covered: the exchange itself has no such ids."""
        low, high = self._neighbours(first, last)
        self._merge(IdRange(first, last, low, high))

    def give_up(self, first: int, last: int) -> None:
        """Declare ids lost for good: what is missing of them is no longer a hole, but ``lost``."""
        apart = []
        for low, high in self._lost:
            if high + 1 < first or last + 1 < low:
                apart.append((low, high))
            else:
                first, last = min(first, low), max(last, high)
        self._lost = sorted([*apart, (first, last)])

    def _missing(self) -> Iterator[tuple[Hole, bool]]:
        """What lies between the ranges, cut where a part of it was declared lost; with whether it was."""
        for low, high in pairwise(self._ranges):
            first, last = low.last + 1, high.first - 1
            for gone_first, gone_last in self._lost:
                if gone_last < first or last < gone_first:
                    continue
                if first < gone_first:
                    yield Hole(first, gone_first - 1, low.last_time, high.first_time), False
                yield Hole(max(first, gone_first), min(last, gone_last), low.last_time, high.first_time), True
                first = gone_last + 1
            if first <= last:
                yield Hole(first, last, low.last_time, high.first_time), False

    def _extend(self, first: int, last: int, first_time: int, last_time: int) -> bool:
        """The usual case: the batch follows on the newest id (or is the first one)."""
        if not self._ranges:
            self._ranges.append(IdRange(first, last, first_time, last_time))
            return True
        newest = self._ranges[-1]
        if first != newest.last + 1:
            return False
        self._ranges[-1] = IdRange(newest.first, last, newest.first_time, last_time)
        return True

    def _fresh(self, ids: Ints) -> Bools:
        """Rows whose id is neither held nor a repeat inside the batch."""
        fresh = np.zeros(len(ids), dtype=np.bool_)
        fresh[np.unique(ids, return_index=True)[1]] = True
        if self._ranges:
            firsts = np.array([r.first for r in self._ranges], dtype=np.int64)
            lasts = np.array([r.last for r in self._ranges], dtype=np.int64)
            place = np.searchsorted(firsts, ids, side="right") - 1
            fresh &= ~((place >= 0) & (ids <= lasts[np.maximum(place, 0)]))
        return fresh

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
        """Insert a range that overlaps no other, joining it with the ranges it touches."""
        place = self._place(new.first) + 1
        low, high = place, place
        if low > 0 and self._ranges[low - 1].last + 1 == new.first:
            low -= 1
            new = IdRange(self._ranges[low].first, new.last, self._ranges[low].first_time, new.last_time)
        if high < len(self._ranges) and self._ranges[high].first == new.last + 1:
            new = IdRange(new.first, self._ranges[high].last, new.first_time, self._ranges[high].last_time)
            high += 1
        self._ranges[low:high] = [new]

    def _place(self, identity: int) -> int:
        """Index of the last range that begins at or before ``identity``; -1 where there is none."""
        return bisect_right(self._ranges, identity, key=lambda r: r.first) - 1

    def _neighbours(self, first: int, last: int) -> tuple[int, int]:
        place = self._place(first)
        before = self._ranges[place] if place >= 0 else None
        after = self._ranges[place + 1] if place + 1 < len(self._ranges) else None
        if (before and before.last >= first) or (after and after.first <= last):
            raise ValueError(f"ids {first}…{last} are not a hole")
        low = before.last_time if before else after.first_time if after else 0
        high = after.first_time if after else low
        return low, high
