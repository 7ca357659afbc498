"""Signals for the API: with the orders of each leg, and the cautions against an entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.model.config import SignalConfig
from spreadscope.model.facts import PairRow, Signal
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.model.states import Action
from spreadscope.model.timeframe import Timeframe
from spreadscope.signals.advice import cautions, leg_orders
from spreadscope.store.reader import StoreReader

_MAX_LOOKUPS = 300  # for the newest entries: older ones are not traded any more


def with_advice(signal: Signal, row: PairRow | None, levels: SignalConfig) -> contract.Signal:
    """Returns a signal with advice. ``row`` is the row of the signal; without it the cautions are unknown."""
    found_cautions: tuple[contract.Caution, ...] | None = None
    if signal.action is Action.EXIT:
        found_cautions = ()
    elif row is not None:
        found_cautions = cautions(signal, row, exit_level=levels.exit)
    return shapes.signal(signal, pair=str(signal.pair), legs=leg_orders(signal), cautions=found_cautions)


def stored_with_advice(
    reader: StoreReader, signals: Sequence[Signal], parameters: Callable[[Pair, Timeframe], PairParameters]
) -> list[contract.Signal]:
    """Returns stored signals with advice, the newest first. It reads the rows of the signals from the store."""
    lookups_left = _MAX_LOOKUPS
    answers: list[contract.Signal] = []
    for signal in signals:
        row = None
        if signal.action is not Action.EXIT and lookups_left:
            lookups_left -= 1
            row = next(iter(reader.rows(signal.pair, signal.timeframe, signal.time, signal.time + 1)), None)
        answers.append(with_advice(signal, row, parameters(signal.pair, signal.timeframe).signals))
    return answers
