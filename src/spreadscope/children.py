"""A child process of ours: how it is started, told whose it is, and stopped.

Commands and the dashboard both have some.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# A child watches the process of this number and stops when it is gone, however it went.
PARENT = "SPREADSCOPE_PARENT_PID"

_LONGEST_WORDS = 300


async def spawn(
    command: Sequence[str], environment: Mapping[str, str], *, quiet: bool = False, folder: Path | None = None
) -> asyncio.subprocess.Process:
    """Start ``command``.

    Whoever starts it reads its pipes; ``quiet`` drops what it prints on standard output. Raises ``OSError``.
    """
    return await asyncio.create_subprocess_exec(
        *command,
        env={**environment, PARENT: str(os.getpid())},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A group of its own: Ctrl-C reaches us alone, and we stop the children in order.
        start_new_session=True,
    )


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


def last_words(printed: str) -> str:
    """The last line of what it printed on standard error, empty where there was none.

    >>> last_words("starting\\nspreadscope: port 8765 cannot be used\\n")
    'port 8765 cannot be used'
    """
    lines = printed.strip().splitlines()
    return lines[-1].strip().removeprefix("spreadscope: ")[:_LONGEST_WORDS] if lines else ""
