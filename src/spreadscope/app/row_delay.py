"""How long after the end of a bar its rows are there, by the exchange's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client.core import Metric

from spreadscope.app.metric_families import histograms
from spreadscope.model.distribution import Distribution
from spreadscope.model.facts import Fact, PairRow
from spreadscope.model.timeframe import TIMEFRAMES

_BOUNDS = (0.1, 0.25, 0.5, 0.6, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)
_LONGEST_MS = 60_000  # beyond it a row was caught up with, and not late


class RowDelay:
    """Observes the core. What is known of it only while the exchange's clock runs in real time."""

    def __init__(self, exchange_now: Callable[[], int | None]) -> None:
        self._exchange_now = exchange_now
        self._delays = {timeframe: Distribution(_BOUNDS) for timeframe in TIMEFRAMES}

    def note(self, facts: list[Fact]) -> None:
        now: int | None = None
        for fact in facts:
            if not isinstance(fact, PairRow):
                continue
            now = now or self._exchange_now()
            if now is None:
                return
            delay = now - fact.time - fact.timeframe.milliseconds
            if 0 <= delay < _LONGEST_MS:
                self._delays[fact.timeframe].note(delay / 1e3)

    def metrics(self) -> Iterable[Metric]:
        yield histograms(
            "row_delay_seconds",
            "Time from the end of a bar, by the exchange's clock, until its row of a pair was there.",
            ["timeframe"],
            {(str(timeframe),): each for timeframe, each in self._delays.items()},
        )
