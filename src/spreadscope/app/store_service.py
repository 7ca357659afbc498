"""The store of a running engine: its directory, its one writer, and its reader."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack

from spreadscope import contract
from spreadscope.app.component import Component, error
from spreadscope.app.quarantine import Quarantine
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.replay.session_config import session_of
from spreadscope.store.delivery.outbox import Outbox
from spreadscope.store.directory import DataDirectory
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter, WriterLimits


class StoreService(Component):
    """The directory is locked from ``open`` on; the writer runs from ``begin`` on, once the data's source is known."""

    name = "store"

    def __init__(self, config: Config, clock: Clock, limits: WriterLimits | None = None) -> None:
        self.directory = DataDirectory(config.data)
        self.outbox = Outbox(clock, config.alerts.drop_hours)
        self.writer = StoreWriter(self.directory.database, config.store, self.outbox, limits=limits)
        self.reader = StoreReader(self.directory.database)
        self.quarantine = Quarantine(self.writer, clock)
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

    def alarms(self) -> Iterable[contract.Alarm]:
        writer = self.writer
        if writer.failed:
            yield error(writer.failed)
        elif writer.error:
            yield error(writer.error)
        if writer.error and writer.pending_messages:
            yield error(f"{writer.pending_messages} alerts wait for the disk before they can be sent")
