"""Who gets which stream: the fan-out from one feed to every subscriber, with back-pressure."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from spreadscope.exchange.local.faults import Faults, Hooks
from spreadscope.exchange.local.frame_feed import Frame
from spreadscope.exchange.local.stream_names import wire_name
from spreadscope.exchange.local.wire import header, wrapper

_TAIL: Final = b"}"


class Outlet(ABC):
    """The sending side of one connection as the hub sees it: parts gather, :meth:`flush` writes them at once."""

    def __init__(self, number: int, *, wrapped: bool) -> None:
        self.number = number
        self.wrapped = wrapped
        self.parts: list[bytes] = []

    @abstractmethod
    def flush(self) -> None:
        """Write what has gathered."""

    @abstractmethod
    def cut(self) -> None:
        """Give this subscriber up."""


class Watcher(Protocol):
    """Hears which streams have subscribers."""

    def joined(self, stream: str) -> None:
        """A stream has one subscriber more."""

    def deserted(self, stream: str) -> None:
        """A stream has lost its last subscriber."""


class _Audience:
    """The subscribers of one stream."""

    __slots__ = ("extra", "outlets", "prefix", "raw", "wrapped")

    def __init__(self, stream: str) -> None:
        self.prefix = wrapper(wire_name(stream))
        self.extra = len(self.prefix) + 1
        self.outlets: list[Outlet] = []
        self.wrapped: list[list[bytes]] = []
        self.raw: list[list[bytes]] = []

    def update(self) -> None:
        self.wrapped = [outlet.parts for outlet in self.outlets if outlet.wrapped]
        self.raw = [outlet.parts for outlet in self.outlets if not outlet.wrapped]


class StreamHub:
    """Index from stream to subscribers.

    The player calls :meth:`publish`, then :meth:`drained`. A subscriber whose buffer is full holds the feed back, so
    buffers stay bounded and no frame is lost; one that does not read for longer than the player's patience is cut, as
    the exchange does with slow clients.
    """

    def __init__(self, faults: Faults, hooks: Hooks, watcher: Watcher | None = None) -> None:
        self._faults = faults
        self._hooks = hooks
        self._watcher = watcher
        self._audiences: dict[str, _Audience] = {}
        self._outlets: dict[Outlet, set[str]] = {}
        self._full: set[Outlet] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._changed = asyncio.Event()

    def subscribe(self, outlet: Outlet, streams: Iterable[str]) -> None:
        """Deliver streams to a connection from now on."""
        mine = self._outlets.setdefault(outlet, set())
        for stream in streams:
            audience = self._audiences.setdefault(stream, _Audience(stream))
            if stream not in mine:
                mine.add(stream)
                audience.outlets.append(outlet)
                audience.update()
                if self._watcher is not None:
                    self._watcher.joined(stream)
        self._changed.set()

    def unsubscribe(self, outlet: Outlet, streams: Iterable[str]) -> None:
        """Deliver them no more."""
        mine = self._outlets.get(outlet, set())
        for stream in streams:
            if stream not in mine:
                continue
            mine.remove(stream)
            audience = self._audiences[stream]
            audience.outlets.remove(outlet)
            if audience.outlets:
                audience.update()
            else:
                del self._audiences[stream]
                if self._watcher is not None:
                    self._watcher.deserted(stream)

    def wrap(self, outlet: Outlet, *, wrapped: bool) -> None:
        """From now on, send a connection the combined form of its streams, or the bare payloads."""
        outlet.wrapped = wrapped
        for stream in self._outlets.get(outlet, ()):
            self._audiences[stream].update()

    def remove(self, outlet: Outlet) -> None:
        """Forget a connection."""
        self.unsubscribe(outlet, tuple(self._outlets.get(outlet, ())))
        self._outlets.pop(outlet, None)
        self.has_room(outlet)

    def is_full(self, outlet: Outlet) -> None:
        """A connection's buffer has reached its bound."""
        if outlet in self._outlets:  # one that is being closed holds nobody back
            self._full.add(outlet)
            self._flowing.clear()

    def has_room(self, outlet: Outlet) -> None:
        """A connection's buffer has emptied (or the connection is gone)."""
        self._full.discard(outlet)
        if not self._full:
            self._flowing.set()

    async def subscribed(self, streams: Iterable[str], patience_s: float | None = None) -> bool:
        """Wait until every one of these streams has a subscriber.

        With ``patience_s`` returns False when nothing was subscribed for that long though some symbol's stream is.
        """
        wanted = set(streams)
        while not wanted <= self._audiences.keys():
            self._changed.clear()
            waits = patience_s if any(not wire_name(stream).startswith("!") for stream in self._audiences) else None
            try:
                async with asyncio.timeout(waits):
                    await self._changed.wait()
            except TimeoutError:
                return False
        return True

    def without_subscriber(self, streams: Iterable[str]) -> list[str]:
        """Those of these streams that nobody has subscribed."""
        return [stream for stream in streams if stream not in self._audiences]

    async def drained(self, patience_s: float | None) -> None:
        """Wait until no buffer is full; after ``patience_s`` the connections that do not read are cut."""
        while not self._flowing.is_set():
            stuck = frozenset(self._full)
            try:
                async with asyncio.timeout(patience_s):
                    await self._flowing.wait()
            except TimeoutError:
                for outlet in stuck & self._full:
                    outlet.cut()

    def publish(self, frames: Sequence[Frame]) -> None:
        """Send frames to their subscribers, one write a connection, and reveal them to REST."""
        if self._faults.active or self._hooks.active:
            self._publish_with_faults(frames)
        else:
            self._publish_fast(frames)
        for outlet in self._outlets:
            if outlet.parts:
                outlet.flush()

    def _publish_fast(self, frames: Sequence[Frame]) -> None:
        find = self._audiences.get
        for frame in frames:
            if frame.reveals is not None:
                frame.reveals.reveal()
            audience = find(frame.stream)
            if audience is None:
                continue
            payload = frame.payload
            size = len(payload)
            if audience.wrapped:
                parts = (header(size + audience.extra), audience.prefix, payload, _TAIL)
                for queue in audience.wrapped:
                    queue.extend(parts)
            for queue in audience.raw:
                queue.extend((header(size), payload))

    def _publish_with_faults(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            if frame.reveals is not None:
                frame.reveals.reveal()
            audience = self._audiences.get(frame.stream)
            if audience is None or self._hooks.lost(frame.stream):
                continue
            for outlet in audience.outlets:
                for payload in self._faults.frame(outlet.number, frame.stream, frame.payload):
                    if outlet.wrapped:
                        outlet.parts += (header(len(payload) + audience.extra), audience.prefix, payload, _TAIL)
                    else:
                        outlet.parts += (header(len(payload)), payload)
