"""The status object: the state of everything, in one answer. Ages are of the moment ``now``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

import msgspec

from spreadscope.model.states import ConnectionState, Level, Mode, SymbolState
from spreadscope.model.timeframe import Timeframe


class SignalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds on z: what a page reads of them, and by ``settings_struct`` all there are."""

    entry: float
    exit: float
    stop: float


class AnalyticsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of the statistics: what a page reads of them, and by ``settings_struct`` all there are."""

    hedge: str
    space: str
    intercept: bool
    hedge_window: int
    z_window: int
    stale_seconds: float


S = TypeVar("S", bound=msgspec.Struct)


def settings_struct(base: type[S], keys: Iterable[tuple[str, object]]) -> type[S]:
    """``base`` with every key of a section of the configuration, so that a new key is told without an edit here."""
    known = set(base.__struct_fields__)
    fields: list[tuple[str, Any]] = [(name, kind) for name, kind in keys if name not in known]
    made = msgspec.defstruct(
        base.__name__, fields, bases=(base,), module=base.__module__, namespace={"__doc__": base.__doc__},
        frozen=True, kw_only=True,
    )  # fmt: skip
    return cast("type[S]", made)


class ConfigStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that a page needs: ``timeframe`` is the one it opens on."""

    timeframe: Timeframe
    signals: SignalSettings
    analytics: AnalyticsSettings


class ConnectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A connection to the exchange. ``silent_ms``: for how long nothing that was due has come."""

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
    """The tape of a symbol. ``lag_ms`` is null where the market is not of today."""

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
    """Over the last second."""

    messages_per_second: float
    trades_per_second: float


class Queue(msgspec.Struct, frozen=True):
    """What waits: frames and events of the engine, rows and bytes of the store."""

    events: int
    store: int
    store_bytes: int


class ExchangeClock(msgspec.Struct, frozen=True):
    """Offset to ours and the round trip it was measured with, ms; whether it runs in real time; steps seen."""

    offset_ms: float | None
    round_trip_ms: float | None
    real_time: bool
    steps: int


class RestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The budget of REST weight, the countdowns of a refusal or a ban, and what the repair still waits for."""

    weight_used: int
    weight_limit: int
    blocked_seconds: float
    banned_seconds: float
    refusals: int
    trades_missing: int
    trades_fetched: int


class VenueStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A venue that is followed: the clock of its exchange, and what is asked of it by REST."""

    name: str
    title: str
    exchange_clock: ExchangeClock
    rest: RestStatus


class AlertsFileStatus(msgspec.Struct, frozen=True):
    """The file of rules and channels: where it lies, how many rules it has, and what is wrong with it."""

    path: str
    rules: int
    error: str | None


class ChannelsStatus(msgspec.Struct, frozen=True):
    """How many channels there are, and how many messages wait or were given up."""

    configured: int
    waiting: int
    dead: int


class AlertsStatus(msgspec.Struct, frozen=True):
    """How many rules there are, how many alerts have not ended, and what became of the file and of the messages."""

    rules: int
    firing: int
    file: AlertsFileStatus
    channels: ChannelsStatus


class ArchiveRun(msgspec.Struct, frozen=True, kw_only=True):
    """What the last run did. ``left`` are the days that stay in the database, with why."""

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
    """Bytes of the database's file, bytes of it that are free, and whether free ones can be given back."""

    bytes: int
    free: int
    gives_back: bool


class ArchiveStatus(msgspec.Struct, frozen=True):
    """The daily run of the archive: whether it is on and at work, what the last one did, and the room it made."""

    enabled: bool
    running: bool
    next_run: int | None
    last_run: ArchiveRun | None
    space: DiskSpace | None


class Alarm(msgspec.Struct, frozen=True):
    """A sentence for the screen."""

    level: Level
    message: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The state of everything. ``market_time`` is the exchange's newest stamp, 0 while there is none.

    ``exchange_clock`` and ``rest`` are the default venue's; ``venues`` has all that are followed.
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
