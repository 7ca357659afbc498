"""States, kinds and choices of paper trading that the engine, the API and the page share."""

from __future__ import annotations

from enum import StrEnum


class TradingMode(StrEnum):
    """What a signal of a pair does on an account."""

    OFF = "off"
    ASK = "ask me"
    AUTO = "automatic"


class Execution(StrEnum):
    """How the two legs are sent: both at market, or one as a limit order whose every fill is hedged at market."""

    BOTH_MARKET = "both at market"
    PASSIVE_FIRST = "passive, then market"


class Repair(StrEnum):
    """What is tried first when one leg is filled and the other is not."""

    HEDGE = "hedge"
    UNWIND = "unwind"


class Messages(StrEnum):
    """What an account sends to the channels of alerts and to the screen."""

    NONE = "none"
    PROBLEMS = "problems"
    ALL = "all"


class OrderKind(StrEnum):
    """The kind of an order; a ``post only`` one is a limit order that is rejected where it would trade at once."""

    MARKET = "market"
    POST_ONLY = "post only"


class OrderState(StrEnum):
    """The state of an order, from its sending to its end."""

    IN_FLIGHT = "in flight"
    ACCEPTED = "accepted"
    PARTIAL = "partly filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def ended(self) -> bool:
        return self in {OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.REJECTED}


class Liquidity(StrEnum):
    """Whether a fill took liquidity or made it; the fee depends on it."""

    TAKER = "taker"
    MAKER = "maker"


class TradeState(StrEnum):
    """The state of a pair trade. ``failed``: legs are left that the engine could not close, and a person has to."""

    ENTERING = "entering"
    OPEN = "open"
    EXITING = "exiting"
    REPAIR = "repair"
    FROZEN = "frozen"
    CLOSED = "closed"
    FAILED = "failed"


class TradeOrigin(StrEnum):
    """What opened a pair trade."""

    SIGNAL = "signal"
    TICKET = "ticket"


class PairLeg(StrEnum):
    """A leg of a pair trade."""

    Y = "y"
    X = "x"


class SpreadMeasure(StrEnum):
    """What a level of a spread is measured in: z, or the ratio of the prices, Y/X."""

    Z = "z"
    RATIO = "ratio"


class SliceState(StrEnum):
    """The state of a slice of an order. ``skipped``: its time passed, or nothing of it was filled."""

    WAITING = "waiting"
    SENT = "sent"
    FILLED = "filled"
    PARTIAL = "partly filled"
    SKIPPED = "skipped"
    CANCELED = "canceled"

    @property
    def ended(self) -> bool:
        return self not in {SliceState.WAITING, SliceState.SENT}


class Outcome(StrEnum):
    """What became of a signal or a request."""

    TAKEN = "taken"
    REFUSED = "refused"
    PENDING = "pending"
    DECLINED = "declined"
    EXPIRED = "expired"


class Rule(StrEnum):
    """The rule that refused an order or a trade."""

    MODE = "trading is off"
    KILL = "kill switch"
    OPEN_ALREADY = "a trade of the pair is open"
    WAITS_ALREADY = "an order of the pair waits"
    NO_HEDGE = "no hedge ratio"
    NO_QUOTE = "no quote"
    STALE_QUOTE = "quote too old"
    HALTED = "trading halted"
    NO_INSTRUMENT = "no order rules known"
    TICK_SIZE = "tick size"
    STEP_SIZE = "step size"
    MIN_QUANTITY = "smallest quantity"
    MAX_QUANTITY = "largest quantity"
    MIN_NOTIONAL = "smallest notional"
    PERCENT_PRICE = "price band"
    TAKE_BOUND = "market order bound"
    WOULD_TAKE = "would trade at once"
    REDUCE_ONLY = "reduce only"
    MOST_TRADES = "open trades"
    LEVERAGE = "leverage"
    SYMBOL_SHARE = "share of one symbol"
    NOT_QUOTED_IN = "quote currency"
    MARGIN = "margin"
    RESTART = "the engine was down"
    LEVEL = "level of the spread"
    SLICE_BEFORE = "the slice before it"


class EntryKind(StrEnum):
    """The kind of a ledger entry."""

    DEPOSIT = "deposit"
    REALISED = "realised"
    FEE = "fee"
    FUNDING = "funding"
    FUNDING_CORRECTION = "funding correction"
    LIQUIDATION_FEE = "liquidation fee"


class Book(StrEnum):
    """A book of the ledger; every entry moves an amount from one to another."""

    WALLET = "wallet"
    CAPITAL = "capital"
    REALISED = "realised"
    FEES = "fees"
    FUNDING = "funding"
    LIQUIDATION = "liquidation"
