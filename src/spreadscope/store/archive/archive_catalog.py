"""What was moved from the database to Parquet files, as the readers see it.

The table ``archive`` lists the files; only what it lists counts. A day is written once; rows that come late for an
archived day (an import of old data, a bar mended after a fill) become a further part of it.
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
    "time", "price_y", "price_x", "age_y", "age_x", "n", "state", "stale", "incomplete", "reasons", "source_y", "source_x", "mixed",
    *VALUE_COLUMNS,
)  # fmt: skip
COLUMNS = {TRADES: TRADE_COLUMNS, BARS: BAR_COLUMNS, ANALYTICS: ROW_COLUMNS}
TIME = {TRADES: "time", BARS: "open_time", ANALYTICS: "time"}
_SCALED = {TRADES: ("price", "quantity"), BARS: ("open", "high", "low", "close", "volume"), ANALYTICS: ()}
_INTEGERS = frozenset({"id", "time", "open_time", "trades", "n", "age_y", "age_x"})
_BOOLEANS = frozenset({"buyer_maker", "complete", "stale", "incomplete", "mixed"})
_TEXTS = frozenset({"origin", "state", "reasons", "source_y", "source_x"})
_EVER = (0, 1 << 62)


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A row of the table ``archive``: one file. ``day`` is its start (ms); ids are 0 where rows have none."""

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


def folder(connection: sqlite3.Connection) -> Path:
    """Where the archive of an open database lies: beside it."""
    file = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    return Path(file).parent / ARCHIVE


def parts(
    connection: sqlite3.Connection, kind: str, subject: str | None = None, timeframe: str = "",
    start: int = _EVER[0], end: int = _EVER[1],
) -> list[Part]:  # fmt: skip
    """The files of a subject (None: of all) with a row in ``[start, end)``, by time."""
    rows = connection.execute(
        f"SELECT {', '.join(Part.__struct_fields__)} FROM archive WHERE kind = ?1"  # noqa: S608 - names of ours
        " AND (?2 IS NULL OR (subject = ?2 AND timeframe = ?3)) AND last_time >= ?4 AND first_time < ?5"
        " ORDER BY day, part",
        (kind, subject, timeframe, start, end),
    )
    return [Part(*row) for row in rows]


def last_part(connection: sqlite3.Connection, kind: str, subject: str, timeframe: str, day: int) -> int:
    """The highest part of a day there is, or was before it was retired; 0 where there is none."""
    where = "WHERE kind = ?1 AND subject = ?2 AND timeframe = ?3 AND day = ?4"
    query = (
        f"SELECT coalesce(max(part), 0) FROM (SELECT part FROM archive {where} UNION SELECT part FROM retired {where})"  # noqa: S608 - as written above
    )
    return int(connection.execute(query, (kind, subject, timeframe, day)).fetchone()[0])


def symbol_of(connection: sqlite3.Connection, symbol_id: int) -> str:
    """The name of a symbol; empty where there is none."""
    row = connection.execute("SELECT symbol FROM symbols WHERE symbol_id = ?", (symbol_id,)).fetchone()
    return "" if row is None else str(row[0])


def table(kind: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows of the database as a table of the archive."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS[kind])
    arrays = [from_cells(cells, _arrow_type(name)) for name, cells in zip(COLUMNS[kind], columns, strict=True)]
    return pa.table(arrays, names=list(COLUMNS[kind]))


def trades_table(columns: TradeColumns) -> pa.Table:
    """Columns of trades as a table of the archive."""
    return pa.table([from_column(column) for column in columns], names=list(TRADE_COLUMNS))


def write_part(path: Path, subject: tuple[str, str, str], rows: pa.Table, label: Label) -> None:
    """Write one file of the archive: of what it is, and what its rows are worth, stands in its metadata."""
    kind = subject[0]
    growing = ("id", "time") if kind == TRADES else (TIME[kind],)
    parquet_file.write(path, rows, scaled=_SCALED[kind], growing=growing, subject=subject, label=label)


def read_part(place: Path, part: Part, start: int = _EVER[0], end: int = _EVER[1]) -> pa.Table:
    """The rows of one file in ``[start, end)``."""
    return parquet_file.read(place / part.file, TIME[part.kind], start, end)


def tuples(kind: str, rows: pa.Table) -> list[tuple[Any, ...]]:
    """A table of the archive as rows of the database; a statistic that is newer than the file is NULL."""
    held = set(rows.column_names)
    nothing = [None] * rows.num_rows
    columns = [rows[name].to_pylist() if name in held else nothing for name in COLUMNS[kind]]
    return list(zip(*columns, strict=True))


def trade_columns(rows: pa.Table) -> TradeColumns:
    """A table of trades as columns."""
    # Not views of the file: a compiled kernel takes read-only arrays for another type, and would be compiled for it again.
    ids, times, prices, quantities, sides = (to_column(rows[name]) for name in TRADE_COLUMNS)
    return ids, times, prices, quantities, sides


def trades(connection: sqlite3.Connection, symbol: str, start: int, end: int) -> list[TradeColumns]:
    """The archived trades of ``[start, end)``, a tuple of columns for each file that has any."""
    place = folder(connection)
    found = [read_part(place, part, start, end) for part in parts(connection, TRADES, symbol, "", start, end)]
    return [trade_columns(rows) for rows in found if rows.num_rows]


def trades_of_ids(connection: sqlite3.Connection, symbol: str, first: int, last: int) -> list[TradeColumns]:
    """The archived trades ``first … last``, a tuple of columns for each file that has any."""
    place = folder(connection)
    files = [part.file for part in parts(connection, TRADES, symbol) if part.first_id <= last and part.last_id >= first]
    found = [parquet_file.read(place / file, "id", first, last + 1) for file in files]
    return [trade_columns(rows) for rows in found if rows.num_rows]


def keyed(
    connection: sqlite3.Connection, kind: str, subject: str, timeframe: str, start: int, end: int, limit: int = -1
) -> dict[int, tuple[Any, ...]]:
    """Archived bars or analytics rows by time, the newest days first until there are ``limit``.

    A bar that was mended later replaces the one before; a row of analytics was seen as it is and stays.
    """
    place = folder(connection)
    days: dict[int, list[Part]] = {}
    for part in parts(connection, kind, subject, timeframe, start, end):
        days.setdefault(part.day, []).append(part)
    found: dict[int, tuple[Any, ...]] = {}
    for day in sorted(days, reverse=True):
        for part in days[day]:
            rows = {row[0]: row for row in tuples(kind, read_part(place, part, start, end))}
            found = found | rows if kind == BARS else rows | found
        if 0 <= limit <= len(found):
            break
    return found


def _arrow_type(name: str) -> Any:
    if name in _INTEGERS:
        return pa.int64()
    if name in _BOOLEANS:
        return pa.bool_()
    return pa.string() if name in _TEXTS else pa.float64()
