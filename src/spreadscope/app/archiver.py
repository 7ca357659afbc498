"""A running engine archives by itself: once a day closed days go to Parquet, and files older than wanted are retired.

Reading, packing and proving happen on a thread of the archiver's own; the store's writer does the transactions, one for
each file, between its batches. Which days are closed the market's clock says, for a recording is played as of its own
day.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog
from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.component import Component, error, warning
from spreadscope.app.metric_families import gauge
from spreadscope.contract import Runbook
from spreadscope.contract.copying import copier
from spreadscope.model.clock import Clock
from spreadscope.model.config import ArchiveConfig, RetentionConfig
from spreadscope.model.errors import SpreadscopeError, StoreError
from spreadscope.store.archive.archive_catalog import ANALYTICS, TRADES
from spreadscope.store.archive.compaction import Compaction, compact, day_name
from spreadscope.store.archive.retirement import delete_retired, retire
from spreadscope.store.directory import ARCHIVED_AT, meta_value, set_meta
from spreadscope.store.integrity.report_files import write_reports
from spreadscope.store.maintenance.free_space import RESERVED_PAGES, FreeSpace, free_space, give_back
from spreadscope.store.maintenance.pruning import prune
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.store.writer import StoreWriter

log = structlog.get_logger()

_HOUR_MS = 3_600_000

_archive_run = copier(contract.ArchiveRun)
_space = copier(contract.DiskSpace)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiverLimits:
    """Seconds of waiting, and the free pages that the database keeps because the next hours need them again.

    The seconds are those between two looks whether a run is due, for whoever reads a retired file to finish, and for a
    run to end when the engine stops.
    """

    check_seconds: float = 30.0
    readers_seconds: float = 60.0
    stop_seconds: float = 1.5
    reserved_pages: int = RESERVED_PAGES


class ArchiveRun(msgspec.Struct, frozen=True):
    """What the last run did.

    Times are ours, ms; ``given_back`` bytes the database's file is shorter by; ``left`` are the days that stay in the
    database, with why.
    """

    started: int
    ended: int
    files: int
    rows: int
    bytes: int
    retired: int
    given_back: int
    left: tuple[str, ...]
    error: str


class Archiver(Component):
    """The daily run. ``last`` is what the last one did in this process, ``problem`` why it failed."""

    name = "archiver"

    def __init__(
        self, database: Path, writer: StoreWriter, clock: Clock, archive: ArchiveConfig, retention: RetentionConfig,
        *, market_time: Callable[[], int], limits: ArchiverLimits | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._writer = writer
        self._clock = clock
        self._config = archive
        self._retention = retention
        self._market_time = market_time
        self._limits = limits or ArchiverLimits()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.running = False
        self.last: ArchiveRun | None = None
        self.report_problem = ""  # why a closed day is not reported, or that its trades are not those that were
        self.space: FreeSpace | None = None  # of the database's file, as of the last look at it

    @property
    def problem(self) -> str:
        return f"closed days are not archived: {self.last.error}" if self.last and self.last.error else ""

    def status(self) -> contract.ArchiveStatus:
        """Returns what the status says of the archive."""
        enabled = self._config.enabled
        return contract.ArchiveStatus(
            enabled=enabled,
            running=self.running,
            next_run=self.next_run() if enabled else None,
            last_run=_archive_run(self.last) if self.last else None,
            space=_space(self.space) if self.space else None,
        )

    def alarms(self) -> Iterable[contract.Alarm]:
        if self.problem:
            yield warning(self.problem, Runbook.ARCHIVE_FAILING)
        if self.report_problem:
            yield error(self.report_problem, Runbook.ARCHIVE_FAILING)

    def metrics(self) -> Iterable[Metric]:
        yield gauge(
            "archive_failing", "1 where the last run of the archive failed or found a day that is not as reported.",
            bool(self.problem or self.report_problem),
        )  # fmt: skip
        yield gauge(
            "archive_last_run_seconds", "When the last run of the archive ended, seconds since 1970.",
            self.last.ended / 1e3 if self.last else None,
        )  # fmt: skip

    async def run(self) -> None:
        """Look from time to time whether a run is due, and do it."""
        ended = int(meta_value(self._database, ARCHIVED_AT) or 0)
        while True:
            await self._look_at_the_room()
            if not self._config.enabled:
                return
            if self._market_time() and ended < self._due():
                ended = await self._once()
            await asyncio.sleep(self._limits.check_seconds)

    async def _look_at_the_room(self) -> None:
        try:
            self.space = await asyncio.to_thread(free_space, self._database)
        except StoreError as error:
            log.warning("the room in the database is not known", error=str(error))

    def stop(self) -> None:
        """End a run between two files. One that is being written is left: it counts for nothing."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(self._limits.stop_seconds)

    def next_run(self) -> int:
        """When the next run is due (ms)."""
        return self._due() + DAY_MS

    def _due(self) -> int:
        """The newest moment at which a run was to begin."""
        shift = self._config.hour_utc * _HOUR_MS
        now = self._now()
        return (now - shift) // DAY_MS * DAY_MS + shift

    def _now(self) -> int:
        return self._clock.now_ns() // 1_000_000

    async def _once(self) -> int:
        """One run on a thread of its own. Returns when it ended. An error is shown, and tried again a day later."""
        loop = asyncio.get_running_loop()
        finished = asyncio.Event()
        failed: list[Exception] = []

        def work() -> None:
            try:
                self.last = self._work()
            except Exception as error:  # noqa: BLE001 - the task that waits for this thread raises it
                failed.append(error)
            with contextlib.suppress(RuntimeError):  # the engine has ended meanwhile, and its loop with it
                loop.call_soon_threadsafe(finished.set)

        self.running = True
        try:
            # No thread of the loop's pool: closing that would wait for a file to be packed.
            self._thread = threading.Thread(target=work, name="archiver", daemon=True)
            self._thread.start()
            await finished.wait()
        finally:
            self.running = False
        if failed:
            raise failed[0]
        if self.last and self.last.retired:
            await asyncio.sleep(self._limits.readers_seconds)
            await asyncio.to_thread(self._sweep)
        return self._now()

    def _work(self) -> ArchiveRun:
        started, market_time = self._now(), self._market_time()
        done, retired, given_back, problem = Compaction([], []), 0, 0, ""
        try:
            self._sweep()
            now = min(started, market_time)
            done = compact(self._database, now=now, transact=self._transact, stopped=self._stopping.is_set)
            self._report(now)
            keep = {TRADES: self._retention.trades_days, ANALYTICS: self._retention.analytics_days}
            retired = len(
                retire(self._database, now=now, keep_days=keep, transact=self._transact, stopped=self._stopping.is_set)
            )
            self._prune(started)
            given_back = give_back(
                self._database,
                transact=self._transact,
                stopped=self._stopping.is_set,
                reserved_pages=self._limits.reserved_pages,
            )
            self.space = free_space(self._database)
            if not self._stopping.is_set():
                self._transact(self._remember)
        except (SpreadscopeError, sqlite3.Error, OSError) as failure:
            problem = str(failure)
            log.error("archive run failed", error=problem)  # noqa: TRY400 - its text says all
        left = tuple(f"{item.subject} {day_name(item.day)}: {item.why}" for item in done.skipped)
        run = ArchiveRun(
            started, self._now(), len(done.written), done.rows, done.bytes, retired, given_back, left, problem
        )
        log.info(
            "archive run", files=run.files, rows=run.rows, bytes=run.bytes, retired=retired, given_back=given_back,
            days_left=len(left),
        )  # fmt: skip
        return run

    def _report(self, now: int) -> None:
        """Write the integrity reports of closed days, before any of their trades is retired."""
        try:
            reports = write_reports(self._database, now=now, stopped=self._stopping.is_set)
        except StoreError as failure:  # the archive goes on without them
            self.report_problem = f"the integrity of closed days is not reported: {failure}"
            log.error("integrity reports failed", error=str(failure))  # noqa: TRY400 - its text says all
            return
        self.report_problem = ""
        if reports.left:
            more = f" (and {len(reports.left) - 1} more)" if len(reports.left) > 1 else ""
            self.report_problem = f"the tape is not as it was reported: {reports.left[0]}{more}; see spreadscope verify"
        if reports.days:
            log.info("integrity reports", days=len(reports.days))

    def _prune(self, now: int) -> None:
        """What only grows is as old as our clock says, whatever market is played."""
        for kind in ("deliveries", "sessions", "quarantine"):
            days = int(getattr(self._retention, f"{kind}_days"))
            if not days or self._stopping.is_set():
                continue
            rows = prune(kind, now - days * DAY_MS, transact=self._transact, stopped=self._stopping.is_set)
            if rows:
                log.info("old rows deleted", kind=kind, rows=rows)

    def _transact(self, function: Callable[[sqlite3.Connection], Any]) -> Any:
        return self._writer.run(function).result()

    def _remember(self, connection: sqlite3.Connection) -> None:
        set_meta(connection, ARCHIVED_AT, str(self._now()))

    def _sweep(self) -> None:
        if removed := delete_retired(self._database):
            log.info("retired files deleted", files=removed)
