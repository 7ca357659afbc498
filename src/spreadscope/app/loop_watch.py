"""How late the event loop is: everything of the engine but the disk waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.component import Component, warning
from spreadscope.app.metric_families import gauge, histogram
from spreadscope.contract import Runbook
from spreadscope.model.clock import Clock
from spreadscope.model.distribution import Distribution

_CHECK_SECONDS = 0.25
_REMEMBERED = round(60 / _CHECK_SECONDS)
_SLOW_MS = 500.0


class LoopWatch(Component):
    """Sleeps for a moment, again and again, and measures how much later it woke up (``lag_ms``)."""

    name = "event loop"

    def __init__(self, clock: Clock) -> None:
        self.lag_ms = 0.0
        self._clock = clock
        self._lags: deque[float] = deque(maxlen=_REMEMBERED)
        self._measured = Distribution()  # s

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            before = self._clock.monotonic_ns()
            await asyncio.sleep(_CHECK_SECONDS)
            self.lag_ms = max(0.0, (self._clock.monotonic_ns() - before) / 1e6 - _CHECK_SECONDS * 1e3)
            self._lags.append(self.lag_ms)
            self._measured.note(self.lag_ms / 1e3)

    def alarms(self) -> Iterable[contract.Alarm]:
        if self.lag_ms > _SLOW_MS:
            yield warning(f"the engine is busy: {self.lag_ms:.0f} ms late", Runbook.LOOP_LATE)

    def metrics(self) -> Iterable[Metric]:
        yield histogram("event_loop_lag_seconds", "How late the event loop was when it was looked at.", self._measured)
        worst = max(self._lags, default=0.0) / 1e3
        yield gauge("event_loop_lag_max_seconds", "The latest that the event loop was within the last minute.", worst)
