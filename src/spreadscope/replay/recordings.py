"""A recording through the same core, at any speed; the hash over all facts tells whether two runs said the same."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from spreadscope.engine import Engine, FactsDigest
from spreadscope.engine.journal_entry import JournalEntry, apply_events
from spreadscope.exchange.recording import RawFrame, merge_recordings, read_recording
from spreadscope.exchange.venues import VENUES
from spreadscope.model.config import Config
from spreadscope.model.errors import RecordingError
from spreadscope.model.events import Event, FlushChanges, SetRule, WatchPair
from spreadscope.model.facts import Fact, TradesAccepted
from spreadscope.replay.recording import RecordedEvents, venue_of_frame

_PACE_NS = 20_000_000
_BATCH = 5_000


class ReplayResult(msgspec.Struct, frozen=True):
    """What a replay said."""

    hash: str
    frames: int
    rejected: int
    trades: int
    facts: dict[str, int]
    seconds: float


def replay(
    paths: Iterable[Path],
    config: Config,
    *,
    speed: float | None = None,
    rules: Iterable[SetRule] = (),
    observe: Callable[[Engine, list[Fact], list[JournalEntry]], None] | None = None,
    progress: Callable[[RawFrame], None] | None = None,
) -> ReplayResult:
    """Feed recordings (merged on their receive times) to the core.

    ``speed`` paces them by their receive times (None: as fast as possible); ``observe`` sees the facts of every batch and what it held.
    Raises ``RecordingError`` where a file is missing or damaged.
    """
    engine = Engine(config)
    digest = FactsDigest()
    kinds: Counter[str] = Counter()
    paths = tuple(paths)
    events = RecordedEvents(quotes=config.exchange.quotes, aggregated=_aggregated(paths))
    began = time.perf_counter()

    def push(batch: list[Event]) -> None:
        facts, heard = apply_events(engine, batch)
        for fact in facts:
            digest.add(fact)
            if not isinstance(fact, TradesAccepted):
                kinds[str(fact.__struct_config__.tag)] += 1
        if observe is not None and batch:
            observe(engine, facts, heard)

    push([*(WatchPair(pair) for pair in config.parsed_pairs()), *rules])
    for frame in _paced(merge_recordings(paths), speed):
        if frame is None:
            push(events.take())
            continue
        events.feed(frame)
        if progress is not None:
            progress(frame)
        if events.pending >= _BATCH:
            push(events.take())
    events.end()
    push([*events.take(), FlushChanges()])
    return ReplayResult(
        hash=digest.hexdigest(),
        frames=events.frames,
        rejected=events.rejected,
        trades=digest.trades,
        facts=dict(sorted(kinds.items())),
        seconds=round(time.perf_counter() - began, 3),
    )


def _aggregated(paths: Iterable[Path]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        with suppress(RecordingError):  # what is wrong with a file is said when it is replayed
            for venue in VENUES.values():
                frames = (frame for frame in read_recording(path) if venue_of_frame(frame) is venue)
                found |= venue.aggregated_in(frames)
    return found


def _paced(frames: Iterator[RawFrame], speed: float | None) -> Iterator[RawFrame | None]:
    """Frames when they are due; None before every wait, so that what is due is not held back."""
    first: int | None = None
    began = time.monotonic_ns()
    for frame in frames:
        if speed is not None:
            if first is None:
                first = frame.received_ns
            due = began + int((frame.received_ns - first) / speed)
            wait = due - time.monotonic_ns()
            if wait > _PACE_NS:
                yield None
                time.sleep(wait / 1e9)
        yield frame
