"""Frames and answers that could not be taken, kept as evidence in the store."""

from __future__ import annotations

import structlog

from spreadscope.model.clock import Clock
from spreadscope.store.command import quarantine
from spreadscope.store.writer import StoreWriter

log = structlog.get_logger()

_MINUTE_NS = 60_000_000_000
_MOST = 200  # kept in a minute: a flood of them says no more than its first, and must not fill the disk


class Quarantine:
    """Keeps what could not be taken; behind the first ones of a minute it is only counted, by whoever refused it."""

    def __init__(self, writer: StoreWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._minute = 0
        self._kept = 0

    def keep(self, origin: str, error: str, raw: bytes) -> None:
        """``origin`` is the connection or the request that brought it."""
        minute = self._clock.monotonic_ns() // _MINUTE_NS
        if minute != self._minute:
            self._minute, self._kept = minute, 0
        self._kept += 1
        if self._kept > _MOST:
            return
        log.warning("kept in quarantine", origin=origin, error=error)
        self._writer.command(quarantine(self._clock.now_ns(), origin, error, raw))
