"""Compaction: closed UTC days leave the database for Parquet files, once it is proved that nothing is lost by it.

The order makes a kill harmless at any point: the file is written whole and read back, then one transaction enters it in the
list and deletes its rows. Before that transaction the rows are in the database and the file counts for nothing (the next run
writes over it); after it the file is what the readers see.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from spreadscope.model.errors import StoreError
from spreadscope.store import archived, hot
from spreadscope.store.archived import Part
from spreadscope.store.columns import stacked
from spreadscope.store.directory import connect
from spreadscope.store.hot import DAY_MS
from spreadscope.tape.ledger import IdRange, Ledger

_LATE_MS = 3_600_000  # trades are still on their way to a day for a while after midnight


class Left(msgspec.Struct, frozen=True):
    """A closed day that stays in the database, and why."""

    subject: str
    day: int
    why: str


class Compaction(msgspec.Struct):
    """What a run did."""

    written: list[Part]
    left: list[Left]

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.written)

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.written)


def day_name(day: int) -> str:
    """``2026-11-22`` for the start of a day in ms."""
    return datetime.fromtimestamp(day / 1000, UTC).date().isoformat()


def compact(
    database: Path, *, now: int, before: int | None = None, progress: Callable[[str, int], None] | None = None
) -> Compaction:
    """Move every closed day (before ``before``, where given) to the archive. The data directory must be held locked.

    Raises:
        StoreError: a file cannot be written or does not read back as it was; nothing was deleted for it.
    """
    closed = now - _LATE_MS
    end = min(closed - closed % DAY_MS, before if before is not None else 1 << 62)
    connection = connect(database)
    done = Compaction([], [])
    try:
        for step in (_trades, _bars, _analytics):
            for part in step(connection, end, done):
                done.written.append(part)
                if progress is not None:
                    progress(f"{part.subject} {part.timeframe} {day_name(part.day)}".replace("  ", " "), part.rows)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(f"cannot archive {database}: {error}") from None
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.close()
    return done


def _trades(connection: sqlite3.Connection, end: int, done: Compaction) -> Iterator[Part]:
    for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols ORDER BY symbol").fetchall():
        ledger = _ledger(connection, symbol_id)
        for day in sorted(hot.days(connection, symbol_id)):
            if day + DAY_MS > end:
                continue
            columns = stacked(hot.pieces(connection, symbol_id, day, day + DAY_MS))
            why = _open_hole(ledger, day) or _disproved(connection, symbol_id, symbol, ledger, columns[0])
            if why:
                done.left.append(Left(symbol, day, why))
                continue
            low, high = int(columns[0][0]), int(columns[0][-1])
            yield _move(
                connection, archived.trades_table(columns), (archived.TRADES, symbol, ""), day, (low, high),
                partial(hot.cut, connection, symbol_id, day, day + DAY_MS),
            )  # fmt: skip


def _bars(connection: sqlite3.Connection, end: int, done: Compaction) -> Iterator[Part]:
    kept = {(left.subject, left.day) for left in done.left}
    for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols ORDER BY symbol").fetchall():
        for timeframe, day in _keyed_days(connection, "bars", "symbol_id", "open_time", symbol_id, end):
            if (symbol, day) in kept:
                continue
            where = "symbol_id = ? AND timeframe = ? AND open_time >= ? AND open_time < ?"
            key = (symbol_id, timeframe, day, day + DAY_MS)
            rows = connection.execute(
                f"SELECT {', '.join(archived.BAR_COLUMNS)} FROM bars WHERE {where} ORDER BY open_time",  # noqa: S608 - names of ours
                key,
            ).fetchall()
            yield _move(
                connection, archived.table(archived.BARS, rows), (archived.BARS, symbol, timeframe), day, (0, 0),
                partial(_delete, connection, f"DELETE FROM bars WHERE {where}", key),  # noqa: S608 - as above
            )  # fmt: skip


def _analytics(connection: sqlite3.Connection, end: int, done: Compaction) -> Iterator[Part]:
    del done
    for pair_id, y, x in connection.execute("SELECT pair_id, y, x FROM pairs ORDER BY y, x").fetchall():
        for timeframe, day in _keyed_days(connection, "analytics", "pair_id", "time", pair_id, end):
            where = "pair_id = ? AND timeframe = ? AND time >= ? AND time < ?"
            key = (pair_id, timeframe, day, day + DAY_MS)
            rows = connection.execute(
                f"SELECT {', '.join(archived.ROW_COLUMNS)} FROM analytics WHERE {where} ORDER BY time",  # noqa: S608 - names of ours
                key,
            ).fetchall()
            yield _move(
                connection, archived.table(archived.ANALYTICS, rows),
                (archived.ANALYTICS, f"{y}/{x}", timeframe), day, (0, 0),
                partial(_delete, connection, f"DELETE FROM analytics WHERE {where}", key),  # noqa: S608 - as above
            )  # fmt: skip


def _move(
    connection: sqlite3.Connection, rows: pa.Table, subject: tuple[str, str, str], day: int, ids: tuple[int, int],
    delete: Callable[[], int],
) -> Part:  # fmt: skip
    """Write the rows, prove that they read back, and let one transaction replace them by their file."""
    kind = subject[0]
    number = 1 + max((part.part for part in archived.parts(connection, *subject) if part.day == day), default=0)
    file = file_name(*subject, day, number)
    path = archived.folder(connection) / file
    archived.write_part(path, kind, rows)
    times = rows[archived.TIME[kind]].to_numpy()
    part = Part(
        *subject, day, number, file, rows.num_rows, *ids, int(times.min()), int(times.max()), *fingerprint(path)
    )
    if not _same(archived.read_part(archived.folder(connection), part), rows):
        raise StoreError(f"the archive file {path} does not read back as it was written: nothing was deleted")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"INSERT INTO archive VALUES ({', '.join('?' * len(Part.__struct_fields__))})", _row(part))  # noqa: S608 - question marks
    deleted = delete()
    if deleted != part.rows:
        connection.execute("ROLLBACK")
        raise StoreError(f"{deleted} rows would leave the store for {part.rows} in {path}: nothing was deleted")
    connection.execute("COMMIT")
    return part


def _delete(connection: sqlite3.Connection, query: str, values: tuple[Any, ...]) -> int:
    return connection.execute(query, values).rowcount


def file_name(kind: str, subject: str, timeframe: str, day: int, number: int) -> str:
    """``trades/BTCUSDT/2026-11-22.parquet``; the legs of a pair and the timeframe are folders too."""
    folders = [kind, *(_plain(name) for name in subject.split("/")), *([timeframe] if timeframe else [])]
    suffix = "" if number == 1 else f"-{number}"
    return "/".join([*folders, f"{day_name(day)}{suffix}.parquet"])


def fingerprint(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _row(part: Part) -> tuple[Any, ...]:
    return tuple(getattr(part, name) for name in Part.__struct_fields__)


def _plain(name: str) -> str:
    return name.replace(".", "%2E")  # a symbol is never a way out of the folder


def _same(one: pa.Table, other: pa.Table) -> bool:
    if one.num_rows != other.num_rows or one.column_names != other.column_names:
        return False
    return all(_equal(one[name], other[name]) for name in one.column_names)


def _equal(one: Any, other: Any) -> bool:
    if one.null_count == 0 and pa.types.is_floating(one.type):
        return bool(np.array_equal(one.to_numpy(), other.to_numpy(), equal_nan=True))
    return bool(one.equals(other))


def _keyed_days(
    connection: sqlite3.Connection, table: str, owner: str, time: str, key: int, end: int
) -> list[tuple[str, int]]:
    """(timeframe, day) of the closed days in a table."""
    rows = connection.execute(
        f"SELECT DISTINCT timeframe, {time} / ?1 FROM {table} WHERE {owner} = ?2 ORDER BY 1, 2",  # noqa: S608 - names of ours
        (DAY_MS, key),
    ).fetchall()
    return [(timeframe, day * DAY_MS) for timeframe, day in rows if (day + 1) * DAY_MS <= end]


def _ledger(connection: sqlite3.Connection, symbol_id: int) -> Ledger:
    ranges = connection.execute(
        "SELECT first, last, first_time, last_time FROM ledger WHERE symbol_id = ?", (symbol_id,)
    ).fetchall()
    lost = connection.execute(
        "SELECT first, last FROM gaps WHERE symbol_id = ? AND state = 'permanent'", (symbol_id,)
    ).fetchall()
    return Ledger(tuple(IdRange(*row) for row in ranges), tuple(lost))


def _open_hole(ledger: Ledger, day: int) -> str:
    for hole in ledger.holes():
        if hole.from_time < day + DAY_MS and hole.to_time >= day:
            return f"trades {hole.first}…{hole.last} are missing and may still come"
    return ""


def _disproved(
    connection: sqlite3.Connection, symbol_id: int, symbol: str, ledger: Ledger, ids: np.ndarray[Any, Any]
) -> str:
    """Why the rows of a day are not what the ledger proves to be held; empty where they are."""
    if len(ids) == 0:
        return "its trades are out of order in time: see spreadscope doctor"
    if bool(np.any(ids[1:] == ids[:-1])):
        return "it has trades twice: see spreadscope doctor"
    low, high = int(ids[0]), int(ids[-1])
    covered = sum(max(0, min(r.last, high) - max(r.first, low) + 1) for r in ledger.ranges)
    closed = connection.execute(
        "SELECT coalesce(sum(min(last, ?3) - max(first, ?2) + 1), 0) FROM gaps"
        " WHERE symbol_id = ?1 AND state = 'upstream' AND first <= ?3 AND last >= ?2",
        (symbol_id, low, high),
    ).fetchone()[0]
    held = len(hot.read_ids(connection, symbol_id, low, high)[0])
    place = archived.folder(connection)
    for part in archived.parts(connection, archived.TRADES, symbol):
        if part.first_id <= high and part.last_id >= low:
            old = archived.read_part(place, part)["id"].to_numpy()
            held += int(((old >= low) & (old <= high)).sum())
    if held == covered - closed:
        return ""
    return f"the ledger says {covered - closed} trades {low}…{high}, the store holds {held}: see spreadscope doctor"


__all__ = ["DAY_MS", "Compaction", "Left", "compact", "day_name", "file_name", "fingerprint"]
