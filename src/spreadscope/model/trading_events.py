"""The events of paper trading: what a person or a rule asks of an account, and what the exchange says about orders."""

from __future__ import annotations

import msgspec

from spreadscope.model.instrument import Instrument, Pair
from spreadscope.model.sliced_orders import Ladder, Twap
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import AccountSettings, AccountState
from spreadscope.model.trading_states import Execution, TradingMode


class SetAccount(msgspec.Struct, frozen=True, tag="set account"):
    """Open a paper account, or change the settings of one (``by`` says who); its cash is paid in when it is opened."""

    account: str
    settings: AccountSettings
    by: str = ""


class SetTradingMode(msgspec.Struct, frozen=True, tag="set trading mode"):
    """Set what signals of a pair at a timeframe do on an account."""

    account: str
    pair: Pair
    timeframe: Timeframe
    mode: TradingMode


class OpenTrade(msgspec.Struct, frozen=True, kw_only=True, tag="open trade"):
    """Open a pair trade: ``side`` is +1 to buy the spread, -1 to sell it.

    ``notional`` (1e-8 USDT, 0: the account's own) is the size of leg y. ``take_profit`` and ``stop`` are levels of z,
    ``stop_loss`` is an amount of money (0: none). With a ``limit_z`` it waits until the executable z of its size is
    there or beyond, for ``good_ms`` (0: until it is taken back); with ``slices`` it is sent in them, a ladder for so
    long.
    """

    account: str
    pair: Pair
    timeframe: Timeframe
    side: int
    notional: int = 0
    execution: Execution | None = None
    take_profit: float | None = None
    stop: float | None = None
    stop_loss: int = 0
    limit_z: float | None = None
    good_ms: int = 0
    slices: Ladder | Twap | None = None


class CloseTrade(msgspec.Struct, frozen=True, tag="close trade"):
    """Close a share (percent) of a pair trade; trade 0 stands for all of the account."""

    account: str
    trade: int
    percent: int = 100
    reason: str = "closed by hand"


class AnswerDecision(msgspec.Struct, frozen=True, tag="answer decision"):
    """Accept or decline a signal that waits for an answer."""

    account: str
    decision: int
    accept: bool


class SetKill(msgspec.Struct, frozen=True, tag="set kill switch"):
    """Pull the kill switch of an account, or reset it with a reason."""

    account: str
    active: bool
    by: str
    reason: str


class SetInstrument(msgspec.Struct, frozen=True, tag="set instrument"):
    """The rules of orders of a symbol, as the exchange lists them now."""

    instrument: Instrument


class FundingSettled(msgspec.Struct, frozen=True, tag="funding settled"):
    """The funding rate that the exchange settled at ``time``; what was booked by the stream's rate is corrected."""

    symbol: str
    time: int
    rate: float
    mark: float


class ResumeAccount(msgspec.Struct, frozen=True, tag="resume account"):
    """An account of an earlier run. Orders that were on the way then have expired."""

    state: AccountState


TradingEvent = (
    SetAccount
    | SetTradingMode
    | OpenTrade
    | CloseTrade
    | AnswerDecision
    | SetKill
    | SetInstrument
    | FundingSettled
    | ResumeAccount
)
