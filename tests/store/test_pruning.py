"""What is old enough and done with goes; what is still to be sent, and a session that still runs, stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.maintenance.pruning import SLICE_ROWS, prune

OLD, NEW, BEFORE = 1_000, 3_000, 2_000


class Store:
    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.slices = 0

    def transact(self, function: Callable[[sqlite3.Connection], Any]) -> Any:
        self.slices += 1
        return function(self.connection)

    def prune(self, kind: str, stopped: Callable[[], bool] = lambda: False, slice_rows: int = SLICE_ROWS) -> int:
        return prune(kind, BEFORE, transact=self.transact, stopped=stopped, slice_rows=slice_rows)

    def rows(self, query: str) -> list[Any]:
        return [row[0] if len(row) == 1 else row for row in self.connection.execute(query)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with DataDirectory(tmp_path):
        pass
    opened = Store(tmp_path / DATABASE)
    with closing(opened.connection):
        yield opened


def deliver(store: Store, key: str, state: str, updated: int) -> None:
    names = [
        row[1] for row in store.connection.execute("PRAGMA table_info(deliveries)") if row[1] not in {"id", "sent_at"}
    ]
    values = dict.fromkeys(names, "0") | {"key": key, "rule_id": key, "state": state, "updated": updated}
    store.connection.execute(
        f"INSERT INTO deliveries ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
        list(values.values()),
    )  # fmt: skip


def test_messages_that_are_done_with_go_and_those_to_be_sent_never(store: Store) -> None:
    for state in ("sent", "dead", "waiting", "sending"):
        deliver(store, f"old {state}", state, OLD)
        deliver(store, f"new {state}", state, NEW)
    assert store.prune("deliveries") == 2
    left = {"old waiting", "old sending", *(f"new {state}" for state in ("sent", "dead", "waiting", "sending"))}
    assert set(store.rows("SELECT key FROM deliveries")) == left


def test_a_session_goes_whole_and_one_that_runs_stays_whole(store: Store) -> None:
    for number, ended in ((1, OLD), (2, NEW)):
        store.connection.execute(
            f"INSERT INTO sessions VALUES ({number}, 5, {ended * 1_000_000}, '1', '{{}}', 1, 1, '', 2, '[]')"
        )
        for seq in range(3):
            store.connection.execute("INSERT INTO journal VALUES (?, ?, 0, 0, x'00', 2)", (number, seq))
    assert store.prune("sessions") == 4
    assert store.rows("SELECT session_id FROM sessions") == [2]
    assert store.rows("SELECT session_id, seq FROM journal ORDER BY 2") == [(2, 0), (2, 1), (2, 2)]


def test_a_table_that_has_grown_is_cut_in_short_transactions_and_can_be_stopped(store: Store) -> None:
    times = [OLD] * 25 + [NEW] * 5
    rows = [(time * 1_000_000, "c", "e", b"") for time in times]
    store.connection.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?)", rows)
    assert store.prune("quarantine", stopped=lambda: store.slices == 1, slice_rows=10) == 10
    assert store.prune("quarantine", slice_rows=10) == 15
    assert store.slices == 4  # and one of the faults beside it, of which there are none
    assert store.rows("SELECT count(*) FROM quarantine") == [5]
