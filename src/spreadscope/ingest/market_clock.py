"""One clock for the markets of several venues: a bar is closed once every venue has come past its end.

A venue that is behind is waited for, but not for long: the clock never stays more than ``LONGEST_WAIT_MS`` behind the
venue that is furthest, and a venue whose clock has stood for ``STANDING_SECONDS`` is not waited for at all. With one
venue it is that venue's.
"""

from __future__ import annotations

from collections.abc import Sequence

from spreadscope.model.clock import Clock
from spreadscope.model.events import Event, MarketTime

LONGEST_WAIT_MS = 5_000
STANDING_SECONDS = 7.5


class MarketClock:
    """``joined`` replaces what each venue says of its own clock by the common one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: dict[str, tuple[int, int]] = {}  # by venue: its time (ms), and when it moved last (monotonic ns)
        self._time = 0

    def joined(self, venue: str, events: Sequence[Event]) -> list[Event]:
        """Returns the events of a venue with the common clock in the place of its own."""
        joined: list[Event] = []
        for event in events:
            if not isinstance(event, MarketTime):
                joined.append(event)
            elif (time := self._moved(venue, event.time)) > self._time:
                self._time = time
                joined.append(MarketTime(time))
        return joined

    def forget(self, venue: str) -> None:
        """A venue has no symbols any more: nobody waits for it."""
        self._times.pop(venue, None)

    def _moved(self, venue: str, time: int) -> int:
        now = self._clock.monotonic_ns()
        self._times[venue] = time, now
        moving = [at for at, moved_ns in self._times.values() if now - moved_ns < STANDING_SECONDS * 1e9]
        furthest = max(at for at, _ in self._times.values())
        return max(min(moving), furthest - LONGEST_WAIT_MS)
