"""A session: what an engine heard and said from its start to its end, kept so that it can be replayed."""

from __future__ import annotations

from collections.abc import Iterable

import spreadscope
from spreadscope.engine import Engine
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.model.events import Trades
from spreadscope.model.facts import Fact, Gap, TradesAccepted
from spreadscope.model.resume import Input
from spreadscope.store.journal import JournalEntry
from spreadscope.store.reader import StoredSession
from spreadscope.store.session_record import SessionRecord
from spreadscope.tape.ledger import IdRange

# The sections that decide what the core says; the rest of the configuration is about its surroundings.
_OF_THE_CORE = {"bars", "analytics", "signals", "pairs", "timeframe"}


def apply_events(engine: Engine, events: Iterable[Input]) -> tuple[list[Fact], list[JournalEntry]]:
    """Events in order → the core; → what it said, and what it heard as the journal keeps it."""
    said: list[Fact] = []
    heard: list[JournalEntry] = []
    for event in events:
        facts = engine.on(event)
        whole = True
        if isinstance(event, Trades):
            first = facts[0] if facts else None
            whole = isinstance(first, TradesAccepted) and len(first.trades) == len(event)
        heard.append(JournalEntry(event, whole))
        said += facts
    return said, heard


def touched_ledgers(engine: Engine, facts: Iterable[Fact]) -> dict[str, tuple[IdRange, ...]]:
    """The ranges of every symbol whose tape the facts changed."""
    symbols = {fact.trades.symbol for fact in facts if isinstance(fact, TradesAccepted)}
    symbols |= {fact.symbol for fact in facts if isinstance(fact, Gap)}
    return {symbol: engine.ledger(symbol) for symbol in symbols if symbol in engine.tapes}


def session_of(config: Config, started_ns: int) -> SessionRecord:
    """The session that begins now."""
    return SessionRecord(started_ns, spreadscope.__version__, config.model_dump_json(include=_OF_THE_CORE))


def config_of(session: StoredSession) -> Config:
    """The configuration a stored session ran with, as far as the core is concerned. Raises ``StoreError``."""
    try:
        return Config.model_validate_json(session.config)
    except ValueError as error:
        raise StoreError(
            f"session {session.session_id} ran with a configuration that cannot be read: {error}"
        ) from None
