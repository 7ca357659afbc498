"""Signals for the API: with the orders of each leg, and the cautions against an entry."""

from __future__ import annotations

from collections.abc import Sequence

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.model.config import Config
from spreadscope.model.facts import PairRow, Signal
from spreadscope.model.states import Action
from spreadscope.signals.advice import cautions, leg_orders
from spreadscope.store.reader import StoreReader

_MAX_LOOKUPS = 300  # for the newest entries: older ones are not traded any more


def with_advice(signal: Signal, row: PairRow | None, config: Config) -> contract.Signal:
    """Returns a signal with advice. ``row`` is the row of the signal; without it the cautions are unknown."""
    found_cautions: tuple[contract.Caution, ...] | None = None
    if signal.action is Action.EXIT:
        found_cautions = ()
    elif row is not None:
        found_cautions = cautions(signal, row, exit_level=config.signals.exit)
    return shapes.signal(signal, pair=str(signal.pair), legs=leg_orders(signal), cautions=found_cautions)


def stored_with_advice(reader: StoreReader, signals: Sequence[Signal], config: Config) -> list[contract.Signal]:
    """Returns stored signals with advice, the newest first. It reads the rows of the signals from the store."""
    lookups_left = _MAX_LOOKUPS
    answers: list[contract.Signal] = []
    for signal in signals:
        row = None
        if signal.action is not Action.EXIT and lookups_left:
            lookups_left -= 1
            row = next(iter(reader.rows(signal.pair, signal.timeframe, signal.time, signal.time + 1)), None)
        answers.append(with_advice(signal, row, config))
    return answers
