"""Facts: everything the core may say. The edges store, send, log and draw them; a replay repeats them exactly."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from spreadscope.model.alerting import AlertState, Budget, Life, Severity
from spreadscope.model.events import Trades
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason


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


class GapState(StrEnum):
    """What is known of a hole in the ids."""

    OPEN = "open"
    FILLED = "filled"
    UPSTREAM = "upstream"
    PERMANENT = "permanent"


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


class BarOrigin(StrEnum):
    """What a bar was made from."""

    TAPE = "tape"
    KLINE = "kline"


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


class Value(msgspec.Struct, frozen=True, array_like=True):
    """A number with its validity: ``value`` is None exactly when ``reason`` says why."""

    value: float | None
    reason: Reason | None = None


class SignalState(StrEnum):
    """Which spread position the signal holds."""

    FLAT = "FLAT"
    LONG = "LONG"
    SHORT = "SHORT"


class Action(StrEnum):
    """What the signal says to do now."""

    BUY_SPREAD = "BUY_SPREAD"
    SELL_SPREAD = "SELL_SPREAD"
    EXIT = "EXIT"
    HOLD = "HOLD"


class PriceSource(StrEnum):
    """What a leg's price at the close of a bar is: the mid of the last quote, or the last trade.

    An earlier mid is of a quote inside the bar too, but no quote of the market's newer than the bar had come: a later one may have
    been on its way.
    """

    MID = "mid"
    EARLIER_MID = "earlier mid"
    LAST = "last"


class PairRow(msgspec.Struct, frozen=True, tag="row", omit_defaults=True):
    """Every statistic of one pair at the close of one bar. ``time`` is the bar's open time (ms).

    ``age_y`` and ``age_x`` are the ages (ms) of the legs' last prices at the close; ``n`` is the number of joint
    rows in the estimation window. ``eg_p`` is the evidence of cointegration; ``adf_p`` is of a spread whose β comes from
    the window before; ``kalman_sd_z`` (near 1) and ``kalman_ljung_box_p`` say how well the filter fits and are no evidence;
    ``breakdown`` is the excursion of the frozen-β spread as a share of its boundary (1: the pair has come apart).
    ``source_y`` and ``source_x`` say what the legs' prices are (None: no price in this bar); ``mixed``: the window of the hedge
    ratio holds mids and last trades of one leg, and half a spread between them is no move of the market.
    """

    pair: Pair
    timeframe: Timeframe
    time: int
    price_y: float | None
    price_x: float | None
    age_y: int | None
    age_x: int | None
    n: int
    beta: Value
    alpha: Value
    beta_se: Value
    r_squared: Value
    spread: Value
    z: Value
    spread_mean: Value
    spread_sd: Value
    correlation: Value
    kalman_beta: Value
    kalman_alpha: Value
    kalman_spread: Value
    kalman_z: Value
    kalman_sd_z: Value
    kalman_ljung_box_p: Value
    half_life: Value
    adf_stat: Value
    adf_p: Value
    eg_stat: Value
    eg_p: Value
    breakdown: Value
    state: SignalState
    stale: bool
    incomplete: bool
    source_y: PriceSource | None = None
    source_x: PriceSource | None = None
    mixed: bool = False


class Signal(msgspec.Struct, frozen=True, tag="signal"):
    """An action other than HOLD, with what it was based on. ``beta`` is the hedge ratio frozen at entry."""

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
