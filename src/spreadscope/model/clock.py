"""Clocks. A clock is passed to whatever needs the time, so that tests and replays can set it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """A clock: wall time for time stamps and monotonic time for durations, both in nanoseconds."""

    def now_ns(self) -> int: ...

    def monotonic_ns(self) -> int: ...


class SystemClock:
    """A clock that reads the machine's clocks."""

    def now_ns(self) -> int:
        return time.time_ns()

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


class ManualClock:
    """A clock that moves only by ``advance``, and never backwards."""

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
