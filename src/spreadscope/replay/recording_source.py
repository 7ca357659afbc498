"""Recordings as batches of events, at any speed; ``replay_recordings`` says what the core makes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from spreadscope.engine import Engine
from spreadscope.exchange.recording import RawFrame, merge_recordings, read_recording
from spreadscope.exchange.venues import VENUES
from spreadscope.model.config import Config
from spreadscope.model.errors import RecordingError
from spreadscope.model.events import FlushChanges, SetRule, WatchPair
from spreadscope.model.resume import Input
from spreadscope.replay.driver import Observer, ReplayResult, drive
from spreadscope.replay.recorded_events import RecordedEvents, venue_of_frame

_PACE_NS = 20_000_000
_BATCH = 5_000
_SURVEYED = 40_000  # frames of a recording, in which each venue looks for aggregates of its own


class RecordingReplay(ReplayResult, frozen=True, kw_only=True):
    """What a replay of recordings said; ``rejected`` of its ``frames`` were none of their venue's."""

    frames: int
    rejected: int


def replay_recordings(
    paths: Iterable[Path],
    config: Config,
    *,
    speed: float | None = None,
    rules: Iterable[SetRule] = (),
    observe: Observer | None = None,
    progress: Callable[[RawFrame], None] | None = None,
) -> RecordingReplay:
    """Feed recordings (merged on their receive times) to a core.

    ``speed`` paces them by their receive times (None: as fast as possible); ``observe`` sees the facts of every batch.
    Raises ``RecordingError`` where a file is missing or damaged.
    """
    paths = tuple(paths)
    events = RecordedEvents(quotes=config.exchange.quotes, aggregated=_aggregated(paths))
    first: list[Input] = [*(WatchPair(pair) for pair in config.parsed_pairs()), *rules]
    result = drive(Engine(config), _batches(paths, events, first, speed, progress), observe=observe)
    return RecordingReplay(**result.fields(), frames=events.frames, rejected=events.rejected)


def _batches(
    paths: Iterable[Path],
    events: RecordedEvents,
    first: list[Input],
    speed: float | None,
    progress: Callable[[RawFrame], None] | None,
) -> Iterator[list[Input]]:
    yield first
    for frame in _paced(merge_recordings(paths), speed):
        if frame is None:
            yield list(events.take())
            continue
        events.feed(frame)
        if progress is not None:
            progress(frame)
        if events.pending >= _BATCH:
            yield list(events.take())
    events.end()
    yield [*events.take(), FlushChanges()]


def _aggregated(paths: Iterable[Path]) -> set[str]:
    """Returns what the beginning of each recording says, which is read once for all venues."""
    found: set[str] = set()
    for path in paths:
        frames: dict[str, list[RawFrame]] = {name: [] for name in VENUES}
        with suppress(RecordingError):  # what is wrong with a file is said when it is replayed
            for frame in islice(read_recording(path), _SURVEYED):
                frames[venue_of_frame(frame).name].append(frame)
        for name, venue in VENUES.items():
            found |= venue.aggregated_in(frames[name])
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
