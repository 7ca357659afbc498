"""A session replayed as it was and with another configuration: which signals and alerts only one of them has."""

from __future__ import annotations

import msgspec

from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config
from spreadscope.model.facts import Alert, Fact, Signal
from spreadscope.replay.journal_source import SessionReplay, replay_session
from spreadscope.replay.session_config import config_of
from spreadscope.store.reader import StoredSession, StoreReader


class Difference(msgspec.Struct, frozen=True):
    """A signal or an alert that only one of two runs said: ``only`` is ``then`` or ``what-if``."""

    only: str
    kind: str
    time: int
    subject: str
    timeframe: str
    what: str


def what_if(reader: StoreReader, session: StoredSession, config: Config) -> tuple[SessionReplay, list[Difference]]:
    """Replay a session as it was and with another configuration; returns the second replay, and where they disagree."""
    said: list[dict[tuple[object, ...], Difference]] = []
    results = []
    for name, settings in (("then", config_of(session)), ("what-if", config)):
        found: dict[tuple[object, ...], Difference] = {}

        def note(
            _: Engine,
            facts: list[Fact],
            __: list[JournalEntry],
            found: dict[tuple[object, ...], Difference] = found,
            name: str = name,
        ) -> None:
            for fact in facts:
                item = _difference(name, fact)
                if item is not None:
                    found[item.kind, item.time, item.subject, item.timeframe, item.what] = item

        results.append(replay_session(reader, session, config=settings, observe=note))
        said.append(found)
    then, other = said
    apart = [then[key] for key in then.keys() - other.keys()] + [other[key] for key in other.keys() - then.keys()]
    return results[1], sorted(apart, key=lambda item: (item.time, item.subject, item.timeframe, item.kind, item.only))


def _difference(name: str, fact: Fact) -> Difference | None:
    if isinstance(fact, Signal):
        return Difference(name, "signal", fact.time, str(fact.pair), fact.timeframe, str(fact.action))
    if isinstance(fact, Alert):
        return Difference(name, "alert", fact.time, fact.subject, fact.timeframe, f"{fact.text}: {fact.state}")
    return None
