"""The exchange's clock as seen from here: its offset from ours, taken from its REST answer and the round trip."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from spreadscope.exchange.port import HistoryClient
from spreadscope.model.clock import Clock

_KEPT = 8
_REAL_TIME = 0.2  # a clock that runs by more than this share faster or slower than ours is no clock of a live market
_LEAST_SPAN_NS = 1_000_000_000
_STEP_MS = 1_000


class _Sample(NamedTuple):
    monotonic_ns: int
    offset_ms: float
    round_trip_ms: float


class ExchangeClock:
    """``sample`` asks; ``offset_ms`` is what to add to our wall clock to get the exchange's.

    Half the round trip is taken for the way back, so the offset is wrong by half the round trip at most: of the latest
    samples the one with the shortest round trip counts. A clock that stepped (theirs or ours) by more than a second
    beyond that error makes the samples before it void.
    """

    def __init__(self, client: HistoryClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._samples: deque[_Sample] = deque(maxlen=_KEPT)
        self.steps = 0

    @property
    def offset_ms(self) -> float | None:
        """Exchange time minus ours, ms; None before the first answer."""
        return self._best.offset_ms if self._samples else None

    @property
    def round_trip_ms(self) -> float | None:
        """Round trip of the sample the offset comes from, ms."""
        return self._best.round_trip_ms if self._samples else None

    @property
    def now_ms(self) -> int | None:
        """The exchange's clock now; None where it is unknown, or runs faster or slower than ours."""
        offset = self.offset_ms
        return None if offset is None or not self.real_time else round(self._clock.now_ns() / 1e6 + offset)

    @property
    def real_time(self) -> bool:
        """Whether the exchange's clock is known to run as fast as ours: a recording played at 20× does not."""
        if len(self._samples) < 2:
            return False
        first, last = self._samples[0], self._samples[-1]
        span = last.monotonic_ns - first.monotonic_ns
        if span < _LEAST_SPAN_NS:
            return False
        drift = abs(last.offset_ms - first.offset_ms) * 1e6
        return drift < _REAL_TIME * span

    async def sample(self) -> None:
        """Ask the exchange for its time. Raises ``ExchangeError`` or ``DecodeError`` as every request does."""
        asked_ns, began = self._clock.now_ns(), self._clock.monotonic_ns()
        server_ms = await self._client.time()
        ended = self._clock.monotonic_ns()
        round_trip_ms = (ended - began) / 1e6
        offset_ms = server_ms - (asked_ns / 1e6 + round_trip_ms / 2)
        if self._samples and abs(offset_ms - self._best.offset_ms) > _STEP_MS + round_trip_ms:
            self._samples.clear()
            self.steps += 1
        self._samples.append(_Sample(ended, offset_ms, round_trip_ms))

    @property
    def _best(self) -> _Sample:
        return min(self._samples, key=lambda sample: sample.round_trip_ms)
