"""Play a feed: start when asked for, keep the pace, and know what time it is on the exchange."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final, Literal

from spreadscope.exchange.local.derived import DerivedStreams
from spreadscope.exchange.local.exchange_waits import ExchangeWaits
from spreadscope.exchange.local.frame_feed import Frame, FrameFeed
from spreadscope.exchange.local.stream_hub import StreamHub

Speed = float | Literal["max"]
Start = Literal["subscribed", "now"]

_BATCH: Final = 256  # frames between two turns of the event loop: about a millisecond


class Player:
    """Plays one feed into the hub at ``speed`` times its own pace, or as fast as the subscribers read.

    ``start`` "subscribed" waits until the aggTrade streams of all symbols have a subscriber. At a finite speed it also
    ends three seconds after the last subscription to some symbol's stream: whoever asks for quotes alone gets them.
    ``tell`` gets the sentence about a wait that does not end by itself.
    """

    def __init__(
        self,
        feed: FrameFeed,
        hub: StreamHub,
        derived: DerivedStreams,
        *,
        speed: Speed,
        start: Start,
        tell: Callable[[str], None] | None = None,
        waits: ExchangeWaits | None = None,
    ) -> None:
        self._waits = waits or ExchangeWaits()
        self._feed = feed
        self._hub = hub
        self._derived = derived
        self._tell = tell
        self._speed = speed
        self._start = start
        self._event_ms = feed.start_ms
        self._origin: tuple[float, int] | None = None
        self._position_ns = 0
        self._rest_until = 0.0
        self.frames = 0
        self.finished = asyncio.Event()

    @property
    def now_ms(self) -> int:
        """The exchange's time: that of the newest frame played, or between frames where the feed runs on its clock."""
        if self._feed.due_is_market_time and self._origin is not None:
            return max(self._event_ms, self._now_ns() // 1_000_000)
        return self._event_ms

    def _now_ns(self) -> int:
        """Where the playback should be."""
        if self._origin is None or self._speed == "max":
            return self._position_ns
        began, first_ns = self._origin
        return first_ns + int((asyncio.get_running_loop().time() - began) * self._speed * 1e9)

    def rest(self, seconds: float) -> None:
        """Play nothing for a while; what was due by then follows at once."""
        self._rest_until = max(self._rest_until, asyncio.get_running_loop().time() + seconds)

    async def _rested(self) -> None:
        clock = asyncio.get_running_loop().time
        while (left := self._rest_until - clock()) > 0:  # noqa: ASYNC110 - the moment can be put off meanwhile
            await asyncio.sleep(left)

    async def _asked_for(self) -> None:
        trades = [f"{symbol.lower()}@aggTrade" for symbol in self._feed.listings]
        if await self._hub.subscribed(trades, self._waits.subscriptions_s) or self._speed != "max":
            return
        if self._tell is not None:  # at full speed whoever comes late would miss the beginning
            absent = ", ".join(self._hub.without_subscriber(trades)[:10])
            self._tell(
                f"Nothing is played yet: --speed max waits for {absent}; subscribe it, or begin with --start now."
            )
        await self._hub.subscribed(trades)

    async def run(self) -> None:
        """Play to the end of the feed."""
        if self._start == "subscribed":
            await self._asked_for()
        loop = asyncio.get_running_loop()
        if self._feed.due_is_market_time:
            late_s = 0.0
            if self._feed.follows_wall_clock and self._speed == 1:
                late_s = max(time.time() - self._feed.start_ms / 1000, 0.0)  # what making the market's past has taken
            self._origin = (loop.time() - late_s, self._feed.start_ms * 1_000_000)
        for block in self._feed.blocks():
            if self._origin is None and block:
                self._origin = (loop.time(), block[0].due_ns)
            if self._speed == "max":
                await self._play_at_once(block)
            else:
                await self._play_in_time(block, self._speed)
        await self._hub.drained(None if self._speed == "max" else self._waits.reading_s)
        self.finished.set()

    async def _play_at_once(self, block: Sequence[Frame]) -> None:
        for start in range(0, len(block), _BATCH):
            await self._rested()
            self._publish(block[start : start + _BATCH])
            await asyncio.sleep(0)  # lets sockets write and clients speak
            await self._hub.drained(None)

    async def _play_in_time(self, block: Sequence[Frame], speed: float) -> None:
        played = 0
        while played < len(block):
            await self._rested()
            now = self._now_ns()
            due = played
            last = min(len(block), played + _BATCH)
            while due < last and block[due].due_ns <= now:
                due += 1
            if due == played:
                await asyncio.sleep((block[played].due_ns - now) / speed / 1e9)
                continue
            self._publish(block[played:due])
            played = due
            await asyncio.sleep(0)
            await self._hub.drained(self._waits.reading_s)

    def _publish(self, frames: Sequence[Frame]) -> None:
        newest = max(frame.event_ms for frame in frames)
        self._event_ms = max(self._event_ms, newest)
        self._position_ns = frames[-1].due_ns
        self.frames += len(frames)
        self._hub.publish(frames)
        if self._derived.active:
            self._hub.publish(self._derived.frames(self._event_ms))
