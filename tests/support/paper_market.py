"""A paper broker on a market of two symbols that a test moves by hand or by a seed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from typing import Any, TypeVar

from spreadscope.model.events import Mark, Quote
from spreadscope.model.facts import Fact, PairRow, Signal
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.states import Action, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import UNIT, AccountSettings, Fill, LedgerEntry, PairTrade
from spreadscope.model.trading_events import OpenTrade, SetAccount
from spreadscope.model.trading_states import TradeState
from spreadscope.model.validity import Value
from spreadscope.trading.fixed_point import to_units
from spreadscope.trading.money_ledger import balances_of
from spreadscope.trading.order_rules import OrderRules
from spreadscope.trading.paper_broker import PaperBroker

Y, X = "AAAUSDT", "BBBUSDT"
PAIR = Pair(Y, X)
START = 1_700_000_100_000
S1 = Timeframe.S1
ACCOUNT = "paper"

T = TypeVar("T")


def rules(symbol: str, *, tick: str = "0.01", step: str = "0.001", **changes: Any) -> OrderRules:
    values: dict[str, Any] = {
        "symbol": symbol, "tick": to_units(tick), "step": to_units(step), "market_step": to_units(step),
        "min_quantity": to_units(step), "max_quantity": to_units("1000000"), "market_max_quantity": to_units("100000"),
        "min_notional": 5 * UNIT, "price_up": to_units("1.05"), "price_down": to_units("0.95"),
        "take_bound": to_units("0.05"), "liquidation_fee": to_units("0.0125"), "quote_asset": "USDT", "perpetual": True,
    }  # fmt: skip
    return OrderRules(**values | changes)


def row(
    beta: float | None = 1.0, *, z: float = -2.5, alpha: float = 0.0, mean: float = 0.0, sd: float = 0.01
) -> PairRow:
    """A row with what a trade is decided by."""
    statistics = {
        "beta": Value(beta) if beta is not None else Value(None), "alpha": Value(alpha), "z": Value(z),
        "spread": Value(0.0), "spread_mean": Value(mean), "spread_sd": Value(sd), "half_life": Value(30.0),
    }  # fmt: skip
    return PairRow(
        PAIR, S1, START, 100.0, 100.0, 0, 0, 120, statistics, SignalState.FLAT, stale=False, incomplete=False
    )


def signal(action: Action, time: int, cause: str = "") -> Signal:
    state = {Action.BUY_SPREAD: SignalState.LONG, Action.SELL_SPREAD: SignalState.SHORT}.get(action, SignalState.FLAT)
    return Signal(PAIR, S1, time, action, state, -2.5, 0.0, 1.0, 100.0, 100.0, cause)


def of_kind(facts: Iterable[Fact], kind: type[T]) -> list[T]:
    return [fact for fact in facts if isinstance(fact, kind)]


class PaperMarket:
    """The broker with one account, a clock that ticks each half second, and quotes around prices that a test sets."""

    def __init__(self, settings: AccountSettings | None = None, *, beta: float | None = 1.0) -> None:
        self.row: PairRow | None = row(beta)
        self.broker = PaperBroker(lambda pair, timeframe: self.row, lambda pair, timeframe: Space.LOG)
        self.broker.market.rules = {Y: rules(Y), X: rules(X)}
        self.now = START
        self.prices = {Y: 100.0, X: 100.0}
        self.sizes = {Y: 50.0, X: 50.0}
        self.silent: set[str] = set()
        self.halted: set[str] = set()
        self.facts: list[Fact] = []
        self.half_spread = 0.01
        self._update = 0
        self.tick()
        self.add(self.broker.on(SetAccount(ACCOUNT, settings or AccountSettings())))

    @property
    def account(self) -> Any:
        return self.broker.accounts[ACCOUNT]

    @property
    def open_trades(self) -> list[PairTrade]:
        return list(self.account.book.trades.values())

    def add(self, facts: list[Fact]) -> list[Fact]:
        self.facts += facts
        return facts

    def quote(self, symbol: str, time: int | None = None) -> None:
        self._update += 1
        price, size = self.prices[symbol], self.sizes[symbol]
        half = self.half_spread
        self.broker.add_quote(
            Quote(symbol, time or self.now - 20, price - half, price + half, size, size, self._update)
        )

    def tick(self, milliseconds: int = 500) -> list[Fact]:
        """Let the clock go on, with a quote of each symbol that is not silent just before."""
        self.now += milliseconds
        for symbol in (Y, X):
            if symbol not in self.silent:
                self.quote(symbol)
        return self.add(self.broker.tick(self.now, self.halted))

    def ticks(self, count: int) -> list[Fact]:
        return [fact for _ in range(count) for fact in self.tick()]

    def mark(self, symbol: str, *, rate: float = 0.0001, due: int = 0, mark: float | None = None) -> None:
        price = mark if mark is not None else self.prices[symbol]
        self.broker.add_mark(Mark(symbol, self.now, price, price, rate, due or START + 3_600_000))

    def open(self, side: int = 1, **changes: Any) -> list[Fact]:
        return self.add(self.broker.on(OpenTrade(account=ACCOUNT, pair=PAIR, timeframe=S1, side=side, **changes)))

    def signal(self, action: Action, cause: str = "") -> list[Fact]:
        return self.add(self.broker.on_rows([signal(action, self.now, cause)]))

    def trades(self) -> dict[int, PairTrade]:
        """The newest state of every trade."""
        return {fact.id: fact for fact in of_kind(self.facts, PairTrade)}

    def check(self) -> None:
        """What holds at every instant: books balance, positions are the sum of fills, results are the ledger's."""
        entries, fills = of_kind(self.facts, LedgerEntry), of_kind(self.facts, Fill)
        balances = balances_of(entries)
        assert sum(balances.values()) == 0
        assert balances == self.account.book.ledger.balances
        assert [entry.id for entry in entries] == sorted({entry.id for entry in entries})
        for trade in self.trades().values():
            for leg in (trade.y, trade.x):
                ours = [fill for fill in fills if fill.trade == trade.id and fill.symbol == leg.symbol]
                assert leg.held == sum(fill.quantity for fill in ours)
            if trade.state is TradeState.CLOSED:
                assert trade.attribution is not None
                booked = sum(
                    entry.amount if entry.debit == "wallet" else -entry.amount
                    for entry in entries
                    if entry.trade == trade.id
                )
                assert trade.attribution.net == booked
                parts = trade.attribution
                assert parts.net == (
                    parts.spread + parts.imbalance + parts.drift - parts.slippage - parts.fees + parts.funding
                    - parts.liquidation
                )  # fmt: skip


def walk(market: PaperMarket, seed: random.Random, ticks: int) -> None:
    """Let prices walk, with stalls, halts and thin books by chance."""
    for _ in range(ticks):
        for symbol in (Y, X):
            market.prices[symbol] = round(market.prices[symbol] * math.exp(seed.gauss(0, 0.0005)), 2)
            market.sizes[symbol] = seed.choice([0.0, 0.5, 5.0, 50.0])
            if seed.random() < 0.05:
                market.silent ^= {symbol}
            if seed.random() < 0.03:
                market.halted ^= {symbol}
        market.tick()
