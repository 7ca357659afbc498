"""Facts: everything the core may say. The edges store, send, log and draw them; a replay repeats them exactly."""

from __future__ import annotations

import msgspec

from spreadscope.model.alerting import AlertState, Budget, Life, Severity
from spreadscope.model.events import Trades
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.states import Action, BarOrigin, Cause, GapState, PriceSource, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import NOT_STORED, Value


class TradesAccepted(msgspec.Struct, frozen=True, tag="trades"):
    """New rows of the tape, once each. ``ranges`` are the symbol's contiguous id ranges with these rows in."""

    trades: Trades
    ranges: tuple[tuple[int, int], ...]


class TradeRefused(msgspec.Struct, frozen=True, tag="refused"):
    """A row that cannot be a trade of this symbol now (``why``), kept as evidence: it changed nothing else."""

    symbol: str
    trade_id: int
    time: int
    price: float
    quantity: float
    why: str


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """Our own code failed: ``part`` of ``subject``, with what that costs. No part of a session's hash.

    ``time`` is the market's clock (ms); ``count`` says how often it has failed since it last worked.
    """

    part: str
    subject: str
    time: int
    error: str
    consequence: str
    trace: str
    count: int = 1


class Gap(msgspec.Struct, frozen=True, tag="gap"):
    """A hole ``first … last`` in a symbol's aggregate ids, or its end. Times bound the trades around it (ms)."""

    symbol: str
    first: int
    last: int
    state: GapState
    time: int
    from_time: int
    to_time: int
    evidence: str = ""


class ContentConflict(msgspec.Struct, frozen=True, tag="conflict"):
    """The same aggregate id arrived again with other content: the first is kept, and this is an alarm."""

    symbol: str
    trade_id: int
    time: int


class Bar(msgspec.Struct, frozen=True, tag="bar"):
    """A closed bar ``[open_time, open_time + timeframe)``; sent again with ``revised`` when late trades change it.

    ``complete`` is true when the ledger proves that no trade of the bar is missing.
    ``bid`` and ``ask`` are the last quotes inside the bar, where quotes were received.
    """

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
    origin: BarOrigin = BarOrigin.TAPE
    bid: float | None = None
    ask: float | None = None
    revised: bool = False


class PairRow(msgspec.Struct, frozen=True, tag="row", omit_defaults=True):
    """Every statistic of one pair at the close of one bar. ``time`` is the bar's open time (ms).

    ``statistics`` holds them by key (``pairs/statistics``); ``row["half_life"]`` reads one. Those of the traded hedge, on which
    signals act, have names of their own here: there is one of each.

    ``age_y`` and ``age_x`` are the ages (ms) of the legs' last prices at the close; ``n`` is the number of joint
    rows in the estimation window. ``source_y`` and ``source_x`` say what the legs' prices are (None: no price in this bar);
    ``mixed``: the window of the hedge ratio holds mids and last trades of one leg, and half a spread between them is no move of
    the market.
    """

    pair: Pair
    timeframe: Timeframe
    time: int
    price_y: float | None
    price_x: float | None
    age_y: int | None
    age_x: int | None
    n: int
    statistics: dict[str, Value]
    state: SignalState
    stale: bool
    incomplete: bool
    source_y: PriceSource | None = None
    source_x: PriceSource | None = None
    mixed: bool = False

    def __getitem__(self, key: str) -> Value:
        """The statistic named ``key``; one that this row was stored without is not there yet."""
        return self.statistics.get(key, NOT_STORED)

    @property
    def beta(self) -> Value:
        """The hedge ratio that is traded."""
        return self["beta"]

    @property
    def alpha(self) -> Value:
        """The intercept of the traded hedge."""
        return self["alpha"]

    @property
    def spread(self) -> Value:
        """The spread that is traded."""
        return self["spread"]

    @property
    def z(self) -> Value:
        """The z-score on which signals act."""
        return self["z"]

    @property
    def spread_mean(self) -> Value:
        """The mean that z measures the spread against."""
        return self["spread_mean"]

    @property
    def spread_sd(self) -> Value:
        """The standard deviation that z measures the spread in."""
        return self["spread_sd"]


class Signal(msgspec.Struct, frozen=True, tag="signal"):
    """An action other than HOLD, with what it was based on.

    ``beta`` is the hedge ratio frozen at entry, a ratio of values or of units as ``space`` says; ``kind`` is why, ``cause`` says it.
    """

    pair: Pair
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
    kind: Cause = Cause.ENTRY
    space: Space = Space.LOG


class Alert(msgspec.Struct, frozen=True, tag="alert"):
    """An alert fired, ended, lost its data, or what was held back is told at once (``digest``), at ``time`` (ms, end of the bar).

    ``notify`` says that it is to be told to ``channels`` (empty: all) and as what, ``suppressed`` why it is not. ``incident``
    joins a firing with its end. ``late``: the bar was judged long after its end.
    """

    rule_id: str
    name: str
    text: str
    subject: str
    timeframe: Timeframe
    time: int
    state: AlertState
    value: float | None
    threshold: float | None
    severity: Severity
    incident: str
    words: str
    notify: str = ""
    suppressed: str = ""
    late: bool = False
    channels: tuple[str, ...] = ()


class AlertLife(msgspec.Struct, frozen=True, tag="life"):
    """What is remembered of a rule about one subject changed (None: it is over)."""

    rule_id: str
    subject: str
    life: Life | None


class AlertBudget(msgspec.Struct, frozen=True, tag="budget"):
    """What a rule has told of late changed (None: the rule is gone)."""

    rule_id: str
    budget: Budget | None


class BarsOutdated(msgspec.Struct, frozen=True, tag="outdated"):
    """A late trade belongs to a bar that is no longer in memory: the store makes it anew from its trades."""

    symbol: str
    timeframe: Timeframe
    open_time: int


Fact = (
    TradesAccepted
    | TradeRefused
    | Gap
    | ContentConflict
    | Bar
    | BarsOutdated
    | PairRow
    | Signal
    | Alert
    | AlertLife
    | AlertBudget
    | Fault
)
