"""The catalog of the archive: the Parquet files with rows that left the database, as readers see them.

Only files in the table ``archive`` count. A day is written once; later rows of an archived day (an import of old data,
a bar rebuilt after a fill) become a further part of it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from spreadscope.store.archive import parquet_file
from spreadscope.store.arrow import from_cells, from_column, to_column
from spreadscope.store.directory import ARCHIVE
from spreadscope.store.labels import Label
from spreadscope.store.tables import VALUE_COLUMNS
from spreadscope.store.trades.trade_columns import TradeColumns

TRADES, BARS, ANALYTICS = "trades", "bars", "analytics"
KINDS = (TRADES, BARS, ANALYTICS)
TRADE_COLUMNS = ("id", "time", "price", "quantity", "buyer_maker")
BAR_COLUMNS = (
    "open_time", "open", "high", "low", "close", "volume", "trades", "complete", "origin", "bid", "ask",
)  # fmt: skip
ROW_COLUMNS = (
    "time", "price_y", "price_x", "age_y", "age_x", "n", "state", "stale", "incomplete", "reasons", "source_y",
    "source_x", "mixed",
    *VALUE_COLUMNS,
)  # fmt: skip
COLUMNS = {TRADES: TRADE_COLUMNS, BARS: BAR_COLUMNS, ANALYTICS: ROW_COLUMNS}
TIME = {TRADES: "time", BARS: "open_time", ANALYTICS: "time"}
_SCALED = {TRADES: ("price", "quantity"), BARS: ("open", "high", "low", "close", "volume"), ANALYTICS: ()}
_INTEGERS = frozenset({"id", "time", "open_time", "trades", "n", "age_y", "age_x"})
_BOOLEANS = frozenset({"buyer_maker", "complete", "stale", "incomplete", "mixed"})
_TEXTS = frozenset({"origin", "state", "reasons", "source_y", "source_x"})
_ALL_TIMES = (0, 1 << 62)


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A file of the archive, a row of the table ``archive``.

    ``day`` is its start (ms); ids are 0 where rows have none.
    """

    kind: str
    subject: str
    timeframe: str
    day: int
    part: int
    file: str
    rows: int
    first_id: int
    last_id: int
    first_time: int
    last_time: int
    bytes: int
    sha256: str


def archive_folder(connection: sqlite3.Connection) -> Path:
    """Returns the folder of the archive, which is beside the database."""
    file = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    return Path(file).parent / ARCHIVE


def parts(
    connection: sqlite3.Connection, kind: str, subject: str | None = None, timeframe: str = "",
    start: int = _ALL_TIMES[0], end: int = _ALL_TIMES[1],
) -> list[Part]:  # fmt: skip
    """Returns the files of a subject (None: of all) with a row in ``[start, end)``, by time."""
    rows = connection.execute(
        f"SELECT {', '.join(Part.__struct_fields__)} FROM archive WHERE kind = ?1"  # noqa: S608 - names of ours
        " AND (?2 IS NULL OR (subject = ?2 AND timeframe = ?3)) AND last_time >= ?4 AND first_time < ?5"
        " ORDER BY day, part",
        (kind, subject, timeframe, start, end),
    )
    return [Part(*row) for row in rows]


def last_part(connection: sqlite3.Connection, kind: str, subject: str, timeframe: str, day: int) -> int:
    """Returns the highest part of a day there is, or was before it was retired; 0 where there is none."""
    where = "WHERE kind = ?1 AND subject = ?2 AND timeframe = ?3 AND day = ?4"
    query = (
        f"SELECT coalesce(max(part), 0) FROM (SELECT part FROM archive {where}"  # noqa: S608 - as written above
        f" UNION SELECT part FROM retired {where})"
    )
    return int(connection.execute(query, (kind, subject, timeframe, day)).fetchone()[0])


def symbol_of(connection: sqlite3.Connection, symbol_id: int) -> str:
    """Returns the name of a symbol; empty where there is none."""
    row = connection.execute("SELECT symbol FROM symbols WHERE symbol_id = ?", (symbol_id,)).fetchone()
    return "" if row is None else str(row[0])


def archive_table(kind: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    """Returns rows of the database as an Arrow table for the archive."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS[kind])
    arrays = [from_cells(cells, _arrow_type(name)) for name, cells in zip(COLUMNS[kind], columns, strict=True)]
    return pa.table(arrays, names=list(COLUMNS[kind]))


def trades_table(columns: TradeColumns) -> pa.Table:
    """Returns columns of trades as an Arrow table for the archive."""
    return pa.table([from_column(column) for column in columns], names=list(TRADE_COLUMNS))


def write_part(path: Path, subject: tuple[str, str, str], rows: pa.Table, label: Label) -> None:
    """Write one file of the archive; its metadata hold its subject and its label."""
    kind = subject[0]
    increasing = ("id", "time") if kind == TRADES else (TIME[kind],)
    parquet_file.write(path, rows, scaled=_SCALED[kind], increasing=increasing, subject=subject, label=label)


def read_part(files_folder: Path, part: Part, start: int = _ALL_TIMES[0], end: int = _ALL_TIMES[1]) -> pa.Table:
    """Returns the rows of one file in ``[start, end)``."""
    return parquet_file.read(files_folder / part.file, TIME[part.kind], start, end)


def database_rows(kind: str, rows: pa.Table) -> list[tuple[Any, ...]]:
    """Returns an archived table as rows of the database; a statistic newer than the file is NULL."""
    present = set(rows.column_names)
    nulls = [None] * rows.num_rows
    columns = [rows[name].to_pylist() if name in present else nulls for name in COLUMNS[kind]]
    return list(zip(*columns, strict=True))


def trade_columns(rows: pa.Table) -> TradeColumns:
    """Returns a table of trades as columns."""
    # Copies, not views of the file: a kernel would be compiled again for read-only arrays.
    ids, times, prices, quantities, sides = (to_column(rows[name]) for name in TRADE_COLUMNS)
    return ids, times, prices, quantities, sides


def trades(connection: sqlite3.Connection, symbol: str, start: int, end: int) -> list[TradeColumns]:
    """Returns the archived trades of ``[start, end)``, a tuple of columns for each file that has any."""
    files_folder = archive_folder(connection)
    tables = [read_part(files_folder, part, start, end) for part in parts(connection, TRADES, symbol, "", start, end)]
    return [trade_columns(rows) for rows in tables if rows.num_rows]


def trades_of_ids(connection: sqlite3.Connection, symbol: str, first: int, last: int) -> list[TradeColumns]:
    """Returns the archived trades ``first … last``, a tuple of columns for each file that has any."""
    files_folder = archive_folder(connection)
    files = [part.file for part in parts(connection, TRADES, symbol) if part.first_id <= last and part.last_id >= first]
    tables = [parquet_file.read(files_folder / file, "id", first, last + 1) for file in files]
    return [trade_columns(rows) for rows in tables if rows.num_rows]


def rows_by_time(
    connection: sqlite3.Connection, kind: str, subject: str, timeframe: str, start: int, end: int, limit: int = -1
) -> dict[int, tuple[Any, ...]]:
    """Returns archived bars or analytics rows by time, the newest days first until there are ``limit``.

    A bar that was rebuilt later replaces the older one; a row of analytics stays as it was first seen.
    """
    files_folder = archive_folder(connection)
    days: dict[int, list[Part]] = {}
    for part in parts(connection, kind, subject, timeframe, start, end):
        days.setdefault(part.day, []).append(part)
    found_rows: dict[int, tuple[Any, ...]] = {}
    for day in sorted(days, reverse=True):
        for part in days[day]:
            rows = {row[0]: row for row in database_rows(kind, read_part(files_folder, part, start, end))}
            found_rows = found_rows | rows if kind == BARS else rows | found_rows
        if 0 <= limit <= len(found_rows):
            break
    return found_rows


def _arrow_type(name: str) -> Any:
    if name in _INTEGERS:
        return pa.int64()
    if name in _BOOLEANS:
        return pa.bool_()
    return pa.string() if name in _TEXTS else pa.float64()
