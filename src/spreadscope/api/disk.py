"""Bounded waits for the disk: a read answers with what is there, a change says whether it is stored already."""

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
    """The waits of the API for the store's writer. However many requests wait, at most two flushes run."""

    def __init__(self, writer: StoreWriter, tasks: Tasks, limits: ApiLimits | None = None) -> None:
        """``tasks`` is the group of the flushes and changes."""
        self._limits = limits or ApiLimits()
        self._writer = writer
        self._tasks = tasks
        self._flush_running: Running[None] | None = None
        self._flush_started = 0.0
        self._next_flush: Running[None] | None = None

    async def reached(self, seconds: float | None) -> bool:
        """Wait until all that was submitted is on disk. Returns whether it is; ``seconds`` None means without limit."""
        if seconds is not None and self._is_slower_than(seconds):
            return False  # the running flush has waited so long already
        flush = self._flush()
        return await flush.wait(seconds) and flush.succeeded

    async def reached_for_reads(self) -> bool:
        """Wait for the disk as long as a read may. Returns whether all is on disk."""
        return await self.reached(self._limits.read_seconds)

    async def await_for_read(self, response: Response) -> None:
        """Wait for the disk before a read; a header of the answer says where rows are still missing."""
        if not await self.reached_for_reads():
            response.headers.update(self.pending_header())

    def pending_header(self) -> dict[str, str]:
        """Returns the header of an answer that lacks rows which are not on disk yet."""
        return {"Spreadscope-Not-On-Disk": str(self._writer.pending_rows)}

    async def require(self) -> None:
        """Raise ``StoreError`` while the store accepts nothing, before a change that needs it begins."""
        if not await self.reached(self._limits.change_seconds):
            raise StoreError(f"{self.why()}: nothing was changed, try again in a moment")

    async def answer_when_stored(self, result: T) -> T | NotYet[T]:
        """Returns the result of a change once it is on disk, or a ``NotYet`` with the reason."""
        return result if await self.reached(self._limits.change_seconds) else self.not_yet(result)

    async def change(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Run a change that reads the store. Returns its result, or None where the store blocks it."""
        change = self._tasks.start("change", Policy.OWNED, lambda: self._log_refusal(work))
        while not await change.wait(self._limits.change_seconds):
            if not await self.reached(self._limits.change_seconds) and not change.done:
                return None
        return change.result()

    def why(self) -> str:
        """Returns why the store accepts nothing."""
        if self._writer.error:
            return self._writer.error
        return "the store takes nothing at the moment: another program may hold its database"

    def _is_slower_than(self, seconds: float) -> bool:
        """Returns whether the running flush has taken that long already."""
        return (
            self._flush_running is not None
            and not self._flush_running.done
            and time.monotonic() - self._flush_started >= seconds
        )

    def not_yet(self, result: T | None) -> NotYet[T]:
        """Returns the answer to a change that is not on disk."""
        return NotYet(f"the change is made, but not on disk yet: {self.why()}", result)

    async def _log_refusal(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        except Exception as error:
            log.info(
                "change refused", error=str(error)
            )  # a client that still waits gets the error; one that was answered 202 does not
            raise

    def _flush(self) -> Running[None]:
        """Returns a flush that covers all that was submitted until now; an earlier one does not."""
        if self._flush_running is None or self._flush_running.done:
            self._flush_running = self._tasks.start("flush", Policy.OWNED, self._writer.flush)
            self._flush_started = time.monotonic()
            return self._flush_running
        if self._next_flush is None:
            self._next_flush = self._tasks.start(
                "next flush", Policy.OWNED, partial(self._flush_after, self._flush_running)
            )
        return self._next_flush

    async def _flush_after(self, running: Running[None]) -> None:
        await running.wait()
        self._flush_running, self._next_flush, self._flush_started = self._next_flush, None, time.monotonic()
        await self._writer.flush()
