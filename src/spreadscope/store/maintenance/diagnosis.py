"""What is wrong with a store, in words, and what of it can be mended from its trades. Of trades nothing is ever deleted."""

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
from spreadscope.store.maintenance.damage import damaged_watches, delete_damaged, make_missing
from spreadscope.store.maintenance.free_space import FreeSpace, measure
from spreadscope.store.tables import missing_tables, require_current
from spreadscope.store.trades import proof, trade_blocks
from spreadscope.store.trades.block_check import wrong_blocks
from spreadscope.tape.ledger import Hole, IdRange, Ledger

_SHOWN_BARS = 5


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong. ``repair`` says what ``--repair`` would do; empty where only a person can act."""

    check: str
    subject: str
    text: str
    repair: str = ""


class Diagnosis(msgspec.Struct):
    """What was looked at and what was found; ``repaired`` is what ``--repair`` mended; ``space`` is that of the database's file.

    ``missing`` (trades a symbol is known to miss) and ``unprovable`` (symbols whose trades came without ids, and from where)
    are no findings: the store says of both what is true.
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
    """Look at everything. With ``repair`` ledgers, gaps and bars are mended from the trades (directory held locked)."""
    connection = connect(database, read_only=not repair)
    say = progress or (lambda _: None)
    try:
        require_current(connection, database)
        result = Diagnosis({"symbols": 0, "trades": 0, "files": 0}, [], [], measure(connection))
        say("the database")
        result.findings += _database(connection)
        _settle(connection, list(_tables(connection)), lambda: make_missing(connection), result, repair=repair)
        if any(finding.check == "tables" for finding in result.findings):
            return result  # without them nothing of it can be judged
        _settle(connection, list(_rows(connection)), lambda: delete_damaged(connection), result, repair=repair)
        result.findings += _owners(connection)
        result.unprovable = proof.unprovable(connection)
        say("the archive")
        result.findings += _files(connection, result)
        for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols ORDER BY symbol").fetchall():
            result.checked["symbols"] += 1
            say(symbol)
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
    """Rows that the engine has to leave out."""
    for row in read_rules(connection)[1]:
        yield Finding("rows", row.table, row.text, "delete it")
    for kind, name in damaged_watches(connection):
        yield Finding("rows", "watched", f"{kind} {name!r} is none", "delete it")


_OWNED = {
    "trade_blocks": "symbol", "ledger": "symbol", "gaps": "symbol", "conflicts": "symbol", "bars": "symbol",
    "analytics": "pair", "signals": "pair",
}  # fmt: skip


def _owners(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Rows of a symbol or pair that the store does not know."""
    for table, owner in _OWNED.items():
        (count,) = connection.execute(
            f"SELECT count(*) FROM {table} WHERE {owner}_id NOT IN (SELECT {owner}_id FROM {owner}s)"  # noqa: S608 - names of ours
        ).fetchone()
        if count:
            yield Finding("foreign keys", table, f"{count} rows belong to no {owner} of the store")


def _files(connection: sqlite3.Connection, result: Diagnosis) -> Iterator[Finding]:
    place = archive_catalog.folder(connection)
    listed, retired = set(), retirement.files(connection)
    for part in (part for kind in archive_catalog.KINDS for part in archive_catalog.parts(connection, kind)):
        result.checked["files"] += 1
        listed.add(part.file)
        path = place / part.file
        if not path.is_file():
            yield Finding("archive", part.file, f"the file is missing, and {part.rows} rows with it")
        elif fingerprint(path) != (part.bytes, part.sha256):
            yield Finding("archive", part.file, "the file is not the one that was written (its checksum differs)")
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if path.is_file() and name not in listed | retired:
            yield Finding("archive", name, "the file belongs to nothing: a rest of a run that was cut, safe to remove")


def _symbol(connection: sqlite3.Connection, symbol_id: int, symbol: str, result: Diagnosis, *, repair: bool) -> None:
    damaged = list(wrong_blocks(connection, symbol_id))
    result.findings += [Finding("blocks", symbol, text) for text in damaged]
    if damaged or any(f.check == "archive" and f"trades/{symbol}/" in f.subject for f in result.findings):
        return  # without its trades nothing of a symbol can be judged
    ids, runs = _held(connection, symbol_id, symbol)
    result.checked["trades"] += ids
    ledger = list(_ledger(connection, symbol_id, symbol, runs))
    _settle(connection, ledger, lambda: _mend_ledger(connection, symbol_id, runs), result, repair=repair)
    gaps = list(_gaps(connection, symbol_id, symbol))
    _settle(connection, gaps, lambda: _mend_gaps(connection, symbol_id), result, repair=repair)
    _bars(connection, symbol_id, symbol, result, repair=repair)
    if missing := Ledger(_stored_ranges(connection, symbol_id)).missing:
        result.missing[symbol] = missing


def _settle(
    connection: sqlite3.Connection, findings: list[Finding], mend: Callable[[], object], result: Diagnosis, *,
    repair: bool,
) -> None:  # fmt: skip
    mendable = [finding for finding in findings if finding.repair]
    if repair and mendable:
        connection.execute("BEGIN IMMEDIATE")
        mend()
        connection.execute("COMMIT")
        result.repaired += mendable
    else:
        result.findings += mendable
    result.findings += [finding for finding in findings if not finding.repair]


def _held(connection: sqlite3.Connection, symbol_id: int, symbol: str) -> tuple[int, Ledger]:
    """How many trades are stored, and a ledger made of nothing but their ids."""
    ledger, count = Ledger(), 0
    place = archive_catalog.folder(connection)
    for part in archive_catalog.parts(connection, archive_catalog.TRADES, symbol):
        rows = archive_catalog.read_part(place, part)
        ledger.add(to_column(rows["id"]), to_column(rows["time"]))
        count += rows.num_rows
    for held in retirement.ranges(connection, symbol):
        ledger.add_range(held)
    for block in trade_blocks.blocks(connection, symbol_id):
        trades = trade_blocks.content(connection, block.block)
        new = ledger.add(trades[0], trades[1])
        count += block.rows if new is None else int(new.sum())
    return count, ledger


def _closed(connection: sqlite3.Connection, symbol_id: int, state: str) -> list[tuple[int, int]]:
    query = "SELECT first, last FROM gaps WHERE symbol_id = ? AND state = ? ORDER BY first"
    return connection.execute(query, (symbol_id, state)).fetchall()


def _stored_ranges(connection: sqlite3.Connection, symbol_id: int) -> tuple[IdRange, ...]:
    rows = connection.execute(
        "SELECT first, last, first_time, last_time FROM ledger WHERE symbol_id = ? ORDER BY first", (symbol_id,)
    )
    return tuple(IdRange(*row) for row in rows)


def _expected(connection: sqlite3.Connection, symbol_id: int, held: Ledger) -> Ledger:
    """The ledger the trades prove, with the holes that the exchange itself has closed."""
    ledger = Ledger(held.ranges)
    upstream = _closed(connection, symbol_id, "upstream")
    for hole in ledger.holes():
        for first, last in upstream:
            low, high = max(first, hole.first), min(last, hole.last)
            if low <= high:
                ledger.close(low, high)
    return ledger


def _ledger(connection: sqlite3.Connection, symbol_id: int, symbol: str, held: Ledger) -> Iterator[Finding]:
    stored, expected = _stored_ranges(connection, symbol_id), _expected(connection, symbol_id, held).ranges
    said = [(r.first, r.last) for r in stored]
    true = [(r.first, r.last) for r in expected]
    if said == true:
        return
    repair = "rebuild the ledger from the stored ids"
    claimed, unknown = _minus(said, true), _minus(true, said)
    for first, last in claimed:
        yield Finding("ledger", symbol, f"trades {first}…{last} are said to be held, and are not", repair)
    for first, last in unknown:
        yield Finding("ledger", symbol, f"trades {first}…{last} are stored, and the ledger does not know them", repair)
    if not claimed and not unknown:
        yield Finding("ledger", symbol, "its ranges overlap or touch", repair)


def _minus(ours: list[tuple[int, int]], theirs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of ``ours`` that no range of ``theirs`` covers."""
    out = []
    for first, last in ours:
        start = first
        for low, high in sorted(theirs):
            if high < start or low > last:
                continue
            if low > start:
                out.append((start, low - 1))
            start = max(start, high + 1)
        if start <= last:
            out.append((start, last))
    return out


def _mend_ledger(connection: sqlite3.Connection, symbol_id: int, held: Ledger) -> None:
    connection.execute("DELETE FROM ledger WHERE symbol_id = ?", (symbol_id,))
    connection.executemany(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
        [
            (symbol_id, r.first, r.last, r.first_time, r.last_time)
            for r in _expected(connection, symbol_id, held).ranges
        ],
    )


def _unrecorded(connection: sqlite3.Connection, symbol_id: int) -> list[Hole]:
    """Missing ids that no gap of the store names as open."""
    ledger = Ledger(_stored_ranges(connection, symbol_id), tuple(_closed(connection, symbol_id, "permanent")))
    named = _closed(connection, symbol_id, "open")
    return [hole for hole in ledger.holes() if _minus([(hole.first, hole.last)], named)]


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


def _mend_gaps(connection: sqlite3.Connection, symbol_id: int) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, 'open', ?, ?, ?, 'found by doctor')",
        [(symbol_id, h.first, h.last, h.to_time, h.from_time, h.to_time) for h in _unrecorded(connection, symbol_id)],
    )


def _bars(connection: sqlite3.Connection, symbol_id: int, symbol: str, result: Diagnosis, *, repair: bool) -> None:
    wrong = list(bar_check.wrong_bars(connection, symbol_id, symbol))
    if repair and wrong:
        connection.execute("BEGIN IMMEDIATE")
        bar_check.mend(connection, symbol_id, wrong)
        connection.execute("COMMIT")
    found = {mendable: [bar for bar in wrong if (bar.values is not None) is mendable] for mendable in (True, False)}
    for mendable, bars in found.items():
        into = result.repaired if repair and mendable else result.findings
        how = "rebuild the bar from its trades" if mendable else ""
        into += [
            Finding("bars", symbol, f"{bar.timeframe} bar {bar.open_time} {bar.what}", how)
            for bar in bars[:_SHOWN_BARS]
        ]
        if len(bars) > _SHOWN_BARS:
            into.append(Finding("bars", symbol, f"{len(bars) - _SHOWN_BARS} more bars of this kind", how))
