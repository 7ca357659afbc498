"""The file of the database under its writer: was it deleted, replaced or cut while it is open?

SQLite goes on writing to a file that has lost its name, and everything written so is gone with the process.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path


class DatabaseFile:
    """A database's file as it was when its writer opened it. ``problem`` looks at most every ``look_seconds``."""

    def __init__(self, path: Path, *, look_seconds: float = 1.0) -> None:
        self._look_seconds = look_seconds
        self.path = path
        self._opened = path.stat()
        self._size = self._opened.st_size
        self._next_look = time.monotonic() + self._look_seconds

    def problem(self, connection: sqlite3.Connection) -> str:
        """What happened to the file, in words; empty where it is what it was."""
        if time.monotonic() < self._next_look:
            return ""
        self._next_look = time.monotonic() + self._look_seconds
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return "was deleted"
        except OSError as error:
            return f"cannot be reached ({error.strerror})"
        if not os.path.samestat(now, self._opened):
            return "was replaced by another file"
        if now.st_size < self._size and not _sound(connection):
            return "was cut"
        self._size = now.st_size
        return ""


def rescue(connection: sqlite3.Connection, path: Path) -> str:
    """Save what the open database holds beside ``path``. Returns what became of it, in words."""
    target = path.with_name(f"rescued-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{path.name}")
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        return f"what it held could not be saved ({error})"
    return f"what it held is saved in {target}: put that in its place and start again"


def _sound(connection: sqlite3.Connection) -> bool:
    """A file gets shorter when room is given back, and then it is whole."""
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.Error:
        return False
