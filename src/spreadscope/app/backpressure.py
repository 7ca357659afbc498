"""Between the sockets and the core: what was read goes on in slices, and waits as it came while the disk is behind.

Some frames make facts that weigh a hundred times more than they do (bars, rows of statistics). So it is not enough to
stop reading when too much waits for the disk: what was read by then has to wait before it is made into facts, not
after.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spreadscope.ingest.feed import Feed
from spreadscope.model.events import Event, Trades
from spreadscope.store.writer import StoreWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """Bytes that wait for the disk, and what is done above and below them.

    Above ``high_water`` no socket is read, above ``quote_water`` quotes are dropped unread, below ``low_water``
    everything is read again.

    ``slice_events`` go to the core at once: what waits for the disk passes the high water by what so many make. How far
    the disk has come is looked at every ``check_seconds``.
    """

    high_water: int = 64 << 20
    quote_water: int = 32 << 20
    low_water: int = 16 << 20
    slice_events: int = 64
    check_seconds: float = 0.02


class BackpressureGate:
    """Hands on events of the feed, in order; ``paused`` while the disk is so far behind that nothing is read."""

    def __init__(
        self, writer: StoreWriter, *, sink: Callable[[Sequence[Event]], None], limits: GateLimits | None = None
    ) -> None:
        """``sink`` hands events to the core and calls ``measure`` once its facts wait for the disk."""
        self._writer = writer
        self._limits = limits or GateLimits()
        self._feeds: list[Feed] = []
        self._sink = sink
        self._waiting: deque[Event] = deque()
        self.paused = False

    @property
    def waiting(self) -> int:
        """Trades and other events that were read and decoded, and are not in the core yet."""
        return sum(len(event) if isinstance(event, Trades) else 1 for event in self._waiting)

    def attach(self, feed: Feed) -> None:
        """A feed whose events come by ``take``, and that is paused and resumed from here."""
        self._feeds.append(feed)
        if self.paused:
            feed.pause()

    def detach(self, feed: Feed) -> None:
        """A feed that is not used after all."""
        self._feeds.remove(feed)

    def pause(self) -> None:
        """Read no sockets."""
        for feed in self._feeds:
            feed.pause()

    def take(self, events: Sequence[Event]) -> None:
        """What the feed brought. It is bounded: while some of it waits, the feed is paused."""
        self._waiting.extend(events)
        self._pass_on()

    def measure(self) -> None:
        """Facts were given to the writer: shed quotes or stop reading where too much waits there."""
        pending = self._writer.pending_bytes
        if pending > self._limits.quote_water:
            self._shed(quotes=True)
        if not self.paused and pending > self._limits.high_water:
            self.paused = True
            self.pause()

    def drain(self) -> None:
        """At the end of a run: hand on everything, however far behind the disk is."""
        while self._waiting:
            self._pass_on_slice()

    async def run(self) -> None:
        """Until cancelled: read the sockets again once the disk has caught up."""
        while True:
            await asyncio.sleep(self._limits.check_seconds)
            if self._writer.pending_bytes >= self._limits.low_water:
                continue
            self._shed(quotes=False)
            if self.paused:
                self.paused = False
                self._pass_on()
                if not self.paused:
                    self._resume()

    def _resume(self) -> None:
        for feed in self._feeds:
            feed.resume()

    def _shed(self, *, quotes: bool) -> None:
        for feed in self._feeds:
            feed.shed(quotes=quotes)

    def _pass_on(self) -> None:
        while self._waiting and not self.paused:
            self._pass_on_slice()

    def _pass_on_slice(self) -> None:
        count = min(self._limits.slice_events, len(self._waiting))
        self._sink([self._waiting.popleft() for _ in range(count)])
