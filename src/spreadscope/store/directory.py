"""The data directory: made, locked for one engine, and bound to one source of data."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from errno import EACCES
from pathlib import Path
from types import TracebackType
from typing import Self

from spreadscope.model.errors import StoreError
from spreadscope.model.instrument import DEFAULT_VENUE
from spreadscope.store.command import Command
from spreadscope.store.tables import migrate, require_all_tables

DATABASE = "spreadscope.db"
_SET_META = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
BANNED_UNTIL = "rest_banned_until_ns"
ARCHIVED_AT = "archived_at_ms"
ARCHIVE = "archive"
# What goes wrong with a database. SQLite quotes a damaged schema in its message, and Python cannot always decode that.
SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def reason(error: Exception) -> str:
    """Returns the first line of an error of SQLite: for a damaged schema it quotes whole statements."""
    return str(error).partition("\n")[0]


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Returns a connection with the settings that the whole program uses. Raises ``StoreError``."""
    connection: sqlite3.Connection | None = None
    try:
        if read_only:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        else:
            connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            # This works on a file without tables; a file that has some keeps its setting until it is rewritten.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        # A writer that only appends needs few pages; a larger cache would grow for hours until it is full.
        connection.execute(f"PRAGMA cache_size = {-32_000 if read_only else -8_000}")
    except SQLITE_ERRORS as error:
        if connection is not None:
            connection.close()
        raise StoreError(f"cannot open the store {path}: {reason(error)}") from None
    return connection


class LockedError(StoreError):
    """The error that another process writes to the data directory."""


class DataDirectory:
    """A data directory that one engine or command has locked while it is open (a context manager)."""

    def __init__(self, path: Path, *, repairing: bool = False) -> None:
        """``repairing``: the caller will make the tables that are missing."""
        self._repairing = repairing
        self.path = path
        self.database = path / DATABASE
        self._lock: int | None = None

    def __enter__(self) -> Self:
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                self.path.chmod(0o700)  # what a user watches is private
            # The directory itself is locked: a lock file could be deleted, and a second engine would write beside the
            # first.
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            if not os.access(self.path, os.W_OK):
                raise PermissionError(EACCES, os.strerror(EACCES))
        except OSError as error:
            self._release()
            raise StoreError(
                f"the data directory {self.path} is not writable ({error.strerror}): choose another with --data"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = None
            raise LockedError(
                f"another engine is writing to {self.path}: stop it, or choose another directory with --data"
            ) from None
        try:
            self._prepare()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._release()

    def _prepare(self) -> None:
        self._refuse_empty_file()
        self._make_private()
        connection = connect(self.database)
        try:
            migrate(connection)
            if not self._repairing:
                require_all_tables(connection)
        except (*SQLITE_ERRORS, StoreError) as error:
            raise StoreError(f"cannot use the store {self.database}: {reason(error)}") from None
        finally:
            connection.close()

    def _make_private(self) -> None:
        """Let only the owner read the database; SQLite gives its log files the same mode."""
        try:
            os.close(os.open(self.database, os.O_RDWR | os.O_CREAT, 0o600))
            status = self.database.stat()
            if status.st_uid == os.geteuid() and status.st_mode & 0o077:
                self.database.chmod(0o600)
        except OSError as error:
            raise StoreError(f"cannot use the store {self.database}: {error.strerror}") from None

    def _refuse_empty_file(self) -> None:
        """Refuse an empty file beside an archive or a log: a new store is empty too, but then the content was lost."""
        log = self.database.with_name(self.database.name + "-wal")
        try:
            empty = self.database.exists() and self.database.stat().st_size == 0
            others = [
                path.name
                for path in (self.path / ARCHIVE, log)
                if path.exists() and (path != log or path.stat().st_size)
            ]
        except OSError as error:
            raise StoreError(f"cannot use the store {self.database}: {error.strerror}") from None
        if empty and others:
            raise StoreError(
                f"the store {self.database} is empty, though {others[0]} lies beside it: its content was lost; bring "
                "it back, or "
                "choose another directory with --data"
            )

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def bind_source(database: Path, mode: str, source: str) -> None:
    """Record in the store where its data come from, before its writer runs. Raises ``StoreError`` as ``bind`` does."""
    connection = connect(database)
    try:
        connection.execute("BEGIN IMMEDIATE")
        bind(connection, mode, source)
        connection.execute("COMMIT")
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot write to the store {database}: {reason(error)}") from None
    finally:
        connection.close()


def bind(connection: sqlite3.Connection, mode: str, source: str) -> None:
    """Record the source within the caller's transaction. A store of another source is refused: tapes must not mix."""
    stored = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('mode', 'source')").fetchall())
    if stored and stored != {"mode": mode, "source": source}:
        raise StoreError(
            f"the store holds {stored.get('mode')} data ({stored.get('source')}), not {mode} data ({source}): "
            "choose another directory with --data"
        )
    connection.executemany(_SET_META, (("mode", mode), ("source", source)))


def _ban_key(venue: str) -> str:
    """Returns the key in ``meta`` of the ban by a venue."""
    return BANNED_UNTIL if venue == DEFAULT_VENUE else f"{BANNED_UNTIL}:{venue}"


def banned_until(database: Path, venue: str = DEFAULT_VENUE) -> int:
    """Returns the end of the last ban by a venue that an engine stored (wall clock, ns; 0: none)."""
    value = meta_value(database, _ban_key(venue))
    return int(value) if value.isascii() and value.isdigit() else 0


def meta_value(database: Path, key: str) -> str:
    """Returns the value of a key in ``meta``; empty where there is none."""
    connection = connect(database, read_only=True)
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {reason(error)}") from None
    finally:
        connection.close()
    return str(row[0]) if row else ""


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Store a value in ``meta``, within the caller's transaction."""
    connection.execute(_SET_META, (key, value))


def save_ban(until_ns: int, venue: str) -> Command:
    """Returns the statement that stores a ban: asking again after a restart would only prolong it."""
    return Command(_SET_META, (_ban_key(venue), str(until_ns)))


def remember_ban(database: Path, until_ns: int, venue: str = DEFAULT_VENUE) -> None:
    """Store a ban that came before the writer ran: the next start must not ask the venue."""
    connection = connect(database)
    try:
        set_meta(connection, _ban_key(venue), str(until_ns))
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot write to the store {database}: {reason(error)}") from None
    finally:
        connection.close()
