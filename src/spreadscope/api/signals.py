"""Signals as the API tells them: with what to do with each leg, and what speaks against an entry."""

from __future__ import annotations

from collections.abc import Sequence

from spreadscope import contract
from spreadscope.api import shapes
from spreadscope.model.config import Config
from spreadscope.model.facts import PairRow, Signal
from spreadscope.model.states import Action
from spreadscope.signals.advice import cautions, leg_orders
from spreadscope.store.reader import StoreReader

_LOOKED_UP = 300  # entries, the newest: of older ones nobody acts


def with_advice(signal: Signal, row: PairRow | None, config: Config) -> contract.Signal:
    """``row`` is the one on which the signal was made; None where it is not known, and then neither are its cautions."""
    found: tuple[contract.Caution, ...] | None = None
    if signal.action is Action.EXIT:
        found = ()
    elif row is not None:
        found = cautions(signal, row, exit_level=config.signals.exit)
    return shapes.signal(signal, pair=str(signal.pair), legs=leg_orders(signal), cautions=found)


def stored_with_advice(reader: StoreReader, signals: Sequence[Signal], config: Config) -> list[contract.Signal]:
    """Signals of the store, the newest first, with the rows on which they were made. Reads the store."""
    left = _LOOKED_UP
    told: list[contract.Signal] = []
    for signal in signals:
        row = None
        if signal.action is not Action.EXIT and left:
            left -= 1
            row = next(iter(reader.rows(signal.pair, signal.timeframe, signal.time, signal.time + 1)), None)
        told.append(with_advice(signal, row, config))
    return told
