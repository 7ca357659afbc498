"""The deletion of old rows: finished deliveries, sessions, faults and quarantined frames."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

Transact = Callable[[Callable[[sqlite3.Connection], Any]], Any]

SLICE_ROWS = 500  # in a transaction, because trades wait meanwhile; a row of a journal can be large
_NS_A_MS = 1_000_000

_DELIVERIES = """DELETE FROM deliveries WHERE id IN
    (SELECT id FROM deliveries WHERE state IN ('sent', 'dead') AND updated < ? LIMIT ?)"""
_JOURNAL = """DELETE FROM journal WHERE rowid IN
    (SELECT journal.rowid FROM journal JOIN sessions USING (session_id) WHERE ended_ns < ? LIMIT ?)"""
_SESSIONS = "DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions WHERE ended_ns < ? LIMIT ?)"
_FAULTS = "DELETE FROM faults WHERE id IN (SELECT id FROM faults WHERE received_ns < ? LIMIT ?)"
_QUARANTINE = "DELETE FROM quarantine WHERE rowid IN (SELECT rowid FROM quarantine WHERE received_ns < ? LIMIT ?)"

# The statements, and the unit of their time. A delivery that waits is never deleted. A session is deleted as a whole,
# because a part of its journal cannot be replayed; the journal first, so that the next run deletes what a kill leaves.
# The end of the running session is always new.
_STEPS: dict[str, tuple[tuple[str, int], ...]] = {
    "deliveries": ((_DELIVERIES, 1),),
    "sessions": ((_JOURNAL, _NS_A_MS), (_SESSIONS, _NS_A_MS)),
    "quarantine": ((_QUARANTINE, _NS_A_MS), (_FAULTS, _NS_A_MS)),
}


def prune(
    kind: str, before: int, *, transact: Transact, stopped: Callable[[], bool], slice_rows: int = SLICE_ROWS
) -> int:
    """Delete rows of ``kind`` (``deliveries``, ``sessions`` or ``quarantine``) that ended before ``before`` (our clock,
    ms).

    ``slice_rows`` are deleted in one transaction. Returns how many rows were deleted.
    """
    deleted = 0
    for sql, unit in _STEPS[kind]:
        count = slice_rows
        while count == slice_rows and not stopped():
            count = int(transact(partial(_delete, sql=sql, before=before * unit, max_rows=slice_rows)))
            deleted += count
        if stopped():
            break
    return deleted


def _delete(connection: sqlite3.Connection, *, sql: str, before: int, max_rows: int) -> int:
    return connection.execute(sql, (before, max_rows)).rowcount
