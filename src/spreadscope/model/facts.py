"""Facts: the outputs of the engine. Other parts store, send, log and draw them; a replay repeats them exactly."""

from __future__ import annotations

import msgspec

from spreadscope.model.alerting import AlertState, Budget, Life, Severity
from spreadscope.model.events import Trades
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.states import Action, BarOrigin, Cause, GapState, PriceSource, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import (
    AccountState,
    Decision,
    EquityPoint,
    Fill,
    KillChanged,
    LedgerEntry,
    OrderChanged,
    PairTrade,
    SettingChanged,
)
from spreadscope.model.validity import NOT_STORED, Value


class TradesAccepted(msgspec.Struct, frozen=True, tag="trades"):
    """The new rows of the tape, each once. ``ranges`` are the symbol's contiguous id ranges including these rows."""

    trades: Trades
    ranges: tuple[tuple[int, int], ...]


class TradeRefused(msgspec.Struct, frozen=True, tag="refused"):
    """A row that is implausible as a trade of this symbol (``why``), kept as evidence: it changed nothing else."""

    symbol: str
    trade_id: int
    time: int
    price: float
    quantity: float
    why: str


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """A failure of our own code: ``part`` of ``subject``, with its consequence. It is not part of a session's hash.

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
    """An aggregate id that arrived again with other content: the first is kept, and this is an alarm."""

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
    """The statistics of one pair at the close of one bar. ``time`` is the bar's open time (ms).

    ``statistics`` has them by key (``pairs/statistics``); ``row["half_life"]`` reads one. Those of the traded hedge,
    which signals use, are properties too.

    ``age_y`` and ``age_x`` are the ages (ms) of the legs' last prices at the close; ``n`` is the number of joint rows
    in the estimation window. ``source_y`` and ``source_x`` say what the legs' prices are (None: no price in this bar);
    ``mixed``: the window of the hedge ratio has mids and last trades of one leg; their difference is not a move of the
    market.
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
        """Returns the statistic ``key``; when the row was stored without it, the reason is "not stored then"."""
        return self.statistics.get(key, NOT_STORED)

    @property
    def beta(self) -> Value:
        """Returns the traded hedge ratio."""
        return self["beta"]

    @property
    def alpha(self) -> Value:
        """Returns the intercept of the traded hedge."""
        return self["alpha"]

    @property
    def spread(self) -> Value:
        """Returns the traded spread."""
        return self["spread"]

    @property
    def z(self) -> Value:
        """Returns the z-score that signals use."""
        return self["z"]

    @property
    def spread_mean(self) -> Value:
        """Returns the mean of the spread in z."""
        return self["spread_mean"]

    @property
    def spread_sd(self) -> Value:
        """Returns the standard deviation of the spread in z."""
        return self["spread_sd"]


class Signal(msgspec.Struct, frozen=True, tag="signal"):
    """An action other than HOLD, with the numbers it was based on.

    ``beta`` is the hedge ratio frozen at entry, a ratio of values or of units as ``space`` says; ``kind`` is the
    reason, ``cause`` its text.
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
    """A change of an alert at ``time`` (ms, end of the bar): it fired, ended, lost its data, or is a digest of
    suppressed ones.

    ``notify`` is the kind of its notification to ``channels`` (empty: all), ``suppressed`` the reason why there is
    none. ``incident`` joins a firing with its end. ``late``: the bar was evaluated long after its end.
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
    """A change of the state of a rule about one subject (None: it has ended)."""

    rule_id: str
    subject: str
    life: Life | None


class AlertBudget(msgspec.Struct, frozen=True, tag="budget"):
    """A change of the notification budget of a rule (None: the rule was deleted)."""

    rule_id: str
    budget: Budget | None


class BarsOutdated(msgspec.Struct, frozen=True, tag="outdated"):
    """A bar that the engine cannot revise, because it is not in memory or failed: the store makes it again from its
    trades."""

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
    | OrderChanged
    | Fill
    | LedgerEntry
    | PairTrade
    | Decision
    | KillChanged
    | SettingChanged
    | EquityPoint
    | AccountState
    | Fault
)
