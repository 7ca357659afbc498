"""The lines that a worker process prints for the engine, one JSON object each."""

from __future__ import annotations

import msgspec


class Progressed(msgspec.Struct, frozen=True, tag="progress"):
    """How far the work is: ``fraction`` (0 to 1; None where it is not known), and in words."""

    fraction: float | None
    words: str


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The work is done; ``results`` are the names of the files it made in the job's folder."""

    results: tuple[str, ...]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The work cannot be done, with one sentence."""

    message: str


WorkerMessage = Progressed | Finished | Failed
