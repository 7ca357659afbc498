"""The free space of the database file: measured, and given back to the disk.

A new store can give pages back (``auto_vacuum = INCREMENTAL``), which costs about one percent of the time of writes. An
older one only uses free pages again; it must be rewritten once before it can give any back.
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

SLICE_PAGES = 256  # in a transaction: a megabyte, for which trades wait some milliseconds
RESERVED_PAGES = 1_024  # the next hours need them again
_INCREMENTAL = 2


class FreeSpace(msgspec.Struct, frozen=True):
    """The size of the database file, its free bytes, and whether free ones can be given back."""

    bytes: int
    free: int
    gives_back: bool


def free_space(database: Path) -> FreeSpace:
    """Returns the size and the free space of a database file. Raises ``StoreError``."""
    connection = connect(database, read_only=True)
    try:
        return measure(connection)
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {reason(error)}") from None
    finally:
        connection.close()


def measure(connection: sqlite3.Connection) -> FreeSpace:
    """Returns the size and the free space on an open connection."""
    size, pages, free, auto_vacuum = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count", "freelist_count", "auto_vacuum")
    )
    return FreeSpace(size * pages, size * free, auto_vacuum == _INCREMENTAL)


def give_back(
    database: Path, *, transact: Transact, stopped: Callable[[], bool] = lambda: False,
    slice_pages: int = SLICE_PAGES, reserved_pages: int = RESERVED_PAGES,
) -> int:  # fmt: skip
    """Give free pages back, ``slice_pages`` a transaction, except ``reserved_pages`` that are used again soon.

    Returns by how many bytes the file got shorter. ``transact`` runs a function in the writer. Raises ``StoreError``.
    """
    before = free_space(database)
    if not before.gives_back:
        return 0
    size = before.bytes
    step = partial(_vacuum_slice, max_pages=slice_pages, reserved_pages=reserved_pages)
    while not stopped() and (shorter := int(transact(step))) < size:
        size = shorter
    return before.bytes - size


def give_back_offline(database: Path, *, slice_pages: int = SLICE_PAGES, reserved_pages: int = RESERVED_PAGES) -> int:
    """Give free pages back where no writer runs (directory locked). Returns by how many bytes the file got shorter."""
    connection = connect(database)

    def transact(function: Callable[[sqlite3.Connection], Any]) -> Any:
        connection.execute("BEGIN IMMEDIATE")
        result = function(connection)
        connection.execute("COMMIT")
        return result

    try:
        given_back = give_back(database, transact=transact, slice_pages=slice_pages, reserved_pages=reserved_pages)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot write to the store {database}: {reason(error)}") from None
    finally:
        connection.close()
    return given_back


def rewrite(database: Path) -> tuple[FreeSpace, FreeSpace]:
    """Rewrite the file without free pages, so that it can give them back later. Returns the space before and after.

    The directory must be locked. The disk needs room for a second file. Raises ``StoreError``.
    """
    connection = connect(database)
    try:
        before = measure(connection)
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return before, measure(connection)
    except SQLITE_ERRORS as error:
        raise StoreError(
            f"the store {database} was not rewritten, and is as it was ({reason(error)}): that needs as much room "
            "again as it has"
        ) from None
    finally:
        connection.close()


def _vacuum_slice(connection: sqlite3.Connection, *, max_pages: int, reserved_pages: int) -> int:
    """Move pages from the end into free ones. Returns the new size of the file in bytes."""
    free = int(connection.execute("PRAGMA freelist_count").fetchone()[0])
    for _ in range(min(max_pages, free - reserved_pages)):
        # One page at a time: the statement has no columns, and Python ends such a statement after its first step, one
        # page.
        connection.execute("PRAGMA incremental_vacuum(1)")
    return measure(connection).bytes
