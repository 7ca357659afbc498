"""The tasks of a program: each has a name, a group that ends it, and a policy for its exceptions.

``asyncio.TaskGroup`` has one policy: it ends all tasks when one fails. A program that must go on needs four.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Generic, NoReturn, Self, TypeVar

import structlog

from spreadscope.model.errors import SpreadscopeError

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPauses:
    """Before a task that failed begins anew: the first pause, and the longest; each is twice the one before it.

    A task that has run for ``stable_seconds`` has not failed in a row. ``sleep`` waits.
    """

    first_seconds: float = 1.0
    longest_seconds: float = 60.0
    stable_seconds: float = 60.0
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


class Policy(StrEnum):
    """A policy for the exception of a task."""

    RESTART = "restart"
    """It is reported, and the task starts again after a pause: for what must run as long as the program."""
    ONCE = "once"
    """It is reported, and the task ends: for what will be asked for again."""
    FATAL = "fatal"
    """It ends the program (``Tasks.failure`` raises it): for a task without which the program only seems to work."""
    OWNED = "owned"
    """It is for the caller: ``Running.result`` raises it."""


FailureHandler = Callable[[str, Exception, Policy], None]
"""A function that is called for an exception, with the task's name, the exception and the policy."""


class Running(Generic[T]):
    """A started task. It ends by itself, by ``cancel``, or with its group."""

    def __init__(self, name: str, policy: Policy) -> None:
        self.name = name
        self.policy = policy
        self.error: Exception | None = None
        self._value: T | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def done(self) -> bool:
        return self._task is None or self._task.done()

    @property
    def succeeded(self) -> bool:
        """Returns whether the task has ended without an exception."""
        return self._task is not None and self._task.done() and not self._task.cancelled() and self.error is None

    def cancel(self) -> None:
        """Ask the task to end."""
        if self._task is not None:
            self._task.cancel()

    def result(self) -> T:
        """Returns the task's result. Raises its exception, or ``CancelledError`` when it was cancelled."""
        if self.error is not None:
            raise self.error
        if self._task is not None:
            self._task.result()
        return self._value  # type: ignore[return-value]  # it has succeeded, so it is a T

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the task's end, ``seconds`` at most. Returns whether it has ended."""
        return bool(await first_ended([self], seconds))


class Tasks:
    """A group of tasks, as an async context manager: tasks that still run at its end are cancelled."""

    def __init__(self, on_failure: FailureHandler | None = None, pauses: RestartPauses | None = None) -> None:
        """``on_failure`` is called for exceptions; without it they are logged."""
        self._on_failure = on_failure
        self._pauses = pauses or RestartPauses()
        self._group = asyncio.TaskGroup()
        self._running: set[Running[Any]] = set()
        self._failed = asyncio.Event()
        self._failure: SpreadscopeError | None = None

    @property
    def running(self) -> frozenset[Running[Any]]:
        """Returns the tasks that have not ended."""
        return frozenset(self._running)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for running in self._running:
            running.cancel()
        # With the caller's error the group would wrap it; without it, it is raised unchanged after the tasks have
        # ended.
        await self._group.__aexit__(None, None, None)

    def start(self, name: str, policy: Policy, work: Callable[[], Coroutine[Any, Any, T]]) -> Running[T]:
        """Run ``work()`` as a task; it is called again for each restart."""
        running: Running[T] = Running(name, policy)
        running._task = self._group.create_task(self._run(running, work), name=name)  # noqa: SLF001 - of this module
        self._running.add(running)
        running._task.add_done_callback(lambda _: self._running.discard(running))  # noqa: SLF001
        return running

    def give_up(self, error: SpreadscopeError) -> None:
        """Report that the program cannot go on; only the first error counts."""
        if self._failure is None:
            self._failure = error
            self._failed.set()

    async def failure(self) -> NoReturn:
        """Wait until the program cannot go on. Raises the error."""
        await self._failed.wait()
        raise self._failure or SpreadscopeError("the program cannot go on")

    async def _run(self, running: Running[T], work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        pause = self._pauses.first_seconds
        while True:
            started = time.monotonic()
            try:
                running._value = await work()  # noqa: SLF001 - of this module
            except Exception as error:  # noqa: BLE001 - a task must neither end unseen nor end the others
                if not self._handle_failure(running, error):
                    return
            else:
                return
            if time.monotonic() - started > self._pauses.stable_seconds:
                pause = self._pauses.first_seconds
            await self._pauses.sleep(pause)
            pause = min(2 * pause, self._pauses.longest_seconds)

    def _handle_failure(self, running: Running[T], error: Exception) -> bool:
        """Apply the policy to an exception. Returns whether the task starts again."""
        running.error = error
        if running.policy is Policy.FATAL:
            is_ours = isinstance(error, SpreadscopeError)
            if not is_ours:
                self._report(running, error)
            self.give_up(
                error  # type: ignore[arg-type]  # it is one
                if is_ours
                else SpreadscopeError(f"the {running.name} ended by an error ({error!r}): start again")
            )
        elif running.policy is not Policy.OWNED:
            self._report(running, error)
        if running.policy is not Policy.RESTART:
            return False
        running.error = None
        return True

    def _report(self, running: Running[T], error: Exception) -> None:
        log.error("task failed", task=running.name, policy=running.policy.value, error=type(error).__name__)
        if self._on_failure is None:
            log.error("its exception", task=running.name, exc_info=error)
            return
        try:
            self._on_failure(running.name, error, running.policy)
        except Exception:
            log.exception("a failure could not be reported", task=running.name)


async def first_ended(
    tasks: Iterable[Running[Any]], seconds: float | None = None, *, every: bool = False
) -> set[Running[Any]]:
    """Wait until one of the tasks has ended (``every``: all), ``seconds`` at most. Returns those that have ended."""
    by_running = {running: running._task for running in tasks}  # noqa: SLF001 - of this module
    waiting = {task for task in by_running.values() if task is not None and not task.done()}
    if waiting and (every or len(waiting) == len(by_running)):
        return_when = asyncio.ALL_COMPLETED if every else asyncio.FIRST_COMPLETED
        await asyncio.wait(waiting, timeout=seconds, return_when=return_when)
    return {running for running in by_running if running.done}


async def end(*tasks: Running[Any] | None) -> None:
    """Cancel tasks and wait until they have ended."""
    running_tasks = [running for running in tasks if running is not None]
    for running in running_tasks:
        running.cancel()
    await first_ended(running_tasks, every=True)


async def to_the_end(name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``work`` to its end, however often it is cancelled meanwhile; a cancellation is raised afterwards.

    For what leaves something behind where it is given up half way. Returns its result, and raises its exception.
    """
    async with Tasks() as tasks:
        running = tasks.start(name, Policy.OWNED, work)
        cancelled: asyncio.CancelledError | None = None
        while not running.done:
            try:
                await running.wait()
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled
        return running.result()
