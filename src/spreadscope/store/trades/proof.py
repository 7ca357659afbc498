"""What proves a symbol's tape: the exchange's dense ids, its raw ids, or nothing.

Trades that came without the exchange's ids are kept under ids of our own. Those are dense by making, so they prove
nothing: the tape is *unprovable*, its bars are never complete, and every place that shows it says so. The fact stands in
the table ``meta`` (``unprovable:SYMBOL``) with where the trades came from.
"""

from __future__ import annotations

import sqlite3

_KEY = "unprovable:"
#: The words for such a tape, wherever it is shown.
UNPROVABLE = "unprovable: the trades came without the exchange's ids, so nobody can tell whether one is missing"


def unprovable(connection: sqlite3.Connection) -> dict[str, str]:
    """Returns the symbols whose tape proves nothing, with where their trades came from."""
    rows = connection.execute("SELECT key, value FROM meta WHERE key GLOB ?", (f"{_KEY}*",))
    return {key.removeprefix(_KEY): source for key, source in rows}


def is_unprovable(connection: sqlite3.Connection, symbol: str) -> bool:
    """Returns whether the tape of a symbol proves nothing."""
    return connection.execute("SELECT 1 FROM meta WHERE key = ?", (f"{_KEY}{symbol}",)).fetchone() is not None


def mark_unprovable(connection: sqlite3.Connection, symbol: str, source: str) -> None:
    """Note that trades of a symbol came without ids (in the transaction that enters them); the first source stays."""
    connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (f"{_KEY}{symbol}", source))
