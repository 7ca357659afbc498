"""The rows that wait for the disk, and how much memory they take."""

from __future__ import annotations

import sqlite3
import time
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
from spreadscope.model.trading import AccountState, Decision, Fill, LedgerEntry, OrderChanged, PairTrade
from spreadscope.pairs.statistics import STATISTICS
from spreadscope.store.command import Command
from spreadscope.tape.ledger import IdRange

# Bytes of memory, measured: a trade is five columns, a batch of them has objects around it, and a fact is a struct of
# numbers.
_BYTES_A_TRADE = 33
_BYTES_A_TRADE_BATCH = 850
_BYTES_A_RANGE = 120
_BYTES_ANY = 150
_BYTES_A_ROW, _BYTES_A_STATISTIC = 460, 80
_BYTES_BY_FACT: dict[type, int] = {
    PairRow: _BYTES_A_ROW + _BYTES_A_STATISTIC * len(STATISTICS),
    Signal: 380,
    Bar: 340,
    Gap: 280,
    PairTrade: 1_400,
    OrderChanged: 500,
    Fill: 500,
    LedgerEntry: 350,
    Decision: 450,
    AccountState: 2_000,  # beside its trades and orders, which are those of other facts
}


class Unit(msgspec.Struct, frozen=True):
    """The facts of one ``submit``. A unit is never split: its ledgers are right only with all of its trades."""

    facts: tuple[Fact, ...]
    ledgers: dict[str, tuple[IdRange, ...]]
    entries: tuple[JournalEntry, ...]
    rows: int
    bytes: int
    messages: int
    made: float  # monotonic seconds


class Flush(msgspec.Struct, frozen=True):
    """A request to be called once all that was queued before is on disk; ``done`` gets the error, or None."""

    done: Callable[[StoreError | None], None]


class Job(msgspec.Struct, frozen=True):
    """A function that the writer runs in a separate transaction."""

    function: Callable[[sqlite3.Connection], Any]
    future: Future[Any]

    def refuse(self, error: StoreError) -> None:
        """Pass the error to whoever waits for the job."""
        if not self.future.done() and (self.future.running() or self.future.set_running_or_notify_cancel()):
            self.future.set_exception(error)


class Batch:
    """The rows that wait for one transaction."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.entries: list[JournalEntry] = []
        self.hashed = False
        self.commands: list[Command] = []
        self.ledgers: dict[str, tuple[IdRange, ...]] = {}
        self.rows = 0
        self.bytes = 0
        self.messages = 0
        self.oldest: float | None = None  # when its first facts were handed over, monotonic seconds
        self.waiting: list[Callable[[StoreError | None], None]] = []
        self.job: Job | None = None

    def notify_written(self) -> None:
        """Tell those who wait that the batch is on disk."""
        while self.waiting:
            self.waiting.pop(0)(None)

    def notify_failed(self, error: StoreError) -> None:
        """Pass the error to those who wait for the batch."""
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
        if self.oldest is None:
            self.oldest = item.made
        self.facts.extend(item.facts)
        self.entries.extend(item.entries)
        self.ledgers.update(item.ledgers)


def make_unit(
    facts: Iterable[Fact], ledgers: dict[str, tuple[IdRange, ...]], entries: Iterable[JournalEntry] = ()
) -> Unit:
    """Returns a unit of facts and the events that caused them, with its count of rows and its size in memory."""
    all_facts, all_entries = tuple(facts), tuple(entries)
    rows = size = 0
    for fact in all_facts:
        if isinstance(fact, TradesAccepted):
            rows += len(fact.trades)
            size += _BYTES_A_TRADE_BATCH + _BYTES_A_TRADE * len(fact.trades) + _BYTES_A_RANGE * len(fact.ranges)
        else:
            rows += 1
            size += _BYTES_BY_FACT.get(type(fact), _BYTES_ANY)
    # Trades are the same objects in event and fact; the memory of an event beside them is small.
    messages = sum(isinstance(fact, Alert) and bool(fact.notify) for fact in all_facts)
    return Unit(
        all_facts, ledgers, all_entries, rows or len(all_entries), size + _BYTES_ANY * len(all_entries), messages,
        time.monotonic(),
    )  # fmt: skip
