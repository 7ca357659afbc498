"""The engine of ``demo`` and ``up`` kept running: it is started again when it ends, and the dashboard stays and says why.

The dashboard is a process of its own, which cannot hear what the engine said last: it is written to a file of notes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from spreadscope.commands.child import Child, ChildError, how_it_ended, ready_line, start
from spreadscope.commands.console import say

_FIRST_START = frozenset({"--pair", "--symbols"})


class KeptEngine:
    """An engine that is there again, at the same address, after it has ended."""

    def __init__(
        self, options: Sequence[str], notes: Path, *, first_retry: float = 2.0, longest_retry: float = 30.0
    ) -> None:
        """After an end it is started again in ``first_retry`` seconds, and where that fails in twice that, up to ``longest_retry``."""
        self._command = ["spreadscope", "engine", "--json", *options]
        self.notes = notes
        self._first_retry = first_retry
        self._longest_retry = longest_retry
        self._child: Child | None = None

    async def start(self) -> dict[str, Any]:
        """Start it for the first time; returns its ready line. Raises ``ChildError``: then the options are wrong."""
        ready = await self._start()
        port = urlsplit(ready["api"]).port
        # From now on it must be found where the dashboard looks for it (the last --port counts), and it follows what is
        # followed then, which the store remembers: a pair that was removed meanwhile stays away.
        self._command = [*_without(self._command, _FIRST_START), "--port", str(port)]
        return ready

    async def keep(self) -> NoReturn:
        """Start it again whenever it has ended, until cancelled."""
        delay = self._first_retry
        while True:
            if self._child is not None:
                status = await self._child.ended()
                why = f"the engine ended by itself ({how_it_ended(status)}){_quoted(self._child)}"
                delay = self._first_retry
            note = f"{why}. It is started again in {delay:.0f} s"
            self._note(note)
            say(f"spreadscope: {note}")
            await asyncio.sleep(delay)
            try:
                await self._start()
            except ChildError:
                child, self._child = self._child, None
                words = _quoted(child) if child is not None else ""
                why = f"the engine could not be started again{words}"
                delay = min(2 * delay, self._longest_retry)
                continue
            self._note("")
            say("The engine runs again.")

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()

    async def _start(self) -> dict[str, Any]:
        self._child = await start("engine", self._command)
        try:
            return await ready_line(self._child)
        except ChildError:
            await self._child.stop()  # one that only does not get ready runs on
            raise

    def _note(self, text: str) -> None:
        self.notes.write_text(text, encoding="utf-8")


def _without(command: Sequence[str], options: frozenset[str]) -> list[str]:
    """A command without some options and their values."""
    pairs = zip(command, ["", *command], strict=False)
    return [word for word, before in pairs if word not in options and before not in options]


def _quoted(child: Child) -> str:
    words = child.last_words()
    return f": {words}" if words else ""
