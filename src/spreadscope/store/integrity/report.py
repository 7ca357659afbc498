"""The integrity report of a store: the facts and the hash of each symbol and day, each tied to the day before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import numpy as np

import spreadscope
from spreadscope.contract import (
    MOST_GAPS_A_DAY,
    BarCounts,
    ChainLink,
    CompleteDay,
    IntegrityDay,
    IntegrityReport,
)
from spreadscope.model.errors import StoreError, UnknownSymbolError
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.model.trade_limits import NO_TRADE
from spreadscope.store.archive import archive_catalog
from spreadscope.store.archive.compaction import LATE_MS, day_name
from spreadscope.store.arrow import to_column
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason
from spreadscope.store.integrity.day_counts import DayCount, SymbolDays, complete_days, missing_ids, symbol_days
from spreadscope.store.integrity.tape_hash import DEFINITION, TapeHash, chain
from spreadscope.store.reader import StoreReader
from spreadscope.store.tables import require_current
from spreadscope.store.trades.trade_blocks import DAY_MS

Progress = Callable[[float | None, str], None]
Key = tuple[str, str]  # symbol and day
_EARLIEST, _LATEST = 0, 1 << 62


def _quiet(_: float | None, __: str) -> None:
    """Show no progress."""


def day_start(name: str) -> int:
    """Returns the start (ms) of a day such as ``2026-11-22``. Raises ``StoreError``."""
    try:
        midnight = datetime.combine(date.fromisoformat(name), datetime.min.time(), UTC)
    except ValueError:
        raise StoreError(f"day {name[:20]!r} of the report is not of the form 2026-11-22") from None
    return int(midnight.timestamp() * 1000)


def read_days(database: Path, symbols: tuple[str, ...] = ()) -> list[SymbolDays]:
    """Returns the days of each symbol (of all, where none is named), from one read.

    Raises ``StoreError``, or ``UnknownSymbolError`` where the store has nothing of one.
    """
    connection = connect(database, read_only=True)
    try:
        require_current(connection, database)
        connection.execute("BEGIN")
        rows = connection.execute("SELECT symbol_id, symbol FROM symbols ORDER BY symbol").fetchall()
        known = {symbol for _, symbol in rows}
        for symbol in symbols:
            if symbol not in known:
                raise UnknownSymbolError(
                    f"the store holds nothing of {symbol}; it has {', '.join(sorted(known)) or 'nothing'}"
                )
        return [symbol_days(connection, key, symbol) for key, symbol in rows if not symbols or symbol in symbols]
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {reason(error)}") from None
    finally:
        connection.close()


def completeness(
    database: Path, symbols: tuple[str, ...], start: int, end: int, *, now: int, reported: set[str]
) -> list[CompleteDay]:
    """Returns how complete each day of each symbol is, without reading the trades. ``now``: the market's time, ms."""
    found = []
    for held in read_days(database, symbols):
        found += complete_days(held, start, end, closed_before=now - LATE_MS, reported=reported)
    return found


class DayHash(msgspec.Struct, frozen=True):
    """What reading the trades of a day gave. ``error``: why they could not be read to their end."""

    tape: str
    trades: int
    empty_prints: int
    first_id: int
    last_id: int
    first_time: int
    last_time: int
    error: str = ""


def hash_day(reader: StoreReader, symbol: str, day: int, on_trades: Callable[[int], None] | None = None) -> DayHash:
    """Returns the hash of a day's trades, wherever they lie. A ``StoreError`` of reading them becomes ``error``."""
    digest, error = TapeHash(symbol, day_name(day)), ""
    try:
        for page in reader.trade_pages(symbol, day, day + DAY_MS):
            digest.update(page)
            if on_trades is not None:
                on_trades(len(page[0]))
    except StoreError as failure:
        error = str(failure)
    return DayHash(
        digest.hexdigest() if digest.trades and not error else "",
        digest.trades, digest.empty_prints, digest.first_id, digest.last_id, digest.first_time, digest.last_time, error,
    )  # fmt: skip


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which report is wanted. ``now``: the market's time (ms), which says what days are closed.

    ``reported``: days that were reported before. Their hash stands in for days whose trades are gone, and for those
    before ``start``, which are not read again; ``reuse`` days are taken as they were reported.
    """

    now: int
    symbols: tuple[str, ...] = ()
    start: int = _EARLIEST
    end: int = _LATEST
    reported: Mapping[Key, IntegrityDay] = {}
    reuse: frozenset[Key] = frozenset()
    only: frozenset[Key] = frozenset()
    """Where some are named, these days alone, without a chain."""
    closed_only: bool = False


class Made(msgspec.Struct):
    """A report, and the days whose trades could not be read, with the reason."""

    report: IntegrityReport
    unreadable: dict[Key, str]
    stopped: bool = False

    def refuse_unreadable(self) -> None:
        """Raise ``StoreError`` where a day could not be read: a report with a day that has no hash would look whole."""
        if self.unreadable:
            (symbol, day), why = next(iter(self.unreadable.items()))
            raise StoreError(f"{symbol} {day} cannot be read: {why}")


def make_report(
    database: Path,
    request: ReportRequest,
    progress: Progress = _quiet,
    stopped: Callable[[], bool] = lambda: False,
) -> Made:
    """Returns the integrity of the days that touch ``[start, end)``. It only reads, in short reads.

    Raises ``StoreError`` where the database cannot be read.
    """
    reader = StoreReader(database)
    held = read_days(database, request.symbols)
    meta = reader.meta()
    made = Made(
        IntegrityReport(
            definition=DEFINITION,
            version=spreadscope.__version__,
            made=request.now,
            source=meta.get("source", ""),
            demo=meta.get("mode") == "demo",
            days=(),
        ),
        {},
    )
    total = sum(
        count.trades
        for each in held
        for day, count in each.days.items()
        if day < request.end and (each.symbol, day_name(day)) not in request.reuse
    )
    seen = 0

    def read(trades: int) -> None:
        nonlocal seen
        seen += trades
        progress(min(1.0, seen / total) if total else None, words)

    days: list[IntegrityDay] = []
    for each in held:
        before: ChainLink | None = None
        for day, count in each.days.items():
            closed = day + DAY_MS <= request.now - LATE_MS
            if day >= request.end or (request.closed_only and not closed):
                break
            if stopped():
                made.stopped = True
                break
            key = (each.symbol, day_name(day))
            if request.only and key not in request.only:
                continue
            words = f"{key[0]} {key[1]}"
            wanted = day > request.start - DAY_MS
            before, row = _day(database, reader, each, day, count, request, made, before, read, wanted=wanted)
            if row is not None:
                days.append(msgspec.structs.replace(row, closed=closed))
    days.sort(key=lambda row: (row.day, row.symbol))
    made.report = msgspec.structs.replace(made.report, days=tuple(days))
    return made


def _day(
    database: Path, reader: StoreReader, held: SymbolDays, day: int, count: DayCount, request: ReportRequest,
    made: Made, before: ChainLink | None, read: Callable[[int], None], *, wanted: bool,
) -> tuple[ChainLink | None, IntegrityDay | None]:  # fmt: skip
    """Returns the link to the next day, and the row of this one where it is wanted."""
    name = day_name(day)
    earlier = request.reported.get((held.symbol, name))
    gone = count.retired > 0
    if earlier is not None and (gone or not wanted or (held.symbol, name) in request.reuse):
        gaps = held.gaps_of(day)
        row = msgspec.structs.replace(
            earlier,
            place="retired" if gone else count.place,
            missing=missing_ids(held, day),
            gaps=tuple(gaps[:MOST_GAPS_A_DAY]),
            gaps_left_out=max(0, len(gaps) - MOST_GAPS_A_DAY),
        )
    elif gone:
        row = _row(
            database, held, day, count, DayHash("", count.trades + count.retired, 0, *_bounds(count)), made.unreadable
        )
    else:
        found = hash_day(reader, held.symbol, day, read)
        if found.error:
            made.unreadable[held.symbol, name] = found.error
        row = _row(database, held, day, count, found, made.unreadable)
        if earlier is not None:
            row = msgspec.structs.replace(row, revision=earlier.revision + (row.tape != earlier.tape))
    if not row.tape:
        return None, row if wanted else None
    row = msgspec.structs.replace(row, before=before, chain=chain(before.chain if before else "", name, row.tape))
    return ChainLink(name, row.chain), row if wanted else None


def _bounds(count: DayCount) -> tuple[int, int, int, int]:
    return count.first_id, count.last_id, count.first_time, count.last_time


def _row(
    database: Path, held: SymbolDays, day: int, count: DayCount, found: DayHash, unreadable: dict[Key, str]
) -> IntegrityDay:
    gaps = held.gaps_of(day)
    empty = sum(gap.last - gap.first + 1 for gap in gaps if gap.evidence == NO_TRADE)
    bars: tuple[BarCounts, ...] = ()
    conflicts = 0
    try:
        bars, conflicts = _bars_and_conflicts(database, held.symbol, day)
    except StoreError as error:
        unreadable.setdefault((held.symbol, day_name(day)), str(error))
    return IntegrityDay(
        symbol=held.symbol,
        day=day_name(day),
        closed=True,
        trades=found.trades,
        first_id=found.first_id,
        last_id=found.last_id,
        first_time=found.first_time,
        last_time=found.last_time,
        missing=missing_ids(held, day),
        unprovable=held.unprovable,
        gaps=tuple(gaps[:MOST_GAPS_A_DAY]),
        gaps_left_out=max(0, len(gaps) - MOST_GAPS_A_DAY),
        bars=bars,
        conflicts=conflicts,
        empty_prints=found.empty_prints + empty,
        tape=found.tape,
        before=None,
        chain="",
        place="retired" if count.retired else count.place,
        revision=1,
    )


def _bars_and_conflicts(database: Path, symbol: str, day: int) -> tuple[tuple[BarCounts, ...], int]:
    connection = connect(database, read_only=True)
    try:
        connection.execute("BEGIN")
        counts = [_bar_counts(connection, symbol, timeframe, day) for timeframe in TIMEFRAMES]
        (conflicts,) = connection.execute(
            "SELECT count(*) FROM conflicts NATURAL JOIN symbols WHERE symbol = ? AND time >= ? AND time < ?",
            (symbol, day, day + DAY_MS),
        ).fetchone()
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {reason(error)}") from None
    finally:
        connection.close()
    return tuple(each for each in counts if each.complete or each.incomplete), int(conflicts)


def _bar_counts(connection: sqlite3.Connection, symbol: str, timeframe: Timeframe, day: int) -> BarCounts:
    """Returns the bars of a day, as readers see them: of two of one time the one in the database, else the newest."""
    in_database = connection.execute(
        "SELECT open_time, complete, origin FROM bars NATURAL JOIN symbols"
        " WHERE symbol = ? AND timeframe = ? AND open_time >= ? AND open_time < ?",
        (symbol, timeframe, day, day + DAY_MS),
    ).fetchall()
    folder = archive_catalog.archive_folder(connection)
    bars: dict[int, tuple[bool, bool]] = {}
    for part in archive_catalog.parts(connection, archive_catalog.BARS, symbol, timeframe, day, day + DAY_MS):
        rows = archive_catalog.read_part(folder, part, day, day + DAY_MS)
        klines = [origin == "kline" for origin in rows["origin"].to_pylist()]
        times, complete = to_column(rows["open_time"]).tolist(), to_column(rows["complete"]).tolist()
        bars.update(zip(times, zip(complete, klines, strict=True), strict=True))
    bars.update((time, (bool(complete), origin == "kline")) for time, complete, origin in in_database)
    flags = np.array(list(bars.values()), dtype=np.bool_).reshape(-1, 2)
    whole = int(flags[:, 0].sum())
    return BarCounts(timeframe=timeframe, complete=whole, incomplete=len(flags) - whole, klines=int(flags[:, 1].sum()))
