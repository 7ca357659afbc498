"""Clocks. ``now`` is injected wherever it is needed, so that tests and replays own the time."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for stamps and monotonic time for durations, both in nanoseconds."""

    def now_ns(self) -> int: ...

    def monotonic_ns(self) -> int: ...


class SystemClock:
    """The machine's clocks."""

    def now_ns(self) -> int:
        return time.time_ns()

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


class ManualClock:
    """A clock that moves only when told to, and never backwards."""

    def __init__(self, start_ns: int = 0) -> None:
        self._now = start_ns

    def advance(self, nanoseconds: int) -> None:
        if nanoseconds < 0:
            raise ValueError("a clock never goes backwards")
        self._now += nanoseconds

    def now_ns(self) -> int:
        return self._now

    def monotonic_ns(self) -> int:
        return self._now
