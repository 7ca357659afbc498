"""The relays of playbacks: each is a second upstream of the tabs' socket, kept while somebody watches it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress

from spreadscope.dashboard.relay import Relay
from spreadscope.tasks import Policy, Running, Tasks, end

MAX_RELAYS = 4  # an engine has two playbacks; those that have ended are forgotten after a while
UNUSED_SECONDS = 30.0
CHECK_SECONDS = 5.0
_ID = re.compile(r"[0-9a-f]{1,32}")


def playback_path(playback: str) -> str:
    """Returns the path of a playback at the engine. Raises ``ValueError`` for what is no id."""
    if not _ID.fullmatch(playback):
        raise ValueError(f"{playback[:20]!r} is no playback")
    return f"/playbacks/{playback}"


class _Kept:
    """A relay with its task, and since when it has no tab."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.running: Running[None] | None = None
        self.unused_since = time.monotonic()


class PlaybackRelays:
    """``run`` ends the relays that nobody uses; at its end it ends all."""

    def __init__(
        self,
        api: Callable[[], str],
        problem: Callable[[], str | None],
        headers: Callable[[], dict[str, str]] = dict,
        *,
        unused_seconds: float = UNUSED_SECONDS,
    ) -> None:
        self._api = api
        self._problem = problem
        self._headers = headers
        self._unused_seconds = unused_seconds
        self._kept: dict[str, _Kept] = {}
        self._added = asyncio.Event()

    def get(self, playback: str) -> Relay | None:
        """Returns the relay of a playback; None where it is none, or there are too many."""
        with suppress(ValueError):
            path = playback_path(playback)
            if playback not in self._kept:
                if len(self._kept) >= MAX_RELAYS:
                    return None
                self._kept[playback] = _Kept(Relay(lambda: f"{self._api()}{path}", self._problem, self._headers))
                self._added.set()
            kept = self._kept[playback]
            kept.unused_since = time.monotonic()
            return kept.relay
        return None

    async def run(self) -> None:
        """Run those that are asked for, and end what is not used, until cancelled."""
        async with Tasks() as tasks:
            while True:
                self._added.clear()
                for playback, kept in self._kept.items():
                    if kept.running is None:
                        kept.running = tasks.start(f"relay of {playback}", Policy.RESTART, kept.relay.run)
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(CHECK_SECONDS, self._unused_seconds)):
                        await self._added.wait()
                now = time.monotonic()
                for playback, kept in list(self._kept.items()):
                    if kept.relay.tabs:
                        kept.unused_since = now
                    elif now - kept.unused_since >= self._unused_seconds:
                        del self._kept[playback]
                        await end(kept.running)
