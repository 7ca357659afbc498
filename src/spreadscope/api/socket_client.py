"""The state of one socket of the live topics: subscriptions, requests, and waiting messages."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from spreadscope.contract import Ref

MAX_MESSAGES = 64
MAX_BYTES = 16 * 2**20


class SocketClient:
    """A client of the hub. Its topics, requests and messages are bounded, also where it does not read."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.overrun: set[str] = set()
        """Topics whose updates were dropped: they get a new snapshot once the client reads again."""
        self.partial: set[str] = set()
        """Topics whose last snapshot was incomplete: they get another once all is on disk."""
        self._delayed: dict[str, list[bytes]] = {}
        self._delayed_bytes = 0
        self._requests: dict[str, list[Ref]] = {}
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._bytes = 0
        self._readable = asyncio.Event()
        self._room = asyncio.Event()
        self._requested = asyncio.Event()
        self._room.set()

    # --- requests
    # -------------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """The number of requests that are not answered yet."""
        return sum(map(len, self._requests.values()))

    def request(self, topic: str, ref: Ref = None) -> None:
        """Request a snapshot; until it is sent the updates of its topic wait."""
        self.overrun.discard(topic)
        self._delayed.setdefault(topic, [])
        self._requests.setdefault(topic, []).append(ref)
        self._requested.set()

    async def next_request(self) -> tuple[str, list[Ref]]:
        """Returns the next topic to make a snapshot of and its requests, once earlier messages are mostly read."""
        while not self._requests:
            self._requested.clear()
            await self._requested.wait()
        await self._room.wait()
        topic = next(iter(self._requests))
        return topic, self._requests.pop(topic)

    # --- messages
    # -------------------------------------------------------------------------------------------------------

    def push(self, topic: str, message: bytes) -> None:
        """Queue an update, after a snapshot being made; drop the backlog where the client does not read."""
        if topic in self.overrun:
            return
        if (delayed := self._delayed.get(topic)) is not None:
            delayed.append(message)
            self._delayed_bytes += len(message)
            if len(delayed) > MAX_MESSAGES or self._delayed_bytes > MAX_BYTES:
                self._delayed_bytes -= sum(map(len, delayed))
                delayed.clear()
                self.overrun.add(topic)
        elif self._full:
            answers = [entry for entry in self._queue if entry[1]]
            self._queue = deque(answers)
            self._bytes = sum(len(text) for text, _ in answers)
            self.overrun = set(self.topics)
            self._update_room()
        else:
            self._put(message, answer=False)

    async def send_snapshots(self, topic: str, snapshots: Iterable[bytes]) -> None:
        """Send the snapshots of a topic, then the updates that came while they were made."""
        for message in snapshots:
            await self.answer(message)
        for update in self._take_delayed(topic):
            if topic in self.topics:
                self.push(topic, update)

    async def refuse(self, topic: str, errors: Iterable[bytes]) -> None:
        """Send errors in place of a snapshot, and end the subscription."""
        self.unsubscribe(topic)
        self._take_delayed(topic)
        for message in errors:
            await self.answer(message)

    def unsubscribe(self, topic: str) -> None:
        """End the subscription of a topic."""
        self.topics.discard(topic)
        self.overrun.discard(topic)
        self.partial.discard(topic)

    async def answer(self, message: bytes) -> None:
        """Queue an answer; wait for room where the client does not read."""
        await self._room.wait()
        self._put(message, answer=True)

    async def get(self) -> bytes:
        """Returns the next message to send."""
        while not self._queue:
            self._readable.clear()
            await self._readable.wait()
        message, _ = self._queue.popleft()
        self._bytes -= len(message)
        self._update_room()
        return message

    @property
    def idle(self) -> bool:
        """Whether the client has read everything."""
        return not self._queue

    @property
    def _full(self) -> bool:
        return len(self._queue) >= MAX_MESSAGES or self._bytes >= MAX_BYTES

    def _take_delayed(self, topic: str) -> list[bytes]:
        if topic in self._requests:  # requested again meanwhile: the updates follow the last snapshot
            return []
        delayed = self._delayed.pop(topic, [])
        self._delayed_bytes -= sum(map(len, delayed))
        return delayed

    def _put(self, message: bytes, *, answer: bool) -> None:
        self._queue.append((message, answer))
        self._bytes += len(message)
        self._readable.set()
        self._update_room()

    def _update_room(self) -> None:
        """Set whether there is room for answers, which may use half of the room of updates."""
        if len(self._queue) < MAX_MESSAGES // 2 and self._bytes < MAX_BYTES // 2:
            self._room.set()
        else:
            self._room.clear()
