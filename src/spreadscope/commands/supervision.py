"""The supervision of the engine of ``demo`` and ``up``: it is started again after its end, and the dashboard shows why.

The dashboard is a separate process without the engine's output, so its last message is written to a file of notes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from spreadscope.commands.child import Child, ChildError, exit_text, ready_line, start
from spreadscope.commands.console import print_message

_FIRST_START_OPTIONS = frozenset({"--pair", "--symbols"})


class SupervisedEngine:
    """An engine that is started again at the same address after it has ended."""

    def __init__(
        self, options: Sequence[str], notes: Path, *, first_retry: float = 2.0, max_retry: float = 30.0
    ) -> None:
        """After an end it is started again in ``first_retry`` seconds.

        Where that fails, in twice that, up to ``max_retry``.
        """
        self._command = ["spreadscope", "engine", "--json", *options]
        self.notes = notes
        self._first_retry = first_retry
        self._max_retry = max_retry
        self._child: Child | None = None

    async def start(self) -> dict[str, Any]:
        """Start the engine for the first time.

        Returns its ready line. Raises ``ChildError`` where the options are wrong.
        """
        ready = await self._start()
        port = urlsplit(ready["api"]).port
        # A restart keeps the port for the dashboard (the last --port counts). It has no --pair and --symbols: the store
        # knows what is watched, so that a removed pair does not come back.
        self._command = [*_without(self._command, _FIRST_START_OPTIONS), "--port", str(port)]
        return ready

    async def keep_running(self) -> NoReturn:
        """Start the engine again whenever it has ended, until cancelled."""
        delay = self._first_retry
        while True:
            if self._child is not None:
                status = await self._child.ended()
                reason = f"the engine ended by itself ({exit_text(status)}){_last_message(self._child)}"
                delay = self._first_retry
            note = f"{reason}. It is started again in {delay:.0f} s"
            self._note(note)
            print_message(f"spreadscope: {note}")
            await asyncio.sleep(delay)
            try:
                await self._start()
            except ChildError:
                child, self._child = self._child, None
                message = _last_message(child) if child is not None else ""
                reason = f"the engine could not be started again{message}"
                delay = min(2 * delay, self._max_retry)
                continue
            self._note("")
            print_message("The engine runs again.")

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()

    async def _start(self) -> dict[str, Any]:
        self._child = await start("engine", self._command)
        try:
            return await ready_line(self._child)
        except ChildError:
            await self._child.stop()  # it may still run without being ready
            raise

    def _note(self, text: str) -> None:
        self.notes.write_text(text, encoding="utf-8")


def _without(command: Sequence[str], options: frozenset[str]) -> list[str]:
    """Returns a command without some options and their values."""
    pairs = zip(command, ["", *command], strict=False)
    return [word for word, before in pairs if word not in options and before not in options]


def _last_message(child: Child) -> str:
    message = child.last_message()
    return f": {message}" if message else ""
