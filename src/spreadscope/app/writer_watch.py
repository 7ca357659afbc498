"""The store's writer, watched: an engine that stores nothing any more must not go on looking well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from spreadscope.model.errors import StoreError
from spreadscope.store.writer import StoreWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterWatchWaits:
    """Between two looks, and from the alarm to the end: long enough for the page to show why."""

    check_seconds: float = 0.2
    shown_seconds: float = 3.0


class WriterWatch:
    """``run`` looks until the writer has ended by itself, and raises why."""

    def __init__(self, writer: StoreWriter, pause: Callable[[], None], waits: WriterWatchWaits | None = None) -> None:
        """``pause`` ends the reading of sockets."""
        self._writer = writer
        self._pause = pause
        self._waits = waits or WriterWatchWaits()

    async def run(self) -> NoReturn:
        """Until cancelled. Raises ``StoreError`` once nothing can be written any more."""
        while not self._writer.failed:
            await asyncio.sleep(self._waits.check_seconds)
            self._writer.check_thread()
        self._pause()
        await asyncio.sleep(self._waits.shown_seconds)
        raise self.unwritten()

    def unwritten(self) -> StoreError:
        """What was not written, and why."""
        rows = self._writer.pending_rows
        why = self._writer.failed or self._writer.error or "the disk did not take them in time"
        lost = f"; {rows} rows are not on disk: trades among them are fetched again at the next start" if rows else ""
        return StoreError(f"{why}{lost}")
