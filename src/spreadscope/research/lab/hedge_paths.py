"""β, spread and z of every hedge model at every row, each as if it were the traded one."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from spreadscope.contract.lab import HedgePath
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.events import Ints
from spreadscope.model.facts import PairRow
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.model.validity import Reason
from spreadscope.pairs.hedge import MODELS, Prices
from spreadscope.pairs.legs import Leg
from spreadscope.pairs.window import PairWindow
from spreadscope.research.lab.value_columns import ValueColumn


class PathColumns(msgspec.Struct):
    """The path of one model."""

    beta: ValueColumn = msgspec.field(default_factory=ValueColumn)
    spread: ValueColumn = msgspec.field(default_factory=ValueColumn)
    z: ValueColumn = msgspec.field(default_factory=ValueColumn)

    def shown(self, name: HedgeName, places: Ints, *, traded: bool) -> HedgePath:
        """Returns the path at these places."""
        lines = (column.line(places) for column in (self.beta, self.spread, self.z))
        beta, spread, z = lines
        return HedgePath(model=name, label=MODELS[name].label, traded=traded, beta=beta, spread=spread, z=z)


class OtherModels:
    """The models that are not traded, each fed with the prices that the traded one gets."""

    def __init__(self, config: AnalyticsConfig, timeframe: Timeframe) -> None:
        self._config = config
        self._length = timeframe.milliseconds
        self._stale_ms = max(int(config.stale_seconds * SECOND), self._length)
        self._window = PairWindow(config.hedge_window, self._length)
        self._models = {name: MODELS[name](config) for name in HedgeName if name is not config.hedge}
        self.paths = {name: PathColumns() for name in self._models}

    def add(self, row: PairRow, legs: tuple[Leg, Leg]) -> None:
        """Take one row of the traded pair."""
        prices = self._prices(row.time, legs)
        for name, model in self._models.items():
            hedge = model.update(prices)
            path = self.paths[name]
            path.beta.append(hedge.beta)
            path.spread.append(hedge.spread)
            path.z.append(hedge.z)

    def _prices(self, time: int, legs: tuple[Leg, Leg]) -> Prices:
        last = self._window.last_time
        skipped = 0 if last is None else max(0, (time - last) // self._length - 1)
        fresh = tuple(self._in_space(leg.fresh) for leg in legs)
        joint = (math.nan, math.nan) if None in fresh else fresh
        self._window.append(time, *(math.nan if price is None else price for price in joint))
        y, x = self._window.rows(self._config.hedge_window)
        reason = self._missing_reason(len(y), int(np.count_nonzero(np.isfinite(y))))
        stale = any(leg.price is None or leg.age is None or leg.age > self._stale_ms for leg in legs)
        newest = (None, None) if stale else tuple(self._in_space(leg.price) for leg in legs)
        return Prices(y, x, skipped, reason, *newest)

    def _missing_reason(self, rows: int, joint_rows: int) -> Reason | None:
        if rows < self._config.hedge_window:
            return Reason.WARMING_UP
        if joint_rows < self._config.minimum_rows * self._config.hedge_window:
            return Reason.TOO_FEW_ROWS
        return None

    def _in_space(self, price: float | None) -> float | None:
        if price is None:
            return None
        return math.log(price) if self._config.space is Space.LOG else price
