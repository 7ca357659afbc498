"""What waits for the disk, and how much memory it takes there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

import msgspec

from spreadscope.engine.journal_entry import JournalEntry
from spreadscope.model.errors import StoreError
from spreadscope.model.facts import (
    Alert,
    Bar,
    Fact,
    Gap,
    PairRow,
    Signal,
    TradesAccepted,
)
from spreadscope.pairs.statistics import STATISTICS
from spreadscope.tape.ledger import IdRange

# Bytes of memory, measured: a trade is five columns, a batch of them has objects around it, and a fact is a struct of numbers.
_TRADE = 33
_TRADES = 850
_RANGE = 120
_OTHER = 150
_ROW, _STATISTIC = 460, 80
_FACTS: dict[type, int] = {PairRow: _ROW + _STATISTIC * len(STATISTICS), Signal: 380, Bar: 340, Gap: 280}


class Command(msgspec.Struct, frozen=True):
    """A statement that is not a fact: what is watched, an alert rule, a quarantined frame.

    ``durable``: once written it outlasts a power cut too, not only a kill.
    """

    sql: str
    values: tuple[object, ...]
    durable: bool = False

    rows = 1
    messages = 0

    @property
    def bytes(self) -> int:
        return _OTHER + sum(len(value) for value in self.values if isinstance(value, bytes | str))


class Unit(msgspec.Struct, frozen=True):
    """What was submitted at once. It is never split: its ledgers hold good only with all of its trades."""

    facts: tuple[Fact, ...]
    ledgers: dict[str, tuple[IdRange, ...]]
    heard: tuple[JournalEntry, ...]
    rows: int
    bytes: int
    messages: int


class Flush(msgspec.Struct, frozen=True):
    """Somebody waits for the disk; ``done`` is told why it will not come, or None."""

    done: Callable[[StoreError | None], None]


class Job(msgspec.Struct, frozen=True):
    """Something else that has to be done by the one who writes, in a transaction of its own."""

    function: Callable[[sqlite3.Connection], Any]
    future: Future[Any]

    def refuse(self, error: StoreError) -> None:
        """It will not be done: whoever waits for it is told."""
        if not self.future.done() and (self.future.running() or self.future.set_running_or_notify_cancel()):
            self.future.set_exception(error)


class Batch:
    """Rows waiting for one transaction."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.heard: list[JournalEntry] = []
        self.digested = False
        self.commands: list[Command] = []
        self.ledgers: dict[str, tuple[IdRange, ...]] = {}
        self.rows = 0
        self.bytes = 0
        self.messages = 0
        self.waiting: list[Callable[[StoreError | None], None]] = []
        self.job: Job | None = None

    def written(self) -> None:
        """It is on disk: those who wait for it are told."""
        while self.waiting:
            self.waiting.pop(0)(None)

    def abandon(self, error: StoreError) -> None:
        """It will not be written: those who wait for it are told."""
        waiting, self.waiting = self.waiting, []
        for done in waiting:
            done(error)
        if self.job is not None:
            self.job.refuse(error)

    def add(self, item: Unit | Command) -> None:
        self.rows += item.rows
        self.bytes += item.bytes
        self.messages += item.messages
        if isinstance(item, Command):
            self.commands.append(item)
            return
        self.facts.extend(item.facts)
        self.heard.extend(item.heard)
        self.ledgers.update(item.ledgers)


def unit(facts: Iterable[Fact], ledgers: dict[str, tuple[IdRange, ...]], heard: Iterable[JournalEntry] = ()) -> Unit:
    """Facts that belong together, with the events that caused them, counted and weighed."""
    together, events = tuple(facts), tuple(heard)
    rows = weight = 0
    for fact in together:
        if isinstance(fact, TradesAccepted):
            rows += len(fact.trades)
            weight += _TRADES + _TRADE * len(fact.trades) + _RANGE * len(fact.ranges)
        else:
            rows += 1
            weight += _FACTS.get(type(fact), _OTHER)
    # Trades are the same objects in event and fact; what an event weighs beside them is small.
    messages = sum(isinstance(fact, Alert) and bool(fact.notify) for fact in together)
    return Unit(together, ledgers, events, rows or len(events), weight + _OTHER * len(events), messages)
