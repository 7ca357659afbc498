"""The check that the database file is not deleted, replaced or cut while its writer has it open.

SQLite goes on writing to a deleted file, and all that it writes is lost when the process ends.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

RESCUED = "rescued-"  # how the name of a saved content begins


class DatabaseFile:
    """The file of a database as the writer opened it. ``problem`` checks it at most every ``check_seconds``."""

    def __init__(self, path: Path, *, check_seconds: float = 1.0) -> None:
        self._check_seconds = check_seconds
        self.path = path
        self._opened = path.stat()
        self._size = self._opened.st_size
        self._next_check = time.monotonic() + self._check_seconds

    def problem(self, connection: sqlite3.Connection) -> str:
        """Returns what happened to the file, as text; empty where it is unchanged."""
        if time.monotonic() < self._next_check:
            return ""
        self._next_check = time.monotonic() + self._check_seconds
        try:
            current = self.path.stat()
        except FileNotFoundError:
            return "was deleted"
        except OSError as error:
            return f"cannot be reached ({error.strerror})"
        if not os.path.samestat(current, self._opened):
            return "was replaced by another file"
        if current.st_size < self._size and not _is_sound(connection):
            return "was cut"
        self._size = current.st_size
        return ""


def rescue(connection: sqlite3.Connection, path: Path) -> str:
    """Save the content of the open database beside ``path``. Returns the result as text."""
    target = path.with_name(f"{RESCUED}{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{path.name}")
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        return f"what it held could not be saved ({error})"
    return f"what it held is saved in {target}: put that in its place and start again"


def _is_sound(connection: sqlite3.Connection) -> bool:
    """Returns whether a shorter file is sound: it also gets shorter when free space is given back."""
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.Error:
        return False
