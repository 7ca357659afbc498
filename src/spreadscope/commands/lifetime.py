"""How a command ends: a signal, a deadline, the death of the command that started it, or of one that it started."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, NoReturn

from spreadscope.children import PARENT
from spreadscope.model.errors import SpreadscopeError
from spreadscope.tasks import Policy, Tasks, first_ended

_LOOK_SECONDS = 0.5
_OUTPUT_LOST = 120  # Python's own exit status for it


async def until_stopped(
    duration: float | None = None,
    watched: Sequence[tuple[str, Coroutine[Any, Any, int]]] = (),
    failure: Coroutine[Any, Any, NoReturn] | None = None,
) -> None:
    """Wait for SIGINT or SIGTERM, for ``duration`` seconds, or until the parent command is gone.

    ``watched`` names child processes and waits for them: one that ends by itself is an error. ``failure`` raises what ends the
    command when it cannot go on.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with Tasks() as tasks:
        tasks.start("parent-watch", Policy.RESTART, lambda: _watch_parent(stopped))
        signalled = tasks.start("stop", Policy.OWNED, stopped.wait)
        failing = [tasks.start("failure", Policy.OWNED, lambda: failure)] if failure is not None else []
        children = [tasks.start(name, Policy.OWNED, partial(_itself, waiting)) for name, waiting in watched]
        done = await first_ended([signalled, *children, *failing], duration)
        for failed in failing:
            if failed in done:
                failed.result()
        dead = [child for child in children if child in done]
        if dead and not stopped.is_set():
            raise SpreadscopeError(
                f"the {dead[0].name} ended by itself (exit status {dead[0].result()}): its message stands above"
            )


async def _itself(waiting: Coroutine[Any, Any, int]) -> int:
    return await waiting


async def _watch_parent(stopped: asyncio.Event) -> None:
    """A child whose parent was killed must not stay behind."""
    parent = os.environ.get(PARENT, "")
    while parent.isdigit() and os.getppid() == int(parent):  # noqa: ASYNC110 - a parent's death raises no event
        await asyncio.sleep(_LOOK_SECONDS)
    if parent.isdigit():
        stopped.set()


def without_teardown() -> Callable[[int], NoReturn]:
    """→ ``sys.exit`` for a program that has closed what it opened: threads end and exit handlers run, and then it is gone.

    Taking apart every module, compiled kernel and array took five times as long as closing the store and the sockets. Call it
    before anything registers an exit handler of its own, so that those come first.
    """
    status = 1  # of an error that nobody caught

    def end_now() -> None:
        logging.shutdown()
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:  # whoever read it is gone, and cannot be told
            os._exit(_OUTPUT_LOST)
        os._exit(status)

    def leave(with_status: int) -> NoReturn:
        nonlocal status
        status = with_status
        sys.exit(with_status)

    atexit.register(end_now)
    return leave
