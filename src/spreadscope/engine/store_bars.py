"""Bars that the store makes, because the core could not: which they are, and when they have to be made once more."""

from __future__ import annotations

from spreadscope.model.facts import BarsOutdated, Gap
from spreadscope.model.timeframe import Timeframe

_MOST = 500  # bars of a timeframe that are remembered; older ones no hole opens beside

Starts = dict[Timeframe, set[int]]  # open times (ms)


class StoreBars:
    """By symbol, the open times of bars in memory that are not what is stored.

    Such a bar is made again when a hole beside it opens or ends, and once it has ended: only then can the store tell whether it is
    whole. Those made while holes were not told yet are made again when they are.
    """

    def __init__(self) -> None:
        self._left: dict[str, Starts] = {}
        self._open: dict[str, Starts] = {}
        self._unsettled: dict[str, Starts] = {}

    def leave(self, symbol: str, starts: Starts, *, unsettled: bool = False) -> None:
        """The store makes these. ``unsettled``: what the tape has to say of holes could not be said."""
        left = self._left.setdefault(symbol, {})
        gather(left, starts)
        gather(self._open.setdefault(symbol, {}), starts)
        for timeframe, times in left.items():
            if len(times) > _MOST:
                left[timeframe] = set(sorted(times)[-_MOST:])
        if unsettled:
            gather(self._unsettled.setdefault(symbol, {}), starts)

    def forget(self, symbol: str) -> None:
        """A symbol is no longer watched."""
        for held in (self._left, self._open, self._unsettled):
            held.pop(symbol, None)

    def holds(self, symbol: str, timeframe: Timeframe, start: int) -> bool:
        """Whether the store makes this bar."""
        return start in self._left.get(symbol, {}).get(timeframe, ())

    @property
    def symbols(self) -> tuple[str, ...]:
        """Those that have bars which had not ended when they were left."""
        return tuple(self._open)

    def ended(self, symbol: str, until: int) -> list[BarsOutdated]:
        """Bars that have ended by ``until`` (ms): of each it is known once that no trade comes any more."""
        facts: list[BarsOutdated] = []
        for timeframe, starts in self._open.get(symbol, {}).items():
            over = sorted(start for start in starts if start + timeframe.milliseconds <= until)
            starts -= set(over)
            facts.extend(BarsOutdated(symbol, timeframe, start) for start in over[-_MOST:])
        return facts

    def settled(self, symbol: str) -> list[BarsOutdated]:
        """Holes are told now: bars that were made before that are made again."""
        return [
            BarsOutdated(symbol, timeframe, start)
            for timeframe, starts in self._unsettled.pop(symbol, {}).items()
            for start in sorted(starts)[-_MOST:]
        ]

    def beside(self, gap: Gap, timeframe: Timeframe) -> list[BarsOutdated]:
        """Bars whose completeness the opening or the end of a hole changes."""
        return [
            BarsOutdated(gap.symbol, timeframe, start)
            for start in sorted(self._left.get(gap.symbol, {}).get(timeframe, ()))
            if start <= gap.to_time and start + timeframe.milliseconds >= gap.from_time
        ]


def gather(into: Starts, new: Starts) -> None:
    """Add open times to those that are there."""
    for timeframe, starts in new.items():
        into.setdefault(timeframe, set()).update(starts)
