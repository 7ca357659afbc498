"""The session of the running engine: its journal, and the hash over all its facts so far."""

from __future__ import annotations

import sqlite3
import time

import msgspec

from spreadscope.engine.digest import SCHEMA, FactsDigest
from spreadscope.store import journal
from spreadscope.store.batch import Batch


class SessionRecord(msgspec.Struct, frozen=True):
    """One run of an engine: its version and configuration, with which its journal can be replayed."""

    started_ns: int
    version: str
    config: str


class SessionWriter:
    """A writer of the session's journal and hash, in the transaction of its facts: after a kill both still agree."""

    def __init__(self, session: SessionRecord) -> None:
        self._session = session
        self._digest = FactsDigest()
        self._session_id = 0
        self._seq = 0

    def write(self, connection: sqlite3.Connection, batch: Batch) -> None:
        """Write the entries of one transaction and the hash over all facts so far."""
        if not batch.hashed:  # a transaction that is tried again adds nothing twice
            batch.hashed = True
            self._seq += 1
            for fact in batch.facts:
                self._digest.add(fact)
        totals = (self._digest.count, self._digest.trades, self._digest.hexdigest())
        if self._seq == 1:
            row = (self._session.started_ns, time.time_ns(), self._session.version, self._session.config, *totals)
            statistics = msgspec.json.encode(self._digest.statistics).decode()
            cursor = connection.execute(
                "INSERT INTO sessions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, SCHEMA, statistics)
            )
            self._session_id = int(cursor.lastrowid or 0)
        else:
            connection.execute(
                "UPDATE sessions SET ended_ns = ?, facts = ?, trades = ?, hash = ? WHERE session_id = ?",
                (time.time_ns(), *totals, self._session_id),
            )
        entries = journal.encode(batch.entries)
        connection.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)",
            (self._session_id, self._seq, entries.first_time, entries.last_time, entries.data, journal.FORMAT),
        )
