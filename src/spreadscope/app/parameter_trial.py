"""Trials of parameters on stored bars: the rows and signals that a run with them would have made."""

from __future__ import annotations

from dataclasses import dataclass, field

from spreadscope.bars.series import BarSeries
from spreadscope.engine.pair_state import PairState
from spreadscope.model.facts import Bar, PairRow, Signal
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.reader import StoreReader

_SHOWN = 400  # rows of a trial that a screen shows


@dataclass(frozen=True, slots=True)
class Trial:
    """The newest rows under one set of parameters, and the signals among them."""

    parameters: PairParameters
    rows: list[PairRow] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)


def run_trials(
    reader: StoreReader, pair: Pair, timeframe: Timeframe, candidates: tuple[PairParameters, ...]
) -> list[Trial]:
    """Returns a trial of each set of parameters on the same stored bars. Reads the store."""
    fill = max(rows_to_fill(each, timeframe) for each in candidates)
    legs = [reader.bars(symbol, timeframe, limit=fill + _SHOWN) for symbol in pair.symbols]
    return [_trial(pair, timeframe, legs, each) for each in candidates]


def rows_to_fill(parameters: PairParameters, timeframe: Timeframe) -> int:
    """Returns the bars that fill the windows: those of the evidence too, where entries wait for it."""
    analytics = parameters.analytics
    needs_evidence = parameters.signals.need_evidence
    return max(2 * analytics.hedge_window, analytics.evidence_rows(timeframe.milliseconds) if needs_evidence else 0)


def _trial(pair: Pair, timeframe: Timeframe, legs: list[list[Bar]], parameters: PairParameters) -> Trial:
    trial = Trial(parameters)
    y, x = (BarSeries(symbol, (timeframe,)) for symbol in pair.symbols)
    for series, bars in zip((y, x), legs, strict=True):
        series.restore(bars)
    if not all(legs):
        return trial
    horizon = max(bars[-1].open_time for bars in legs) + timeframe.milliseconds
    state = PairState(pair, timeframe, parameters)
    for fact in state.advance(y, x, None, horizon, halted=False, newest_quote_time=horizon):
        if isinstance(fact, PairRow):
            trial.rows.append(fact)
        else:
            trial.signals.append(fact)
    del trial.rows[:-_SHOWN]
    first = trial.rows[0].time if trial.rows else 0
    trial.signals[:] = [signal for signal in trial.signals if signal.time >= first]
    return trial
