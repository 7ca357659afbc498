"""Sign-ins, API keys and the log of changes: a small database of its own, which only its owner may read.

It is beside the store and not in it: a copy of the store for somebody else has no credentials in it. Credentials are
stored as SHA-256 of random tokens of 256 bits; what is random needs no slow hash.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason

ACCESS_DATABASE = "access.db"
MOST_LOG_ROWS = 500_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS codes (
    hash BLOB PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL, expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL, scopes TEXT NOT NULL,
    created INTEGER NOT NULL, used INTEGER NOT NULL, expires INTEGER NOT NULL,
    peer TEXT NOT NULL, program TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (
    prefix TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL,
    created INTEGER NOT NULL, used INTEGER
) WITHOUT ROWID;
-- Of a session that a provider has begun: whom it knew. A table of its own, so that an older version still works.
CREATE TABLE IF NOT EXISTS provided_sessions (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, person BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL,
    peer TEXT NOT NULL, what TEXT NOT NULL, status INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS log_bound (
    only INTEGER PRIMARY KEY CHECK (only = 1), before_time INTEGER NOT NULL, before_id INTEGER NOT NULL
);
INSERT OR IGNORE INTO log_bound VALUES (1, 0, 0);
-- Lines are added, and go when they are too old; no statement changes one.
CREATE TRIGGER IF NOT EXISTS log_is_not_changed BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'the log of changes is append-only'); END;
CREATE TRIGGER IF NOT EXISTS log_is_kept BEFORE DELETE ON log
WHEN OLD.time >= (SELECT before_time FROM log_bound) AND OLD.id >= (SELECT before_id FROM log_bound)
BEGIN SELECT RAISE(ABORT, 'the log of changes is append-only'); END;
"""


_SESSIONS = (
    "SELECT sessions.*, person FROM sessions LEFT JOIN provided_sessions ON provided_sessions.id = sessions.id"
    " AND provided_sessions.hash = sessions.hash"
)


class SignInRecord(msgspec.Struct, frozen=True):
    """A row of ``sessions``. Times are ms. ``person`` is whom a provider knew (JSON); None where a link began it."""

    id: str
    hash: bytes
    name: str
    scopes: str
    created: int
    used: int
    expires: int
    peer: str
    program: str
    person: bytes | None = None


class KeyRecord(msgspec.Struct, frozen=True):
    """A row of ``keys``."""

    prefix: str
    hash: bytes
    name: str
    scopes: str
    created: int
    used: int | None


class LogRecord(msgspec.Struct, frozen=True):
    """A row of ``log``."""

    id: int
    time: int
    kind: str
    who: str
    peer: str
    what: str
    status: int


@contextmanager
def _at_once(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: a session whose person were missing would pass for one that a link began."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class AccessStore:
    """The database of access; any thread may use it. Every method raises ``StoreError`` where it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ACCESS_DATABASE
        self._lock = threading.Lock()
        self._connection = self._opened(folder)

    def _opened(self, folder: Path) -> sqlite3.Connection:
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            if self.path.stat().st_mode & 0o077:
                self.path.chmod(0o600)
        except OSError as error:
            raise StoreError(
                f"{self.path} cannot be used ({error.strerror}): is {folder} the data directory, and yours?"
            ) from None
        connection = connect(self.path)
        try:
            connection.executescript(_SCHEMA)
            # SQLite's own comparisons know the capitals of English alone.
            connection.create_function("has_text", 2, _has_text, deterministic=True)
        except SQLITE_ERRORS as error:
            connection.close()
            raise StoreError(f"cannot use {self.path}: {reason(error)}") from None
        return connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except SQLITE_ERRORS as error:
                raise StoreError(f"cannot use {self.path}: {reason(error)}") from None

    # --- one-time codes -----------------------------------------------------------------------------------------------

    def add_code(self, digest: bytes, name: str, scopes: str, expires: int, now: int) -> None:
        """Store a code; those that have expired go."""
        with self._used() as connection:
            connection.execute("DELETE FROM codes WHERE expires <= ?", (now,))
            connection.execute("INSERT INTO codes VALUES (?, ?, ?, ?)", (digest, name, scopes, expires))

    def take_code(self, digest: bytes, now: int) -> tuple[str, str] | None:
        """Remove a code. Returns its name and scopes; None where there is none, or it has expired."""
        with self._used() as connection:
            row = connection.execute(
                "DELETE FROM codes WHERE hash = ? RETURNING name, scopes, expires", (digest,)
            ).fetchone()
        return (row[0], row[1]) if row is not None and row[2] > now else None

    # --- sessions -----------------------------------------------------------------------------------------------------

    def add_session(self, session: SignInRecord, *, unused_since: int) -> None:
        """Store a session; those that have ended go."""
        *row, person = msgspec.structs.astuple(session)
        with self._used() as connection, _at_once(connection):
            connection.execute("DELETE FROM sessions WHERE expires <= ? OR used <= ?", (session.created, unused_since))
            connection.execute("DELETE FROM provided_sessions WHERE id NOT IN (SELECT id FROM sessions)")
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            if person is not None:
                connection.execute("INSERT INTO provided_sessions VALUES (?, ?, ?)", (session.id, session.hash, person))

    def session(self, digest: bytes) -> SignInRecord | None:
        with self._used() as connection:
            row = connection.execute(f"{_SESSIONS} WHERE sessions.hash = ?", (digest,)).fetchone()
        return SignInRecord(*row) if row else None

    def sessions(self) -> list[SignInRecord]:
        """Returns all sessions, the newest first."""
        with self._used() as connection:
            rows = connection.execute(f"{_SESSIONS} ORDER BY created DESC, sessions.id").fetchall()
        return [SignInRecord(*row) for row in rows]

    def session_used(self, session_id: str, now: int) -> None:
        with self._used() as connection:
            connection.execute("UPDATE sessions SET used = ? WHERE id = ?", (now, session_id))

    def remove_session(self, session_id: str) -> bool:
        """Returns whether there was one."""
        with self._used() as connection:
            return connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,)).rowcount > 0

    def remove_all_sessions(self) -> int:
        """End all sessions, and the codes that wait. Returns how many sessions there were."""
        with self._used() as connection:
            connection.execute("DELETE FROM codes")
            return connection.execute("DELETE FROM sessions").rowcount

    # --- keys ---------------------------------------------------------------------------------------------------------

    def add_key(self, key: KeyRecord) -> bool:
        """Returns whether it is stored; not where its name is in use."""
        with self._used() as connection:
            row = connection.execute(
                "INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(key)
            )
            return row.rowcount > 0

    def key(self, digest: bytes) -> KeyRecord | None:
        with self._used() as connection:
            row = connection.execute("SELECT * FROM keys WHERE hash = ?", (digest,)).fetchone()
        return KeyRecord(*row) if row else None

    def all_keys(self) -> list[KeyRecord]:
        """Returns all keys, the newest first."""
        with self._used() as connection:
            rows = connection.execute("SELECT * FROM keys ORDER BY created DESC, prefix").fetchall()
        return [KeyRecord(*row) for row in rows]

    def key_used(self, prefix: str, now: int) -> None:
        with self._used() as connection:
            connection.execute("UPDATE keys SET used = ? WHERE prefix = ?", (now, prefix))

    def remove_key(self, name: str) -> bool:
        """Remove the key of this name or prefix. Returns whether there was one."""
        with self._used() as connection:
            return connection.execute("DELETE FROM keys WHERE prefix = ? OR name = ?", (name, name)).rowcount > 0

    def has_credentials(self, now: int) -> bool:
        """Returns whether anybody could sign in: by a key, a session or a code that waits."""
        with self._used() as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT 1 FROM keys) OR EXISTS (SELECT 1 FROM sessions WHERE expires > ?)"
                " OR EXISTS (SELECT 1 FROM codes WHERE expires > ?)",
                (now, now),
            ).fetchone()
        return bool(row[0])

    # --- the log of changes -------------------------------------------------------------------------------------------

    def append(self, time: int, kind: str, who: str, peer: str, what: str, status: int) -> None:
        with self._used() as connection:
            connection.execute(
                "INSERT INTO log (time, kind, who, peer, what, status) VALUES (?, ?, ?, ?, ?, ?)",
                (time, kind, who, peer, what, status),
            )

    def log(self, limit: int, before: int | None = None, who: str = "", what: str = "") -> list[LogRecord]:
        """Returns the newest lines, the newest first; with ``before`` those before this ``id``.

        ``who`` and ``what`` leave those that have this text in their name (of nobody: in their kind) and in what was
        done, whether in capitals or not.
        """
        conditions, values = ["id < ?"], list[object]([2**62 if before is None else before])
        for column, text in (("CASE who WHEN '' THEN kind ELSE who END", who), ("what", what)):
            if text:
                conditions.append(f"has_text({column}, ?)")
                values.append(text.casefold())
        statement = f"SELECT * FROM log WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"  # noqa: S608 - of the two lines above
        with self._used() as connection:
            rows = connection.execute(statement, (*values, limit)).fetchall()
        return [LogRecord(*row) for row in rows]

    def forget_log(self, before: int, most: int = MOST_LOG_ROWS) -> int:
        """Remove lines from before a time, and all but the newest ``most``. Returns how many have gone."""
        with self._used() as connection:
            connection.execute(
                "UPDATE log_bound SET before_time = max(before_time, ?), before_id = max(before_id,"
                " (SELECT coalesce(max(id), 0) FROM log) - ? + 1)",
                (before, most),
            )
            return connection.execute(
                "DELETE FROM log WHERE time < (SELECT before_time FROM log_bound)"
                " OR id < (SELECT before_id FROM log_bound)"
            ).rowcount


def _has_text(value: str, part: str) -> bool:
    """Returns whether ``part``, which is case-folded, stands in a value."""
    return part in value.casefold()
