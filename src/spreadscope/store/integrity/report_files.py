"""The daily reports beside the archive: a file a UTC day, written once the day is closed.

Trades that come later (a hole that was filled, an import) make a further revision; the files before it are kept in
``earlier/``. Nothing else changes a report: a day whose trades became fewer is left as it was reported, for ``verify``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from spreadscope.contract import IntegrityDay, IntegrityReport
from spreadscope.model.errors import StoreError
from spreadscope.store.archive.compaction import LATE_MS, day_name
from spreadscope.store.integrity.report import Key, ReportRequest, make_report, read_days
from spreadscope.store.integrity.tape_hash import DEFINITION
from spreadscope.store.trades.trade_blocks import DAY_MS

FOLDER = "integrity"
_EARLIER = "earlier"
_NAME = re.compile(r"\d{4}-\d\d-\d\d\.json")
_LARGEST_FILE = 256 * 2**20
_MOST_A_RUN = 400  # symbol-days that are read in one run: an old store is reported over several


class WrittenReports(msgspec.Struct):
    """What a run wrote: names of days, and the days that were left because their trades became fewer or unreadable."""

    days: list[str]
    left: list[str]


def folder_of(database: Path) -> Path:
    """Returns where the daily reports of a store lie."""
    return database.parent / FOLDER


def reported_names(database: Path) -> set[str]:
    """Returns the days that have a report."""
    folder = folder_of(database)
    return {path.stem for path in folder.iterdir() if _NAME.fullmatch(path.name)} if folder.is_dir() else set()


def read_report(path: Path) -> IntegrityReport:
    """Returns a report. Raises ``StoreError`` with one sentence."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise StoreError(f"{path} is larger than any integrity report")
        report = msgspec.json.decode(path.read_bytes(), type=IntegrityReport)
    except FileNotFoundError:
        raise StoreError(f"there is no file {path}") from None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}") from None
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} is no integrity report ({str(error)[:120]})") from None
    if report.definition != DEFINITION:
        raise StoreError(
            f"{path} has hashes of another definition ({report.definition[:40]!r}, this version knows {DEFINITION!r})"
        )
    return report


def read_reports(database: Path) -> dict[Key, IntegrityDay]:
    """Returns every reported day of a store. Raises ``StoreError`` where a file cannot be read."""
    folder = folder_of(database)
    return {
        (row.symbol, row.day): row
        for name in sorted(reported_names(database))
        for row in read_report(folder / f"{name}.json").days
    }


def write_reports(
    database: Path, *, now: int, stopped: Callable[[], bool] = lambda: False, most: int = _MOST_A_RUN
) -> WrittenReports:
    """Write the reports of closed days that have none, or got trades since. ``now``: the market's time, ms."""
    reported = read_reports(database)
    reuse, left, fresh, end = set[Key](), list[str](), 0, 1 << 62
    closed = sorted(
        (day, held.symbol, count)
        for held in read_days(database)
        for day, count in held.days.items()
        if day + DAY_MS <= now - LATE_MS
    )
    for day, symbol, count in closed:
        key = (symbol, day_name(day))
        row = reported.get(key)
        if row is None or (not count.retired and count.trades > row.trades + row.empty_prints):
            fresh += not count.retired
            if fresh > most:
                end = day  # whole days: a report has every symbol of its day
                break
            continue
        reuse.add(key)
        if not count.retired and count.trades < row.trades:
            left.append(f"{symbol} {key[1]}: {row.trades - count.trades} trades fewer than were reported")
    request = ReportRequest(now=now, end=end, reported=reported, reuse=frozenset(reuse), closed_only=True)
    made = make_report(database, request, stopped=stopped)
    if made.stopped:
        return WrittenReports([], left)
    left += [f"{symbol} {day}: {why}" for (symbol, day), why in made.unreadable.items()]
    written = []
    for name in sorted({row.day for row in made.report.days}):
        rows = tuple(row for row in made.report.days if row.day == name)
        if any((row.symbol, row.day) in made.unreadable for row in rows):
            continue
        if all(_same(reported.get((row.symbol, row.day)), row) for row in rows):
            continue
        _replace(database, msgspec.structs.replace(made.report, days=rows))
        written.append(name)
    return WrittenReports(written, left)


def _same(before: IntegrityDay | None, now: IntegrityDay) -> bool:
    """Returns whether a row says what was reported already; where trades lie is no part of that."""
    return before is not None and msgspec.structs.replace(now, place=before.place) == before


def _replace(database: Path, report: IntegrityReport) -> None:
    """Write the report of one day; the file that it replaces is kept under a number."""
    folder = folder_of(database)
    name = report.days[0].day
    path = folder / f"{name}.json"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if path.exists():
            earlier = folder / _EARLIER
            earlier.mkdir(mode=0o700, exist_ok=True)
            number = 1
            while (target := earlier / f"{name}.{number}.json").exists():
                number += 1
            os.link(path, target)
        temporary = path.with_name(path.name + ".tmp")
        with temporary.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(report), indent=1))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write the integrity report {path}: {error.strerror or error}") from None
