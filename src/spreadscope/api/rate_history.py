"""The last hour of the engine's rates, lags and REST weight: a sample every few seconds, in bounded memory."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import msgspec

from spreadscope import contract
from spreadscope.contract import RATE_HOURS, RATE_STEP_SECONDS

_MOST = int(RATE_HOURS * 3_600 / RATE_STEP_SECONDS)


class Sample(msgspec.Struct, frozen=True):
    """One moment. ``messages`` and ``trades`` are counts since the engine began; ``weight`` is by venue."""

    time: int
    monotonic_ns: int
    messages: int
    trades: int
    lag_ms: float | None
    loop_lag_ms: float
    waiting: int
    weight: dict[str, int]


class RateHistory:
    """Samples at least ``RATE_STEP_SECONDS`` apart, at most an hour of them."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=_MOST + 1)  # a rate is between two samples

    def is_due(self, monotonic_ns: int) -> bool:
        """Returns whether the newest sample is old enough for another one."""
        return not self._samples or monotonic_ns - self._samples[-1].monotonic_ns >= RATE_STEP_SECONDS * 10**9

    def add(self, sample: Sample) -> None:
        self._samples.append(sample)

    def history(self, venues: tuple[contract.VenueStatus, ...]) -> contract.RateHistory:
        """Returns the samples as columns; the first one only begins the counting."""
        samples = list(self._samples)
        pairs = list(pairwise(samples))
        seconds = [max(1e-3, (now.monotonic_ns - before.monotonic_ns) / 1e9) for before, now in pairs]
        kept = samples[1:]
        return contract.RateHistory(
            step_seconds=RATE_STEP_SECONDS,
            times=tuple(sample.time for sample in kept),
            messages=tuple(
                round((now.messages - before.messages) / length, 1)
                for (before, now), length in zip(pairs, seconds, strict=True)
            ),
            trades=tuple(
                round((now.trades - before.trades) / length, 1)
                for (before, now), length in zip(pairs, seconds, strict=True)
            ),
            lag_ms=tuple(sample.lag_ms for sample in kept),
            loop_lag_ms=tuple(sample.loop_lag_ms for sample in kept),
            waiting=tuple(sample.waiting for sample in kept),
            venues=tuple(
                contract.VenueWeight(
                    venue=venue.name,
                    title=venue.title,
                    limit=venue.rest.weight_limit,
                    used=tuple(sample.weight.get(venue.name, 0) for sample in kept),
                )
                for venue in venues
            ),
        )
