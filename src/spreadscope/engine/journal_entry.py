"""Applying events to the engine, with the journal's entry for each: a live engine and a replay use the same
function."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from spreadscope.engine.core import Engine
from spreadscope.model.events import Quote, StoredQuotes, Trades
from spreadscope.model.facts import Fact, Gap, TradesAccepted
from spreadscope.model.resume import Input
from spreadscope.tape.ledger import IdRange


class JournalEntry(msgspec.Struct, frozen=True):
    """A journal entry: an event, and whether all of its trades were new to the tape.

    ``needed``: it counts by itself, not only the last of its second, because an order was on the way.
    """

    event: Input
    whole: bool = True
    needed: bool = False


def apply_events(engine: Engine, events: Iterable[Input | StoredQuotes]) -> tuple[list[Fact], list[JournalEntry]]:
    """Returns the facts that events cause, in order, and their journal entries (stored quotes have none)."""
    facts: list[Fact] = []
    entries: list[JournalEntry] = []
    for event in events:
        caused = engine.on(event)
        whole = True
        if isinstance(event, Trades):
            first = caused[0] if caused else None
            whole = isinstance(first, TradesAccepted) and len(first.trades) == len(event)
        if not isinstance(event, StoredQuotes):
            needed = isinstance(event, Quote) and engine.broker.needs(event.symbol)
            entries.append(JournalEntry(event, whole, needed))
        facts += caused
    return facts, entries


def touched_ledgers(engine: Engine, facts: Iterable[Fact]) -> dict[str, tuple[IdRange, ...]]:
    """Returns the ranges of every symbol whose tape the facts changed."""
    symbols = {fact.trades.symbol for fact in facts if isinstance(fact, TradesAccepted)}
    symbols |= {fact.symbol for fact in facts if isinstance(fact, Gap)}
    return {symbol: engine.ledger(symbol) for symbol in symbols if symbol in engine.tapes}
