"""Rows of tables that only grow, deleted when they are older than wanted: messages that are done with, old sessions, old quarantine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

Transact = Callable[[Callable[[sqlite3.Connection], Any]], Any]

SLICE_ROWS = 500  # a transaction, for trades wait meanwhile; a row of a journal can be large
_NS_A_MS = 1_000_000

_DELIVERIES = """DELETE FROM deliveries WHERE id IN
    (SELECT id FROM deliveries WHERE state IN ('sent', 'dead') AND updated < ? LIMIT ?)"""
_JOURNAL = """DELETE FROM journal WHERE rowid IN
    (SELECT journal.rowid FROM journal JOIN sessions USING (session_id) WHERE ended_ns < ? LIMIT ?)"""
_SESSIONS = "DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions WHERE ended_ns < ? LIMIT ?)"
_FAULTS = "DELETE FROM faults WHERE id IN (SELECT id FROM faults WHERE received_ns < ? LIMIT ?)"
_QUARANTINE = "DELETE FROM quarantine WHERE rowid IN (SELECT rowid FROM quarantine WHERE received_ns < ? LIMIT ?)"

# Statements, and the unit of their time. A message that is still to be sent is never deleted. A session goes whole, for a part of
# its journal cannot be replayed, and its journal goes first: what a kill leaves is deleted by the next run. One that is running has
# ended just now.
_STEPS: dict[str, tuple[tuple[str, int], ...]] = {
    "deliveries": ((_DELIVERIES, 1),),
    "sessions": ((_JOURNAL, _NS_A_MS), (_SESSIONS, _NS_A_MS)),
    "quarantine": ((_QUARANTINE, _NS_A_MS), (_FAULTS, _NS_A_MS)),
}


def prune(
    kind: str, before: int, *, transact: Transact, stopped: Callable[[], bool], slice_rows: int = SLICE_ROWS
) -> int:
    """Delete what of ``kind`` (``deliveries``, ``sessions`` or ``quarantine``) ended before ``before`` (ours, ms).

    ``slice_rows`` go in one transaction. Returns how many rows went.
    """
    deleted = 0
    for sql, unit in _STEPS[kind]:
        count = slice_rows
        while count == slice_rows and not stopped():
            count = int(transact(partial(_delete, sql=sql, before=before * unit, most=slice_rows)))
            deleted += count
        if stopped():
            break
    return deleted


def _delete(connection: sqlite3.Connection, *, sql: str, before: int, most: int) -> int:
    return connection.execute(sql, (before, most)).rowcount
