"""Waits for the disk, but never longer than a person waits: reads are answered with what is there, changes are said to be
kept once they are, and whoever waits costs nobody else anything."""

from __future__ import annotations

import time
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

import structlog
from starlette.responses import Response

from spreadscope.api.limits import ApiLimits
from spreadscope.contract import NotYet
from spreadscope.model.errors import StoreError
from spreadscope.store.writer import StoreWriter
from spreadscope.tasks import Policy, Running, Tasks

log = structlog.get_logger()

T = TypeVar("T")


class Disk:
    """What the API asks of the store's writer. However many wait, two flushes are under way at the most."""

    def __init__(self, writer: StoreWriter, tasks: Tasks, limits: ApiLimits | None = None) -> None:
        """``tasks`` is the group of whatever waits."""
        self._limits = limits or ApiLimits()
        self._writer = writer
        self._tasks = tasks
        self._running: Running[None] | None = None
        self._began = 0.0
        self._next: Running[None] | None = None

    async def reached(self, seconds: float | None) -> bool:
        """Wait until everything submitted so far is on disk; → whether it is. None waits as long as it takes."""
        if seconds is not None and self._stands_for(seconds):
            return False  # it was found waiting before: nobody else needs to find out
        flush = self._flush()
        return await flush.wait(seconds) and flush.succeeded

    async def reached_for_reads(self) -> bool:
        """Likewise, for as long as a read may wait."""
        return await self.reached(self._limits.read_seconds)

    async def note(self, response: Response) -> None:
        """Let a read begin: with everything on disk, or with what is there, which the answer's header says."""
        if not await self.reached_for_reads():
            response.headers.update(self.behind())

    def behind(self) -> dict[str, str]:
        """The header of an answer that lacks what is not on disk yet."""
        return {"Spreadscope-Not-On-Disk": str(self._writer.pending_rows)}

    async def require(self) -> None:
        """Raises ``StoreError`` while the store takes nothing: what needs it to begin with is not begun."""
        if not await self.reached(self._limits.change_seconds):
            raise StoreError(f"{self.why()}: nothing was changed, try again in a moment")

    async def kept(self, result: T) -> T | NotYet[T]:
        """The answer to a change that was made: once it is on disk, or why it is not yet."""
        return result if await self.reached(self._limits.change_seconds) else self.not_yet(result)

    async def change(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do what reads the store on its way. Returns its result, or None where the store does not let it go on."""
        change = self._tasks.start("change", Policy.OWNED, lambda: self._awaited(work))
        while not await change.wait(self._limits.change_seconds):
            if not await self.reached(self._limits.change_seconds) and not change.done:
                return None
        return change.result()

    def why(self) -> str:
        """What is known of a store that takes nothing."""
        if self._writer.error:
            return self._writer.error
        return "the store takes nothing at the moment: another program may hold its database"

    def _stands_for(self, seconds: float) -> bool:
        """Whether a flush is under way for so long already."""
        return self._running is not None and not self._running.done and time.monotonic() - self._began >= seconds

    def not_yet(self, result: T | None) -> NotYet[T]:
        """The answer to a change that the disk has not taken."""
        return NotYet(f"the change is made, but not on disk yet: {self.why()}", result)

    async def _awaited(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        except Exception as error:
            log.info("change refused", error=str(error))  # whoever waits for it is told; who was answered 202 is gone
            raise

    def _flush(self) -> Running[None]:
        """A flush that covers what was submitted until now: one that was begun earlier does not."""
        if self._running is None or self._running.done:
            self._running = self._tasks.start("flush", Policy.OWNED, self._writer.flush)
            self._began = time.monotonic()
            return self._running
        if self._next is None:
            self._next = self._tasks.start("next flush", Policy.OWNED, partial(self._after, self._running))
        return self._next

    async def _after(self, running: Running[None]) -> None:
        await running.wait()
        self._running, self._next, self._began = self._next, None, time.monotonic()
        await self._writer.flush()
