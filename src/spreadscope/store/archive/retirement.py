"""The retirement of archived files that are older than the user wants to keep: listed as retired, then deleted.

The list keeps the subject and the ids of a deleted file, which the ledger and the doctor need.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.store.archive import archive_catalog
from spreadscope.store.archive.archive_catalog import Part
from spreadscope.store.arrow import to_column
from spreadscope.store.directory import connect
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.tape.ledger import IdRange, Ledger

Transact = Callable[[Callable[[sqlite3.Connection], Any]], Any]


def retire(
    database: Path, *, now: int, keep_days: dict[str, int], transact: Transact, stopped: Callable[[], bool]
) -> list[Part]:
    """List files of days older than ``keep_days`` (by kind; 0: for ever) as retired. Returns them.

    The files stay until ``delete_retired``, because a reader may have one open. Raises ``StoreError`` where a file of
    trades cannot be read: its ids would be unknown.
    """
    connection = connect(database, read_only=True)
    retired: list[Part] = []
    try:
        archive_folder = archive_catalog.archive_folder(connection)
        for kind, days in keep_days.items():
            if not days:
                continue
            until = now - now % DAY_MS - days * DAY_MS
            for part in archive_catalog.parts(connection, kind):
                if part.day + DAY_MS > until:
                    continue
                if stopped():
                    return retired
                ranges = _ranges(archive_folder, part) if kind == archive_catalog.TRADES else ()
                transact(_RetirePart(part, msgspec.json.encode(ranges).decode(), now))
                retired.append(part)
    except sqlite3.Error as error:
        raise StoreError(f"cannot retire files of {database}: {error}") from None
    finally:
        connection.close()
    return retired


class _RetirePart(msgspec.Struct, frozen=True):
    """A function of the writer's connection that moves a file from one list to the other."""

    part: Part
    ranges: str
    now: int

    def __call__(self, connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM archive WHERE file = ?", (self.part.file,))
        values = (*(getattr(self.part, name) for name in Part.__struct_fields__), self.ranges, self.now)
        connection.execute(
            f"INSERT INTO retired VALUES ({', '.join('?' * len(values))})",  # noqa: S608 - question marks
            values,
        )


def delete_retired(database: Path) -> int:
    """Delete the files that are listed as retired. Returns how many there were."""
    connection = connect(database, read_only=True)
    try:
        archive_folder = archive_catalog.archive_folder(connection)
        to_delete = [archive_folder / file for file in sorted(files(connection)) if (archive_folder / file).is_file()]
    except sqlite3.Error as error:
        raise StoreError(f"cannot read the retired files of {database}: {error}") from None
    finally:
        connection.close()
    for path in to_delete:
        try:
            path.unlink()
        except OSError as error:
            raise StoreError(f"cannot delete the retired file {path}: {error.strerror}") from None
    return len(to_delete)


def files(connection: sqlite3.Connection) -> set[str]:
    """Returns every file that was retired."""
    return {file for (file,) in connection.execute("SELECT file FROM retired")}


def days(connection: sqlite3.Connection, symbol: str) -> set[int]:
    """Returns the starts (ms) of the days with retired trades: what is left of them proves nothing."""
    query = "SELECT day FROM retired WHERE kind = ? AND subject = ?"
    return {day for (day,) in connection.execute(query, (archive_catalog.TRADES, symbol))}


def ranges(connection: sqlite3.Connection, symbol: str) -> list[IdRange]:
    """Returns the ids that retired files held, file by file."""
    query = "SELECT ranges FROM retired WHERE kind = ? AND subject = ? ORDER BY day, part"
    rows = connection.execute(query, (archive_catalog.TRADES, symbol))
    return [id_range for (text,) in rows for id_range in msgspec.json.decode(text, type=tuple[IdRange, ...])]


def ids_between(connection: sqlite3.Connection, symbol: str, low: int, high: int) -> int:
    """Returns how many ids of ``low … high`` were in retired files."""
    return sum(max(0, min(r.last, high) - max(r.first, low) + 1) for r in ranges(connection, symbol))


def _ranges(archive_folder: Path, part: Part) -> tuple[IdRange, ...]:
    rows = archive_catalog.read_part(archive_folder, part)
    ledger = Ledger()
    ledger.add(to_column(rows["id"]), to_column(rows["time"]))
    return ledger.ranges
