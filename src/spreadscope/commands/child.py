"""Child processes of a command: started one after the other, each ready before the next, stopped in reverse."""

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
_LAST_WORDS_SECONDS = 1.0
_TAIL_BYTES = 4_096


class ChildError(SpreadscopeError):
    """A child did not start; the message is what it said."""


class Child:
    """One child process. What it prints on standard error is passed on, and its end is remembered."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.process = process
        self._tail = b""
        self._passing = asyncio.create_task(self._pass_on(), name=f"{name}-messages")

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def ended(self) -> int:
        """Wait for its end, with all of its messages; the exit status (of a signal: minus its number)."""
        status = await self.process.wait()
        # A grandchild may keep the pipe open.
        await asyncio.wait({self._passing}, timeout=_LAST_WORDS_SECONDS)
        return status

    def last_words(self) -> str:
        """The last line it printed on standard error, empty where there was none."""
        return children.last_words(self._tail.decode(errors="replace"))

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen."""
        await children.stop(self.process, _STOP_SECONDS)
        self._passing.cancel()
        await asyncio.gather(self._passing, return_exceptions=True)

    async def _pass_on(self) -> None:
        stream = self.process.stderr
        while stream is not None and (piece := await stream.read(65_536)):
            self._tail = (self._tail + piece)[-_TAIL_BYTES:]
            sys.stderr.write(piece.decode(errors="replace"))
            sys.stderr.flush()


def how_it_ended(status: int) -> str:
    """An exit status in words."""
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


async def start(
    name: str,
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    quiet: bool = False,
    folder: Path | None = None,
) -> Child:
    """``python -m ARGUMENTS`` (in ``folder``). It goes when we go. ``quiet`` drops what it prints on standard output."""
    process = await children.spawn(
        [sys.executable, "-m", *arguments],
        {**isolation.environment(), **(environment or {})},
        quiet=quiet,
        folder=folder,
    )
    return Child(name, process)


async def ready_line(child: Child) -> dict[str, Any]:
    """The JSON line a child prints once it serves."""
    if child.process.stdout is None:
        raise ValueError("a quiet child prints nothing")
    try:
        line = await asyncio.wait_for(child.process.stdout.readline(), _READY_SECONDS)
    except TimeoutError:
        raise ChildError(f"the {child.name} did not start within {_READY_SECONDS:.0f} s") from None
    if not line:
        status = await child.ended()
        raise ChildError(f"the {child.name} could not start ({how_it_ended(status)}): its message stands above")
    document: dict[str, Any] = msgspec.json.decode(line)
    return document
