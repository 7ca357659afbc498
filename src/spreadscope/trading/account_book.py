"""The book of one paper account: its trades, orders and money, and the facts of every change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from spreadscope.model.trading import (
    AccountSettings,
    AccountState,
    Decision,
    Fill,
    KillSwitch,
    LedgerEntry,
    Order,
    OrderChanged,
    PairTrade,
    SettingChanged,
    TradeLeg,
    TradingFact,
)
from spreadscope.model.trading_states import EntryKind, Liquidity, PairLeg, TradeState
from spreadscope.trading.fixed_point import basis_points, divide, notional
from spreadscope.trading.margin import Worth, worth
from spreadscope.trading.money_ledger import MoneyLedger
from spreadscope.trading.paper_exchange import Match

T = TypeVar("T")


class AccountBook:
    """Holds what is open; what has ended is in the facts. ``facts`` is the list that changes are added to."""

    def __init__(self, state: AccountState) -> None:
        self.account = state.account
        self.settings: AccountSettings = state.settings
        self.opened = state.opened
        self.ledger = MoneyLedger(state.balances)
        self.trades: dict[int, PairTrade] = {trade.id: trade for trade in state.trades}
        self.orders: dict[int, Order] = {order.id: order for order in state.orders}
        self.pending: dict[int, Decision] = {decision.id: decision for decision in state.pending}
        self.kill: KillSwitch | None = state.kill
        self.facts: list[TradingFact] = []
        self.recent: list[Fill] = []  # of the last minutes: funding needs what was held at an instant
        self.changed = False
        self._next_id = state.next_id

    @property
    def next_id(self) -> int:
        return self._next_id

    def number(self) -> int:
        """Returns the next number: orders, fills, trades, entries and decisions of an account share one count."""
        self._next_id += 1
        return self._next_id - 1

    def emit(self, fact: TradingFact) -> None:
        self.facts.append(fact)
        self.changed = True

    def working(self, trade: int) -> list[Order]:
        """Returns the orders of a trade that have not ended."""
        return [order for order in self.orders.values() if order.trade == trade]

    def put_order(self, order: Order) -> None:
        """Keep an order as it is now; one that has ended leaves the book."""
        if self.orders.get(order.id) == order:
            return
        if order.state.ended:
            self.orders.pop(order.id, None)
        else:
            self.orders[order.id] = order
        self.emit(OrderChanged(order))

    def put_trade(self, trade: PairTrade) -> PairTrade:
        """Keep a trade as it is now; one that is closed leaves the book. Returns it."""
        if trade.state is TradeState.CLOSED:
            self.trades.pop(trade.id, None)
        else:
            self.trades[trade.id] = trade
        self.emit(trade)
        return trade

    def closed_now(self, trade: int) -> PairTrade | None:
        """Returns a trade that has closed since the facts were taken; None where none has."""
        ended = (fact for fact in self.facts if isinstance(fact, PairTrade) and fact.state is TradeState.CLOSED)
        return next((fact for fact in ended if fact.id == trade), None)

    def put_settings(self, settings: AccountSettings, now: int, *, by: str) -> None:
        """Change the settings; who changed what is a fact for each of them."""
        before, after = msgspec.structs.asdict(self.settings), msgspec.structs.asdict(settings)
        for key, value in after.items():
            if value != before[key]:
                old, new = (msgspec.json.encode(each).decode() for each in (before[key], value))
                self.emit(SettingChanged(account=self.account, time=now, by=by, key=key, before=old, after=new))
        self.settings = settings
        self.changed = True

    def worth(self, mark: Callable[[str], int]) -> Worth:
        return worth(self.ledger.wallet, self.trades.values(), mark, self.settings.maintenance_rate)

    def post(
        self,
        kind: EntryKind,
        amount: int,
        time: int,
        *,
        trade: int = 0,
        leg: str = "",
        symbol: str = "",
        reference: int = 0,
    ) -> LedgerEntry | None:
        """Book an amount; nothing for an amount of 0."""
        if not amount:
            return None
        entry = self.ledger.post(
            kind, amount, account=self.account, number=self.number(), time=time, trade=trade, leg=leg, symbol=symbol,
            reference=reference,
        )  # fmt: skip
        self.emit(entry)
        return entry

    # --- fills --------------------------------------------------------------------------------------------------------

    def fill(self, order: Order, execution: Match, *, liquidation_fee: int = 0) -> Fill:
        """Book an execution of an order: the fill, its leg, the realised result and the fees."""
        trade = self.trades[order.trade]
        leg = trade.y if order.leg is PairLeg.Y else trade.x
        quantity, price = execution.quantity, execution.price
        value = notional(quantity, price)
        mid = order.decision_mid
        bps = self.settings.maker_fee_bps if execution.liquidity is Liquidity.MAKER else self.settings.taker_fee_bps
        fee = basis_points(abs(value), bps)
        slippage = value - notional(quantity, mid)
        leg, realised = with_fill(leg, quantity, value, notional(quantity, mid))
        leg = msgspec.structs.replace(
            leg, fees=leg.fees + fee, slippage=leg.slippage + slippage, liquidation=leg.liquidation + liquidation_fee
        )
        fill = Fill(
            account=self.account, id=self.number(), order=order.id, trade=trade.id, leg=order.leg, symbol=order.symbol,
            time=execution.time, quantity=quantity, price=price, notional=value, fee=fee, liquidity=execution.liquidity,
            decision_mid=mid, slippage=slippage,
            half_spread=notional(quantity, price - execution.top.mid) - notional(abs(quantity), execution.impact),
            impact=notional(abs(quantity), execution.impact), quote_time=execution.top.time, realised=realised,
        )  # fmt: skip
        self.recent.append(fill)
        self.emit(fill)
        where = {"trade": trade.id, "leg": order.leg.value, "symbol": order.symbol, "reference": fill.id}
        self.post(EntryKind.REALISED, realised, execution.time, **where)  # type: ignore[arg-type]
        self.post(EntryKind.FEE, -fee, execution.time, **where)  # type: ignore[arg-type]
        self.post(EntryKind.LIQUIDATION_FEE, -liquidation_fee, execution.time, **where)  # type: ignore[arg-type]
        self.trades[trade.id] = with_leg(trade, order.leg, leg)
        return fill

    def held_at(self, trade: PairTrade, leg: PairLeg, time: int) -> int:
        """Returns what a leg held at an instant (ms) of the last minutes; a fill at that instant counts."""
        held = leg_of(trade, leg).held
        return held - sum(
            fill.quantity for fill in self.recent if fill.trade == trade.id and fill.leg is leg and fill.time > time
        )

    def state(self, time: int, **others: object) -> AccountState:
        """Returns everything that a restart needs; ``others`` are the fields that are not kept here."""
        return AccountState(
            account=self.account, settings=self.settings, time=time, opened=self.opened, balances=self.ledger.balances,
            trades=tuple(self.trades.values()), orders=tuple(self.orders.values()),
            pending=tuple(self.pending.values()), kill=self.kill, next_id=self._next_id, **others,  # type: ignore[arg-type]
        )  # fmt: skip


def leg_of(trade: PairTrade, leg: PairLeg) -> TradeLeg:
    return trade.y if leg is PairLeg.Y else trade.x


def with_leg(trade: PairTrade, leg: PairLeg, value: TradeLeg) -> PairTrade:
    """Returns a trade with another leg y or x."""
    return msgspec.structs.replace(trade, **{leg.value: value})


def legs(trade: PairTrade) -> Iterator[tuple[PairLeg, TradeLeg]]:
    yield PairLeg.Y, trade.y
    yield PairLeg.X, trade.x


def with_fill(leg: TradeLeg, quantity: int, value: int, at_mid: int) -> tuple[TradeLeg, int]:
    """Returns a leg after a fill, and what was realised: that of the reduced share of the cost."""
    if leg.held * quantity >= 0:
        entered = msgspec.structs.replace(
            leg,
            held=leg.held + quantity,
            cost=leg.cost + value,
            entered=leg.entered + quantity,
            entered_notional=leg.entered_notional + value,
            entered_mid=leg.entered_mid + at_mid,
        )
        return entered, 0
    share = divide(leg.cost * abs(quantity), abs(leg.held))
    realised = -value - share
    left = msgspec.structs.replace(
        leg,
        held=leg.held + quantity,
        cost=leg.cost - share,
        realised=leg.realised + realised,
        left=leg.left + quantity,
        left_notional=leg.left_notional + value,
        left_mid=leg.left_mid + at_mid,
    )
    return left, realised
