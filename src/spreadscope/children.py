"""A child process of ours: how it is started, told whose it is, and stopped.

Commands and the dashboard both have some.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from spreadscope.tasks import Policy, Tasks

# A child watches the process of this number and stops when it is gone, however it went.
PARENT = "SPREADSCOPE_PARENT_PID"

_LONGEST_WORDS = 300
_READ_BYTES = 64 * 1024
_UNUSED_STOP_SECONDS = 0.5


async def spawn(
    command: Sequence[str], environment: Mapping[str, str], *, quiet: bool = False, folder: Path | None = None
) -> asyncio.subprocess.Process:
    """Start ``command``.

    Whoever starts it reads its pipes; ``quiet`` drops what it prints on standard output. Raises ``OSError``.
    When it is cancelled meanwhile, the process is gone before this ends.
    """
    start = partial(
        asyncio.create_subprocess_exec,
        *command,
        env={**environment, PARENT: str(os.getpid())},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A group of its own: Ctrl-C reaches us alone, and we stop the children in order.
        start_new_session=True,
    )
    async with Tasks() as tasks:
        # A task of its own: a start that is cancelled half way would leave its process behind.
        starting = tasks.start("start of a process", Policy.OWNED, start)
        try:
            await starting.wait()
        except asyncio.CancelledError:
            await starting.wait()
            if starting.succeeded:
                await stop(starting.result(), _UNUSED_STOP_SECONDS)
            raise
        return starting.result()


async def stop(process: asyncio.subprocess.Process, seconds: float) -> None:
    """SIGTERM, and SIGKILL for one that does not listen within ``seconds``."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def last_bytes(stream: asyncio.StreamReader, most: int) -> bytes:
    """Read a pipe until its end. Returns its last ``most`` bytes."""
    kept = b""
    while chunk := await stream.read(_READ_BYTES):
        kept = (kept + chunk)[-most:]
    return kept


def last_words(printed: str) -> str:
    """The last line of what it printed on standard error, empty where there was none.

    >>> last_words("starting\\nspreadscope: port 8765 cannot be used\\n")
    'port 8765 cannot be used'
    """
    lines = printed.strip().splitlines()
    return lines[-1].strip().removeprefix("spreadscope: ")[:_LONGEST_WORDS] if lines else ""
