"""Whether a tape is provable: whether dense ids of the exchange show that no trade is missing.

Trades that came without the exchange's ids are stored under our own ids. These are always dense, so they prove nothing:
the tape is *unprovable*, its bars are never complete, and every view of it says so. The table ``meta`` holds the source
of such trades (``unprovable:SYMBOL``).
"""

from __future__ import annotations

import sqlite3

_KEY = "unprovable:"
#: The text that every view of such a tape shows.
UNPROVABLE = "unprovable: the trades came without the exchange's ids, so nobody can tell whether one is missing"


def unprovable(connection: sqlite3.Connection) -> dict[str, str]:
    """Returns the symbols with an unprovable tape, and the source of their trades."""
    rows = connection.execute("SELECT key, value FROM meta WHERE key GLOB ?", (f"{_KEY}*",))
    return {key.removeprefix(_KEY): source for key, source in rows}


def is_unprovable(connection: sqlite3.Connection, symbol: str) -> bool:
    """Returns whether the tape of a symbol is unprovable."""
    return connection.execute("SELECT 1 FROM meta WHERE key = ?", (f"{_KEY}{symbol}",)).fetchone() is not None


def mark_unprovable(connection: sqlite3.Connection, symbol: str, source: str) -> None:
    """Mark a symbol as unprovable, in the transaction that stores its trades; the first source stays."""
    connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (f"{_KEY}{symbol}", source))
