"""Events: the inputs of the engine. They are frozen and carry their own times.

``tag`` is an event's name in the journal: it outlives a change of the class's name, and is never used for another
event.

Times are exchange times in integer milliseconds (UTC) unless a name says otherwise. Columns of a batch
have equal length and are in arrival order.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
import numpy as np
import numpy.typing as npt

from spreadscope.model.alerting import Budget, Life, Severity, WindowMemory
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading_events import (
    AnswerDecision,
    CloseTrade,
    FundingSettled,
    OpenTrade,
    ResumeAccount,
    SetAccount,
    SetInstrument,
    SetKill,
    SetTradingMode,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Origin(StrEnum):
    """The origin of trades."""

    LIVE = "live"
    REST = "rest"
    IMPORT = "import"


class Trades(msgspec.Struct, frozen=True, tag="trades"):
    """A batch of aggregate trades of one symbol, in columns of n rows."""

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
        """Returns the rows selected by a mask, an index array or a slice."""
        return Trades(
            self.symbol,
            self.ids[rows],
            self.times[rows],
            self.prices[rows],
            self.quantities[rows],
            self.buyer_maker[rows],
            self.origin,
        )


class Quote(msgspec.Struct, frozen=True, tag="quote", omit_defaults=True):
    """The best bid and ask of one symbol.

    ``bid_quantity`` and ``ask_quantity``: what is displayed at these prices, in units of the base asset. ``update``:
    the venue's id of the book. Each is 0 where it is not known: the venue does not say it, the journal is of an earlier
    version, or the quote is that of a stored bar. The journal entry of such a quote does not have the field.
    """

    symbol: str
    time: int
    bid: float
    ask: float
    bid_quantity: float = 0.0
    ask_quantity: float = 0.0
    update: int = 0


class StoredQuotes(msgspec.Struct, frozen=True, tag="stored quotes"):
    """The best bid and ask at the end of stored bars, by open time ascending: the quotes of a replay of stored
    trades."""

    symbol: str
    timeframe: Timeframe
    times: Ints
    bids: Floats
    asks: Floats


class MarketTime(msgspec.Struct, frozen=True, tag="market time"):
    """The market's clock, which follows the exchange's time stamps, has reached ``time``."""

    time: int


class FlushChanges(msgspec.Struct, frozen=True, tag="settle"):
    """The input has ended for now (a run or a recording): publish what changed since the last tick."""


class BarRow(msgspec.Struct, frozen=True, array_like=True):
    """One bar as the exchange's klines give it."""

    open_time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int


class History(msgspec.Struct, frozen=True, tag="history"):
    """Closed bars fetched from the exchange's klines: a flagged substitute for bars of the tape."""

    symbol: str
    timeframe: Timeframe
    bars: tuple[BarRow, ...]


class WatchSymbol(msgspec.Struct, frozen=True, tag="watch symbol"):
    """Keep the tape of a symbol."""

    symbol: str


class DropSymbol(msgspec.Struct, frozen=True, tag="drop symbol"):
    """Stop keeping the tape of a symbol; what is stored stays."""

    symbol: str


class WatchPair(msgspec.Struct, frozen=True, tag="watch pair"):
    """Track a pair."""

    pair: Pair


class DropPair(msgspec.Struct, frozen=True, tag="drop pair"):
    """Stop tracking a pair; what is stored stays."""

    pair: Pair


class SetParameters(msgspec.Struct, frozen=True, tag="set parameters"):
    """Replace the parameters of a pair (empty: of all) at a timeframe (empty: at all); without values those of the
    layer below hold (``parameter_layers.py``)."""

    pair: str
    timeframe: str
    values: dict[str, bool | int | float | str]


class TradingStatus(msgspec.Struct, frozen=True, tag="trading status"):
    """The exchange says whether a symbol can be traded; a halted leg freezes its pairs."""

    symbol: str
    trading: bool


class UpstreamHole(msgspec.Struct, frozen=True, tag="upstream hole"):
    """The exchange itself does not have the aggregate ids ``first … last``; ``evidence`` says how we know."""

    symbol: str
    first: int
    last: int
    evidence: str
    permanent: bool = False


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """Mark and index price of one symbol, the funding rate of the running period (a share) and when it is due (ms)."""

    symbol: str
    time: int
    mark: float
    index: float
    funding_rate: float | None
    next_funding: int


class StreamLag(msgspec.Struct, frozen=True, tag="stream lag"):
    """The delay (ms) of a symbol's trades, by our clock and the exchange's."""

    symbol: str
    time: int
    lag_ms: float


class SetRule(msgspec.Struct, frozen=True, tag="set rule"):
    """Create or replace an alert rule about ``subject``: ``Y/X``, a symbol, ``any pair`` or ``any symbol``.

    ``recover`` is a level or a condition, None: the alert ends when the rule no longer holds. ``cap_per_hour``: the
    most firings notified in an hour; ``once``: switched off after the first; ``channels``: who is notified (empty:
    all); ``muted_until``: market time (ms).
    """

    rule_id: str
    text: str
    subject: str
    timeframe: Timeframe = Timeframe.S1
    name: str = ""
    severity: Severity = Severity.WARNING
    recover: float | str | None = None
    keep_seconds: float = 0.0
    cooldown_seconds: float = 0.0
    cap_per_hour: int = 12
    once: bool = False
    notify_resolved: bool = True
    notify_no_data: bool = False
    channels: tuple[str, ...] = ()
    enabled: bool = True
    origin: str = "page"
    muted_until: int = 0


class DropRule(msgspec.Struct, frozen=True, tag="drop rule"):
    """Delete an alert rule; its history stays."""

    rule_id: str


class MuteRule(msgspec.Struct, frozen=True, tag="mute rule"):
    """Suppress notifications of a rule until the market time ``until`` (ms, 0: end of the mute); its alerts are
    recorded."""

    rule_id: str
    until: int


class AcknowledgeAlert(msgspec.Struct, frozen=True, tag="acknowledge alert"):
    """A user has seen the alert about ``subject`` (empty: all of the rule): it is recorded, but not notified any
    more."""

    rule_id: str
    subject: str = ""


class ResumeRule(msgspec.Struct, frozen=True, tag="resume rule"):
    """The state of a rule from an earlier run: lives by subject, its budget, and its windows computed from the
    store."""

    rule_id: str
    lives: tuple[tuple[str, Life], ...] = ()
    budget: Budget | None = None
    windows: tuple[tuple[str, tuple[WindowMemory, ...]], ...] = ()


class ResumePosition(msgspec.Struct, frozen=True, tag="resume position"):
    """The signal position of an earlier run: its side (+1 long spread), hedge ratio and prices at entry, peak pnl
    (percent)."""

    pair: Pair
    timeframe: Timeframe
    side: int
    beta: float
    price_y: float
    price_x: float
    peak: float
    space: Space = Space.LOG


Event = (
    Trades
    | Quote
    | MarketTime
    | FlushChanges
    | History
    | WatchSymbol
    | DropSymbol
    | WatchPair
    | DropPair
    | SetParameters
    | TradingStatus
    | UpstreamHole
    | Mark
    | StreamLag
    | SetRule
    | DropRule
    | MuteRule
    | AcknowledgeAlert
    | ResumeRule
    | ResumePosition
    | SetAccount
    | SetTradingMode
    | OpenTrade
    | CloseTrade
    | AnswerDecision
    | SetKill
    | SetInstrument
    | FundingSettled
    | ResumeAccount
)
