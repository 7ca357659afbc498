"""What the statistics of one row are made from, each part made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.events import Floats
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import SECOND
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.hedge import Hedge
from spreadscope.pairs.legs import Leg

T = TypeVar("T")


class OnlineEstimator(Protocol):
    """An estimator with a state of its own, fed with every row. ``update`` gives what statistics read of it."""

    def update(self, row: RowContext) -> Any: ...


@dataclass(frozen=True, slots=True, eq=False)
class OnlineSource:
    """How to begin an estimator of one pair: ``name`` is what a message calls it, ``make`` takes the configuration and the bar's length (ms)."""

    name: str
    make: Callable[[AnalyticsConfig, int], OnlineEstimator]


class EstimatorFailedError(Exception):
    """An estimator could not take this row, which was said once; what reads it has no number."""


class RowContext:
    """One row while its statistics are made.

    ``y`` and ``x`` are the windows of the hedge ratio in the hedge's space (log prices, or prices), NaN where a leg is missing,
    the newest row last; ``reason`` says why nothing may be fitted to them yet. ``state`` is the signal's position before the row.
    """

    __slots__ = (
        "_made",
        "beta_before",
        "config",
        "hedge",
        "legs",
        "length",
        "logs",
        "online",
        "reason",
        "skipped",
        "stale",
        "state",
        "time",
        "x",
        "y",
    )

    def __init__(
        self,
        config: AnalyticsConfig,
        *,
        time: int,
        length: int,
        y: Floats,
        x: Floats,
        logs: Callable[[int], tuple[Floats, Floats]],
        legs: tuple[Leg, Leg],
        skipped: int,
        reason: Reason | None,
        stale: bool,
        state: SignalState,
        hedge: Hedge,
        beta_before: Callable[[], Value | None],
    ) -> None:
        self.config = config
        self.time = time
        self.length = length
        self.y, self.x = y, x
        self.logs = logs
        self.legs = legs
        self.skipped = skipped
        self.reason = reason
        self.stale = stale
        self.state = state
        self.hedge = hedge
        self.beta_before = beta_before
        self.online: dict[OnlineSource, Any] = {}
        self._made: dict[Callable[[RowContext], Any], Any] = {}

    def read(self, source: OnlineSource) -> Any:
        """What the estimator says of this row. Raises ``EstimatorFailedError`` where it could not take it."""
        found = self.online.get(source)
        if found is None:
            raise EstimatorFailedError(source.name)
        return found

    @property
    def seconds(self) -> float:
        """Length of a row in seconds."""
        return self.length / SECOND

    def once(self, make: Callable[[RowContext], T]) -> T:
        """What ``make`` gives of this row, made once however many statistics ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        found: T = self._made[make]
        return found

    @property
    def residual(self) -> Floats:
        """The window's spreads, all measured with the newest traded β and α. Only where there is a hedge ratio."""
        made = self.hedge.residual
        return self.once(_residual) if made is None else made


def _residual(row: RowContext) -> Floats:
    beta, alpha = row.hedge.beta.value, row.hedge.alpha.value
    if beta is None or alpha is None:
        raise ValueError("a row without a hedge ratio has no residual")
    return row.y - beta * row.x - alpha
