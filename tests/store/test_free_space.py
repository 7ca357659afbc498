"""The database's file gets shorter when rows have left it, a slice at a time.

Where it cannot, it is rewritten on request.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spreadscope.cli import app
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DATABASE
from spreadscope.store.maintenance.free_space import free_space, give_back, give_back_offline, rewrite
from tests.support.facts import row, store
from tests.support.market import START

ROWS = 12_000
SLICE, KEPT = 100, 64  # pages


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with store(tmp_path) as (writer, _):
        writer.submit([row(START + n * 60_000) for n in range(ROWS)], {})
    return tmp_path / DATABASE


def older(database: Path) -> None:
    """As a version made it that kept nothing for giving back."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")


def empty(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"DELETE FROM analytics WHERE time > {START}")


def kept(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM analytics").fetchone()[0])


def test_a_new_store_gives_back_what_left_it_in_slices_and_keeps_some(database: Path) -> None:
    full = database.stat().st_size
    empty(database)
    before = free_space(database)
    assert before.gives_back
    assert before.free > 0.9 * full
    assert database.stat().st_size == full, "by itself it does not get shorter"
    moved: list[int] = []
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:

        def transact(function: Callable[[sqlite3.Connection], Any]) -> Any:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute("BEGIN IMMEDIATE")
            result = function(connection)
            connection.execute("COMMIT")
            moved.append(pages - connection.execute("PRAGMA page_count").fetchone()[0])
            return result

        given_back = give_back(database, transact=transact, slice_pages=SLICE, reserved_pages=KEPT)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert len(moved) > 3
    # A page of the map of pages can go along with those that were moved.
    assert max(moved) <= SLICE + 1
    assert database.stat().st_size == full - given_back
    after = free_space(database)
    assert after.free // 4096 == KEPT
    assert kept(database) == 1


def test_it_ends_between_two_slices_when_told_to_stop(database: Path) -> None:
    empty(database)
    calls: list[int] = []

    def transact(function: Callable[[sqlite3.Connection], Any]) -> Any:
        calls.append(1)
        with closing(sqlite3.connect(database)) as connection, connection:
            return function(connection)

    give_back(database, transact=transact, stopped=lambda: len(calls) == 2, slice_pages=SLICE, reserved_pages=KEPT)
    assert len(calls) == 2


def test_an_older_store_gives_nothing_back_until_it_is_rewritten(database: Path) -> None:
    older(database)
    empty(database)
    assert not free_space(database).gives_back
    assert give_back_offline(database, slice_pages=SLICE, reserved_pages=KEPT) == 0
    with store(database.parent):
        pass
    assert not free_space(database).gives_back, "that is not done behind anyone's back"
    before, after = rewrite(database)
    assert before.free > 0.8 * before.bytes
    assert after.gives_back
    assert after.free == 0
    assert database.stat().st_size == after.bytes < before.bytes / 5
    assert kept(database) == 1


def test_a_file_that_cannot_be_rewritten_is_as_it_was(database: Path) -> None:
    data = bytearray(database.read_bytes())
    data[20 * 4096 : 24 * 4096] = bytes(4 * 4096)
    database.write_bytes(data)
    with pytest.raises(StoreError, match="was not rewritten, and is as it was"):
        rewrite(database)
    assert database.read_bytes()[100:] == data[100:]  # the header counts changes


def test_the_doctor_says_how_much_is_free_and_rewrites_when_asked(database: Path) -> None:
    older(database)
    empty(database)
    data = str(database.parent)
    told = CliRunner().invoke(app, ["doctor", "--data", data])
    assert told.exit_code == 0
    assert "are free: they are used again; with --shrink" in told.stderr
    shrunk = CliRunner().invoke(app, ["doctor", "--data", data, "--shrink"])
    assert shrunk.exit_code == 0
    assert "0.0 MB of the database's" in shrunk.stderr
    assert free_space(database).gives_back


def test_a_store_with_findings_is_not_rewritten(database: Path) -> None:
    older(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO conflicts VALUES (99, 1, 1)")
    done = CliRunner().invoke(app, ["doctor", "--data", str(database.parent), "--shrink"])
    assert done.exit_code == 1
    assert "not rewritten" in done.stderr
    assert not free_space(database).gives_back
