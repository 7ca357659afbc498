"""The context of one row, from which its statistics are computed; each shared part is computed once."""

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
    """An estimator that keeps a state from row to row. ``update`` returns what statistics read of it."""

    def update(self, row: RowContext) -> Any: ...


@dataclass(frozen=True, slots=True, eq=False)
class OnlineSource:
    """A recipe for an estimator of one pair: ``name`` for messages; ``make`` takes the configuration and the bar's
    length (ms)."""

    name: str
    make: Callable[[AnalyticsConfig, int], OnlineEstimator]


class EstimatorFailedError(Exception):
    """An estimator failed at this row; the statistics that read it have no number."""


class RowContext:
    """The context of one row, read by the statistics.

    ``y`` and ``x`` are the windows of the hedge ratio in the hedge's space (log prices, or prices), NaN where a leg is
    missing, the newest row last; ``reason`` says why nothing may be fitted to them yet. ``state`` is the signal's
    position before the row.
    """

    __slots__ = (
        "_computed",
        "config",
        "hedge",
        "legs",
        "length",
        "log_prices",
        "online",
        "previous_beta",
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
        log_prices: Callable[[int], tuple[Floats, Floats]],
        legs: tuple[Leg, Leg],
        skipped: int,
        reason: Reason | None,
        stale: bool,
        state: SignalState,
        hedge: Hedge,
        previous_beta: Callable[[], Value | None],
    ) -> None:
        self.config = config
        self.time = time
        self.length = length
        self.y, self.x = y, x
        self.log_prices = log_prices
        self.legs = legs
        self.skipped = skipped
        self.reason = reason
        self.stale = stale
        self.state = state
        self.hedge = hedge
        self.previous_beta = previous_beta
        self.online: dict[OnlineSource, Any] = {}
        self._computed: dict[Callable[[RowContext], Any], Any] = {}

    def read(self, source: OnlineSource) -> Any:
        """Returns the estimator's result at this row. Raises ``EstimatorFailedError`` when the estimator failed."""
        found = self.online.get(source)
        if found is None:
            raise EstimatorFailedError(source.name)
        return found

    @property
    def seconds(self) -> float:
        """Returns the length of a row in seconds."""
        return self.length / SECOND

    def compute_once(self, compute: Callable[[RowContext], T]) -> T:
        """Returns ``compute`` of this row, computed once for all statistics that need it."""
        if compute not in self._computed:
            self._computed[compute] = compute(self)
        found: T = self._computed[compute]
        return found

    @property
    def residual(self) -> Floats:
        """Returns the window's spreads, all with the newest traded β and α. Needs a hedge ratio."""
        residual = self.hedge.residual
        return self.compute_once(_residual) if residual is None else residual


def _residual(row: RowContext) -> Floats:
    beta, alpha = row.hedge.beta.value, row.hedge.alpha.value
    if beta is None or alpha is None:
        raise ValueError("a row without a hedge ratio has no residual")
    return row.y - beta * row.x - alpha
