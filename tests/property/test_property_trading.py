"""Paper trading under any sequence of quotes, trades, requests, halts and restarts: what always holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from spreadscope.model.events import Trades
from spreadscope.model.facts import Fact
from spreadscope.model.sliced_orders import Ladder, Twap
from spreadscope.model.states import Action
from spreadscope.model.trading import (
    UNIT,
    AccountSettings,
    AccountState,
    Decision,
    Fill,
    KillChanged,
    Order,
    OrderChanged,
    PairTrade,
)
from spreadscope.model.trading_events import (
    AnswerDecision,
    CloseTrade,
    FundingSettled,
    ResumeAccount,
    SetKill,
    SetTradingMode,
)
from spreadscope.model.trading_states import Execution, Liquidity, Repair, SpreadMeasure, TradeState, TradingMode
from spreadscope.trading.sizing import imbalance
from tests.support.paper_market import ACCOUNT, PAIR, S1, START, PaperMarket, X, Y, of_kind

SYMBOL = st.sampled_from([Y, X])


class Trading(RuleBasedStateMachine):
    @initialize(
        execution=st.sampled_from(list(Execution)),
        repair=st.sampled_from(list(Repair)),
        latency=st.sampled_from([0, 50, 700, 3_000]),
        beta=st.sampled_from([1.0, 0.37, -0.8, 2.5]),
        flattens=st.booleans(),
    )
    def begin(self, execution: Execution, repair: Repair, latency: int, beta: float, flattens: bool) -> None:
        account = AccountSettings(
            execution=execution, repair=repair, latency_ms=latency, patience_ms=1_000, kill_flattens=flattens,
            daily_loss_percent=0.0, drawdown_percent=0.0, ask_seconds=2, max_quote_age_ms=4_000,
        )  # fmt: skip
        self.market = PaperMarket(account, beta=beta)
        self.orders: dict[int, Order] = {}
        self.taken: dict[tuple[str, int, bool], int] = {}
        self.seen = 0
        self.gross_when_killed: dict[str, int] | None = None

    # --- what can happen ----------------------------------------------------------------------------------------------

    @rule(ticks=st.integers(1, 4))
    def time_goes_on(self, ticks: int) -> None:
        self.market.ticks(ticks)

    @rule(symbol=SYMBOL, cents=st.integers(-40, 40), size=st.sampled_from([0.0, 0.3, 4.0, 80.0]))
    def the_book_moves(self, symbol: str, cents: int, size: float) -> None:
        self.market.prices[symbol] = max(20.0, round(self.market.prices[symbol] + cents / 100, 2))
        self.market.sizes[symbol] = size
        self.market.quote(symbol, self.market.now + 1)

    @rule(symbol=SYMBOL, quantity=st.sampled_from([0.1, 3.0, 200.0]), cents=st.integers(-3, 3), sold=st.booleans())
    def somebody_trades(self, symbol: str, quantity: float, cents: int, sold: bool) -> None:
        price = round(self.market.prices[symbol] + cents / 100, 2)
        time = self.market.now + 10
        self.market.broker.add_trades(
            Trades(symbol, np.array([1]), np.array([time]), np.array([price]), np.array([quantity]), np.array([sold]))
        )

    @rule(symbol=SYMBOL)
    def a_symbol_halts_or_goes_on(self, symbol: str) -> None:
        self.market.halted ^= {symbol}

    @rule(symbol=SYMBOL)
    def a_feed_stops_or_goes_on(self, symbol: str) -> None:
        self.market.silent ^= {symbol}

    @rule(symbol=SYMBOL, rate=st.floats(-0.01, 0.01), hours=st.integers(0, 3))
    def a_mark_comes(self, symbol: str, rate: float, hours: int) -> None:
        self.market.mark(symbol, rate=rate, due=START + 60_000 * (1 + (self.market.now - START) // 60_000 + hours))

    @rule(symbol=SYMBOL, rate=st.floats(-0.01, 0.01))
    def funding_is_settled(self, symbol: str, rate: float) -> None:
        due = START + 60_000 * ((self.market.now - START) // 60_000)
        self.market.add(self.market.broker.on(FundingSettled(symbol, due, rate, self.market.prices[symbol])))

    @rule(side=st.sampled_from([1, -1]), thousands=st.sampled_from([0, 1, 5_000, 900]), own=st.booleans())
    def a_trade_is_asked_for(self, side: int, thousands: int, own: bool) -> None:
        levels: dict[str, Any] = {"take_profit": 0.5, "stop": 6.0, "stop_loss": 40 * UNIT} if own else {}
        self.market.open(side, notional=thousands * UNIT, **levels)

    @rule(side=st.sampled_from([1, -1]), twap=st.booleans(), count=st.integers(1, 4), first=st.sampled_from([0.5, 3.0]))
    def an_order_in_slices_is_asked_for(self, side: int, twap: bool, count: int, first: float) -> None:
        ladder = Ladder(measure=SpreadMeasure.Z, first=first * side, last=(first - 1.0) * side, rungs=count)
        self.market.open(side, slices=Twap(slices=count, length_ms=count * 5_000) if twap else ladder)

    @rule(mode=st.sampled_from(list(TradingMode)), action=st.sampled_from([Action.BUY_SPREAD, Action.SELL_SPREAD]))
    def a_signal_comes(self, mode: TradingMode, action: Action) -> None:
        self.market.add(self.market.broker.on(SetTradingMode(ACCOUNT, PAIR, S1, mode)))
        self.market.signal(action)

    @rule()
    def the_signal_ends(self) -> None:
        self.market.signal(Action.EXIT, "z is inside")

    @rule(accept=st.booleans())
    def it_is_answered(self, accept: bool) -> None:
        for number in list(self.market.account.book.pending):
            self.market.add(self.market.broker.on(AnswerDecision(ACCOUNT, number, accept)))

    @rule(percent=st.sampled_from([1, 50, 100]))
    def it_is_closed(self, percent: int) -> None:
        self.market.add(self.market.broker.on(CloseTrade(ACCOUNT, 0, percent)))

    @rule(side=st.sampled_from([1, -1]), ticks=st.integers(1, 3))
    def a_trade_is_opened(self, side: int, ticks: int) -> None:
        self.all_goes_on()
        self.market.add(self.market.broker.on(SetKill(ACCOUNT, active=False, by="me", reason="it goes on")))
        self.market.tick()
        self.market.open(side)
        self.market.ticks(ticks)

    @rule()
    def all_goes_on(self) -> None:
        self.market.halted, self.market.silent = set(), set()

    @rule(active=st.sampled_from([True, False, False, False]))
    def the_kill_switch_is_used(self, active: bool) -> None:
        self.market.add(self.market.broker.on(SetKill(ACCOUNT, active, "me", "a test")))

    @rule()
    def the_engine_is_restarted(self) -> None:
        state = self.market.account.state(self.market.now)
        self.market.add(self.market.broker.on(ResumeAccount(state)))
        again = self.market.account.state(self.market.now)
        assert (again.balances, again.kill, again.modes) == (state.balances, state.kill, state.modes)

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def the_books_balance(self) -> None:
        if hasattr(self, "market"):
            self.market.check()

    @invariant()
    def each_fact_follows_from_those_before(self) -> None:
        if not hasattr(self, "market"):
            return
        new: list[Fact] = self.market.facts[self.seen :]
        self.seen = len(self.market.facts)
        for fact in new:
            if isinstance(fact, OrderChanged):
                self._order(fact.order)
            elif isinstance(fact, Fill):
                self._fill(fact)
            elif isinstance(fact, KillChanged):
                self.gross_when_killed = self._held() if fact.active else None
            elif isinstance(fact, PairTrade) and fact.state is TradeState.OPEN and fact.attempts == 0:
                assert fact.y.held
                assert fact.x.held
                # An account is told what was planned; both legs were entered in that proportion, to a step.
                off = imbalance(fact.y.held, fact.x.held, fact.y.planned, fact.x.planned)
                assert off <= 0.02 + UNIT / 1000 / min(abs(fact.y.held), abs(fact.x.held)), fact
        if self.gross_when_killed is not None:
            held = self._held()
            assert all(held.get(leg, 0) <= size for leg, size in self.gross_when_killed.items())
            assert all(leg in self.gross_when_killed or not size for leg, size in held.items())
            self.gross_when_killed = held

    def _held(self) -> dict[str, int]:
        return {
            f"{trade.id}{leg.symbol}": abs(leg.held) for trade in self.market.open_trades for leg in (trade.y, trade.x)
        }

    def _order(self, order: Order) -> None:
        before = self.orders.get(order.id)
        if before is not None:
            assert not before.state.ended, (before, order)
            assert abs(order.filled) >= abs(before.filled)
        assert abs(order.filled) <= abs(order.quantity)
        assert order.filled * order.quantity >= 0
        self.orders[order.id] = order

    def _fill(self, fill: Fill) -> None:
        order = self.orders.get(fill.order)
        assert order is not None
        assert fill.time >= order.arrives
        assert fill.quantity % (UNIT // 1000) == 0
        assert fill.price % (UNIT // 100) == 0
        if order.limit:
            assert (fill.price - order.limit) * fill.quantity <= 0
        if fill.liquidity is Liquidity.TAKER and not fill.impact:
            # What is taken at best of one quote is never more than was displayed there.
            key = (fill.symbol, fill.quote_time, fill.quantity > 0)
            self.taken[key] = self.taken.get(key, 0) + abs(fill.quantity)

    def teardown(self) -> None:
        if not hasattr(self, "market"):
            return
        self.market.halted, self.market.silent = set(), set()
        self.it_is_answered(accept=False)  # an order in slices goes on longer
        self.market.ticks(60)
        self.each_fact_follows_from_those_before()
        for order in [each.sliced for each in of_kind(self.market.facts, Decision) if each.sliced is not None]:
            filled = [sum(getattr(each, name) for each in order.slices) for name in ("filled_y", "filled_x")]
            whole = [sum(getattr(each, name) for each in order.slices) for name in ("y", "x")]
            assert all(abs(done) <= abs(all_of_it) for done, all_of_it in zip(filled, whole, strict=True)), order
        for trade in self.market.open_trades:
            assert trade.state in {TradeState.OPEN, TradeState.FAILED}, trade
            assert trade.state is TradeState.OPEN or trade.note
        states = of_kind(self.market.facts, AccountState)
        assert states[-1].balances == self.market.account.book.ledger.balances


TestTrading = Trading.TestCase
TestTrading.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
