"""The messages of the live sockets in both directions (``docs/api.md``, WebSocket)."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from spreadscope.contract.alerts import Alert, Rule
from spreadscope.contract.market import Bar, Row, RowChanges, Signal
from spreadscope.contract.paper import PaperChanges, PaperView
from spreadscope.contract.statistics import Statistic
from spreadscope.contract.status import AnalyticsSettings, SignalSettings, Status
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Value

T = TypeVar("T")

LARGEST_REQUEST = 64 * 1024  # characters; a longer request is refused
LONGEST_TEXT = 100  # of a topic, and of a ref

Ref = str | int | None
Operation = Literal["subscribe", "unsubscribe", "snapshot"]


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request of a client. The answer repeats ``ref``."""

    op: Operation
    topic: Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_TEXT})]
    ref: Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_TEXT})] | int | None = None


class Snapshot(msgspec.Struct, Generic[T], frozen=True, tag_field="type", tag="snapshot"):
    """A message with all of a topic. ``ref`` is null where no client requested it; it replaces what was sent before."""

    topic: str
    data: T
    ref: Ref = None


class Update(msgspec.Struct, Generic[T], frozen=True, tag_field="type", tag="update"):
    """A message with the changes of a topic."""

    topic: str
    data: T


class Refusal(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """A message that there is no subscription (any more), or that the request was wrong."""

    topic: str
    message: str
    ref: Ref = None


class EngineState(msgspec.Struct, frozen=True, tag_field="type", tag="engine"):
    """A message of the relay to the tabs of the dashboard: whether the engine answers, and details."""

    state: Literal["connected", "lost"]
    detail: str = ""


class Executable(msgspec.Struct, frozen=True):
    """z at the best bids and asks: of buying the spread (Y at its ask, X at its bid; reversed for a negative β) and of
    selling it, whatever size stands there."""

    buy_z: float
    sell_z: float


class PairView(msgspec.Struct, frozen=True, kw_only=True):
    """A pair and timeframe: its parameters and statistics, closed bars, rows, signals, open bars, and the row restated
    at the newest prices.
    """

    pair: str
    timeframe: Timeframe
    analytics: AnalyticsSettings
    signal_settings: SignalSettings
    statistics: list[Statistic]
    bars_y: list[Bar]
    bars_x: list[Bar]
    rows: list[Row]
    signals: list[Signal]
    forming_y: Bar | None
    forming_x: Bar | None
    live: Row | None
    executable: Executable | None


class PairHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What a chart shows before ``before``: all of ``[start, before)``. ``more``: there is still older data."""

    pair: str
    timeframe: Timeframe
    start: int
    before: int
    more: bool
    bars_y: list[Bar]
    bars_x: list[Bar]
    rows: list[Row]
    signals: list[Signal]


class PairChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of a pair and timeframe. A bar or row with the same time replaces the old one."""

    bars_y: list[Bar] | UnsetType = UNSET
    bars_x: list[Bar] | UnsetType = UNSET
    rows: list[Row] | UnsetType = UNSET
    signals: list[Signal] | UnsetType = UNSET
    forming_y: Bar | UnsetType | None = UNSET
    forming_x: Bar | UnsetType | None = UNSET
    live: Row | UnsetType | None = UNSET
    executable: Executable | UnsetType | None = UNSET


class AlertsView(msgspec.Struct, frozen=True):
    """Every rule with its state, and the newest alerts first."""

    rules: list[Rule]
    history: list[Alert]


class AlertsChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule with its state, and the alerts since the last message."""

    rules: list[Rule] | UnsetType = UNSET
    history: list[Alert] | UnsetType = UNSET


TrailPoint = tuple[int, float | None]  # the time of a row, and its z


class WatchedPair(msgspec.Struct, frozen=True, kw_only=True):
    """A watched pair with its newest row at the newest prices; null while there is none.

    ``trail`` is z of its last rows as they closed, oldest first. ``break_even`` is the z whose way back to the mean
    pays the fees of a round trip. ``entry`` and ``stop`` are its thresholds of z.
    """

    pair: str
    row: Row | None
    trail: list[TrailPoint]
    break_even: Value
    entry: float
    stop: float


class WatchView(msgspec.Struct, frozen=True):
    """Every watched pair at one timeframe, and the statistics of its row."""

    timeframe: Timeframe
    statistics: list[Statistic]
    pairs: list[WatchedPair]


class WatchedChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of a watched pair. ``trail`` are the rows that closed, each once."""

    row: RowChanges | UnsetType = UNSET
    trail: list[TrailPoint] | UnsetType = UNSET
    break_even: Value | UnsetType = UNSET


class WatchChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The changes by pair, the pairs that are new or have their first row, and those that are gone."""

    changed: dict[str, WatchedChanges] | UnsetType = UNSET
    added: list[WatchedPair] | UnsetType = UNSET
    removed: list[str] | UnsetType = UNSET


#: The messages of the engine: snapshot and update of each topic, and the refusal.
FROM_ENGINE = (
    Snapshot[PairView], Snapshot[Status], Snapshot[AlertsView], Update[PairChanges], Update[Status],
    Update[AlertsChanges],
    Snapshot[WatchView], Update[WatchChanges], Snapshot[PaperView], Update[PaperChanges], Refusal,
)  # fmt: skip
