"""The tracker of one pair at one timeframe: it makes the pair's rows.

Everything at row t uses rows up to t. The hedge model computes β, α, the spread and z of the last ``hedge_window``
rows; the statistics of the registry read them. Definitions: ``docs/statistics.md``.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import msgspec
import numpy as np

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.facts import PairRow
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.hedge import Hedge, HedgeModel, Prices, new_hedge_model
from spreadscope.pairs.hedge.model import WindowHedge
from spreadscope.pairs.legs import NO_LEG, Leg
from spreadscope.pairs.row import EstimatorFailedError, OnlineEstimator, OnlineSource, RowContext
from spreadscope.pairs.sources import SourceWindow
from spreadscope.pairs.statistics import ONLINE, STATISTICS
from spreadscope.pairs.statistics.statistic import Need
from spreadscope.pairs.window import PairWindow

FAILED = Value(None, Reason.FAILED)
_HEDGE = "hedge ratio"
# Needs by index: an enum member as a dictionary key costs more time than some statistics.
_NEEDS = tuple(Need)
_COMPUTATIONS = tuple((key, _NEEDS.index(statistic.need), statistic.compute) for key, statistic in STATISTICS.items())


class PairTracker:
    """A tracker of one pair at one timeframe, used by the engine. ``step`` takes the legs at the close of a bar,
    returns the row."""

    def __init__(
        self, pair: Pair, timeframe: Timeframe, config: AnalyticsConfig, faults: FaultLog | None = None
    ) -> None:
        """``faults`` collects the exceptions of single statistics: a statistic that fails has no number, the others
        have theirs."""
        self.pair = pair
        self.timeframe = timeframe
        self._faults = faults or FaultLog()
        self._subject = f"{pair} {timeframe}"
        self._failed_parts: set[str] = set()  # of the newest row
        self._config = config
        self._length = timeframe.milliseconds
        rows = max(2 * config.hedge_window, config.correlation_window) + 1
        self._log_window = PairWindow(rows, self._length)
        self._window = self._log_window if config.space is Space.LOG else PairWindow(rows, self._length)
        self._sources = SourceWindow(config.hedge_window)
        self._betas: deque[tuple[int, Value]] = deque(maxlen=config.hedge_window + 1)  # (rows added until then, β)
        self._model: HedgeModel = new_hedge_model(config)
        self._online: dict[OnlineSource, OnlineEstimator] = {source: self._new_estimator(source) for source in ONLINE}
        self._legs: tuple[Leg, Leg] = (NO_LEG, NO_LEG)
        self._context: RowContext | None = None
        self.hedge = Hedge.undefined(Reason.WARMING_UP)
        self.row: PairRow | None = None

    @property
    def last_time(self) -> int | None:
        """Returns the open time of the newest row."""
        return self._window.last_time

    @property
    def legs(self) -> tuple[Leg, Leg]:
        """Returns the legs at the newest row."""
        return self._legs

    def limit_ms(self) -> int:
        """Returns the age (ms) above which a leg is stale: at least one bar."""
        return max(int(self._config.stale_seconds * SECOND), self._length)

    def step(self, time: int, leg_y: Leg, leg_x: Leg, *, halted: bool, state: SignalState) -> PairRow:
        """Returns the row at ``time`` (the bar's open time, ms, later than the last row)."""
        skipped = 0 if self.last_time is None else (time - self.last_time) // self._length - 1
        if skipped > 0:
            leg_y, leg_x = _older(leg_y, skipped * self._length), _older(leg_x, skipped * self._length)
        self._legs = (leg_y, leg_x)
        self._enter(time, leg_y.fresh, leg_x.fresh)
        mixed = self._sources.push(leg_y.source, leg_x.source, max(0, skipped))
        stale = _is_stale(leg_y, self.limit_ms()) or _is_stale(leg_x, self.limit_ms())
        y, x = self._window.rows(self._config.hedge_window)
        joint_rows = int(np.count_nonzero(np.isfinite(y)))
        reason = self._missing_reason(len(y), joint_rows, halted=halted)
        self._failed_parts = set()
        newest = (None, None) if stale else (self._in_space(leg_y.price), self._in_space(leg_x.price))
        self.hedge = self._hedge(Prices(y, x, max(0, skipped), reason, *newest))
        context = self._context = RowContext(
            self._config,
            time=time,
            length=self._length,
            y=y,
            x=x,
            log_prices=self._log_window.rows,
            legs=self._legs,
            skipped=max(0, skipped),
            reason=reason,
            stale=stale,
            state=state,
            hedge=self.hedge,
            previous_beta=self._previous_beta,
        )
        for source in ONLINE:
            context.online[source] = self._update_estimator(source, context)
        statistics = self._statistics(context)
        if self._faults.active:
            self._note_recovered()
        self.row = PairRow(
            pair=self.pair,
            timeframe=self.timeframe,
            time=time,
            price_y=leg_y.price,
            price_x=leg_x.price,
            age_y=leg_y.age,
            age_x=leg_x.age,
            n=joint_rows,
            statistics=statistics,
            state=state,
            stale=stale,
            incomplete=not (leg_y.complete and leg_x.complete),
            source_y=leg_y.source,
            source_x=leg_x.source,
            mixed=mixed,
        )
        return self.row

    def freeze(self) -> None:
        """Note an entry on the newest row: estimators that watch a position freeze its hedge ratio."""
        if self._context is None:
            return
        for source, estimator in self._online.items():
            if hasattr(estimator, "freeze"):
                try:
                    estimator.freeze(self._context)
                except Exception as error:  # noqa: BLE001 - see _note_failure
                    self._note_failure(source.name, error)
                    self._online[source] = self._new_estimator(source)

    def set_state(self, state: SignalState) -> PairRow:
        """Set the signal's state after the newest row. Returns the row."""
        if self.row is None:
            raise ValueError("there is no row yet")
        self.row = msgspec.structs.replace(self.row, state=state)
        return self.row

    def at(self, price_y: float, price_x: float) -> tuple[float, float] | None:
        """Returns spread and z at other prices, on the hedge and the baseline of the newest row; None when it has no
        z."""
        y, x = self._in_space(price_y), self._in_space(price_x)
        if self.hedge.baseline is None or y is None or x is None:
            return None
        return self.hedge.baseline.at(y, x)

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _in_space(self, price: float | None) -> float | None:
        if price is None:
            return None
        return math.log(price) if self._config.space is Space.LOG else price

    def _enter(self, time: int, fresh_y: float | None, fresh_x: float | None) -> None:
        y = x = log_y = log_x = math.nan
        if fresh_y is not None and fresh_x is not None:
            y, x, log_y, log_x = fresh_y, fresh_x, math.log(fresh_y), math.log(fresh_x)
        self._log_window.append(time, log_y, log_x)
        if self._window is not self._log_window:
            self._window.append(time, y, x)

    def _new_estimator(self, source: OnlineSource) -> OnlineEstimator:
        return source.make(self._config, self._length)

    def _hedge(self, prices: Prices) -> Hedge:
        try:
            hedge = self._model.update(prices)
        except Exception as error:  # noqa: BLE001 - see _note_failure
            self._note_failure(_HEDGE, error)
            self._model = new_hedge_model(self._config)
            return Hedge.undefined(Reason.FAILED)
        if prices.reason is None:
            self._betas.append((self._window.pushed, hedge.beta))
        return hedge

    def _update_estimator(self, source: OnlineSource, context: RowContext) -> Any:
        try:
            return self._online[source].update(context)
        except Exception as error:  # noqa: BLE001 - see _note_failure
            self._note_failure(source.name, error)
            self._online[source] = self._new_estimator(source)
            return None

    def _statistics(self, context: RowContext) -> dict[str, Value]:
        """Returns every statistic, or the reason why it has no number. This runs for each pair each second, so every
        step counts."""
        no_rows = None if context.reason is None else Value(None, context.reason)
        beta = context.hedge.beta
        no_hedge = no_rows or (beta if beta.value is None else None)
        by_need = {Need.NOTHING: None, Need.ROWS: no_rows, Need.HEDGE: no_hedge}
        missing = tuple(by_need[need] for need in _NEEDS)
        values: dict[str, Value] = {}
        for key, need, compute in _COMPUTATIONS:
            try:
                values[key] = missing[need] or compute(context)
            except EstimatorFailedError:
                values[key] = FAILED
            except Exception as error:  # noqa: BLE001 - see _note_failure
                self._note_failure(STATISTICS[key].label, error)
                values[key] = FAILED
        return values

    def _note_failure(self, part: str, error: Exception) -> None:
        """Note the failure of one part: it has no number, and the other statistics of the row have theirs."""
        self._failed_parts.add(part)
        self._faults.note(part, self._subject, error, f"{self._subject} has no {part} until it works again")

    def _note_recovered(self) -> None:
        parts = (_HEDGE, *(source.name for source in ONLINE), *(statistic.label for statistic in STATISTICS.values()))
        for part in parts:
            if part not in self._failed_parts:
                self._faults.recovered(part, self._subject)

    def _missing_reason(self, rows: int, joint_rows: int, *, halted: bool) -> Reason | None:
        if halted:
            return Reason.HALTED
        if rows < self._config.hedge_window:
            return Reason.WARMING_UP
        if joint_rows < self._config.minimum_rows * self._config.hedge_window:
            return Reason.TOO_FEW_ROWS
        return None

    def _previous_beta(self) -> Value | None:
        """Returns the traded β of the window that ends where this one begins; it is usually still kept from that
        row."""
        size = self._config.hedge_window
        y, x = self._window.rows(size, back=size)
        if len(y) < size:
            return None
        rows_before = self._window.pushed - size
        while self._betas and self._betas[0][0] < rows_before:
            self._betas.popleft()
        if self._betas and self._betas[0][0] == rows_before:
            return self._betas[0][1]
        if isinstance(self._model, WindowHedge):
            return self._model.update(Prices(y, x, 0, None, None, None)).beta
        return Value(None, Reason.TOO_FEW_ROWS)  # a moving β at a skipped row is unknown


def _is_stale(leg: Leg, limit: int) -> bool:
    return leg.price is None or leg.age is None or leg.age > limit


def _older(leg: Leg, milliseconds: int) -> Leg:
    """Returns the leg with its newest price older by the rows that were skipped."""
    if leg.fresh is not None or leg.age is None:
        return leg
    return leg._replace(age=leg.age + milliseconds)
