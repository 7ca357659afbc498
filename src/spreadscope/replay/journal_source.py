"""A stored session as the events of its journal.

``replay_session`` says whether the core makes the same of them now as then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from spreadscope.engine import Engine, FactsDigest
from spreadscope.engine.digest import SCHEMA
from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.config import Config
from spreadscope.model.errors import StoreError
from spreadscope.model.events import MarketTime, Trades
from spreadscope.model.facts import Fact
from spreadscope.model.resume import Input
from spreadscope.pairs.statistics import STATISTICS
from spreadscope.replay.comparison import RecordedFacts, StoreComparison
from spreadscope.replay.driver import Observer, ReplayResult, drive
from spreadscope.replay.session_config import config_of
from spreadscope.store.journal import TradesReference, decode
from spreadscope.store.reader import StoredSession, StoreReader

_PAGE = 200_000  # ids read at once


class SessionReplay(ReplayResult, frozen=True, kw_only=True):
    """What a replay of a session said. ``equal`` is None where it was replayed with another configuration.

    ``compared`` is there where the session's hash covers what this version does not say: the facts themselves were
    compared.
    """

    session_id: int
    recorded_hash: str
    equal: bool | None
    compared: StoreComparison | None = None


def replay_session(
    reader: StoreReader,
    session: StoredSession,
    *,
    config: Config | None = None,
    observe: Observer | None = None,
    pace: Callable[[MarketTime], None] | None = None,
) -> SessionReplay:
    """Feed the journal of a session to a core of its own; with ``config`` to one that is configured otherwise.

    ``pace`` is called before every event of the market's clock, and may wait.

    Raises ``StoreError`` where the journal cannot be read, or names trades that the store does not hold any more.
    """
    ours = has_our_hash(session)
    recorded = RecordedFacts() if config is None and not ours else None

    def note(engine: Engine, facts: list[Fact], entries: list[JournalEntry]) -> None:
        if recorded is not None:
            recorded.take(facts)
        if observe is not None:
            observe(engine, facts, entries)

    result = drive(
        Engine(config or config_of(session)),
        _paced(session_events(reader, session), pace),
        digest=FactsDigest(session.statistics if ours else None),
        observe=note,
    )
    compared = recorded.compare(reader) if recorded is not None else None
    equal = compared.equal if compared is not None else result.hash == session.hash
    return SessionReplay(
        **result.fields(),
        session_id=session.session_id,
        recorded_hash=session.hash,
        equal=equal if config is None else None,
        compared=compared,
    )


def has_our_hash(session: StoredSession) -> bool:
    """Returns whether the session's hash covers what this version says, so that equal facts have an equal hash."""
    return session.digest == SCHEMA and set(session.statistics) <= set(STATISTICS)


def _paced(events: Iterator[Input], pace: Callable[[MarketTime], None] | None) -> Iterator[tuple[Input]]:
    for event in events:
        if pace is not None and isinstance(event, MarketTime):
            pace(event)
        yield (event,)


def session_events(reader: StoreReader, session: StoredSession) -> Iterator[Input]:
    """The events a session heard, in order."""
    stored = _StoredTrades(reader)
    for data, form in reader.journal(session.session_id):
        yield from decode(data, stored.find, form)


class _StoredTrades:
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
                f"trades {low}…{high} of {wanted.symbol} are in the journal, but not in the store any more:"
                " see spreadscope doctor"
            )
        found = page.take(rows)
        return msgspec.structs.replace(found, origin=wanted.origin)
