"""The worker process of one job: started, listened to, and ended."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import structlog

from spreadscope import children, isolation
from spreadscope.model.errors import SpreadscopeError
from spreadscope.research.worker_messages import Failed, Finished, Progressed, WorkerMessage
from spreadscope.tasks import Policy, Tasks

log = structlog.get_logger()

_MODULE = "spreadscope.research.worker"
_STOP_SECONDS = 0.5
_LOGGED_BYTES = 4_096

_decoder: msgspec.json.Decoder[WorkerMessage] = msgspec.json.Decoder(WorkerMessage)


class JobFailedError(SpreadscopeError):
    """The error that a job could not be computed, in one sentence."""


async def run_worker(module: str, folder: Path, on_progress: Callable[[Progressed], None]) -> tuple[str, ...]:
    """Compute a job in a process of its own. Returns the names of its results.

    Raises ``JobFailedError``. When it is cancelled, the process is gone before this ends.
    """
    process = await children.spawn([sys.executable, "-m", _MODULE, module, str(folder)], isolation.environment())
    if process.stdout is None or process.stderr is None:
        raise ValueError("a worker is started with pipes")
    async with Tasks() as tasks:
        errors = tasks.start(
            "worker's errors", Policy.OWNED, partial(children.last_bytes, process.stderr, _LOGGED_BYTES)
        )
        try:
            last = await _listen(process.stdout, on_progress)
            status = await process.wait()
            if isinstance(last, Finished):
                return last.results
            await errors.wait()
            printed = errors.result().decode(errors="replace")
            if printed.strip() and (last is None or status):
                log.error("a worker failed", job=folder.name, status=status, printed=printed)
            raise JobFailedError(last.message if isinstance(last, Failed) else _death(status))
        finally:
            await children.stop(process, _STOP_SECONDS)


async def _listen(stream: asyncio.StreamReader, on_progress: Callable[[Progressed], None]) -> Finished | Failed | None:
    """Returns the last word of a worker; None where it ended without one."""
    while True:
        try:
            line = await stream.readuntil()
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            raise JobFailedError("the worker process said something that cannot be read") from None
        try:
            message = _decoder.decode(line)
        except msgspec.MsgspecError:
            raise JobFailedError("the worker process said something that cannot be read") from None
        if not isinstance(message, Progressed):
            return message
        on_progress(message)


def _death(status: int) -> str:
    """Returns a sentence on a process that ended without a word.

    >>> _death(-9)
    'the worker process was killed (signal 9), as happens when memory runs out: choose fewer symbols or a shorter time'
    """
    if status == -signal.SIGKILL:
        return (
            f"the worker process was killed (signal {-status}), as happens when memory runs out: "
            "choose fewer symbols or a shorter time"
        )
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    return f"the worker process ended by itself ({how}): see the engine's log"
