"""The state of one browser tab: its topics, and a bounded queue of its messages."""

from __future__ import annotations

import asyncio
from collections import deque

from spreadscope.contract import Ref

QUEUE_LIMIT = 64


class Tab:
    """The message queue of a tab. When it is full the backlog is dropped and the tab counts as *behind*.

    A tab that is behind gets nothing until it reads again; then the relay sends the engine's state and a snapshot of
    each of its topics. So a sleeping tab costs neither memory nor snapshots.
    """

    def __init__(self, limit: int = QUEUE_LIMIT) -> None:
        self.topics: dict[str, Ref] = {}
        """The topics of the tab, with the ``ref`` of its requests."""
        self.waiting: set[str] = set()
        """The topics whose snapshot has not come yet; updates before it are useless."""
        self.behind = False
        self.dropped = 0
        self._limit = limit
        self._queue: deque[str] = deque()
        self._wake = asyncio.Event()

    def put(self, text: str) -> None:
        if self.behind:
            self.dropped += 1
            return
        if len(self._queue) >= self._limit:
            self.dropped += len(self._queue) + 1
            self._queue.clear()
            self.behind = True
            self.waiting.update(self.topics)
        else:
            self._queue.append(text)
        self._wake.set()

    async def get(self) -> str | None:
        """Returns the next message, or None where the backlog was dropped and the tab needs new snapshots."""
        while True:
            if self.behind:
                self.behind = False
                return None
            if self._queue:
                return self._queue.popleft()
            self._wake.clear()
            await self._wake.wait()
