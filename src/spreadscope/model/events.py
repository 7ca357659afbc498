"""Events: everything the core may know. They are frozen and carry their own times.

Times are exchange times in integer milliseconds (UTC) unless a name says otherwise. Columns of a batch
have equal length and are in arrival order.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
import numpy as np
import numpy.typing as npt

from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Origin(StrEnum):
    """Where trades came from."""

    LIVE = "live"
    REST = "rest"
    IMPORT = "import"


class Trades(msgspec.Struct, frozen=True):
    """Aggregate trades of one symbol, a columnar batch of n rows."""

    symbol: str
    ids: Ints
    times: Ints
    prices: Floats
    quantities: Floats
    buyer_maker: Bools
    origin: Origin = Origin.LIVE

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: npt.NDArray[np.intp] | Bools | slice) -> Trades:
        """The rows named by a mask, an index array or a slice."""
        return Trades(
            self.symbol,
            self.ids[rows],
            self.times[rows],
            self.prices[rows],
            self.quantities[rows],
            self.buyer_maker[rows],
            self.origin,
        )


class Quote(msgspec.Struct, frozen=True):
    """Best bid and ask of one symbol."""

    symbol: str
    time: int
    bid: float
    ask: float


class MarketTime(msgspec.Struct, frozen=True):
    """The exchange's clock, as told by its own stamps, has reached ``time``."""

    time: int


class Settle(msgspec.Struct, frozen=True):
    """Nothing more is coming for now (the end of a run or of a recording): say what changed since the last tick."""


class BarRow(msgspec.Struct, frozen=True, array_like=True):
    """One bar as the exchange's klines give it."""

    open_time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int


class History(msgspec.Struct, frozen=True):
    """Closed bars fetched from the exchange's klines: a flagged substitute for bars of the tape."""

    symbol: str
    timeframe: Timeframe
    bars: tuple[BarRow, ...]


class WatchSymbol(msgspec.Struct, frozen=True):
    """Keep the tape of a symbol."""

    symbol: str


class DropSymbol(msgspec.Struct, frozen=True):
    """Stop keeping the tape of a symbol; what is stored stays."""

    symbol: str


class WatchPair(msgspec.Struct, frozen=True):
    """Track a pair."""

    pair: Pair


class DropPair(msgspec.Struct, frozen=True):
    """Stop tracking a pair; what is stored stays."""

    pair: Pair


class TradingStatus(msgspec.Struct, frozen=True):
    """The exchange says whether a symbol can be traded; a halted leg freezes its pairs."""

    symbol: str
    trading: bool


class UpstreamHole(msgspec.Struct, frozen=True):
    """The exchange itself does not have the aggregate ids ``first … last``; ``evidence`` says how we know."""

    symbol: str
    first: int
    last: int
    evidence: str
    permanent: bool = False


class SetRule(msgspec.Struct, frozen=True):
    """Create or replace an alert rule."""

    rule_id: str
    text: str
    pair: Pair | None = None
    symbol: str | None = None
    timeframe: Timeframe = Timeframe.S1


class DropRule(msgspec.Struct, frozen=True):
    """Delete an alert rule; its history stays."""

    rule_id: str


Event = (
    Trades
    | Quote
    | MarketTime
    | Settle
    | History
    | WatchSymbol
    | DropSymbol
    | WatchPair
    | DropPair
    | TradingStatus
    | UpstreamHole
    | SetRule
    | DropRule
)
