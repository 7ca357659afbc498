"""The instruments that venues list, stored for a start at which the venues cannot be asked."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.store.command import Command
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason


class StoredInstrumentList(msgspec.Struct, frozen=True):
    """The stored answer of a venue: its address, when it came (our clock, ms), and the JSON of its instruments."""

    rest_url: str
    time: int
    document: str


def save_instrument_list(venue: str, answer: StoredInstrumentList) -> Command:
    """Returns the statement that stores the newest answer of a venue, in the place of the one before it."""
    values = (venue, answer.rest_url, answer.time, answer.document)
    return Command("INSERT OR REPLACE INTO instrument_lists VALUES (?, ?, ?, ?)", values)


def read_instrument_list(database: Path, venue: str) -> StoredInstrumentList | None:
    """Returns the newest answer of a venue; None where none was stored yet. Raises ``StoreError``."""
    connection = connect(database, read_only=True)
    try:
        row = connection.execute(
            "SELECT rest_url, time, document FROM instrument_lists WHERE venue = ?", (venue,)
        ).fetchone()
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {reason(error)}") from None
    finally:
        connection.close()
    return StoredInstrumentList(*row) if row else None
