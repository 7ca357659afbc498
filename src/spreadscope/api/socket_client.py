"""One socket of the live topics: what it subscribed to, what it asked for, and the messages that wait for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from spreadscope.contract import Ref

MOST_MESSAGES = 64
MOST_BYTES = 16 * 2**20


class SocketClient:
    """Bounded on every side: topics, requests, and the messages of one that does not read."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.overrun: set[str] = set()
        """Topics whose updates were dropped: they begin anew with a snapshot once the client reads again."""
        self.partial: set[str] = set()
        """Topics whose last snapshot lacks what was not on disk: they get another when it is."""
        self._held: dict[str, list[bytes]] = {}
        self._held_bytes = 0
        self._wanted: dict[str, list[Ref]] = {}
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._bytes = 0
        self._readable = asyncio.Event()
        self._room = asyncio.Event()
        self._asked = asyncio.Event()
        self._room.set()

    # --- what it asks for -------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Requests that are not answered yet."""
        return sum(map(len, self._wanted.values()))

    def want(self, topic: str, ref: Ref = None) -> None:
        """Ask for a snapshot; until it is sent the updates of its topic wait behind it."""
        self.overrun.discard(topic)
        self._held.setdefault(topic, [])
        self._wanted.setdefault(topic, []).append(ref)
        self._asked.set()

    async def next_wanted(self) -> tuple[str, list[Ref]]:
        """The topic to make a snapshot of, and for whom, once the messages before it are mostly read."""
        while not self._wanted:
            self._asked.clear()
            await self._asked.wait()
        await self._room.wait()
        topic = next(iter(self._wanted))
        return topic, self._wanted.pop(topic)

    # --- what it is sent --------------------------------------------------------------------------------------------

    def push(self, topic: str, message: bytes) -> None:
        """Queue an update; behind a snapshot that is being made; or drop the backlog where the client does not read."""
        if topic in self.overrun:
            return
        if (held := self._held.get(topic)) is not None:
            held.append(message)
            self._held_bytes += len(message)
            if len(held) > MOST_MESSAGES or self._held_bytes > MOST_BYTES:
                self._held_bytes -= sum(map(len, held))
                held.clear()
                self.overrun.add(topic)
        elif self._full:
            answers = [entry for entry in self._queue if entry[1]]
            self._queue = deque(answers)
            self._bytes = sum(len(text) for text, _ in answers)
            self.overrun = set(self.topics)
            self._look()
        else:
            self._put(message, answer=False)

    async def begin(self, topic: str, snapshots: Iterable[bytes]) -> None:
        """Send the snapshots of a topic and, behind them, the updates that came while they were made."""
        for message in snapshots:
            await self.answer(message)
        for update in self._release(topic):
            if topic in self.topics:
                self.push(topic, update)

    async def refuse(self, topic: str, errors: Iterable[bytes]) -> None:
        """Tell why there is no snapshot, which ends the subscription."""
        self.forget(topic)
        self._release(topic)
        for message in errors:
            await self.answer(message)

    def forget(self, topic: str) -> None:
        """The client wants no more of a topic."""
        self.topics.discard(topic)
        self.overrun.discard(topic)
        self.partial.discard(topic)

    async def answer(self, message: bytes) -> None:
        """Queue an answer; whoever asks without reading waits for room."""
        await self._room.wait()
        self._put(message, answer=True)

    async def get(self) -> bytes:
        """The next message to send."""
        while not self._queue:
            self._readable.clear()
            await self._readable.wait()
        message, _ = self._queue.popleft()
        self._bytes -= len(message)
        self._look()
        return message

    @property
    def idle(self) -> bool:
        """Whether it has read everything."""
        return not self._queue

    @property
    def _full(self) -> bool:
        return len(self._queue) >= MOST_MESSAGES or self._bytes >= MOST_BYTES

    def _release(self, topic: str) -> list[bytes]:
        if topic in self._wanted:  # asked for once more meanwhile: what waits goes behind the last snapshot
            return []
        held = self._held.pop(topic, [])
        self._held_bytes -= sum(map(len, held))
        return held

    def _put(self, message: bytes, *, answer: bool) -> None:
        self._queue.append((message, answer))
        self._bytes += len(message)
        self._readable.set()
        self._look()

    def _look(self) -> None:
        """Say whether there is room for answers: half of what there is for updates."""
        if len(self._queue) < MOST_MESSAGES // 2 and self._bytes < MOST_BYTES // 2:
            self._room.set()
        else:
            self._room.clear()
