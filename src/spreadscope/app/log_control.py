"""The level of the log of a running engine: changed on request, and back to the usual one after a while."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from spreadscope import contract, log_setup
from spreadscope.contract import LogLevel
from spreadscope.model.clock import Clock
from spreadscope.tasks import Policy, Tasks

log = structlog.get_logger()


class LogLevelControl:
    """``usual`` is the level that the engine was started with. Every change is told by a line of the log."""

    def __init__(self, clock: Clock, tasks: Tasks, *, minute_seconds: float = 60.0) -> None:
        """``tasks`` is the group of the way back; ``minute_seconds`` is how long a minute of a request takes."""
        self.usual = log_setup.current_level()
        self._clock = clock
        self._tasks = tasks
        self._minute_seconds = minute_seconds
        self._until: int | None = None
        self._changes = 0

    def setting(self) -> contract.LogSetting:
        return contract.LogSetting(log_setup.current_level(), self.usual, self._until)

    def set(self, level: LogLevel, minutes: int | None) -> contract.LogSetting:
        """Log from ``level`` on, for so many minutes (None: until the engine ends)."""
        self._changes += 1
        seconds = None if minutes is None else minutes * self._minute_seconds
        self._until = None if seconds is None else self._clock.now_ns() // 1_000_000 + round(seconds * 1e3)
        self._apply(level, "asked for", minutes)
        if seconds is not None:
            self._tasks.start("usual log level", Policy.ONCE, partial(self._go_back, self._changes, seconds))
        return self.setting()

    async def _go_back(self, change: int, seconds: float) -> None:
        """Set the usual level after a while, or when the engine ends; a later change is left alone."""
        why = "the engine ends"
        try:
            await asyncio.sleep(seconds)
            why = "its time is over"
        finally:
            if change == self._changes:
                self._until = None
                self._apply(self.usual, why, None)

    @staticmethod
    def _apply(level: LogLevel, why: str, minutes: int | None) -> None:
        before = log_setup.current_level()
        # Told at the level of errors where warnings are not: whoever reads the log must see why it changes.
        write = log.error if LogLevel.ERROR in {before, level} else log.warning
        write("log level changed", before=str(before), to=str(level), why=why, minutes=minutes)
        log_setup.set_level(level)
