"""The diagnosis of a store: what is wrong, and what can be repaired from its trades. Trades are never deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from spreadscope.model.errors import StoreError
from spreadscope.store.alert_tables import read_rules
from spreadscope.store.archive import archive_catalog, retirement
from spreadscope.store.archive.compaction import fingerprint
from spreadscope.store.arrow import to_column
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason
from spreadscope.store.maintenance import bar_check
from spreadscope.store.maintenance.damage import create_missing_tables, damaged_watches, delete_damaged
from spreadscope.store.maintenance.free_space import FreeSpace, measure
from spreadscope.store.maintenance.trading_check import disagreements
from spreadscope.store.tables import missing_tables, require_current
from spreadscope.store.trades import proof, trade_blocks
from spreadscope.store.trades.block_check import wrong_blocks
from spreadscope.tape.ledger import Hole, IdRange, Ledger

_SHOWN_BARS = 5


class Finding(msgspec.Struct, frozen=True):
    """A fault that the doctor found. ``repair`` says what ``--repair`` would do; empty where only a person can act."""

    check: str
    subject: str
    text: str
    repair: str = ""


class Diagnosis(msgspec.Struct):
    """The result of an examination: what was checked, found and repaired, and the free space of the database file.

    ``missing`` (count of missing trades by symbol) and ``unprovable`` (source of trades without ids by symbol) are no
    findings: the store knows of both.
    """

    checked: dict[str, int]
    findings: list[Finding]
    repaired: list[Finding]
    space: FreeSpace
    missing: dict[str, int] = {}
    unprovable: dict[str, str] = {}

    @property
    def healthy(self) -> bool:
        return not self.findings


def examine(database: Path, *, repair: bool = False, progress: Callable[[str], None] | None = None) -> Diagnosis:
    """Returns the diagnosis of a store.

    With ``repair`` (directory locked) ledgers, gaps and bars are repaired from trades.
    """
    connection = connect(database, read_only=not repair)
    report = progress or (lambda _: None)
    try:
        require_current(connection, database)
        result = Diagnosis({"symbols": 0, "trades": 0, "files": 0}, [], [], measure(connection))
        report("the database")
        result.findings += _database(connection)
        _repair_or_report(
            connection, list(_tables(connection)), lambda: create_missing_tables(connection), result, repair=repair
        )
        if any(finding.check == "tables" for finding in result.findings):
            return result  # without its tables the rest cannot be checked
        _repair_or_report(
            connection, list(_rows(connection)), lambda: delete_damaged(connection), result, repair=repair
        )
        result.findings += _orphans(connection)
        report("paper trading")
        result.findings += [Finding("paper trading", found.account, found.text) for found in disagreements(connection)]
        result.unprovable = proof.unprovable(connection)
        report("the archive")
        result.findings += _files(connection, result)
        for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols ORDER BY symbol").fetchall():
            result.checked["symbols"] += 1
            report(symbol)
            _symbol(connection, symbol_id, symbol, result, repair=repair)
    except SQLITE_ERRORS as error:
        raise StoreError(f"the store {database} cannot be read to its end: {reason(error)}") from None
    finally:
        connection.close()
    return result


def _database(connection: sqlite3.Connection) -> Iterator[Finding]:
    for (answer,) in connection.execute("PRAGMA quick_check(10)"):
        if answer != "ok":
            yield Finding("database", "spreadscope.db", str(answer))


def _tables(connection: sqlite3.Connection) -> Iterator[Finding]:
    for name in sorted(missing_tables(connection)):
        yield Finding("tables", name, "it is missing, and what it held with it", "make it anew, empty")


def _rows(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yields the rows that the engine has to leave out."""
    for row in read_rules(connection)[1]:
        yield Finding("rows", row.table, row.text, "delete it")
    for kind, name in damaged_watches(connection):
        yield Finding("rows", "watched", f"{kind} {name!r} is none", "delete it")


_OWNER_OF_TABLE = {
    "trade_blocks": "symbol", "ledger": "symbol", "gaps": "symbol", "conflicts": "symbol", "bars": "symbol",
    "analytics": "pair", "signals": "pair",
}  # fmt: skip


def _orphans(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yields the tables with rows of a symbol or pair that the store does not know."""
    for table, owner in _OWNER_OF_TABLE.items():
        (count,) = connection.execute(
            f"SELECT count(*) FROM {table}"  # noqa: S608 - names of ours
            f" WHERE {owner}_id NOT IN (SELECT {owner}_id FROM {owner}s)"
        ).fetchone()
        if count:
            yield Finding("foreign keys", table, f"{count} rows belong to no {owner} of the store")


def _files(connection: sqlite3.Connection, result: Diagnosis) -> Iterator[Finding]:
    archive_folder = archive_catalog.archive_folder(connection)
    in_catalog, retired = set(), retirement.files(connection)
    for part in (part for kind in archive_catalog.KINDS for part in archive_catalog.parts(connection, kind)):
        result.checked["files"] += 1
        in_catalog.add(part.file)
        path = archive_folder / part.file
        if not path.is_file():
            yield Finding("archive", part.file, f"the file is missing, and {part.rows} rows with it")
        elif fingerprint(path) != (part.bytes, part.sha256):
            yield Finding("archive", part.file, "the file is not the one that was written (its checksum differs)")
    for path in sorted(archive_folder.rglob("*")):
        name = path.relative_to(archive_folder).as_posix()
        if path.is_file() and name not in in_catalog | retired:
            yield Finding("archive", name, "the file belongs to nothing: a rest of a run that was cut, safe to remove")


def _symbol(connection: sqlite3.Connection, symbol_id: int, symbol: str, result: Diagnosis, *, repair: bool) -> None:
    damaged = list(wrong_blocks(connection, symbol_id))
    result.findings += [Finding("blocks", symbol, text) for text in damaged]
    if damaged or any(f.check == "archive" and f"trades/{symbol}/" in f.subject for f in result.findings):
        return  # without its trades the rest of a symbol cannot be checked
    count, stored_ids = _ledger_of_ids(connection, symbol_id, symbol)
    result.checked["trades"] += count
    ledger = list(_ledger(connection, symbol_id, symbol, stored_ids))
    _repair_or_report(
        connection, ledger, lambda: _repair_ledger(connection, symbol_id, stored_ids), result, repair=repair
    )
    gaps = list(_gaps(connection, symbol_id, symbol))
    _repair_or_report(connection, gaps, lambda: _repair_gaps(connection, symbol_id), result, repair=repair)
    _bars(connection, symbol_id, symbol, result, repair=repair)
    if missing := Ledger(_stored_ranges(connection, symbol_id)).missing:
        result.missing[symbol] = missing


def _repair_or_report(
    connection: sqlite3.Connection, findings: list[Finding], repair_function: Callable[[], object],
    result: Diagnosis, *, repair: bool,
) -> None:  # fmt: skip
    repairable = [finding for finding in findings if finding.repair]
    if repair and repairable:
        connection.execute("BEGIN IMMEDIATE")
        repair_function()
        connection.execute("COMMIT")
        result.repaired += repairable
    else:
        result.findings += repairable
    result.findings += [finding for finding in findings if not finding.repair]


def _ledger_of_ids(connection: sqlite3.Connection, symbol_id: int, symbol: str) -> tuple[int, Ledger]:
    """Returns the number of stored trades, and a ledger made of their ids."""
    ledger, count = Ledger(), 0
    archive_folder = archive_catalog.archive_folder(connection)
    for part in archive_catalog.parts(connection, archive_catalog.TRADES, symbol):
        rows = archive_catalog.read_part(archive_folder, part)
        ledger.add(to_column(rows["id"]), to_column(rows["time"]))
        count += rows.num_rows
    for id_range in retirement.ranges(connection, symbol):
        ledger.add_range(id_range)
    for block in trade_blocks.blocks(connection, symbol_id):
        trades = trade_blocks.read_block(connection, block.block)
        new = ledger.add(trades[0], trades[1])
        count += block.rows if new is None else int(new.sum())
    return count, ledger


def _gap_ranges(connection: sqlite3.Connection, symbol_id: int, state: str) -> list[tuple[int, int]]:
    query = "SELECT first, last FROM gaps WHERE symbol_id = ? AND state = ? ORDER BY first"
    return connection.execute(query, (symbol_id, state)).fetchall()


def _stored_ranges(connection: sqlite3.Connection, symbol_id: int) -> tuple[IdRange, ...]:
    rows = connection.execute(
        "SELECT first, last, first_time, last_time FROM ledger WHERE symbol_id = ? ORDER BY first", (symbol_id,)
    )
    return tuple(IdRange(*row) for row in rows)


def _expected(connection: sqlite3.Connection, symbol_id: int, stored_ids: Ledger) -> Ledger:
    """Returns the ledger that the trades prove, with the holes that the exchange itself has."""
    ledger = Ledger(stored_ids.ranges)
    upstream = _gap_ranges(connection, symbol_id, "upstream")
    for hole in ledger.holes():
        for first, last in upstream:
            low, high = max(first, hole.first), min(last, hole.last)
            if low <= high:
                ledger.close(low, high)
    return ledger


def _ledger(connection: sqlite3.Connection, symbol_id: int, symbol: str, stored_ids: Ledger) -> Iterator[Finding]:
    stored, expected = _stored_ranges(connection, symbol_id), _expected(connection, symbol_id, stored_ids).ranges
    recorded = [(r.first, r.last) for r in stored]
    actual = [(r.first, r.last) for r in expected]
    if recorded == actual:
        return
    repair = "rebuild the ledger from the stored ids"
    claimed, unrecorded = _subtract(recorded, actual), _subtract(actual, recorded)
    for first, last in claimed:
        yield Finding("ledger", symbol, f"the ledger has trades {first}…{last}, and they are not stored", repair)
    for first, last in unrecorded:
        yield Finding("ledger", symbol, f"trades {first}…{last} are stored, and the ledger does not know them", repair)
    if not claimed and not unrecorded:
        yield Finding("ledger", symbol, "its ranges overlap or touch", repair)


def _subtract(ranges: list[tuple[int, int]], other_ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the parts of ``ranges`` that ``other_ranges`` do not cover."""
    rest = []
    for first, last in ranges:
        start = first
        for low, high in sorted(other_ranges):
            if high < start or low > last:
                continue
            if low > start:
                rest.append((start, low - 1))
            start = max(start, high + 1)
        if start <= last:
            rest.append((start, last))
    return rest


def _repair_ledger(connection: sqlite3.Connection, symbol_id: int, stored_ids: Ledger) -> None:
    connection.execute("DELETE FROM ledger WHERE symbol_id = ?", (symbol_id,))
    connection.executemany(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
        [
            (symbol_id, r.first, r.last, r.first_time, r.last_time)
            for r in _expected(connection, symbol_id, stored_ids).ranges
        ],
    )


def _unrecorded(connection: sqlite3.Connection, symbol_id: int) -> list[Hole]:
    """Returns the holes of the ledger that no open gap of the store records."""
    ledger = Ledger(_stored_ranges(connection, symbol_id), tuple(_gap_ranges(connection, symbol_id, "permanent")))
    open_gaps = _gap_ranges(connection, symbol_id, "open")
    return [hole for hole in ledger.holes() if _subtract([(hole.first, hole.last)], open_gaps)]


def _gaps(connection: sqlite3.Connection, symbol_id: int, symbol: str) -> Iterator[Finding]:
    for hole in _unrecorded(connection, symbol_id):
        text = f"trades {hole.first}…{hole.last} are missing, and no gap is recorded for them"
        yield Finding("gaps", symbol, text, "record the gap as open, so that the engine asks for it")
    query = (
        "SELECT first, last, state FROM gaps WHERE symbol_id = ? AND state IN ('upstream', 'permanent')"
        " AND evidence = '' ORDER BY first"
    )
    for first, last, state in connection.execute(query, (symbol_id,)):
        yield Finding("gaps", symbol, f"trades {first}…{last} were given up ({state}) without evidence")


def _repair_gaps(connection: sqlite3.Connection, symbol_id: int) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, 'open', ?, ?, ?, 'found by doctor')",
        [(symbol_id, h.first, h.last, h.to_time, h.from_time, h.to_time) for h in _unrecorded(connection, symbol_id)],
    )


def _bars(connection: sqlite3.Connection, symbol_id: int, symbol: str, result: Diagnosis, *, repair: bool) -> None:
    wrong = list(bar_check.wrong_bars(connection, symbol_id, symbol))
    if repair and wrong:
        connection.execute("BEGIN IMMEDIATE")
        bar_check.repair_bars(connection, symbol_id, wrong)
        connection.execute("COMMIT")
    bars_by_kind = {
        repairable: [bar for bar in wrong if (bar.values is not None) is repairable] for repairable in (True, False)
    }
    for repairable, bars in bars_by_kind.items():
        target = result.repaired if repair and repairable else result.findings
        repair_text = "rebuild the bar from its trades" if repairable else ""
        target += [
            Finding("bars", symbol, f"{bar.timeframe} bar {bar.open_time} {bar.what}", repair_text)
            for bar in bars[:_SHOWN_BARS]
        ]
        if len(bars) > _SHOWN_BARS:
            target.append(Finding("bars", symbol, f"{len(bars) - _SHOWN_BARS} more bars of this kind", repair_text))
