"""FreeSpace in the database's file: how much of it is free to be used again, and giving it back to the disk.

A new store keeps what that needs (``auto_vacuum = INCREMENTAL``), for some one percent of the time a write takes. An older one uses free
pages again, and has to be rewritten once before it can give any back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason

Transact = Callable[[Callable[[sqlite3.Connection], Any]], Any]

SLICE_PAGES = 256  # a transaction: a megabyte, some milliseconds for which trades wait
KEPT_PAGES = 1_024  # the next hours need them again
_INCREMENTAL = 2


class FreeSpace(msgspec.Struct, frozen=True):
    """Bytes of the file, bytes of it that are free, and whether free ones can be given back."""

    bytes: int
    free: int
    gives_back: bool


def space(database: Path) -> FreeSpace:
    """How the file stands. Raises ``StoreError``."""
    connection = connect(database, read_only=True)
    try:
        return measure(connection)
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {reason(error)}") from None
    finally:
        connection.close()


def measure(connection: sqlite3.Connection) -> FreeSpace:
    """The same on a connection that is open."""
    size, pages, free, kept = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count", "freelist_count", "auto_vacuum")
    )
    return FreeSpace(size * pages, size * free, kept == _INCREMENTAL)


def give_back(
    database: Path, *, transact: Transact, stopped: Callable[[], bool] = lambda: False,
    slice_pages: int = SLICE_PAGES, kept_pages: int = KEPT_PAGES,
) -> int:  # fmt: skip
    """Give free pages back, ``slice_pages`` a transaction, but for ``kept_pages`` that are used again soon.

    Returns the bytes that the file is shorter by. ``transact`` runs a function of the writing connection in a transaction. Raises ``StoreError``.
    """
    before = space(database)
    if not before.gives_back:
        return 0
    left = before.bytes
    step = partial(_slice, most=slice_pages, kept=kept_pages)
    while not stopped() and (shorter := int(transact(step))) < left:
        left = shorter
    return before.bytes - left


def give_back_alone(database: Path, *, slice_pages: int = SLICE_PAGES, kept_pages: int = KEPT_PAGES) -> int:
    """The same where no writer runs; the directory must be held locked."""
    connection = connect(database)

    def transact(function: Callable[[sqlite3.Connection], Any]) -> Any:
        connection.execute("BEGIN IMMEDIATE")
        result = function(connection)
        connection.execute("COMMIT")
        return result

    try:
        given_back = give_back(database, transact=transact, slice_pages=slice_pages, kept_pages=kept_pages)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot write to the store {database}: {reason(error)}") from None
    finally:
        connection.close()
    return given_back


def rewrite(database: Path) -> tuple[FreeSpace, FreeSpace]:
    """Write the whole file anew, without free pages and so that it can give them back; → how it was and is.

    The directory must be held locked. The disk needs room for the file once more. Raises ``StoreError``.
    """
    connection = connect(database)
    try:
        before = measure(connection)
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return before, measure(connection)
    except SQLITE_ERRORS as error:
        raise StoreError(
            f"the store {database} was not rewritten, and is as it was ({reason(error)}): that needs as much room again as it has"
        ) from None
    finally:
        connection.close()


def _slice(connection: sqlite3.Connection, *, most: int, kept: int) -> int:
    """Move pages from the end into free ones. Returns how long the file then is, in bytes."""
    free = int(connection.execute("PRAGMA freelist_count").fetchone()[0])
    for _ in range(min(most, free - kept)):
        # One at a time: the statement has no columns, and Python's module ends such a one after its first step, a page.
        connection.execute("PRAGMA incremental_vacuum(1)")
    return measure(connection).bytes
