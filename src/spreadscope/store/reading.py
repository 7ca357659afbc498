"""A read of the store at one moment, on a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spreadscope.model.errors import StoreError
from spreadscope.store.directory import SQLITE_ERRORS, connect
from spreadscope.store.tables import require_current


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the store to read; all reads inside see it at one moment. Raises ``StoreError``."""
    connection = connect(database, read_only=True)
    try:
        require_current(connection, database)
        connection.execute("BEGIN")
        yield connection
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {error}") from None
    finally:
        connection.close()
