"""The child processes of a command: each starts after the one before is ready; they stop in reverse order."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from spreadscope import children, isolation
from spreadscope.model.errors import SpreadscopeError

_READY_SECONDS = 180.0  # an engine on a new machine compiles first
_STOP_SECONDS = 2.5
_LAST_MESSAGES_SECONDS = 1.0
_TAIL_BYTES = 4_096


class ChildError(SpreadscopeError):
    """The error that a child did not start, with its message."""


class Child:
    """A child process. Its standard error is forwarded, and its last lines are stored."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.process = process
        self._tail = b""
        self._forward_task = asyncio.create_task(self._forward_messages(), name=f"{name}-messages")

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def ended(self) -> int:
        """Wait for the end and all messages. Returns the exit status (of a signal: minus its number)."""
        status = await self.process.wait()
        # A grandchild may keep the pipe open.
        await asyncio.wait({self._forward_task}, timeout=_LAST_MESSAGES_SECONDS)
        return status

    def last_message(self) -> str:
        """Returns the last line on standard error; empty where there was none."""
        return children.last_words(self._tail.decode(errors="replace"))

    async def stop(self) -> None:
        """Send SIGTERM, and SIGKILL where the child does not end."""
        await children.stop(self.process, _STOP_SECONDS)
        self._forward_task.cancel()
        await asyncio.gather(self._forward_task, return_exceptions=True)

    async def _forward_messages(self) -> None:
        stream = self.process.stderr
        while stream is not None and (chunk := await stream.read(65_536)):
            self._tail = (self._tail + chunk)[-_TAIL_BYTES:]
            sys.stderr.write(chunk.decode(errors="replace"))
            sys.stderr.flush()


def exit_text(status: int) -> str:
    """Returns an exit status as text."""
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


async def start(
    name: str,
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    quiet: bool = False,
    folder: Path | None = None,
) -> Child:
    """Start ``python -m ARGUMENTS`` (in ``folder``); it ends when we end. ``quiet`` drops its standard output."""
    process = await children.spawn(
        [sys.executable, "-m", *arguments],
        {**isolation.environment(), **(environment or {})},
        quiet=quiet,
        folder=folder,
    )
    return Child(name, process)


async def ready_line(child: Child) -> dict[str, Any]:
    """Returns the JSON line that a child prints once it is ready."""
    if child.process.stdout is None:
        raise ValueError("a quiet child prints nothing")
    try:
        line = await asyncio.wait_for(child.process.stdout.readline(), _READY_SECONDS)
    except TimeoutError:
        raise ChildError(f"the {child.name} did not start within {_READY_SECONDS:.0f} s") from None
    if not line:
        status = await child.ended()
        raise ChildError(f"the {child.name} could not start ({exit_text(status)}): see its message above")
    document: dict[str, Any] = msgspec.json.decode(line)
    return document
