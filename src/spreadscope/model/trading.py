"""Paper trading: the states, settings, orders, fills and pair trades, as they are kept, sent and stored.

Money, prices and quantities are whole numbers of 1e-8 (of a dollar, of a unit), so that sums are exact; names that end
in ``_bps`` are basis points, times are market time in ms. A quantity is signed where nothing else says the side: above
0 is bought.
"""

from __future__ import annotations

import msgspec

from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.sliced_orders import SlicedOrder
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
    Rule,
    TradeOrigin,
    TradeState,
    TradingMode,
)

#: One unit of money, price or quantity.
UNIT = 10**8

LONGEST_ACCOUNT_NAME = 40
# Blanks before and after it do not count.
ACCOUNT_NAME = rf"[A-Za-z0-9_-]([A-Za-z0-9_ -]{{0,{LONGEST_ACCOUNT_NAME - 2}}}[A-Za-z0-9_-])?"
LONGEST_REASON = 200
MOST_ACCOUNTS = 20


class AccountSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a paper account. Fees are basis points of the notional, amounts are USDT.

    ``notional`` is the size of leg y of a trade. ``assumed_top_notional`` stands for the displayed size where the
    market does not say it; ``impact_factor`` multiplies the measured impact curve. ``maintenance_rate`` is the
    maintenance margin as a share of the notional. Limits of 0 are off.
    """

    cash: float = 10_000.0
    notional: float = 1_000.0
    execution: Execution = Execution.BOTH_MARKET
    repair: Repair = Repair.HEDGE
    maker_fee_bps: float = 2.0
    taker_fee_bps: float = 5.0
    latency_ms: int = 50
    patience_ms: int = 5_000
    repair_deadline_ms: int = 5_000
    max_quote_age_ms: int = 2_000
    ask_seconds: int = 60
    impact_factor: float = 2.0
    assumed_top_notional: float = 5_000.0
    maintenance_rate: float = 0.025
    max_leverage: float = 3.0
    max_trades: int = 20
    max_symbol_share: float = 0.0
    max_imbalance_percent: float = 2.0
    daily_loss_percent: float = 5.0
    drawdown_percent: float = 20.0
    margin_percent: float = 80.0
    kill_flattens: bool = True
    messages: Messages = Messages.PROBLEMS


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order of one leg, after its newest change. ``quantity`` and ``filled`` are signed.

    ``sent`` is when it was decided, ``arrives`` when the exchange has it; ``limit`` is 0 for a market order.
    ``decision_mid`` is the mid price when it was decided: fills are measured against it. ``rule``, ``value`` and
    ``allowed`` say why it was rejected or expired.
    """

    account: str
    id: int
    trade: int
    leg: PairLeg
    symbol: str
    kind: OrderKind
    quantity: int
    limit: int
    reduce_only: bool
    decision_mid: int
    sent: int
    arrives: int
    state: OrderState
    filled: int = 0
    ahead: int = 0
    time: int = 0
    rule: Rule | None = None
    value: str = ""
    allowed: str = ""


class Fill(msgspec.Struct, frozen=True, kw_only=True, tag="fill"):
    """A fill of an order: ``quantity`` is signed; ``fee`` is what it cost.

    ``notional`` is signed as the quantity is; ``slippage`` is what the fill cost against the mid of the decision, and
    ``half_spread`` and ``impact`` are parts of it (the rest is the move of the market meanwhile). ``quote_time`` is the
    time of the quote it was made at.
    """

    account: str
    id: int
    order: int
    trade: int
    leg: PairLeg
    symbol: str
    time: int
    quantity: int
    price: int
    notional: int
    fee: int
    liquidity: Liquidity
    decision_mid: int
    slippage: int
    half_spread: int
    impact: int
    quote_time: int
    realised: int = 0


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True, tag="ledger entry"):
    """An entry of the ledger of money: ``amount`` (never negative) goes from the book ``credit`` to ``debit``.

    ``trade`` is 0, and ``leg`` and ``symbol`` are empty, where it belongs to none; ``reference`` is the number of the
    fill, or the time of the funding.
    """

    account: str
    id: int
    time: int
    kind: EntryKind
    debit: Book
    credit: Book
    amount: int
    trade: int = 0
    leg: str = ""
    symbol: str = ""
    reference: int = 0


class TradeLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg of a pair trade.

    ``planned`` and ``held`` are signed quantities; ``cost`` is what the held quantity cost (signed), ``realised`` what
    reductions brought. ``entered`` is the quantity that was ever entered, ``entered_notional`` what it cost and
    ``entered_mid`` what it was worth at the mids of the decisions; ``left`` and its two are those of reductions.
    ``funding`` is above 0 where it was received. ``base`` is what was held before the slice that is being entered: it
    is gone back to where the slice cannot be had whole; ``whole`` is the quantity of the whole order in slices (0: it
    was sent at once).
    """

    symbol: str
    planned: int
    held: int = 0
    cost: int = 0
    realised: int = 0
    entered: int = 0
    entered_notional: int = 0
    entered_mid: int = 0
    left: int = 0
    left_notional: int = 0
    left_mid: int = 0
    fees: int = 0
    slippage: int = 0
    funding: int = 0
    liquidation: int = 0
    base: int = 0
    whole: int = 0


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the net result of a pair trade; their sum is ``net`` exactly.

    ``net = spread + imbalance + drift − slippage − fees + funding − liquidation``.
    """

    spread: int
    imbalance: int
    drift: int
    slippage: int
    fees: int
    funding: int
    liquidation: int
    net: int


class PairTrade(msgspec.Struct, frozen=True, kw_only=True, tag="pair trade"):
    """A pair trade after its newest change: two legs that are one position in a spread.

    ``side`` is +1 where the spread was bought. ``beta``, ``alpha``, ``mean`` and ``sd`` are frozen at the decision; z
    is measured on them. ``half_life`` is in seconds. ``take_profit`` and ``stop`` are levels of z towards and against
    the position (None: the signal's exit counts), ``stop_loss`` an amount of money. ``deadline`` is when a repair has
    to have ended. ``peak`` and ``trough`` are the best and the worst unrealised result so far. ``note`` says why it is
    in its state.
    """

    account: str
    id: int
    pair: Pair
    timeframe: Timeframe
    side: int
    origin: TradeOrigin
    execution: Execution
    state: TradeState
    space: Space
    beta: float
    alpha: float
    mean: float | None
    sd: float | None
    z: float | None
    half_life: float | None
    y: TradeLeg
    x: TradeLeg
    decided: int
    opened: int = 0
    closed: int = 0
    deadline: int = 0
    attempts: int = 0
    take_profit: float | None = None
    stop: float | None = None
    stop_loss: int = 0
    peak: int = 0
    trough: int = 0
    note: str = ""
    attribution: Attribution | None = None
    time: int = 0


class SpreadLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The level of z at which a request is sent, and what it is sent with (``OpenTrade``)."""

    z: float
    execution: Execution | None = None
    take_profit: float | None = None
    stop: float | None = None
    stop_loss: int = 0


class Decision(msgspec.Struct, frozen=True, kw_only=True, tag="decision"):
    """What became of a signal or a request, and why: ``rule``, the ``value`` and what is ``allowed`` where it was
    refused.

    ``notional`` is the size of leg y that was asked for (0: the account's own). ``limit``: it waits for a level of z.
    ``sliced``: it is sent in slices, and pending until all of them have ended. ``expires`` is 0 where it waits until it
    is taken back.
    """

    account: str
    id: int
    time: int
    pair: Pair
    timeframe: Timeframe
    action: str
    origin: TradeOrigin
    outcome: Outcome
    z: float | None
    trade: int = 0
    rule: Rule | None = None
    value: str = ""
    allowed: str = ""
    words: str = ""
    side: int = 0
    notional: int = 0
    expires: int = 0
    limit: SpreadLimit | None = None
    sliced: SlicedOrder | None = None

    @property
    def is_order(self) -> bool:
        """Returns whether it is an order of a person that waits, not a signal that asks."""
        return self.limit is not None or self.sliced is not None


class KillSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """Who stopped an account, when, and why; it stays so over a restart until it is reset."""

    time: int
    by: str
    reason: str


class KillChanged(msgspec.Struct, frozen=True, kw_only=True, tag="kill switch"):
    """The kill switch of an account was pulled, or reset with a reason."""

    account: str
    time: int
    active: bool
    by: str
    reason: str


class SettingChanged(msgspec.Struct, frozen=True, kw_only=True, tag="account setting"):
    """A setting of an account was changed: by whom, from which value to which, both as they are written in JSON."""

    account: str
    time: int
    by: str
    key: str
    before: str
    after: str


class OrderChanged(msgspec.Struct, frozen=True, tag="order"):
    """An order was sent, or has changed."""

    order: Order


class EquityPoint(msgspec.Struct, frozen=True, kw_only=True, tag="equity"):
    """The worth of an account at the end of a minute.

    ``unrealised`` is at mark prices, ``gross`` and ``net`` are sums of notionals, ``maintenance`` is the margin below
    which the account is liquidated, ``residual`` the notional of legs without their other leg.
    """

    account: str
    time: int
    wallet: int
    unrealised: int
    equity: int
    gross: int
    net: int
    maintenance: int
    residual: int


class PairMode(msgspec.Struct, frozen=True):
    """What signals of a pair at a timeframe do on an account."""

    pair: Pair
    timeframe: Timeframe
    mode: TradingMode


class AccountState(msgspec.Struct, frozen=True, kw_only=True, tag="account"):
    """Everything of a paper account that a restart needs. Ended orders and closed trades are in the history."""

    account: str
    settings: AccountSettings
    time: int
    opened: int
    modes: tuple[PairMode, ...] = ()
    balances: dict[str, int] = {}
    trades: tuple[PairTrade, ...] = ()
    orders: tuple[Order, ...] = ()
    pending: tuple[Decision, ...] = ()
    kill: KillSwitch | None = None
    next_id: int = 1
    peak_equity: int = 0
    day: int = 0
    day_equity: int = 0
    funded: dict[str, tuple[int, int]] = {}
    note: str = ""


TradingFact = (
    OrderChanged | Fill | LedgerEntry | PairTrade | Decision | KillChanged | SettingChanged | EquityPoint | AccountState
)
