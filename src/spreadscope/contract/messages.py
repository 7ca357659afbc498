"""The messages of the live sockets: what a client asks, and what it is sent (``docs/api.md``, WebSocket)."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from spreadscope.contract.alerts import Alert, Rule
from spreadscope.contract.market import Bar, Row, Signal
from spreadscope.contract.statistics import Statistic
from spreadscope.contract.status import Status
from spreadscope.model.timeframe import Timeframe

T = TypeVar("T")

LARGEST_REQUEST = 64 * 1024  # characters; what is longer is refused
LONGEST_TEXT = 100  # of a topic, and of a ref

Ref = str | int | None
Operation = Literal["subscribe", "unsubscribe", "snapshot"]


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a client asks. The answer repeats ``ref``."""

    op: Operation
    topic: Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_TEXT})]
    ref: Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_TEXT})] | int | None = None


class Snapshot(msgspec.Struct, Generic[T], frozen=True, tag_field="type", tag="snapshot"):
    """All of a topic. ``ref`` is null where nobody asked: what was sent before is replaced."""

    topic: str
    data: T
    ref: Ref = None


class Update(msgspec.Struct, Generic[T], frozen=True, tag_field="type", tag="update"):
    """What changed in a topic."""

    topic: str
    data: T


class Refusal(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """There is no subscription (any more), or what was sent is no request."""

    topic: str
    message: str
    ref: Ref = None


class EngineState(msgspec.Struct, frozen=True, tag_field="type", tag="engine"):
    """The relay's own news to the tabs of the dashboard: whether the engine answers, and what is known of it."""

    state: Literal["connected", "lost"]
    detail: str = ""


class PairView(msgspec.Struct, frozen=True, kw_only=True):
    """A pair's timeframe: what its statistics are, closed bars and rows, signals, the bars that are open, and the row as it would be now."""

    pair: str
    timeframe: Timeframe
    statistics: list[Statistic]
    bars_y: list[Bar]
    bars_x: list[Bar]
    rows: list[Row]
    signals: list[Signal]
    forming_y: Bar | None
    forming_x: Bar | None
    live: Row | None


class PairChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is new in a pair's timeframe. Bars and rows that come again replace the old ones."""

    bars_y: list[Bar] | UnsetType = UNSET
    bars_x: list[Bar] | UnsetType = UNSET
    rows: list[Row] | UnsetType = UNSET
    signals: list[Signal] | UnsetType = UNSET
    forming_y: Bar | UnsetType | None = UNSET
    forming_x: Bar | UnsetType | None = UNSET
    live: Row | UnsetType | None = UNSET


class AlertsView(msgspec.Struct, frozen=True):
    """Every rule as it stands, and what was said, the newest first."""

    rules: list[Rule]
    history: list[Alert]


class AlertsChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule as it stands now, and what was said since."""

    rules: list[Rule] | UnsetType = UNSET
    history: list[Alert] | UnsetType = UNSET


class WatchedPair(msgspec.Struct, frozen=True):
    """A pair that is followed, with its newest row at the newest prices; none while there is no row yet."""

    pair: str
    row: Row | None


class WatchView(msgspec.Struct, frozen=True):
    """Every pair at one timeframe, and what the statistics of its row are."""

    timeframe: Timeframe
    statistics: list[Statistic]
    pairs: list[WatchedPair]


#: What the engine sends: of each topic what a snapshot holds, and what an update does.
FROM_ENGINE = (
    Snapshot[PairView], Snapshot[Status], Snapshot[AlertsView], Update[PairChanges], Update[Status], Update[AlertsChanges],
    Snapshot[WatchView], Update[WatchView], Refusal,
)  # fmt: skip
