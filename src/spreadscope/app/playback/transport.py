"""The transport of a playback: it feeds a source to the core as fast as it is told, and says where it stands."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable

from spreadscope import contract
from spreadscope.app.playback.playback_core import PlaybackCore
from spreadscope.contract import MarkKind, PlaybackMark, PlaybackState
from spreadscope.model.alerting import AlertState
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.events import MarketTime
from spreadscope.model.facts import Alert, Bar, Fact, Signal, TradesAccepted
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.playback_source import MOST_MARKS, PlaybackSource, PlayedEvent
from spreadscope.store.writer import StoreWriter

_TURN_SECONDS = 0.02  # of work, before pages and commands have their turn
_WAIT_SECONDS = 0.05
_MOST_PENDING = 8 << 20  # bytes that may wait for the temporary store

_Reached = Callable[[list[Fact]], bool]


class Transport:
    """Plays a source once, forward. What lies behind is played by another: ``time`` never goes back."""

    def __init__(
        self,
        source: PlaybackSource,
        core: PlaybackCore,
        writer: StoreWriter,
        *,
        speed: float | None = 1.0,
        known: Iterable[PlaybackMark] = (),
    ) -> None:
        """``known`` are the marks that an earlier playback of the same source has found.

        ``prepared`` is set once the first seek is over, or the market's clock has reached the start: before it a
        session has its history.
        """
        self.source = source
        self.speed = speed
        self.state = PlaybackState.PAUSED
        self._core = core
        self._writer = writer
        self._events = source.events()
        self._next: PlayedEvent | None = None
        self._digest = source.digest()
        self._hash = ""
        self._equal: bool | None = None
        self._error: str | None = None
        stored = {_place(mark): mark for fact in source.marks() if (mark := mark_of(fact)) is not None}
        stored |= {_place(mark): mark for mark in known}
        self._marks = sorted(stored.values(), key=_place)[:MOST_MARKS]
        self._moments: list[int] = []  # the market's times at which something has come
        self.prepared = asyncio.Event()
        self._changed = asyncio.Event()
        # While it runs to a place: the time not to pass, or what has to come out of the core.
        self._limit: int | None = None
        self._reached: _Reached | None = None
        self._from = 0
        # The market's time and ours at which the present pace began.
        self._pace = (0, 0.0)

    # --- commands -----------------------------------------------------------------------------------------------------

    @property
    def time(self) -> int:
        """The market's time (ms); 0 before the first."""
        return self._core.market_time

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in {PlaybackState.ENDED, PlaybackState.FAILED}

    def play(self) -> None:
        if not self.over:
            self._go(PlaybackState.PLAYING)

    def pause(self) -> None:
        if not self.over:
            self._go(PlaybackState.PAUSED)

    def set_speed(self, speed: float | None) -> None:
        """How many times as fast as the market; None: as fast as it goes."""
        self.speed = speed
        self._begin_pace()
        self._changed.set()

    def seek(self, limit: int) -> None:
        """Run to a time that lies ahead, as fast as it goes, and pause there."""
        if not self.over:
            self._go(PlaybackState.SEEKING, limit=limit)

    def step(self, timeframe: Timeframe) -> None:
        """Run until bars of ``timeframe`` are closed, and pause."""
        after = self._core.market_time - timeframe.milliseconds

        def closed(facts: list[Fact]) -> bool:
            return any(
                isinstance(fact, Bar)
                and fact.timeframe is timeframe
                and not fact.revised
                and fact.open_time + timeframe.milliseconds > after
                for fact in facts
            )

        self._run_until(closed)

    def run_to_next(self) -> None:
        """Run until a signal or an alert comes, and pause."""
        self._run_until(lambda facts: any(self._mark(fact) is not None for fact in facts))

    def moment_before(self) -> int | None:
        """Returns the market's time (ms) at which the last signal or alert came before now; None where there is
        none."""
        return next((moment for moment in reversed(self._moments) if moment < self.time), None)

    def _run_until(self, reached: _Reached) -> None:
        if not self.over:
            self._go(PlaybackState.SEEKING, reached=reached)

    def _go(self, state: PlaybackState, *, limit: int | None = None, reached: _Reached | None = None) -> None:
        self.state, self._limit, self._reached = state, limit, reached
        self._from = self.time or self.source.start
        self._begin_pace()
        self._changed.set()

    def _begin_pace(self) -> None:
        self._pace = (self.time, time.monotonic())

    # --- what is known ------------------------------------------------------------------------------------------------

    def marks(self) -> list[PlaybackMark]:
        """The signals and alerts that are known, in order of time."""
        return list(self._marks)

    def status(self) -> contract.Playback:
        return contract.Playback(
            title=self.source.title,
            session=self.source.session,
            state=self.state,
            speed=self.speed,
            time=self.time,
            start=self.source.start,
            end=self.source.end,
            fraction=self._fraction(),
            progress=self._progress(),
            marks=len(self._marks),
            hash=self._hash,
            equal=self._equal,
            error=self._error,
        )

    def _fraction(self) -> float | None:
        if self.state is not PlaybackState.SEEKING or self._limit is None or self._limit <= self._from:
            return None
        return round(min(1.0, max(0.0, (self.time - self._from) / (self._limit - self._from))), 3)

    def _progress(self) -> str:
        if self.state is not PlaybackState.SEEKING:
            return ""
        return "runs to the chosen time" if self._reached is None else "runs to the next place"

    # --- the work -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Play what is asked for, until it is cancelled."""
        while True:
            self._changed.clear()
            if self.state not in {PlaybackState.PLAYING, PlaybackState.SEEKING}:
                await self._changed.wait()
                continue
            try:
                waits = self._turn()
            except SpreadscopeError as error:
                self._error, self.state = str(error), PlaybackState.FAILED
                self.prepared.set()
                continue
            if self._writer.pending_bytes > _MOST_PENDING:
                await self._writer.flush()
            await self._pause(_WAIT_SECONDS if waits else 0)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _turn(self) -> bool:
        """Feed what is due, for a short while. Returns whether the next event is not due yet."""
        until = time.monotonic() + _TURN_SECONDS
        while time.monotonic() < until:
            if self._next is None:
                self._next = next(self._events, None)
                if self._next is None:
                    self._end()
                    return True
            event = self._next
            if isinstance(event, MarketTime) and not self._is_due(event.time):
                if self.state is PlaybackState.SEEKING:
                    self._go(PlaybackState.PAUSED)
                    self.prepared.set()
                return True
            self._next = None
            if self._apply(event):
                self._go(PlaybackState.PAUSED)
                return True
        return False

    def _is_due(self, market_time: int) -> bool:
        if self.state is PlaybackState.SEEKING:
            return self._limit is None or market_time <= self._limit
        if self.speed is None:
            return True
        began, at = self._pace
        if not began:  # the clock begins with this event
            self._pace = (market_time, time.monotonic())
            return True
        return market_time - began <= (time.monotonic() - at) * 1e3 * self.speed

    def _apply(self, event: PlayedEvent) -> bool:
        """Feed an event. Returns whether it brought what is run for."""
        self._core.keep(self.source.before(event))
        facts = self._core.play([event])  # type: ignore[list-item]  # stored quotes are for replays alone
        for fact in facts:
            if not isinstance(fact, TradesAccepted) or self.source.hashes_trades:
                self._digest.add(fact)
            if (mark := self._mark(fact)) is not None:
                self._note(mark)
        if not self.prepared.is_set() and self.time >= self.source.start:
            self.prepared.set()
        return self._reached is not None and self._reached(facts)

    def _mark(self, fact: Fact) -> PlaybackMark | None:
        """Returns the mark of a fact of the time that is played; what came of the history before is none."""
        mark = mark_of(fact, self.time)
        return mark if mark is not None and mark.time >= self.source.start else None

    def _note(self, mark: PlaybackMark) -> None:
        if not self._moments or self._moments[-1] != self.time:
            self._moments.append(self.time)
        place = bisect_left(self._marks, _place(mark), key=_place)
        if place < len(self._marks) and _place(self._marks[place]) == _place(mark):
            self._marks[place] = mark  # it was known beforehand, but not when it came
        elif len(self._marks) < MOST_MARKS:
            self._marks.insert(place, mark)

    def _end(self) -> None:
        recorded = self.source.recorded_hash()
        self._hash = self._digest.hexdigest()
        self._equal = self._hash == recorded if recorded else None
        self._go(PlaybackState.ENDED)
        self.prepared.set()


def mark_of(fact: Fact, at: int | None = None) -> PlaybackMark | None:
    """Returns the mark of a signal or a firing alert, at the end of its bar; None for any other fact."""
    if isinstance(fact, Signal):
        end = fact.time + fact.timeframe.milliseconds
        text = f"{fact.action}: {fact.cause}"
        return PlaybackMark(
            kind=MarkKind.SIGNAL, time=end, at=at, subject=str(fact.pair), timeframe=fact.timeframe, text=text
        )
    if isinstance(fact, Alert) and fact.state is AlertState.FIRING:
        return PlaybackMark(
            kind=MarkKind.ALERT, time=fact.time, at=at, subject=fact.subject, timeframe=fact.timeframe,
            text=fact.name or fact.text,
        )  # fmt: skip
    return None


def _place(mark: PlaybackMark) -> tuple[int, str, str, str, str]:
    return (mark.time, mark.kind, mark.subject, mark.timeframe, mark.text)
