"""Paper trading: accounts, pair trades, orders, fills, decisions, the ledger of money, and the topic of an account.

Money is in USDT. Amounts, prices and quantities are exact to 8 decimals; a quantity above 0 is bought. Times are ms of
the market's clock.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from spreadscope.contract.paper_slices import SlicedEntry
from spreadscope.model.hedge import Space
from spreadscope.model.states import LimitState, SettingKind
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading_states import (
    Book,
    EntryKind,
    Execution,
    Liquidity,
    Messages,
    OrderKind,
    OrderState,
    Outcome,
    PairLeg,
    Repair,
    TradeOrigin,
    TradeState,
    TradingMode,
)


class AccountSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a paper account; the keys of ``[paper]`` (``docs/configuration.md``). Limits of 0 are off."""

    cash: float
    notional: float
    execution: Execution
    repair: Repair
    maker_fee_bps: float
    taker_fee_bps: float
    latency_ms: int
    patience_ms: int
    repair_deadline_ms: int
    max_quote_age_ms: int
    ask_seconds: int
    impact_factor: float
    assumed_top_notional: float
    maintenance_rate: float
    max_leverage: float
    max_trades: int
    max_symbol_share: float
    max_imbalance_percent: float
    daily_loss_percent: float
    drawdown_percent: float
    margin_percent: float
    kill_flattens: bool
    messages: Messages


class AccountSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of paper accounts: ``value`` is that of ``[paper]``, which a new account begins with."""

    key: str
    kind: SettingKind
    value: bool | int | float | str
    default: bool | int | float | str
    help: str
    choices: tuple[str, ...]
    low: float | None
    high: float | None


class KillSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """Who stopped an account, when, and why; it stays so over a restart until it is reset."""

    time: int
    by: str
    reason: str


class KillEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The kill switch was pulled (``active``), or reset."""

    time: int
    active: bool
    by: str
    reason: str


class PairTradingMode(msgspec.Struct, frozen=True):
    """What signals of a pair at a timeframe do on an account. A pair without one is off."""

    pair: str
    timeframe: Timeframe
    mode: TradingMode


class TradeDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a signal or a request, and why.

    ``rule``, ``value`` and ``allowed`` say why it was refused, ``words`` is all of it as a sentence. ``trade`` is the
    trade that it opened. ``expires``: until when an answer, or a level, is awaited; null where neither is, or where it
    waits until it is taken back. ``limit_z``: it is sent when z can be had there or beyond. ``sliced``: it is sent in
    slices into one trade, and pending until the last of them has ended.
    """

    id: int
    time: int
    pair: str
    timeframe: Timeframe
    action: str
    side: int
    origin: TradeOrigin
    outcome: Outcome
    z: float | None
    notional: float | None
    trade: int | None
    rule: str | None
    value: str
    allowed: str
    words: str
    expires: int | None
    limit_z: float | None = None
    sliced: SlicedEntry | None = None


class PaperAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A paper account at the newest prices, at ``time``.

    ``equity`` is ``wallet`` and ``unrealised`` (at mark prices); ``gross`` and ``net`` are sums of notionals;
    ``leverage`` is gross, and ``margin_percent`` is ``maintenance``, as a share of equity (null: no equity is left).
    ``residual`` is the notional of legs without their other leg. ``day_result`` is since 0 h UTC, or since the kill
    switch was reset. ``modes`` are those that are not off, ``pending`` the signals that wait for an answer and the
    requests that wait for a level of z.
    """

    name: str
    settings: AccountSettings
    opened: int
    time: int
    kill: KillSwitch | None
    wallet: float
    unrealised: float
    equity: float
    gross: float
    net: float
    leverage: float | None
    maintenance: float
    margin_percent: float | None
    residual: float
    peak_equity: float
    drawdown_percent: float
    day_result: float
    open_trades: int
    working_orders: int
    modes: list[PairTradingMode]
    pending: list[TradeDecision]
    note: str


class PaperLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg of a pair trade.

    ``planned`` and ``held`` are signed quantities, ``value`` is what is held at ``mark``. ``entry_price`` and
    ``exit_price`` are means of the fills. ``slippage`` is against the mids of the decisions; ``funding`` is above 0
    where it was received. ``liquidation_distance_percent`` is how far the mark of the symbol may go against the
    account, all other marks unchanged. ``next_funding_amount`` is what the next funding would bring at
    ``funding_rate``.
    """

    symbol: str
    planned: float
    held: float
    entry_price: float | None
    exit_price: float | None
    mark: float | None
    value: float
    unrealised: float
    realised: float
    fees: float
    slippage: float
    funding: float
    maintenance: float
    liquidation_price: float | None
    liquidation_distance_percent: float | None
    next_funding: int | None
    funding_rate: float | None
    next_funding_amount: float | None


class TradeParts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the result of a pair trade:
    ``net = spread + imbalance + drift − slippage − fees + funding − liquidation``.

    Of an open trade they are as if its legs were left at mark now, without costs.
    """

    spread: float
    imbalance: float
    drift: float
    slippage: float
    fees: float
    funding: float
    liquidation: float
    net: float


class PaperTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A pair trade: two legs that are one position in a spread; ``side`` is +1 where it was bought.

    ``beta`` and the baseline of z are frozen at the decision: ``z_entry`` is z then, ``z_now`` z at the newest mids on
    that baseline, ``z_filled`` z there at the mean prices of the entry. ``half_life`` (seconds) is that of
    the decision, ``half_lives_held`` how many have passed since the opening. ``result`` is the net result, open legs at
    mark; ``peak`` and ``trough`` are the best and the worst so far.
    ``take_profit`` and ``stop`` are levels of z, ``stop_loss`` an amount. ``deadline`` is when a repair has to have
    ended, ``residual`` the notional of one leg that the other does not hedge. ``note`` says why it is in its state.
    """

    id: int
    pair: str
    timeframe: Timeframe
    side: int
    origin: TradeOrigin
    execution: Execution
    state: TradeState
    note: str
    decided: int
    opened: int | None
    closed: int | None
    space: Space
    beta: float
    z_entry: float | None
    z_now: float | None
    z_filled: float | None = None
    half_life: float | None
    half_lives_held: float | None
    result: float
    parts: TradeParts
    peak: float
    trough: float
    take_profit: float | None
    stop: float | None
    stop_loss: float | None
    deadline: int | None
    attempts: int
    residual: float
    y: PaperLeg
    x: PaperLeg
    comment: str
    tags: list[str]


class PairResult(msgspec.Struct, frozen=True, kw_only=True):
    """What all trades of a pair have brought, since the account was opened.

    ``trades`` counts those that are open, too; ``open`` of them are, and count with what they would bring at mark now.
    ``won`` of the closed ones brought a gain. ``result`` is the sum of ``parts``, ``costs`` those that are no gross
    result: − slippage − fees + funding − liquidation.
    """

    pair: str
    trades: int
    open: int
    won: int
    result: float
    best: float
    worst: float
    costs: float
    parts: TradeParts


class PaperOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of one leg, after its newest change. ``quantity`` and ``filled`` are signed.

    It was decided at ``sent`` and is at the exchange from ``arrives`` on. ``limit`` is null for a market order,
    ``ahead`` the quantity that waits before a post-only one (null: not known). ``rule``, ``value`` and ``allowed`` say
    why it was rejected or expired.
    """

    id: int
    trade: int
    leg: PairLeg
    symbol: str
    kind: OrderKind
    state: OrderState
    quantity: float
    filled: float
    limit: float | None
    reduce_only: bool
    decision_mid: float
    sent: int
    arrives: int
    time: int
    ahead: float | None
    rule: str | None
    value: str
    allowed: str


class PaperFill(msgspec.Struct, frozen=True, kw_only=True):
    """A fill of an order: ``slippage`` is what it cost against the mid of the decision.

    Its parts are ``half_spread``, ``impact`` (beyond the best price) and ``delay`` (what the market moved meanwhile);
    each in USDT, and in basis points of the notional at the mid of the decision. ``quote_age_ms`` is the age of the
    quote that it was made at.
    """

    id: int
    order: int
    trade: int
    pair: str
    leg: PairLeg
    symbol: str
    time: int
    quantity: float
    price: float
    notional: float
    fee: float
    liquidity: Liquidity
    decision_mid: float
    slippage: float
    half_spread: float
    impact: float
    delay: float
    slippage_bps: float | None
    half_spread_bps: float | None
    impact_bps: float | None
    delay_bps: float | None
    quote_age_ms: int
    realised: float


class MoneyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the ledger of money: ``amount`` goes from the book ``credit`` to the book ``debit``.

    ``change`` is what the wallet gained by it. ``reference`` is the number of the fill, or the time of the funding.
    """

    id: int
    time: int
    kind: EntryKind
    debit: Book
    credit: Book
    amount: float
    change: float
    trade: int | None
    leg: str
    symbol: str
    reference: int | None


class EquityPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The worth of an account at the end of a minute; its fields are those of ``PaperAccount``."""

    time: int
    wallet: float
    unrealised: float
    equity: float
    gross: float
    net: float
    maintenance: float
    residual: float


class TradingLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit of an account, and how much of it is used: ``share`` is ``value / limit`` (null: the limit is off)."""

    name: str
    value: float | None
    limit: float
    unit: str
    share: float | None
    state: LimitState


class PaperView(msgspec.Struct, frozen=True, kw_only=True):
    """The topic ``paper:<account>``: the account, its open trades, and its working orders, oldest first."""

    account: PaperAccount
    trades: list[PaperTrade]
    orders: list[PaperOrder]


class PaperChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What changed of a ``PaperView``, each list as a whole. ``fills``, ``decisions`` and ``closed`` trades are those
    that are new."""

    account: PaperAccount | UnsetType = UNSET
    trades: list[PaperTrade] | UnsetType = UNSET
    orders: list[PaperOrder] | UnsetType = UNSET
    fills: list[PaperFill] | UnsetType = UNSET
    decisions: list[TradeDecision] | UnsetType = UNSET
    closed: list[PaperTrade] | UnsetType = UNSET
