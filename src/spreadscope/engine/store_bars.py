"""A list of the bars that the store makes because the engine could not, and when they must be made again."""

from __future__ import annotations

from spreadscope.model.facts import BarsOutdated, Gap
from spreadscope.model.timeframe import Timeframe

_MAX_BARS = 500  # per symbol and timeframe; no hole opens beside older bars

Starts = dict[Timeframe, set[int]]  # open times (ms)


class StoreBars:
    """The open times of the bars, by symbol, that the store makes.

    Such a bar is made again when a hole beside it opens or ends, and once it has ended: only then can the store tell
    whether it is complete. Bars made while changes of the holes were not flushed are made again after the flush.
    """

    def __init__(self) -> None:
        self._bars: dict[str, Starts] = {}
        self._not_ended: dict[str, Starts] = {}
        self._unflushed: dict[str, Starts] = {}

    def add(self, symbol: str, starts: Starts, *, unflushed: bool = False) -> None:
        """Leave these bars to the store. ``unflushed``: the changes of the tape's holes could not be flushed."""
        bars = self._bars.setdefault(symbol, {})
        add_starts(bars, starts)
        add_starts(self._not_ended.setdefault(symbol, {}), starts)
        for timeframe, times in bars.items():
            if len(times) > _MAX_BARS:
                bars[timeframe] = set(sorted(times)[-_MAX_BARS:])
        if unflushed:
            add_starts(self._unflushed.setdefault(symbol, {}), starts)

    def forget(self, symbol: str) -> None:
        """Remove a symbol that is no longer watched."""
        for by_symbol in (self._bars, self._not_ended, self._unflushed):
            by_symbol.pop(symbol, None)

    def contains(self, symbol: str, timeframe: Timeframe, start: int) -> bool:
        """Returns whether the store makes this bar."""
        return start in self._bars.get(symbol, {}).get(timeframe, ())

    @property
    def symbols(self) -> tuple[str, ...]:
        """Returns the symbols with bars that had not ended when they were left to the store."""
        return tuple(self._not_ended)

    def take_ended(self, symbol: str, until: int) -> list[BarsOutdated]:
        """Returns the bars that have ended by ``until`` (ms), each once: no more trades of them come."""
        facts: list[BarsOutdated] = []
        for timeframe, starts in self._not_ended.get(symbol, {}).items():
            ended = sorted(start for start in starts if start + timeframe.milliseconds <= until)
            starts -= set(ended)
            facts.extend(BarsOutdated(symbol, timeframe, start) for start in ended[-_MAX_BARS:])
        return facts

    def take_unflushed(self, symbol: str) -> list[BarsOutdated]:
        """Returns the bars that were made before the changes of holes were flushed."""
        return [
            BarsOutdated(symbol, timeframe, start)
            for timeframe, starts in self._unflushed.pop(symbol, {}).items()
            for start in sorted(starts)[-_MAX_BARS:]
        ]

    def bars_at_gap(self, gap: Gap, timeframe: Timeframe) -> list[BarsOutdated]:
        """Returns the bars that become complete or incomplete when this hole opens or ends."""
        return [
            BarsOutdated(gap.symbol, timeframe, start)
            for start in sorted(self._bars.get(gap.symbol, {}).get(timeframe, ()))
            if start <= gap.to_time and start + timeframe.milliseconds >= gap.from_time
        ]


def add_starts(into: Starts, new: Starts) -> None:
    """Add open times to a mapping of them."""
    for timeframe, starts in new.items():
        into.setdefault(timeframe, set()).update(starts)
