"""What the exchange said it lists, as the store keeps it for a start at which it cannot be asked."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason

# One row: the newest answer takes the place of the one before it.
SAVE_LISTING = "INSERT OR REPLACE INTO listing VALUES (1, ?, ?, ?)"


class StoredListing(msgspec.Struct, frozen=True):
    """An answer: from which address, when (ours, ms), and the JSON that whoever stored it made of it."""

    rest_url: str
    time: int
    document: str


def read_listing(database: Path) -> StoredListing | None:
    """The newest answer; None where none was stored yet. Raises ``StoreError``."""
    connection = connect(database, read_only=True)
    try:
        row = connection.execute("SELECT rest_url, time, document FROM listing").fetchone()
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {reason(error)}") from None
    finally:
        connection.close()
    return StoredListing(*row) if row else None
