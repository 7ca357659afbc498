"""Where faults plug in: one decision object, asked for every frame, request and connection. Pure: no sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

Verdict = Literal["open", "reset", "mute", "pings-only", "expired"]


class Announcement(msgspec.Struct, frozen=True):
    """The exchange says what became of a contract: its status from now on."""

    symbol: str
    status: str


class RestFault(msgspec.Struct, frozen=True):
    """What a REST request gets instead of (or beside) its answer.

    ``status`` and ``body`` replace the answer, ``extra_weight`` is what others on the address have used, ``delay_s``
    holds the answer back, and ``cut_after`` ends the connection after so many bytes of the body.
    """

    status: int | None = None
    body: bytes | None = None
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    extra_weight: int = 0
    delay_s: float = 0.0
    cut_after: int | None = None


class Faults(Protocol):
    """Decides what goes wrong. The truth is written down before anyone asks, so that it never lies."""

    @property
    def active(self) -> bool:
        """False while nothing can go wrong with a frame: the exchange then takes its fast way."""

    @property
    def fired(self) -> Counter[str]:
        """How often each fault really happened, by its name."""

    def frame(self, connection: int, stream: str, payload: bytes) -> tuple[bytes, ...]:
        """The payloads that go out in place of this one: none drops it, two double it, held ones may follow later."""

    def request(self, path: str, now_ms: int) -> RestFault | None:
        """What happens to a REST request."""

    def connection(self, connection: int, age_s: float) -> Verdict:
        """What happens to a connection; asked when it opens and on every tick after."""

    def market(self, symbols: Sequence[str]) -> tuple[Announcement, ...]:
        """Which contracts change their status; asked on every tick."""

    def rest_s(self) -> float:
        """For how many seconds the whole market rests from now on; asked on every tick."""


class NoFaults:
    """Nothing goes wrong."""

    active = False

    def __init__(self) -> None:
        self.fired: Counter[str] = Counter()

    def frame(self, connection: int, stream: str, payload: bytes) -> tuple[bytes, ...]:
        """The frame itself."""
        del connection, stream
        return (payload,)

    def request(self, path: str, now_ms: int) -> RestFault | None:
        """Nothing."""
        del path, now_ms
        return None

    def connection(self, connection: int, age_s: float) -> Verdict:
        """It stays open."""
        del connection, age_s
        return "open"

    def market(self, symbols: Sequence[str]) -> tuple[Announcement, ...]:
        """Every contract trades."""
        del symbols
        return ()

    def rest_s(self) -> float:
        """The market does not rest."""
        return 0.0


class Hooks:
    """What a test pulls by hand: stalled streams and lost frames, for every connection alike."""

    def __init__(self) -> None:
        self.fired: Counter[str] = Counter()
        self._stalled: set[str] = set()
        self._to_drop: dict[str, int] = {}

    @property
    def active(self) -> bool:
        """Whether any hook is pulled."""
        return bool(self._stalled or self._to_drop)

    def stall(self, stream: str) -> None:
        """Deliver nothing more of a stream; it stays subscribed and its trades go on in REST."""
        self._stalled.add(stream)

    def resume(self, stream: str) -> None:
        """End a stall."""
        self._stalled.discard(stream)

    def drop_next(self, stream: str, count: int = 1) -> None:
        """Lose the next frames of a stream."""
        self._to_drop[stream] = self._to_drop.get(stream, 0) + count

    def lost(self, stream: str) -> bool:
        """A frame of this stream comes up; say whether it is lost."""
        if stream in self._stalled:
            self.fired["stall"] += 1
            return True
        left = self._to_drop.get(stream, 0)
        if not left:
            return False
        self.fired["drop"] += 1
        if left == 1:
            del self._to_drop[stream]
        else:
            self._to_drop[stream] = left - 1
        return True
