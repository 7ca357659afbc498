"""The end of a command: by a signal, a deadline, the end of its parent, or the end of a child."""

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

_CHECK_SECONDS = 0.5
_OUTPUT_LOST = 120  # Python's own exit status for it


async def until_stopped(
    duration: float | None = None,
    watched: Sequence[tuple[str, Coroutine[Any, Any, int]]] = (),
    failure: Coroutine[Any, Any, NoReturn] | None = None,
) -> None:
    """Wait for SIGINT or SIGTERM, for ``duration`` seconds, or until the parent command has ended.

    ``watched`` are child processes: one that ends by itself is an error. ``failure`` raises the error that ends the
    command.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with Tasks() as tasks:
        tasks.start("parent-watch", Policy.RESTART, lambda: _watch_parent(stopped))
        signalled = tasks.start("stop", Policy.OWNED, stopped.wait)
        failing = [tasks.start("failure", Policy.OWNED, lambda: failure)] if failure is not None else []
        children = [tasks.start(name, Policy.OWNED, partial(_wait, waiting)) for name, waiting in watched]
        done = await first_ended([signalled, *children, *failing], duration)
        for failed in failing:
            if failed in done:
                failed.result()
        ended_children = [child for child in children if child in done]
        if ended_children and not stopped.is_set():
            raise SpreadscopeError(
                f"the {ended_children[0].name} ended by itself (exit status {ended_children[0].result()}): see its "
                "message above"
            )


async def _wait(waiting: Coroutine[Any, Any, int]) -> int:
    return await waiting


async def _watch_parent(stopped: asyncio.Event) -> None:
    """Set ``stopped`` when the parent was killed, so that no child stays."""
    parent = os.environ.get(PARENT, "")
    while parent.isdigit() and os.getppid() == int(parent):  # noqa: ASYNC110 - a parent's death raises no event
        await asyncio.sleep(_CHECK_SECONDS)
    if parent.isdigit():
        stopped.set()


def make_fast_exit() -> Callable[[int], NoReturn]:
    """Returns a ``sys.exit`` without the teardown of the interpreter: threads end, exit handlers run, the process ends.

    The teardown of modules, kernels and arrays took five times as long as closing the store and the sockets. Call it
    before other code registers exit handlers, so that those run first.
    """
    status = 1  # of an uncaught error

    def exit_process() -> None:
        logging.shutdown()
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:  # the reader of the output is gone
            os._exit(_OUTPUT_LOST)
        os._exit(status)

    def exit_with(with_status: int) -> NoReturn:
        nonlocal status
        status = with_status
        sys.exit(with_status)

    atexit.register(exit_process)
    return exit_with
