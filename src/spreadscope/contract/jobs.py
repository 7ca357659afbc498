"""Long computations of the engine: their state, their results, and the files that were dropped for them."""

from __future__ import annotations

import msgspec

from spreadscope.model.states import JobState


class JobResult(msgspec.Struct, frozen=True):
    """A file that a job made. Its name ends with its format: ``json``, ``csv`` or ``parquet``."""

    name: str
    size: int


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A long computation. ``fraction`` (0 to 1) is null where it is not known how much is left.

    ``progress`` says in words what is going on, ``error`` why it failed; ``demo``: what it is about is no market. Times
    are the engine's own clock, ms.
    """

    id: str
    kind: str
    title: str
    state: JobState
    demo: bool
    created: int
    started: int | None
    ended: int | None
    fraction: float | None
    progress: str
    error: str | None
    results: tuple[JobResult, ...]


class DroppedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent for a job. It is not imported, and forgotten after a while (``until``, ms)."""

    id: str
    name: str
    size: int
    until: int
