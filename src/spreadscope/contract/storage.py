"""What the store takes on the disk, its sessions, its exports, and how the engine has fared in the last hour."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from spreadscope.contract.bodies import LATEST, OF_PAIR_OR_NONE, OF_SYMBOL_OR_NONE
from spreadscope.model.states import ExportFormat, ExportKind, JobState
from spreadscope.model.timeframe import Timeframe

MOST_KEPT_DAYS = 100_000
RATE_STEP_SECONDS = 5
RATE_HOURS = 1.0


class KindSize(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of data takes, in bytes: in the database, and in ``files`` of the archive.

    ``a_day`` is the mean of the newest archived days (at most 7); null while there is none.
    """

    kind: str
    database: int
    archive: int
    files: int
    days: int
    first_day: str | None
    last_day: str | None
    a_day: int | None


class Retained(msgspec.Struct, frozen=True, kw_only=True):
    """What retention of so many days (0: for ever) comes to: what the next run deletes, and what is left then."""

    trades_days: int
    analytics_days: int
    freed_files: int
    freed_bytes: int
    left_bytes: int


class Storage(msgspec.Struct, frozen=True, kw_only=True):
    """What the data directory takes on the disk, in bytes.

    ``free`` bytes of the database's file are used again; ``disk_free`` are left on the disk. ``configured`` is what the
    retention of the configuration comes to, ``asked`` that of the question.
    """

    data: str
    measured: int
    database: int
    free: int
    disk_free: int
    kinds: tuple[KindSize, ...]
    total: int
    configured: Retained
    asked: Retained | None
    next_run: int | None


class SessionCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A replay of a session as a job: whether it gave the facts of the live session (null while it runs)."""

    job: str
    state: JobState
    progress: str
    equal: bool | None
    words: str


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run of an engine whose journal the store keeps; ``hash`` is over all its facts. ``running``: it is this one."""

    id: int
    started: int
    ended: int
    running: bool
    version: str
    facts: int
    trades: int
    hash: str
    check: SessionCheck | None


class RecordingFile(msgspec.Struct, frozen=True):
    """A file in the folder ``recordings`` of the data directory. ``modified``: ms."""

    name: str
    size: int
    modified: int


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """The stored sessions, newest first, and the recordings. ``recordings_folder``: where they are looked for."""

    sessions: tuple[SessionSummary, ...]
    recordings: tuple[RecordingFile, ...]
    recordings_folder: str


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the replay of a session gave; ``equal``: the facts of the live session."""

    session: int
    equal: bool
    hash: str
    recorded_hash: str
    trades: int
    facts: dict[str, int]
    seconds: float
    words: str


class ReplayCheckBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a job that replays one session."""

    session: Annotated[int, Meta(ge=1, le=LATEST)]


class ExportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a job that exports what is stored in ``[start, end)`` (ms) to a file.

    Ticks and bars are of a symbol, analytics and signals of a pair; alerts may be about either. Fills, money,
    pair-trades, decisions and equity are of a paper account.
    """

    kind: ExportKind
    format: ExportFormat = ExportFormat.CSV
    symbol: Annotated[str, Meta(max_length=200, extra_json_schema=dict(OF_SYMBOL_OR_NONE))] = ""
    pair: Annotated[str, Meta(max_length=200, extra_json_schema=dict(OF_PAIR_OR_NONE))] = ""
    timeframe: Timeframe = Timeframe.M1
    start: Annotated[int, Meta(ge=0, le=LATEST)] = 0
    end: Annotated[int, Meta(ge=0, le=LATEST)] = LATEST
    account: Annotated[str, Meta(max_length=100)] = ""


class VenueWeight(msgspec.Struct, frozen=True, kw_only=True):
    """The REST weight that a venue counted, sample by sample."""

    venue: str
    title: str
    limit: int
    used: tuple[int, ...]


class RateHistory(msgspec.Struct, frozen=True, kw_only=True):
    """The last hour of this engine, a sample each ``step_seconds``, oldest first.

    ``times`` are our clock (ms); ``messages`` and ``trades`` are a second; ``lag_ms`` is the largest of all symbols
    (null where the data are not of today), ``loop_lag_ms`` that of the event loop, ``waiting`` what waits for core and
    disk.
    """

    step_seconds: int
    times: tuple[int, ...]
    messages: tuple[float, ...]
    trades: tuple[float, ...]
    lag_ms: tuple[float | None, ...]
    loop_lag_ms: tuple[float, ...]
    waiting: tuple[int, ...]
    venues: tuple[VenueWeight, ...]
