"""One browser tab: what it follows, and a bounded queue of what it has yet to be sent."""

from __future__ import annotations

import asyncio
from collections import deque

from spreadscope.contract import Ref

QUEUE_LIMIT = 64


class Tab:
    """A tab's outbox. When it is full the backlog is dropped and the tab counts as *behind*.

    A tab that is behind is sent nothing more until it reads again; the relay then starts it anew with the engine's
    state and a snapshot of each of its topics. So a sleeping tab costs neither memory nor snapshots.
    """

    def __init__(self, limit: int = QUEUE_LIMIT) -> None:
        self.topics: dict[str, Ref] = {}
        """Topics it follows, with the ``ref`` it gave."""
        self.waiting: set[str] = set()
        """Topics whose snapshot is still to come: updates before it would have nothing to build on."""
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
        """The next message, or None when the backlog was dropped and the tab must be started anew."""
        while True:
            if self.behind:
                self.behind = False
                return None
            if self._queue:
                return self._queue.popleft()
            self._wake.clear()
            await self._wake.wait()
