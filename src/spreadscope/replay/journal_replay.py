"""A stored session through the same core: the facts of the journal's events, and whether they are the ones said then."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from spreadscope.engine import Engine, FactsDigest
from spreadscope.engine.digest import SCHEMA
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.model.events import MarketTime, Trades
from spreadscope.model.facts import (
    Alert,
    Fact,
    Signal,
    TradesAccepted,
)
from spreadscope.model.resume import Input
from spreadscope.pairs.statistics import STATISTICS
from spreadscope.replay.comparison import Compared, RecordedFacts
from spreadscope.replay.session_config import config_of
from spreadscope.store.journal import TradesReference, decode
from spreadscope.store.reader import StoredSession, StoreReader

_PAGE = 200_000  # ids read at once


class SessionReplay(msgspec.Struct, frozen=True):
    """What a replay of a session said. ``equal`` is None where it was replayed with another configuration.

    ``compared`` is there where the session's hash covers what this version does not say: the facts themselves were compared.
    """

    session_id: int
    hash: str
    said_then: str
    equal: bool | None
    events: int
    trades: int
    facts: dict[str, int]
    seconds: float
    compared: Compared | None = None


def replay_session(
    reader: StoreReader,
    session: StoredSession,
    *,
    config: Config | None = None,
    observe: Callable[[Engine, list[Fact]], None] | None = None,
    pace: Callable[[MarketTime], None] | None = None,
) -> SessionReplay:
    """Feed the journal of a session to a core of its own; with ``config`` to one that is configured otherwise.

    ``pace`` is called before every event of the market's clock, and may wait.

    Raises ``StoreError`` where the journal cannot be read, or names trades that the store does not hold any more.
    """
    engine = Engine(config or config_of(session))
    ours = session.digest == SCHEMA and set(session.statistics) <= set(STATISTICS)
    digest = FactsDigest(session.statistics if ours else None)
    recorded = RecordedFacts() if config is None and not ours else None
    kinds: Counter[str] = Counter()
    began = time.perf_counter()
    events = 0
    for event in session_events(reader, session):
        events += 1
        if pace is not None and isinstance(event, MarketTime):
            pace(event)
        facts = engine.on(event)
        if not facts:
            continue
        if recorded is not None:
            recorded.take(facts)
        for fact in facts:
            digest.add(fact)
            if not isinstance(fact, TradesAccepted):
                kinds[str(fact.__struct_config__.tag)] += 1
        if observe is not None:
            observe(engine, facts)
    said = digest.hexdigest()
    compared = recorded.compare(reader) if recorded is not None else None
    equal = compared.equal if compared is not None else said == session.hash
    return SessionReplay(
        session_id=session.session_id,
        hash=said,
        said_then=session.hash,
        equal=equal if config is None else None,
        events=events,
        trades=digest.trades,
        facts=dict(sorted(kinds.items())),
        seconds=round(time.perf_counter() - began, 3),
        compared=compared,
    )


def session_events(reader: StoreReader, session: StoredSession) -> Iterator[Input]:
    """The events a session heard, in order."""
    held = _Held(reader)
    for data, form in reader.journal(session.session_id):
        yield from decode(data, held.find, form)


class _Held:
    """Finds trades by their ids, reading the store a page at a time."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._pages: dict[str, Trades] = {}

    def find(self, wanted: TradesReference) -> Trades:
        ids = wanted.ids()
        low, high = int(ids.min()), int(ids.max())
        page = self._pages.get(wanted.symbol)
        if page is None or not len(page) or low < page.ids[0] or high > page.ids[-1]:
            page = self._reader.trades_of_ids(wanted.symbol, low, max(high, low + _PAGE))
            self._pages[wanted.symbol] = page
        rows = np.minimum(np.searchsorted(page.ids, ids), len(page) - 1)
        if not len(page) or not np.array_equal(page.ids[rows], ids):
            raise StoreError(
                f"trades {low}…{high} of {wanted.symbol} are in the journal, but not in the store any more: see spreadscope doctor"
            )
        found = page.take(rows)
        return msgspec.structs.replace(found, origin=wanted.origin)


class Difference(msgspec.Struct, frozen=True):
    """A signal or an alert that only one of two runs said: ``only`` is ``then`` or ``what-if``."""

    only: str
    kind: str
    time: int
    subject: str
    timeframe: str
    what: str


def what_if(reader: StoreReader, session: StoredSession, config: Config) -> tuple[SessionReplay, list[Difference]]:
    """Replay a session as it was and with another configuration; → the second replay, and what they disagree on."""
    said: list[dict[tuple[object, ...], Difference]] = []
    results = []
    for name, settings in (("then", config_of(session)), ("what-if", config)):
        found: dict[tuple[object, ...], Difference] = {}

        def note(
            _: Engine, facts: list[Fact], found: dict[tuple[object, ...], Difference] = found, name: str = name
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
