"""A child process of ours: how it is started, told whose it is, and stopped.

Commands and the dashboard both have some.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from spreadscope.tasks import to_the_end

# A child watches the process of this number and stops when it is gone, however it went.
PARENT = "SPREADSCOPE_PARENT_PID"
# The name, in a log in JSON, of what a command says to whoever runs it.
COMMAND = "command"

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
    started: list[asyncio.subprocess.Process] = []

    async def begin() -> None:
        started.append(await start())

    try:
        await to_the_end("start of a process", begin)  # given up half way it would leave its process behind
    except asyncio.CancelledError:
        for process in started:
            await stop(process, _UNUSED_STOP_SECONDS)
        raise
    return started[0]


async def stop(process: asyncio.subprocess.Process, seconds: float) -> None:
    """SIGTERM, and SIGKILL for one that does not listen within ``seconds``. Its pipes are closed afterwards.

    It is gone when this ends, also where this is cancelled meanwhile.
    """
    await to_the_end("end of a process", partial(_stop, process, seconds))


async def _stop(process: asyncio.subprocess.Process, seconds: float) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    # A pipe that was not read to its end, or that a grandchild holds, would be open still when the loop is closed, and
    # closing that fails then. There is no public way to close it.
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001
    await asyncio.sleep(0)


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
    >>> last_words('{"event": "spreadscope: port 8765 cannot be used", "logger": "command"}')
    'port 8765 cannot be used'
    """
    lines = printed.strip().splitlines()
    if not lines:
        return ""
    line = lines[-1].strip()
    return str((_object(line) or {}).get("event", line)).removeprefix("spreadscope: ")[:_LONGEST_WORDS]


def sentence(line: str) -> str | None:
    """Returns what a line on standard error says to whoever runs the command; None where it is a line of the log.

    >>> sentence("compiling"), sentence("2026-11-30 01:00:00 [warning] x"), sentence('{"event": "x"}')
    ('compiling', None, None)
    >>> sentence('{"event": "compiling", "logger": "command"}')
    'compiling'
    """
    document = _object(line)
    if document is None:
        return None if line[:1].isdigit() else line  # a line of the log has its time
    return str(document["event"]) if document.get("logger") == COMMAND else None


def _object(line: str) -> dict[str, Any] | None:
    """Returns a line of a log in JSON; None for any other line."""
    if not line.startswith("{"):
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) and "event" in document else None
