"""The playback of a stored session or range: what can be played, what plays, and where its transport stands."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from spreadscope.contract.bodies import LATEST, OF_PAIR
from spreadscope.model.states import MarkKind, PlaybackState, RunState, TransportOperation
from spreadscope.model.timeframe import Timeframe

MOST_PAIRS = 20
FASTEST = 10_000.0
_Time = Annotated[int, Meta(ge=0, le=LATEST)]


class Playback(msgspec.Struct, frozen=True, kw_only=True):
    """Where a playback stands. Times are the market's (ms); ``speed`` null is as fast as it goes.

    ``marks`` counts the signals and alerts that are known. At the end ``hash`` is over all facts, and ``equal`` says
    whether a session's own was the same; null where there is nothing to compare with.
    """

    title: str
    session: int | None
    state: PlaybackState
    speed: float | None
    time: int
    start: int
    end: int
    fraction: float | None
    progress: str
    marks: int
    hash: str
    equal: bool | None
    error: str | None


class PlaybackMark(msgspec.Struct, frozen=True, kw_only=True):
    """A signal or an alert that fired: a place on the transport to jump to.

    ``time`` is the end of its bar; ``at`` is the market's time (ms) at which it came, null before it has been played.
    """

    kind: MarkKind
    time: int
    at: int | None
    subject: str
    timeframe: Timeframe
    text: str


class PlaybackCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body that moves a playback. ``time`` is for ``seek``, ``speed`` (null: as fast as it goes) for ``speed``.

    ``timeframe`` says which bars ``step`` counts.
    """

    op: TransportOperation
    time: _Time = 0
    speed: Annotated[float, Meta(gt=0, le=FASTEST)] | None = None
    timeframe: Timeframe = Timeframe.M1


class PlayableSession(msgspec.Struct, frozen=True, kw_only=True):
    """A stored session. ``start`` and ``end`` are the market's times (ms), 0 where no market time was in it.

    ``started`` and ``ended`` are by the engine's clock; ``running``: it is the one that is written now.
    """

    session: int
    started: int
    ended: int
    version: str
    start: int
    end: int
    facts: int
    trades: int
    running: bool


class PlayableTape(msgspec.Struct, frozen=True, kw_only=True):
    """The stored trades of a symbol: the times (ms) of the first and the last one, and of how many parts they are."""

    symbol: str
    start: int
    end: int
    parts: int


class Playable(msgspec.Struct, frozen=True, kw_only=True):
    """What the store can play: sessions, the newest first, and the trades of symbols."""

    sessions: list[PlayableSession]
    tapes: list[PlayableTape]


class PlaybackBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The body that starts a playback: of ``session``; else of the stored trades of ``pairs`` in ``[start, end)`` (ms).

    With ``at`` it opens at that time of the market; where neither session nor pairs are named, it finds the session.
    """

    session: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    pairs: Annotated[
        tuple[Annotated[str, Meta(extra_json_schema=OF_PAIR)], ...], Meta(extra_json_schema={"maxItems": MOST_PAIRS})
    ] = ()
    start: _Time = 0
    end: _Time = LATEST
    at: _Time = 0


class PlaybackRun(msgspec.Struct, frozen=True, kw_only=True):
    """A playback of an engine, in a process of its own. Below ``path`` it answers as an engine does.

    ``unused_seconds``: for how long nobody has asked it; after ``ends_after_seconds`` of that it is ended.
    """

    id: str
    title: str
    path: str
    state: RunState
    error: str | None
    created: int
    unused_seconds: float
    ends_after_seconds: float
