"""Compaction: closed UTC days move from the database to Parquet files, after a proof that nothing is lost.

A kill is harmless at any point: the file is written and read back, then one transaction adds it to the table
``archive`` and deletes its rows. Before that transaction the rows are in the database and the file is ignored (the next
run overwrites it); after it readers use the file.

A running engine archives while data arrive: files are read and written on a separate connection and thread; only those
transactions run in the store's writer. A large day is split in parts, so that memory and the time of a transaction are
bounded.
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
from spreadscope.store.labels import label_of_tape
from spreadscope.store.trades import trade_blocks
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.store.trades.trade_columns import concatenate
from spreadscope.tape.ledger import IdRange, Ledger

LATE_MS = 3_600_000  # trades of a day still arrive for a while after midnight


class SkippedDay(msgspec.Struct, frozen=True):
    """A closed day that stays in the database, and the reason."""

    subject: str
    day: int
    why: str


class Compaction(msgspec.Struct):
    """The result of a compaction: files written and days skipped."""

    written: list[Part]
    skipped: list[SkippedDay]

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.written)

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.written)


def day_name(day: int) -> str:
    """Returns the date of a day's start (ms), for example ``2026-11-22``."""
    return datetime.fromtimestamp(day / 1000, UTC).date().isoformat()


ROWS_A_PART = 1 << 20  # of trades
_ROWS_A_FETCH = 5_000

T = TypeVar("T")
Transact = Callable[[Callable[[sqlite3.Connection], Any]], Any]


class _ChangedError(Exception):
    """The error that rows of a closed day were added or changed while they were written to a file."""


class _Run(msgspec.Struct):
    """The state of one compaction. Days before ``end`` (ms) are closed; ``transact`` runs a function in the writer."""

    connection: sqlite3.Connection
    transact: Transact
    end: int
    stopped: Callable[[], bool]
    rows_a_part: int
    result: Compaction


def compact(
    database: Path, *, now: int, before: int | None = None, progress: Callable[[str, int], None] | None = None,
    transact: Transact | None = None, stopped: Callable[[], bool] = lambda: False,
    rows_a_part: int = ROWS_A_PART,
) -> Compaction:  # fmt: skip
    """Move every closed day (before ``before``, where given) to the archive.

    ``transact`` runs a function of a connection in a transaction of the store's writer; without it, the data directory
    must be held locked. ``stopped`` ends the run between two parts. A day with more trades than ``rows_a_part`` goes in
    several.

    Raises:
        StoreError: a file cannot be written or does not read back as it was; nothing was deleted for it.
    """
    closed = now - LATE_MS
    end = min(closed - closed % DAY_MS, before if before is not None else 1 << 62)
    connection = connect(database, read_only=transact is not None)
    run = _Run(
        connection, transact or partial(_in_transaction, connection), end, stopped, rows_a_part, Compaction([], [])
    )
    try:
        for step in (_trades, _bars, _analytics):
            for part in step(run):
                run.result.written.append(part)
                if progress is not None:
                    progress(f"{part.subject} {part.timeframe} {day_name(part.day)}".replace("  ", " "), part.rows)
                if stopped():
                    return run.result
        if transact is None:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(f"cannot archive {database}: {error}") from None
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.close()
    return run.result


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
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let several reads see the store at one moment."""
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
                with _snapshot(connection):
                    ledger = _ledger(connection, symbol_id)
                    columns = concatenate(trade_blocks.pieces(connection, symbol_id, start, end))
                    why = _open_hole(ledger, day) or _ledger_mismatch(connection, symbol_id, symbol, ledger, columns[0])
                if why:
                    run.result.skipped.append(SkippedDay(symbol, day, why))
                    break
                ids = int(columns[0][0]), int(columns[0][-1])
                remove = partial(trade_blocks.remove_times, symbol_id=symbol_id, start=start, end=end)
                yield from _move(
                    run, archive_catalog.trades_table(columns), (archive_catalog.TRADES, symbol, ""), day, ids, remove
                )


def _slices(times: Ints, day: int, rows: int) -> list[tuple[int, int]]:
    """Returns the time ranges into which a day is split, so that each has about ``rows`` rows at most."""
    cuts = [int(times[number]) for number in range(rows, len(times), rows)]
    bounds = [day, *(cut for cut in dict.fromkeys(cuts) if cut > day), day + DAY_MS]
    return list(pairwise(bounds))


def _bars(run: _Run) -> Iterator[Part]:
    connection = run.connection
    skipped = {(skipped_day.subject, skipped_day.day) for skipped_day in run.result.skipped}
    for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols ORDER BY symbol").fetchall():
        for timeframe, day in _closed_days(connection, "bars", "symbol_id", "open_time", symbol_id, run.end):
            if (symbol, day) in skipped:
                continue
            where = "symbol_id = ? AND timeframe = ? AND open_time >= ? AND open_time < ?"
            key = (symbol_id, timeframe, day, day + DAY_MS)
            query = (
                f"SELECT {', '.join(archive_catalog.BAR_COLUMNS)} FROM bars"  # noqa: S608 - names of ours
                f" WHERE {where} ORDER BY open_time"
            )
            rows = _table(connection, archive_catalog.BARS, query, key)
            remove = partial(_remove_bars, query, f"DELETE FROM bars WHERE {where}", key, rows)  # noqa: S608 - as above
            yield from _move(run, rows, (archive_catalog.BARS, symbol, timeframe), day, (0, 0), remove)


def _analytics(run: _Run) -> Iterator[Part]:
    connection = run.connection
    for pair_id, y, x in connection.execute("SELECT pair_id, y, x FROM pairs ORDER BY y, x").fetchall():
        for timeframe, day in _closed_days(connection, "analytics", "pair_id", "time", pair_id, run.end):
            where = "pair_id = ? AND timeframe = ? AND time >= ? AND time < ?"
            key = (pair_id, timeframe, day, day + DAY_MS)
            query = (
                f"SELECT {', '.join(archive_catalog.ROW_COLUMNS)} FROM analytics"  # noqa: S608 - names of ours
                f" WHERE {where} ORDER BY time"
            )
            rows = _table(connection, archive_catalog.ANALYTICS, query, key)
            remove = partial(_delete, f"DELETE FROM analytics WHERE {where}", key)  # noqa: S608 - as above
            yield from _move(run, rows, (archive_catalog.ANALYTICS, f"{y}/{x}", timeframe), day, (0, 0), remove)


def _table(connection: sqlite3.Connection, kind: str, query: str, key: tuple[Any, ...]) -> pa.Table:
    """Returns the rows of a query as a table.

    It fetches a few at a time, because Python objects of a day take hundreds of MB.
    """
    cursor, pieces = connection.execute(query, key), []
    while rows := cursor.fetchmany(_ROWS_A_FETCH):
        pieces.append(archive_catalog.archive_table(kind, rows))
    return pa.concat_tables(pieces or [archive_catalog.archive_table(kind, [])]).combine_chunks()


def _move(
    run: _Run, rows: pa.Table, subject: tuple[str, str, str], day: int, ids: tuple[int, int],
    remove: Callable[[sqlite3.Connection], int],
) -> Iterator[Part]:  # fmt: skip
    """Write rows to a file, read it back, and replace them by it in one transaction. Yields the part."""
    kind = subject[0]
    archive_folder = archive_catalog.archive_folder(run.connection)
    number = 1 + archive_catalog.last_part(run.connection, *subject, day)
    file = file_name(*subject, day, number)
    path = archive_folder / file
    times = to_column(rows[archive_catalog.TIME[kind]])
    symbol = subject[1] if kind == archive_catalog.TRADES else None
    label = label_of_tape(run.connection, symbol, int(times.min()), int(times.max()) + 1)
    archive_catalog.write_part(path, subject, rows, label)
    part = Part(
        *subject, day, number, file, rows.num_rows, *ids, int(times.min()), int(times.max()), *fingerprint(path)
    )
    if not _equal_tables(archive_catalog.read_part(archive_folder, part), rows):
        raise StoreError(f"the archive file {path} does not read back as it was written: nothing was deleted")
    try:
        run.transact(partial(_replace, part, remove))
    except _ChangedError:
        path.unlink()
        run.result.skipped.append(
            SkippedDay(subject[1], day, "rows of it came while it was archived: the next run takes them too")
        )
        return
    yield part


def _replace(part: Part, remove: Callable[[sqlite3.Connection], int], connection: sqlite3.Connection) -> None:
    """Add a file to the catalog and delete its rows, in the caller's transaction."""
    marks = ", ".join("?" * len(Part.__struct_fields__))
    connection.execute(f"INSERT INTO archive VALUES ({marks})", _part_row(part))  # noqa: S608 - question marks
    if remove(connection) != part.rows:
        raise _ChangedError


def _remove_bars(query: str, delete: str, key: tuple[Any, ...], rows: pa.Table, connection: sqlite3.Connection) -> int:
    """Delete bars that are still as they were written; raise where a late trade has revised one.

    Returns their number.
    """
    if not _equal_tables(_table(connection, archive_catalog.BARS, query, key), rows):
        raise _ChangedError
    return _delete(delete, key, connection)


def _delete(query: str, values: tuple[Any, ...], connection: sqlite3.Connection) -> int:
    return connection.execute(query, values).rowcount


def file_name(kind: str, subject: str, timeframe: str, day: int, number: int) -> str:
    """Returns the path of a file, for example ``trades/BTCUSDT/2026-11-22.parquet``; legs and timeframe are folders."""
    folders = [kind, *(_escape_dots(name) for name in subject.split("/")), *([timeframe] if timeframe else [])]
    suffix = "" if number == 1 else f"-{number}"
    return "/".join([*folders, f"{day_name(day)}{suffix}.parquet"])


def fingerprint(path: Path) -> tuple[int, str]:
    """Returns the size and the SHA-256 of a file."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _part_row(part: Part) -> tuple[Any, ...]:
    return tuple(getattr(part, name) for name in Part.__struct_fields__)


def _escape_dots(name: str) -> str:
    return name.replace(".", "%2E")  # a symbol must not lead out of the folder


def _equal_tables(first: pa.Table, second: pa.Table) -> bool:
    if first.num_rows != second.num_rows or first.column_names != second.column_names:
        return False
    return all(_equal_columns(first[name], second[name]) for name in first.column_names)


def _equal_columns(first: Any, second: Any) -> bool:
    if first.null_count == 0 and pa.types.is_floating(first.type):
        return bool(np.array_equal(to_column(first), to_column(second), equal_nan=True))
    return bool(first.equals(second))


def _closed_days(
    connection: sqlite3.Connection, table: str, owner: str, time: str, key: int, end: int
) -> list[tuple[str, int]]:
    """Returns timeframe and start of the closed days in a table."""
    rows = connection.execute(
        f"SELECT DISTINCT timeframe, {time} / ?1 FROM {table}"  # noqa: S608 - names of ours
        f" WHERE {owner} = ?2 ORDER BY 1, 2",
        (DAY_MS, key),
    ).fetchall()
    return [(timeframe, day * DAY_MS) for timeframe, day in rows if (day + 1) * DAY_MS <= end]


def _ledger(connection: sqlite3.Connection, symbol_id: int) -> Ledger:
    ranges = connection.execute(
        "SELECT first, last, first_time, last_time FROM ledger WHERE symbol_id = ?", (symbol_id,)
    ).fetchall()
    given_up = connection.execute(
        "SELECT first, last FROM gaps WHERE symbol_id = ? AND state = 'permanent'", (symbol_id,)
    ).fetchall()
    return Ledger(tuple(IdRange(*row) for row in ranges), tuple(given_up))


def _open_hole(ledger: Ledger, day: int) -> str:
    for hole in ledger.holes():
        if hole.from_time < day + DAY_MS and hole.to_time >= day:
            return f"trades {hole.first}…{hole.last} are missing and may still come"
    return ""


def _ledger_mismatch(
    connection: sqlite3.Connection, symbol_id: int, symbol: str, ledger: Ledger, ids: np.ndarray[Any, Any]
) -> str:
    """Returns how the trades of a day differ from the ledger; empty where they agree."""
    if bool(np.any(ids[1:] == ids[:-1])):
        return "it has trades twice: see spreadscope doctor"
    low, high = int(ids[0]), int(ids[-1])
    in_ledger = sum(max(0, min(r.last, high) - max(r.first, low) + 1) for r in ledger.ranges)
    never_existed = connection.execute(
        "SELECT coalesce(sum(min(last, ?3) - max(first, ?2) + 1), 0) FROM gaps"
        " WHERE symbol_id = ?1 AND state = 'upstream' AND first <= ?3 AND last >= ?2",
        (symbol_id, low, high),
    ).fetchone()[0]
    stored = len(trade_blocks.read_ids(connection, symbol_id, low, high)[0])
    stored += retirement.ids_between(connection, symbol, low, high)
    archive_folder = archive_catalog.archive_folder(connection)
    for part in archive_catalog.parts(connection, archive_catalog.TRADES, symbol):
        if part.first_id <= high and part.last_id >= low:
            archived_ids = to_column(archive_catalog.read_part(archive_folder, part)["id"])
            stored += int(((archived_ids >= low) & (archived_ids <= high)).sum())
    if stored == in_ledger - never_existed:
        return ""
    return (
        f"the ledger says {in_ledger - never_existed} trades {low}…{high}, the store holds {stored}: see "
        "spreadscope doctor"
    )


__all__ = ["DAY_MS", "Compaction", "SkippedDay", "compact", "day_name", "file_name", "fingerprint"]
