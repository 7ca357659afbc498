"""The comparison of what is held with what was reported: equal, or which day and symbol differ, and in what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from spreadscope.contract import IntegrityDay
from spreadscope.model.errors import StoreError
from spreadscope.store.archive import archive_catalog
from spreadscope.store.archive.compaction import day_name, fingerprint
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason
from spreadscope.store.integrity.report import Key, ReportRequest, day_start, make_report
from spreadscope.store.integrity.tape_hash import chain
from spreadscope.store.trades.block_check import wrong_blocks


class FoundDay(msgspec.Struct, frozen=True, kw_only=True):
    """The tape of a symbol and day as it was found somewhere."""

    symbol: str
    day: str
    tape: str
    trades: int
    first_id: int
    last_id: int


class TapeDifference(msgspec.Struct, frozen=True):
    """Something that is not as it was reported. ``day`` is empty where it is of no one day."""

    symbol: str
    day: str
    text: str


class Verification(msgspec.Struct):
    """The result: ``same`` days that are equal to their report, ``unreported`` days without one, and what differs.

    ``gone``: days whose trades were retired, of which only the report is left; ``open``: days that were reported before
    they were over. ``chains``: the newest link that is reported, by symbol.
    """

    same: int = 0
    trades: int = 0
    unreported: int = 0
    gone: int = 0
    open: int = 0
    chains: dict[str, tuple[str, str]] = {}
    differences: list[TapeDifference] = []

    @property
    def equal(self) -> bool:
        return not self.differences


def verify_store(
    database: Path,
    reported: Mapping[Key, IntegrityDay],
    *,
    now: int,
    own: bool = True,
    progress: Callable[[float | None, str], None] = lambda _, __: None,
) -> Verification:
    """Read the tape of a store again and compare it with reports; nothing is written.

    ``own``: the reports are all those of the store itself, so every day, every block and every file of the archive is
    checked; else only the reported days. Raises ``StoreError`` where the database cannot be read.
    """
    result = Verification(chains=newest_links(reported), differences=[])
    request = ReportRequest(now=now, reported=reported)
    if own:
        result.differences += _damage(database)
    else:
        starts = [day_start(day) for _, day in reported]
        request = ReportRequest(
            now=now, reported=reported, only=frozenset(reported), start=min(starts, default=0),
            end=max(starts, default=0) + 1,
        )  # fmt: skip
    made = make_report(database, request, progress)
    for (symbol, day), why in made.unreadable.items():
        result.differences.append(TapeDifference(symbol, day, why))
    found = {(row.symbol, row.day): row for row in made.report.days}
    for key, row in found.items():
        if key in made.unreadable:
            continue
        if row.place == "retired":
            result.gone += 1
        elif key not in reported:
            result.unreported += 1
        else:
            _compare(result, _found(row), reported[key])
    for key in reported.keys() - found.keys():
        result.differences.append(
            TapeDifference(*key, f"{reported[key].trades:,} trades are reported, and none are stored")
        )
    result.differences += chain_breaks(reported, own=own)
    result.differences.sort(key=lambda each: (each.symbol, each.day, each.text))
    return result


def verify_days(
    found: Iterable[FoundDay], reported: Mapping[Key, IntegrityDay], *, chained: bool = True
) -> Verification:
    """Compare days of files with reports. A reported day of which there is no file is no difference.

    ``chained``: the reports are of somebody, and must agree among themselves.
    """
    result = Verification(chains=newest_links(reported), differences=[])
    for day in found:
        key = (day.symbol, day.day)
        if key not in reported:
            result.unreported += 1
        else:
            _compare(result, day, reported[key])
    if chained:
        result.differences += chain_breaks(reported, own=False)
    return result


def newest_links(reported: Mapping[Key, IntegrityDay]) -> dict[str, tuple[str, str]]:
    """Returns the newest day and its chain, by symbol: who keeps these elsewhere can prove all that lies before."""
    links = {symbol: (day, reported[symbol, day].chain) for symbol, day in sorted(reported)}
    return {symbol: link for symbol, link in links.items() if link[1]}


def _found(row: IntegrityDay) -> FoundDay:
    return FoundDay(
        symbol=row.symbol, day=row.day, tape=row.tape, trades=row.trades, first_id=row.first_id, last_id=row.last_id
    )


def _compare(result: Verification, found: FoundDay, told: IntegrityDay) -> None:
    if not told.closed:
        result.open += 1
    elif found.tape == told.tape and told.tape:
        result.same += 1
        result.trades += found.trades
    else:
        result.differences.append(TapeDifference(found.symbol, found.day, _difference(found, told)))


def _difference(found: FoundDay, told: IntegrityDay) -> str:
    if not told.tape:
        return "its report has no hash"
    hashes = f"hash {found.tape[:16] or 'none'}…, reported {told.tape[:16]}…"
    lacking = told.trades - found.trades
    if lacking > 0:
        return f"{lacking:,} of {told.trades:,} reported trades are not there ({hashes})"
    if lacking < 0:
        return f"{-lacking:,} trades more than the {told.trades:,} that were reported ({hashes})"
    if (found.first_id, found.last_id) != (told.first_id, told.last_id):
        return f"other trades: {found.first_id}…{found.last_id}, reported {told.first_id}…{told.last_id} ({hashes})"
    return f"as many trades as reported, and not the same ones ({hashes})"


def chain_breaks(reported: Mapping[Key, IntegrityDay], *, own: bool) -> Iterator[TapeDifference]:
    """Yields where reports do not agree among themselves: a hash that was changed breaks the chain of its symbol.

    ``own``: these are all reports of a store, so that a day which another one names must be among them.
    """
    last: dict[str, IntegrityDay] = {}
    for (symbol, day), row in sorted(reported.items()):
        before = last.get(symbol)
        if row.tape and row.chain != chain(row.before.chain if row.before else "", day, row.tape):
            yield TapeDifference(symbol, day, "its report was changed: chain and hash do not belong together")
        elif row.before is not None and (before is None or row.before.day > before.day):
            if own:
                yield TapeDifference(symbol, row.before.day, f"its report is missing: that of {day} names it")
        elif before is not None and before.tape and row.tape and _link(row) != (before.day, before.chain):
            yield TapeDifference(symbol, day, f"the chain is broken: it does not go on from the report of {before.day}")
        last[symbol] = row


def _link(row: IntegrityDay) -> tuple[str, str] | None:
    return (row.before.day, row.before.chain) if row.before else None


def _damage(database: Path) -> list[TapeDifference]:
    """Returns files of the archive that are not those that were written, and damaged blocks."""
    connection = connect(database, read_only=True)
    found: list[TapeDifference] = []
    try:
        folder = archive_catalog.archive_folder(connection)
        for kind in archive_catalog.KINDS:
            for part in archive_catalog.parts(connection, kind):
                path = folder / part.file
                day = day_name(part.day)
                if not path.is_file():
                    found.append(TapeDifference(part.subject, day, f"the archive file {part.file} is missing"))
                elif fingerprint(path) != (part.bytes, part.sha256):
                    text = f"the archive file {part.file} is not the one that was written"
                    found.append(TapeDifference(part.subject, day, text))
        for symbol_id, symbol in connection.execute("SELECT symbol_id, symbol FROM symbols").fetchall():
            found += [TapeDifference(symbol, "", text) for text in wrong_blocks(connection, symbol_id)]
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot read the store {database}: {reason(error)}") from None
    finally:
        connection.close()
    return found
