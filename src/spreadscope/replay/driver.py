"""The one loop of all replays: batches of events into a core of its own; what it says is hashed, counted and handed on.

What differs between replays is where the events come from (``recording_source``, ``journal_source``, ``trades_source``)
and what the result is compared with.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from spreadscope.engine import Engine, FactsDigest
from spreadscope.engine.journal_entry import JournalEntry, apply_events
from spreadscope.model.events import StoredQuotes
from spreadscope.model.facts import Fact, TradesAccepted
from spreadscope.model.resume import Input

Observer = Callable[[Engine, list[Fact], list[JournalEntry]], None]


class ReplayResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay said: the hash over its facts, how many of each kind, and how many events and trades went in."""

    hash: str
    events: int
    trades: int
    facts: dict[str, int]
    seconds: float

    def fields(self) -> dict[str, Any]:
        """Returns the fields of this struct alone, for a result that has more."""
        return {name: getattr(self, name) for name in ReplayResult.__struct_fields__}


def drive(
    engine: Engine,
    batches: Iterable[Sequence[Input | StoredQuotes]],
    *,
    digest: FactsDigest | None = None,
    hash_trades: bool = True,
    observe: Observer | None = None,
) -> ReplayResult:
    """Feed ``batches`` to ``engine``.

    ``observe`` sees the facts of each batch and the events as the journal keeps them.

    ``hash_trades``: whether accepted trades are a part of the hash; where they come from the store they prove nothing.
    """
    began = time.perf_counter()
    digest = digest or FactsDigest()
    kinds: Counter[str] = Counter()
    events = trades = 0
    for batch in batches:
        facts, entries = apply_events(engine, batch)
        events += len(batch)
        for fact in facts:
            if isinstance(fact, TradesAccepted):
                trades += len(fact.trades)
                if hash_trades:
                    digest.add(fact)
            else:
                digest.add(fact)
                kinds[str(fact.__struct_config__.tag)] += 1
        if observe is not None and batch:
            observe(engine, facts, entries)
    return ReplayResult(
        hash=digest.hexdigest(),
        events=events,
        trades=trades,
        facts=dict(sorted(kinds.items())),
        seconds=round(time.perf_counter() - began, 3),
    )
