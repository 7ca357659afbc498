"""Child processes of a command: started one after the other, each ready before the next, stopped in reverse."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from spreadscope.commands.lifetime import PARENT
from spreadscope.model.errors import SpreadscopeError

_READY_SECONDS = 180.0  # an engine on a new machine compiles first
_STOP_SECONDS = 2.5


class ChildError(SpreadscopeError):
    """A child did not start; the message is what it said."""


class Child:
    """One child process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.process = process

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen."""
        if not self.running:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


async def start(
    name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None, *, quiet: bool = False
) -> Child:
    """``python -m ARGUMENTS``. It goes when we go. ``quiet`` drops what it prints on standard output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        env={**os.environ, **(environment or {}), PARENT: str(os.getpid())},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.PIPE,
        # A group of its own: Ctrl-C reaches us alone, and we stop the children in order.
        start_new_session=True,
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
        code = await child.process.wait()
        raise ChildError(f"the {child.name} could not start (exit status {code}): its message stands above")
    document: dict[str, Any] = msgspec.json.decode(line)
    return document
