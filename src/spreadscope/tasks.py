"""The tasks of a program: each has a name, a group that it cannot outlive, and a policy for an exception of its own.

``asyncio.TaskGroup`` has one policy, which is to end all when one fails. A program that has to go on needs four.
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
    """What an exception of a task means."""

    RESTART = "restart"
    """It is told, and the task begins anew after a pause: what has to be there as long as the program runs."""
    ONCE = "once"
    """It is told, and that is all: somebody will ask again."""
    FATAL = "fatal"
    """It ends the program (``Tasks.failure`` raises it): without this task it would only look well."""
    OWNED = "owned"
    """It is the holder's, who asks ``Running.result``."""


Told = Callable[[str, Exception, Policy], None]
"""What hears of an exception: the task's name, the exception, and what becomes of the task."""


class Running(Generic[T]):
    """A task that was started. It ends by itself, by ``cancel``, or with its group."""

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
    def well(self) -> bool:
        """Whether it has ended without an exception."""
        return self._task is not None and self._task.done() and not self._task.cancelled() and self.error is None

    def cancel(self) -> None:
        """Ask it to end."""
        if self._task is not None:
            self._task.cancel()

    def result(self) -> T:
        """What it returned. Raises its exception, or ``CancelledError`` where it was ended."""
        if self.error is not None:
            raise self.error
        if self._task is not None:
            self._task.result()
        return self._value  # type: ignore[return-value]  # it has ended well, so it is a T

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end, so long at most; returns whether it has ended."""
        return bool(await first_ended([self], seconds))


class Tasks:
    """An async context manager: tasks are started inside it, and those that still run at its end are cancelled."""

    def __init__(self, told: Told | None = None, pauses: RestartPauses | None = None) -> None:
        """``told`` hears of exceptions; without one they are logged."""
        self._told = told
        self._pauses = pauses or RestartPauses()
        self._group = asyncio.TaskGroup()
        self._running: set[Running[Any]] = set()
        self._over = asyncio.Event()
        self._failure: SpreadscopeError | None = None

    @property
    def running(self) -> frozenset[Running[Any]]:
        """Those that have not ended."""
        return frozenset(self._running)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for running in self._running:
            running.cancel()
        # Given the owner's error the group would wrap it; it goes on as it is once the tasks are gone.
        await self._group.__aexit__(None, None, None)

    def start(self, name: str, policy: Policy, work: Callable[[], Coroutine[Any, Any, T]]) -> Running[T]:
        """Run ``work()`` as a task; it is called once more for each new beginning."""
        running: Running[T] = Running(name, policy)
        running._task = self._group.create_task(self._run(running, work), name=name)  # noqa: SLF001 - of this module
        self._running.add(running)
        running._task.add_done_callback(lambda _: self._running.discard(running))  # noqa: SLF001
        return running

    def give_up(self, error: SpreadscopeError) -> None:
        """The program cannot go on; the first one to say so is heard."""
        if self._failure is None:
            self._failure = error
            self._over.set()

    async def failure(self) -> NoReturn:
        """Wait until the program cannot go on. Raises why."""
        await self._over.wait()
        raise self._failure or SpreadscopeError("the program cannot go on")

    async def _run(self, running: Running[T], work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        pause = self._pauses.first_seconds
        while True:
            began = time.monotonic()
            try:
                running._value = await work()  # noqa: SLF001 - of this module
            except Exception as error:  # noqa: BLE001 - a task of ours must neither die unseen nor end the others
                if not self._goes_on(running, error):
                    return
            else:
                return
            if time.monotonic() - began > self._pauses.stable_seconds:
                pause = self._pauses.first_seconds
            await self._pauses.sleep(pause)
            pause = min(2 * pause, self._pauses.longest_seconds)

    def _goes_on(self, running: Running[T], error: Exception) -> bool:
        """Do what the policy says of an exception; returns whether the task begins anew."""
        running.error = error
        if running.policy is Policy.FATAL:
            known = isinstance(error, SpreadscopeError)
            if not known:
                self._tell(running, error)
            self.give_up(
                error if known else SpreadscopeError(f"the {running.name} ended by an error ({error!r}): start again")  # type: ignore[arg-type]  # it is one
            )
        elif running.policy is not Policy.OWNED:
            self._tell(running, error)
        if running.policy is not Policy.RESTART:
            return False
        running.error = None
        return True

    def _tell(self, running: Running[T], error: Exception) -> None:
        log.error("task failed", task=running.name, policy=running.policy.value, error=type(error).__name__)
        if self._told is None:
            log.error("its exception", task=running.name, exc_info=error)
            return
        try:
            self._told(running.name, error, running.policy)
        except Exception:
            log.exception("a failure could not be told", task=running.name)


async def first_ended(
    tasks: Iterable[Running[Any]], seconds: float | None = None, *, every: bool = False
) -> set[Running[Any]]:
    """Wait until one of them has ended (``every``: all), so long at most; returns those that have."""
    held = {running: running._task for running in tasks}  # noqa: SLF001 - of this module
    waiting = {task for task in held.values() if task is not None and not task.done()}
    if waiting and (every or len(waiting) == len(held)):
        when = asyncio.ALL_COMPLETED if every else asyncio.FIRST_COMPLETED
        await asyncio.wait(waiting, timeout=seconds, return_when=when)
    return {running for running in held if running.done}


async def end(*tasks: Running[Any] | None) -> None:
    """Cancel tasks and wait until they are gone."""
    held = [running for running in tasks if running is not None]
    for running in held:
        running.cancel()
    await first_ended(held, every=True)
