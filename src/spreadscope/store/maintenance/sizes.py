"""What each kind of data takes on the disk, in the database and in the archive, and what retention would free."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from spreadscope.contract import KindSize, Retained
from spreadscope.model.errors import StoreError
from spreadscope.store.archive import archive_catalog
from spreadscope.store.archive.archive_catalog import ANALYTICS, BARS, TRADES, Part
from spreadscope.store.archive.compaction import day_name
from spreadscope.store.directory import SQLITE_ERRORS, connect, reason
from spreadscope.store.integrity.report_files import folder_of
from spreadscope.store.tables import require_current
from spreadscope.store.trades.trade_blocks import DAY_MS

SESSIONS, OTHER = "sessions", "other"
_RECENT_DAYS = 7
_TABLES = {
    "trade_blocks": TRADES, "bars": BARS, "analytics": ANALYTICS, "journal": SESSIONS, "sessions": SESSIONS,
}  # fmt: skip


def measure_kinds(database: Path) -> list[KindSize]:
    """Returns the size of each kind. It reads every page of the database once. Raises ``StoreError``."""
    connection = connect(database, read_only=True)
    try:
        require_current(connection, database)
        owners = dict(connection.execute("SELECT name, tbl_name FROM sqlite_schema").fetchall())
        in_database = dict.fromkeys((TRADES, BARS, ANALYTICS, SESSIONS, OTHER), 0)
        for name, size in connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            in_database[_TABLES.get(owners.get(name, name), OTHER)] += size
        parts = {kind: archive_catalog.parts(connection, kind) for kind in archive_catalog.KINDS}
    except SQLITE_ERRORS as error:
        raise StoreError(f"cannot measure the store {database}: {reason(error)}") from None
    finally:
        connection.close()
    reports = _files_below(folder_of(database))
    found = [_kind(kind, size, parts.get(kind, [])) for kind, size in in_database.items()]
    found.append(
        KindSize(
            kind="integrity reports", database=0, archive=sum(reports), files=len(reports), days=len(reports),
            first_day=None, last_day=None, a_day=None,
        )
    )  # fmt: skip
    return found


def _kind(kind: str, in_database: int, parts: list[Part]) -> KindSize:
    by_day: dict[int, int] = {}
    for part in parts:
        by_day[part.day] = by_day.get(part.day, 0) + part.bytes
    days = sorted(by_day)
    recent = [by_day[day] for day in days[-_RECENT_DAYS:]]
    return KindSize(
        kind=kind,
        database=in_database,
        archive=sum(by_day.values()),
        files=len(parts),
        days=len(days),
        first_day=day_name(days[0]) if days else None,
        last_day=day_name(days[-1]) if days else None,
        a_day=sum(recent) // len(recent) if recent else None,
    )


def _files_below(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*.json")] if folder.is_dir() else []


def retained(database: Path, size: int, *, now: int, trades_days: int, analytics_days: int) -> Retained:
    """Returns what the next run of the archive would delete with this retention. ``now``: the market's time, ms.

    ``size`` is that of the database's file.

    It counts what ``retirement.retire`` would take: archived files of days before the last so many whole ones.
    """
    connection = connect(database, read_only=True)
    try:
        files = freed = left = 0
        for kind in archive_catalog.KINDS:
            days = {TRADES: trades_days, ANALYTICS: analytics_days}.get(kind, 0)
            until = now - now % DAY_MS - days * DAY_MS
            for part in archive_catalog.parts(connection, kind):
                if days and part.day + DAY_MS <= until:
                    files, freed = files + 1, freed + part.bytes
                else:
                    left += part.bytes
    except sqlite3.Error as error:
        raise StoreError(f"cannot read the archive of {database}: {reason(error)}") from None
    finally:
        connection.close()
    return Retained(
        trades_days=trades_days, analytics_days=analytics_days, freed_files=files, freed_bytes=freed,
        left_bytes=left + size,
    )  # fmt: skip


def disk_free(database: Path) -> int:
    """Returns the bytes that are free on the disk of the store."""
    return shutil.disk_usage(database.parent).free
