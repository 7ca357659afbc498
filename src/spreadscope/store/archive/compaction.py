"""Compaction: closed UTC days leave the database for Parquet files, once it is proved that nothing is lost by it.

The order makes a kill harmless at any point: the file is written whole and read back, then one transaction enters it in the
list and deletes its rows. Before that transaction the rows are in the database and the file counts for nothing (the next run
writes over it); after it the file is what the readers see.

A running engine archives while data flow: reading and writing files happen on a connection and a thread of their own, and
only those transactions on the store's writer. A large day goes in several parts, so that neither memory nor the time the
writer is held up grows with it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from spreadscope.model.errors import StoreError
from spreadscope.model.events import Ints
from spreadscope.store.archive import archive_catalog, retirement
from spreadscope.store.archive.archive_catalog import Part
from spreadscope.store.arrow import to_column
from spreadscope.store.directory import connect
from spreadscope.store.labels import label_of
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.store.trades.trade_columns import stacked
from spreadscope.tape.ledger import IdRange, Ledger

_LATE_MS = 3_600_000  # trades are still on their way to a day for a while after midnight


class KeptDay(msgspec.Struct, frozen=True):
    """A closed day that stays in the database, and why."""

    subject: str
    day: int
    why: str


class Compaction(msgspec.Struct):
    """What a run did."""

    written: list[Part]
    left: list[KeptDay]

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.written)

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.written)


def day_name(day: int) -> str:
    """``2026-11-22`` for the start of a day in ms."""
    return datetime.fromtimestamp(day / 1000, UTC).date().isoformat()


ROWS_A_PART = 1 << 20  # of trades
_ROWS_AT_ONCE = 5_000

T = TypeVar("T")
Transact = Callable[[Callable[[sqlite3.Connection], Any]], Any]


class _ChangedError(Exception):
    """Rows of a closed day came, or changed, while they were written to a file."""


class _Run(msgspec.Struct):
    """One compaction: where it reads, who writes for it, up to which time (ms) days are closed, how many trades a part
    has, and what came of it."""

    connection: sqlite3.Connection
    transact: Transact
    end: int
    stopped: Callable[[], bool]
    rows_a_part: int
    done: Compaction


def compact(
    database: Path, *, now: int, before: int | None = None, progress: Callable[[str, int], None] | None = None,
    transact: Transact | None = None, stopped: Callable[[], bool] = lambda: False,
    rows_a_part: int = ROWS_A_PART,
) -> Compaction:  # fmt: skip
    """Move every closed day (before ``before``, where given) to the archive.

    ``transact`` runs a function of a connection in a transaction of the store's writer; without it, the data directory must
    be held locked. ``stopped`` ends the run between two parts. A day with more trades than ``rows_a_part`` goes in several.

    Raises:
        StoreError: a file cannot be written or does not read back as it was; nothing was deleted for it.
    """
    closed = now - _LATE_MS
    end = min(closed - closed % DAY_MS, before if before is not None else 1 << 62)
    connection = connect(database, read_only=transact is not None)
    run = _Run(
        connection, transact or partial(_in_transaction, connection), end, stopped, rows_a_part, Compaction([], [])
    )
    try:
        for step in (_trades, _bars, _analytics):
            for part in step(run):
                run.done.written.append(part)
                if progress is not None:
                    progress(f"{part.subject} {part.timeframe} {day_name(part.day)}".replace("  ", " "), part.rows)
                if stopped():
                    return run.done
        if transact is None:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(f"cannot archive {database}: {error}") from None
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.close()
    return run.done


def _in_transaction(connection: sqlite3.Connection, function: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = function(connection)
    except Exception:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return result


@contextmanager
def _moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Reads that belong together see the store as of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _trades(run: _Run) -> Iterator[Part]:
    connection = run.connection
    for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols ORDER BY symbol").fetchall():
        for day in sorted(trade_blocks.days(connection, symbol_id)):
            if day + DAY_MS > run.end:
                continue
            for start, end in _slices(
                trade_blocks.times(connection, symbol_id, day, day + DAY_MS), day, run.rows_a_part
            ):
                with _moment(connection):
                    ledger = _ledger(connection, symbol_id)
                    columns = stacked(trade_blocks.pieces(connection, symbol_id, start, end))
                    why = _open_hole(ledger, day) or _disproved(connection, symbol_id, symbol, ledger, columns[0])
                if why:
                    run.done.left.append(KeptDay(symbol, day, why))
                    break
                ids = int(columns[0][0]), int(columns[0][-1])
                remove = partial(trade_blocks.cut, symbol_id=symbol_id, start=start, end=end)
                yield from _move(
                    run, archive_catalog.trades_table(columns), (archive_catalog.TRADES, symbol, ""), day, ids, remove
                )


def _slices(times: Ints, day: int, rows: int) -> list[tuple[int, int]]:
    """A day cut in time, so that no part has (many) more rows than a part may have."""
    cuts = [int(times[number]) for number in range(rows, len(times), rows)]
    bounds = [day, *(cut for cut in dict.fromkeys(cuts) if cut > day), day + DAY_MS]
    return list(pairwise(bounds))


def _bars(run: _Run) -> Iterator[Part]:
    connection = run.connection
    kept = {(left.subject, left.day) for left in run.done.left}
    for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols ORDER BY symbol").fetchall():
        for timeframe, day in _keyed_days(connection, "bars", "symbol_id", "open_time", symbol_id, run.end):
            if (symbol, day) in kept:
                continue
            where = "symbol_id = ? AND timeframe = ? AND open_time >= ? AND open_time < ?"
            key = (symbol_id, timeframe, day, day + DAY_MS)
            query = f"SELECT {', '.join(archive_catalog.BAR_COLUMNS)} FROM bars WHERE {where} ORDER BY open_time"  # noqa: S608 - names of ours
            rows = _table(connection, archive_catalog.BARS, query, key)
            remove = partial(_remove_bars, query, f"DELETE FROM bars WHERE {where}", key, rows)  # noqa: S608 - as above
            yield from _move(run, rows, (archive_catalog.BARS, symbol, timeframe), day, (0, 0), remove)


def _analytics(run: _Run) -> Iterator[Part]:
    connection = run.connection
    for pair_id, y, x in connection.execute("SELECT pair_id, y, x FROM pairs ORDER BY y, x").fetchall():
        for timeframe, day in _keyed_days(connection, "analytics", "pair_id", "time", pair_id, run.end):
            where = "pair_id = ? AND timeframe = ? AND time >= ? AND time < ?"
            key = (pair_id, timeframe, day, day + DAY_MS)
            query = f"SELECT {', '.join(archive_catalog.ROW_COLUMNS)} FROM analytics WHERE {where} ORDER BY time"  # noqa: S608 - names of ours
            rows = _table(connection, archive_catalog.ANALYTICS, query, key)
            remove = partial(_delete, f"DELETE FROM analytics WHERE {where}", key)  # noqa: S608 - as above
            yield from _move(run, rows, (archive_catalog.ANALYTICS, f"{y}/{x}", timeframe), day, (0, 0), remove)


def _table(connection: sqlite3.Connection, kind: str, query: str, key: tuple[Any, ...]) -> pa.Table:
    """Rows of a query as a table, a few at a time: as Python's objects a day of analytics takes hundreds of megabytes."""
    cursor, pieces = connection.execute(query, key), []
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        pieces.append(archive_catalog.table(kind, rows))
    return pa.concat_tables(pieces or [archive_catalog.table(kind, [])]).combine_chunks()


def _move(
    run: _Run, rows: pa.Table, subject: tuple[str, str, str], day: int, ids: tuple[int, int],
    remove: Callable[[sqlite3.Connection], int],
) -> Iterator[Part]:  # fmt: skip
    """Write the rows, prove that they read back, and let one transaction replace them by their file; → the part."""
    kind = subject[0]
    place = archive_catalog.folder(run.connection)
    number = 1 + archive_catalog.last_part(run.connection, *subject, day)
    file = file_name(*subject, day, number)
    path = place / file
    times = to_column(rows[archive_catalog.TIME[kind]])
    tape = subject[1] if kind == archive_catalog.TRADES else None
    label = label_of(run.connection, tape, int(times.min()), int(times.max()) + 1)
    archive_catalog.write_part(path, subject, rows, label)
    part = Part(
        *subject, day, number, file, rows.num_rows, *ids, int(times.min()), int(times.max()), *fingerprint(path)
    )
    if not _same(archive_catalog.read_part(place, part), rows):
        raise StoreError(f"the archive file {path} does not read back as it was written: nothing was deleted")
    try:
        run.transact(partial(_replace, part, remove))
    except _ChangedError:
        path.unlink()
        run.done.left.append(
            KeptDay(subject[1], day, "rows of it came while it was archived: the next run takes them too")
        )
        return
    yield part


def _replace(part: Part, remove: Callable[[sqlite3.Connection], int], connection: sqlite3.Connection) -> None:
    """Enter a file and delete its rows, in the caller's transaction."""
    marks = ", ".join("?" * len(Part.__struct_fields__))
    connection.execute(f"INSERT INTO archive VALUES ({marks})", _row(part))  # noqa: S608 - question marks
    if remove(connection) != part.rows:
        raise _ChangedError


def _remove_bars(query: str, delete: str, key: tuple[Any, ...], rows: pa.Table, connection: sqlite3.Connection) -> int:
    """Delete bars if they are still what was written: a late trade can have revised one."""
    if not _same(_table(connection, archive_catalog.BARS, query, key), rows):
        raise _ChangedError
    return _delete(delete, key, connection)


def _delete(query: str, values: tuple[Any, ...], connection: sqlite3.Connection) -> int:
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
        return bool(np.array_equal(to_column(one), to_column(other), equal_nan=True))
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
    if bool(np.any(ids[1:] == ids[:-1])):
        return "it has trades twice: see spreadscope doctor"
    low, high = int(ids[0]), int(ids[-1])
    covered = sum(max(0, min(r.last, high) - max(r.first, low) + 1) for r in ledger.ranges)
    closed = connection.execute(
        "SELECT coalesce(sum(min(last, ?3) - max(first, ?2) + 1), 0) FROM gaps"
        " WHERE symbol_id = ?1 AND state = 'upstream' AND first <= ?3 AND last >= ?2",
        (symbol_id, low, high),
    ).fetchone()[0]
    held = len(trade_blocks.read_ids(connection, symbol_id, low, high)[0])
    held += retirement.ids_between(connection, symbol, low, high)
    place = archive_catalog.folder(connection)
    for part in archive_catalog.parts(connection, archive_catalog.TRADES, symbol):
        if part.first_id <= high and part.last_id >= low:
            old = to_column(archive_catalog.read_part(place, part)["id"])
            held += int(((old >= low) & (old <= high)).sum())
    if held == covered - closed:
        return ""
    return f"the ledger says {covered - closed} trades {low}…{high}, the store holds {held}: see spreadscope doctor"


__all__ = ["DAY_MS", "Compaction", "KeptDay", "compact", "day_name", "file_name", "fingerprint"]
