"""The status object: the state of the whole engine in one answer. Ages are at the moment ``now``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

import msgspec

from spreadscope.contract.playback import Playback
from spreadscope.model.states import ConnectionState, Level, Mode, Runbook, SymbolState
from spreadscope.model.timeframe import Timeframe


class SignalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds on z that pages read; ``settings_struct`` adds the others."""

    entry: float
    exit: float
    stop: float


class AnalyticsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the statistics that pages read; ``settings_struct`` adds the others."""

    hedge: str
    space: str
    intercept: bool
    hedge_window: int
    z_window: int
    correlation_window: int
    evidence_window: int
    stale_seconds: float


S = TypeVar("S", bound=msgspec.Struct)


def settings_struct(base: type[S], keys: Iterable[tuple[str, object]]) -> type[S]:
    """Returns ``base`` with every key of a configuration section, so that a new key needs no edit here."""
    base_names = set(base.__struct_fields__)
    fields: list[tuple[str, Any]] = [(name, kind) for name, kind in keys if name not in base_names]
    struct = msgspec.defstruct(
        base.__name__, fields, bases=(base,), module=base.__module__, namespace={"__doc__": base.__doc__},
        frozen=True, kw_only=True,
    )  # fmt: skip
    return cast("type[S]", struct)


class ConfigStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that a page needs: ``timeframe`` is the one that it opens on."""

    timeframe: Timeframe
    signals: SignalSettings
    analytics: AnalyticsSettings


class ConnectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A connection to the exchange. ``silent_ms``: for how long no expected frame has come."""

    name: str
    state: ConnectionState
    since: int
    streams: int
    reconnects: int
    renewals: int
    last_frame_age_ms: int | None
    silent_ms: int
    paused: bool
    detail: str


class SymbolStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The tape of a symbol. ``lag_ms`` is null where the data are not of today."""

    symbol: str
    venue: str
    connection: str | None
    state: SymbolState
    last_price: float | None
    last_time: int | None
    age_ms: int | None
    lag_ms: float | None
    trades: int
    first_id: int | None
    last_id: int | None
    open_gaps: int
    missing: int
    detail: str


class Rates(msgspec.Struct, frozen=True):
    """The rates of the last second."""

    messages_per_second: float
    trades_per_second: float


class Queue(msgspec.Struct, frozen=True):
    """The queues: events of the engine, rows and bytes of the store."""

    events: int
    store: int
    store_bytes: int


class ExchangeClock(msgspec.Struct, frozen=True):
    """The clock of the exchange: its offset to ours and the round trip of that measurement (ms), whether it runs in
    real time, and its steps.
    """

    offset_ms: float | None
    round_trip_ms: float | None
    real_time: bool
    steps: int


class RestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The use of REST weight, the seconds left of a refusal or a ban, and the trades that the repair still needs."""

    weight_used: int
    weight_limit: int
    blocked_seconds: float
    banned_seconds: float
    refusals: int
    trades_missing: int
    trades_fetched: int


class VenueStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A venue in use: its clock, and its REST status."""

    name: str
    title: str
    exchange_clock: ExchangeClock
    rest: RestStatus


class AlertsFileStatus(msgspec.Struct, frozen=True):
    """The file of rules and channels: its path, its number of rules, and its error."""

    path: str
    rules: int
    error: str | None


class ChannelsStatus(msgspec.Struct, frozen=True):
    """The number of channels, and of messages that wait or were given up."""

    configured: int
    waiting: int
    dead: int


class AlertsStatus(msgspec.Struct, frozen=True):
    """The numbers of rules and of firing alerts, with the status of file and channels."""

    rules: int
    firing: int
    file: AlertsFileStatus
    channels: ChannelsStatus


class ArchiveRun(msgspec.Struct, frozen=True, kw_only=True):
    """The result of the last run of the archive. ``left`` are the days that stay in the database, with reasons."""

    started: int
    ended: int
    files: int
    rows: int
    bytes: int
    retired: int
    given_back: int
    left: tuple[str, ...]
    error: str


class DiskSpace(msgspec.Struct, frozen=True):
    """The size of the database file, its free bytes, and whether free ones can be given back."""

    bytes: int
    free: int
    gives_back: bool


class ArchiveStatus(msgspec.Struct, frozen=True):
    """The daily run of the archive: whether it is enabled and running, its last result, and the free space."""

    enabled: bool
    running: bool
    next_run: int | None
    last_run: ArchiveRun | None
    space: DiskSpace | None


class Alarm(msgspec.Struct, frozen=True):
    """A sentence of warning for the screen; ``runbook`` names the page that says what to do (null: there is none)."""

    level: Level
    message: str
    runbook: Runbook | None = None


class Health(msgspec.Struct, frozen=True):
    """The process lives: nothing else is asked. ``started`` is when it began (ms)."""

    version: str
    started: int


class Readiness(msgspec.Struct, frozen=True):
    """Whether the engine can answer with true data, and why not, a sentence each."""

    ready: bool
    reasons: tuple[str, ...]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the whole engine. ``market_time`` is the newest time of the exchange, 0 while there is none.

    ``exchange_clock`` and ``rest`` are those of the default venue; ``venues`` has all venues in use. ``playback`` is
    there where nothing is live: what plays, and where its transport stands.
    """

    version: str
    mode: Mode | None
    source: str
    demo: bool
    data: str
    now: int
    market_time: int
    started: int
    starting: str
    config: ConfigStatus
    connections: tuple[ConnectionStatus, ...]
    symbols: tuple[SymbolStatus, ...]
    pairs: tuple[str, ...]
    rates: Rates
    queue: Queue
    loop_lag_ms: float
    exchange_clock: ExchangeClock
    rest: RestStatus
    venues: tuple[VenueStatus, ...]
    alerts: AlertsStatus
    archive: ArchiveStatus
    alarms: tuple[Alarm, ...]
    playback: Playback | None = None
