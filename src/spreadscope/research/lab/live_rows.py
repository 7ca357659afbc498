"""Rows and signals of a pair from its bars, made by the engine's own state of a pair: a study says what live would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spreadscope.bars.series import BarSeries
from spreadscope.engine.pair_state import PairState
from spreadscope.model.facts import Bar, PairRow, Signal
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trade_limits import LATEST_TIME
from spreadscope.pairs.legs import Leg

_KEPT_BARS = 64  # in memory: a row reads the bar at its own time
_TRIM_AT = 4_096


class Step(NamedTuple):
    """A row, the signal that it caused (None: none), and both legs at it."""

    row: PairRow
    signal: Signal | None
    legs: tuple[Leg, Leg]


def live_rows(
    pair: Pair,
    timeframe: Timeframe,
    parameters: PairParameters,
    bars_y: Sequence[Bar],
    bars_x: Sequence[Bar],
    faults: FaultLog | None = None,
) -> Iterator[Step]:
    """Yields the rows of bars that ascend in time, from the first time on at which both legs have had a bar.

    What is not stored is not known: a leg that was quoted and not traded in a bar has no price there, and ages are
    counted in whole bars.
    """
    state = PairState(pair, timeframe, parameters, faults)
    series = BarSeries(pair.y, (timeframe,)), BarSeries(pair.x, (timeframe,))
    waiting = _ByTime(bars_y), _ByTime(bars_x)
    for time in sorted({bar.open_time for bars in (bars_y, bars_x) for bar in bars}):
        for each, bars in zip(series, waiting, strict=True):
            each.restore(bars.take(time))
            if len(each.bars(timeframe)) > _TRIM_AT:
                each.bars(timeframe).keep_newest(_KEPT_BARS)
        facts = state.advance(*series, time, time + timeframe.milliseconds, halted=False, newest_quote_time=LATEST_TIME)
        yield from _steps(state, facts)


def _steps(state: PairState, facts: Iterator[PairRow | Signal]) -> Iterator[Step]:
    row: PairRow | None = None
    signal: Signal | None = None
    for fact in facts:
        if isinstance(fact, Signal):
            signal = fact
            continue
        if row is not None:
            yield Step(row, signal, state.tracker.legs)
        row, signal = fact, None
    if row is not None:
        yield Step(row, signal, state.tracker.legs)


class _ByTime:
    """Bars that are taken in the order of their times."""

    def __init__(self, bars: Sequence[Bar]) -> None:
        self._bars = bars
        self._next = 0

    def take(self, time: int) -> Sequence[Bar]:
        """Returns the bars up to ``time`` that were not taken yet."""
        first = self._next
        while self._next < len(self._bars) and self._bars[self._next].open_time <= time:
            self._next += 1
        return self._bars[first : self._next]
