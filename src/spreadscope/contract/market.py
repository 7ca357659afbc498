"""Market data: bars, rows of statistics, signals, gaps, instruments, pairs. Times are ms, exchange time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import msgspec
from msgspec import UNSET, UnsetType

from spreadscope.model.hedge import Space
from spreadscope.model.states import Action, BarOrigin, Cause, Caution, GapState, PriceSource, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Value


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar ``[open_time, open_time + timeframe)``. ``complete``: no trade of it is missing."""

    symbol: str
    timeframe: Timeframe
    open_time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int
    complete: bool
    origin: BarOrigin


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The fixed fields of a row of statistics; ``row_struct`` adds the statistics themselves, each a ``Value``."""

    pair: str
    timeframe: Timeframe
    time: int
    price_y: float | None
    price_x: float | None
    age_y: int | None
    age_x: int | None
    n: int
    state: SignalState
    stale: bool
    incomplete: bool
    source_y: PriceSource | None
    source_x: PriceSource | None
    mixed: bool


def row_struct(statistics: Iterable[str]) -> type[Row]:
    """Returns a ``Row`` struct with these statistics after its fixed fields, so that its JSON stays flat.

    >>> row_struct(["beta"]).__struct_fields__[-2:]
    ('mixed', 'beta')
    """
    # kw_only: a row is made by names, so that the order of the statistics does not matter.
    fields: list[tuple[str, Any]] = [(name, Value) for name in statistics]
    struct = msgspec.defstruct(
        "Row",
        fields,
        bases=(Row,),
        module=__name__,
        namespace={"__doc__": "Every statistic of a pair at the close of a bar."},
        frozen=True,
        kw_only=True,
    )
    return cast("type[Row]", struct)


class RowChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a ``Row`` that changed; the others are as they were."""

    time: int | UnsetType = UNSET
    price_y: float | UnsetType | None = UNSET
    price_x: float | UnsetType | None = UNSET
    age_y: int | UnsetType | None = UNSET
    age_x: int | UnsetType | None = UNSET
    n: int | UnsetType = UNSET
    state: SignalState | UnsetType = UNSET
    stale: bool | UnsetType = UNSET
    incomplete: bool | UnsetType = UNSET
    source_y: PriceSource | UnsetType | None = UNSET
    source_x: PriceSource | UnsetType | None = UNSET
    mixed: bool | UnsetType = UNSET


def row_changes_struct(statistics: Iterable[str]) -> type[RowChanges]:
    """Returns a ``RowChanges`` struct with these statistics after its fixed fields.

    >>> msgspec.json.encode(row_changes_struct(["beta"])(beta=Value(1.5), n=7))
    b'{"n":7,"beta":[1.5,null]}'
    """
    fields: list[tuple[str, Any, Any]] = [(name, Value | UnsetType, UNSET) for name in statistics]
    struct = msgspec.defstruct(
        "RowChanges",
        fields,
        bases=(RowChanges,),
        module=__name__,
        namespace={"__doc__": RowChanges.__doc__},
        frozen=True,
        kw_only=True,
    )
    return cast("type[RowChanges]", struct)


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A change of position, with the orders of each leg. ``cautions`` is null where they are unknown."""

    pair: str
    timeframe: Timeframe
    time: int
    action: Action
    state: SignalState
    z: float | None
    spread: float | None
    beta: float | None
    price_y: float | None
    price_x: float | None
    cause: str
    kind: Cause
    space: Space
    legs: str
    cautions: tuple[Caution, ...] | None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A gap ``first … last`` in the aggregate ids of a symbol, with its state."""

    symbol: str
    first: int
    last: int
    state: GapState
    time: int
    from_time: int
    to_time: int
    evidence: str


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument that the exchange lists. Steps are decimal strings, exactly as the exchange gives them."""

    symbol: str
    status: str
    contract_type: str
    base_asset: str
    quote_asset: str
    tick_size: str
    step_size: str


class PairName(msgspec.Struct, frozen=True):
    """A pair ``Y/X`` and its legs."""

    pair: str
    y: str
    x: str


class PairRows(msgspec.Struct, frozen=True):
    """A pair with its last row of each timeframe."""

    pair: str
    y: str
    x: str
    rows: dict[Timeframe, Row | None]
