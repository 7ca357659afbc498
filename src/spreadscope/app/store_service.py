"""The store of a running engine: its directory, its one writer, and its reader."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import structlog
from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.component import Component, error, warning
from spreadscope.app.metric_families import counter, gauge, histogram
from spreadscope.app.quarantine import Quarantine
from spreadscope.contract import Runbook
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.replay.session_config import session_of
from spreadscope.store.delivery.outbox import Outbox
from spreadscope.store.directory import DataDirectory
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter, WriterLimits

log = structlog.get_logger()

_LOOK_SECONDS = 15.0
_LOW_BYTES = 512 << 20


class StoreService(Component):
    """The directory is locked from ``open`` on; the writer runs from ``begin`` on, once the data's source is known."""

    name = "store"

    def __init__(self, config: Config, clock: Clock, limits: WriterLimits | None = None) -> None:
        self.directory = DataDirectory(config.data)
        self.outbox = Outbox(clock, config.alerts.drop_hours)
        self.writer = StoreWriter(self.directory.database, config.store, self.outbox, limits=limits)
        self.reader = StoreReader(self.directory.database)
        self.quarantine = Quarantine(self.writer, clock)
        self.room: DiskRoom | None = None  # as of the last look
        self._config = config

    def open(self, stack: AsyncExitStack) -> None:
        """Lock the directory, and bring its tables up to date. Raises ``StoreError``."""
        stack.enter_context(self.directory)

    def begin(self, stack: AsyncExitStack, started_ns: int) -> None:
        """Start the writer on a new session."""
        self.writer.start(session_of(self._config, started_ns))
        stack.callback(self.writer.stop)

    @property
    def unwritten(self) -> bool:
        """Whether something that was handed over is not on disk."""
        return bool(self.writer.failed or self.writer.pending_rows)

    async def watch_disk(self) -> None:
        """Look from time to time how much room there is, until cancelled."""
        while True:
            self.room = await asyncio.to_thread(disk_room, self.directory.database)
            await asyncio.sleep(_LOOK_SECONDS)

    def alarms(self) -> Iterable[contract.Alarm]:
        writer = self.writer
        if writer.failed:
            yield error(writer.failed, Runbook.WRITER_FAILING)
        elif writer.error:
            yield error(writer.error, Runbook.WRITER_FAILING)
        if writer.error and writer.pending_messages:
            yield error(
                f"{writer.pending_messages} alerts wait for the disk before they can be sent", Runbook.WRITER_FAILING
            )
        if self.room is not None and self.room.free < _LOW_BYTES:
            yield warning(
                f"only {self.room.free >> 20} MiB are free on the disk of {self.directory.database.parent}: free some,"
                " or keep less",
                Runbook.DISK_LOW,
            )

    def metrics(self) -> Iterable[Metric]:
        writer, measured, room = self.writer, self.writer.measured, self.room
        yield gauge(
            "store_writer_up", "1 while what is handed to the store's writer is going to be written.", writer.alive
        )
        yield gauge("store_failing", "1 while the store cannot be written.", bool(writer.error or writer.failed))
        yield counter(
            "store_errors_total", "Transactions of the store that failed and were tried again.", measured.errors
        )
        yield counter("store_rows_total", "Rows that were written.", writer.written_rows)
        yield gauge("queue_rows", "Rows that wait for the disk.", writer.pending_rows)
        yield gauge("queue_bytes", "Memory of what waits for the disk.", writer.pending_bytes)
        yield gauge(
            "queue_limit_bytes", "Memory that may wait for the disk before nothing is taken.", writer.limits.max_bytes
        )
        yield gauge("queue_messages", "Alert messages that wait for the disk.", writer.pending_messages)
        yield histogram("store_write_seconds", "Time of one transaction of the store.", measured.seconds)
        yield histogram(
            "store_delay_seconds", "Wait of the oldest facts of a transaction until they are on disk.", measured.delays
        )
        yield histogram("store_batch_rows", "Rows of one transaction of the store.", measured.rows)
        yield gauge("store_database_bytes", "Size of the database's files.", room.database if room else None)
        yield gauge("disk_free_bytes", "Free bytes of the disk of the data directory.", room.free if room else None)
        yield gauge("disk_size_bytes", "Size of the disk of the data directory.", room.size if room else None)

    def unready(self) -> Iterable[str]:
        if not self.writer.alive:
            yield self.writer.failed or "the store's writer does not run"
        elif self.writer.error:
            yield self.writer.error


class DiskRoom(NamedTuple):
    """Bytes: of the database's files, and of the disk."""

    database: int
    free: int
    size: int


def disk_room(database: Path) -> DiskRoom | None:
    """Returns the room as it is now; None where it cannot be known."""
    try:
        usage = shutil.disk_usage(database.parent)
        files = [path for suffix in ("", "-wal") if (path := database.with_name(database.name + suffix)).exists()]
        return DiskRoom(sum(path.stat().st_size for path in files), usage.free, usage.total)
    except OSError as problem:
        log.warning("the room on the disk is not known", error=str(problem))
        return None
