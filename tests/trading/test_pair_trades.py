"""A pair trade from its entry to its end: both legs, or none, or a sentence that says why."""

from __future__ import annotations

import random

import pytest

from spreadscope.model.states import Action
from spreadscope.model.trading import UNIT, AccountSettings, Decision, EquityPoint, Fill, OrderChanged, PairMode
from spreadscope.model.trading_events import AnswerDecision, CloseTrade, ResumeAccount, SetKill, SetTradingMode
from spreadscope.model.trading_states import (
    Execution,
    Liquidity,
    OrderState,
    Outcome,
    Repair,
    Rule,
    TradeState,
    TradingMode,
)
from spreadscope.trading.trade_driver import residual
from tests.support.paper_market import ACCOUNT, PAIR, S1, START, PaperMarket, X, Y, of_kind, walk


def test_a_round_trip_books_every_cent() -> None:
    market = PaperMarket(AccountSettings(notional=1_000.0))
    (decision,) = of_kind(market.open(+1), Decision)
    assert decision.outcome is Outcome.TAKEN
    market.ticks(2)
    (trade,) = market.open_trades
    assert trade.state is TradeState.OPEN
    assert (trade.y.held, trade.x.held) == (10 * UNIT, -10 * UNIT)
    bought, sold = of_kind(market.facts, Fill)
    assert (bought.price, sold.price) == (100_01 * UNIT // 100, 99_99 * UNIT // 100)
    assert bought.fee == round(0.0005 * bought.notional)
    assert (bought.slippage, bought.half_spread, bought.impact) == (UNIT // 10, UNIT // 10, 0)
    market.prices[Y] = 101.0
    market.tick()
    market.add(market.broker.on(CloseTrade(ACCOUNT, trade.id)))
    market.ticks(2)
    closed = market.trades()[trade.id]
    assert closed.state is TradeState.CLOSED
    parts = closed.attribution
    assert parts is not None
    assert parts.slippage == 4 * UNIT // 10
    assert parts.fees == sum(fill.fee for fill in of_kind(market.facts, Fill))
    assert parts.net == 10 * UNIT - parts.slippage - parts.fees
    assert market.account.book.ledger.wallet == 10_000 * UNIT + parts.net
    market.check()


def test_each_leg_fills_by_its_own_book_and_what_was_taken_is_not_offered_again() -> None:
    market = PaperMarket(AccountSettings(notional=1_000.0))
    market.sizes = {Y: 4.0, X: 50.0}
    market.tick()
    market.open(+1)
    market.silent = {Y}  # the book of y does not change
    market.ticks(1)
    y_fills = [fill for fill in of_kind(market.facts, Fill) if fill.symbol == Y]
    assert [fill.quantity for fill in y_fills] == [4 * UNIT, 6 * UNIT]
    assert y_fills[1].price > y_fills[0].price
    assert y_fills[1].impact > 0
    assert [fill.quantity for fill in of_kind(market.facts, Fill) if fill.symbol == X] == [-10 * UNIT]
    market.check()


@pytest.mark.parametrize(
    ("prepare", "rule"),
    [
        (lambda market: market.halted.add(X), Rule.HALTED),
        (lambda market: market.silent.add(X), Rule.STALE_QUOTE),
        (lambda market: market.broker.market.rules.pop(X), Rule.NO_INSTRUMENT),
        (lambda market: setattr(market, "row", None), Rule.NO_HEDGE),
        (lambda market: market.add(market.broker.on(SetKill(ACCOUNT, True, "me", "news"))), Rule.KILL),
        (lambda market: market.prices.update({Y: 100_000.0}), Rule.MIN_NOTIONAL),
    ],
)
def test_an_entry_that_cannot_be_made_is_refused_with_its_rule(prepare: object, rule: Rule) -> None:
    market = PaperMarket(AccountSettings(notional=4.0 if rule is Rule.MIN_NOTIONAL else 1_000.0))
    if rule is Rule.MIN_NOTIONAL:
        market.broker.market.rules[Y] = market.broker.market.rules[X]
        market.prices.update({Y: 100.0})
    else:
        prepare(market)  # type: ignore[operator]
    market.ticks(6)
    (decision,) = of_kind(market.open(+1), Decision)
    assert (decision.outcome, decision.rule) == (Outcome.REFUSED, rule)
    assert decision.words
    assert market.open_trades == []
    market.check()


def test_limits_refuse_with_value_and_limit() -> None:
    market = PaperMarket(AccountSettings(notional=20_000.0))
    (decision,) = of_kind(market.open(+1), Decision)
    assert (decision.rule, decision.value, decision.allowed) == (Rule.LEVERAGE, "4.00", "3")
    market = PaperMarket(AccountSettings(notional=1_000.0, max_symbol_share=5.0))
    (decision,) = of_kind(market.open(+1), Decision)
    assert (decision.rule, decision.value, decision.allowed) == (Rule.SYMBOL_SHARE, "AAAUSDT 10% of equity", "5%")


def test_a_leg_without_the_other_is_repaired_and_else_closed() -> None:
    market = PaperMarket(AccountSettings(notional=1_000.0))
    market.open(+1)
    market.halted = {X}  # between the decision and the arrival of the orders
    market.tick()
    (trade,) = market.open_trades
    assert trade.state is TradeState.REPAIR
    assert (trade.y.held, trade.x.held) == (10 * UNIT, 0)
    assert residual(trade, market.broker.market, market.now) == 1_000 * UNIT
    assert X in trade.note
    market.halted = set()
    market.ticks(2)
    assert market.open_trades[0].state is TradeState.OPEN
    market.check()

    market = PaperMarket(AccountSettings(notional=1_000.0))
    market.open(+1)
    market.halted = {X}
    market.ticks(30)
    (closed,) = market.trades().values()
    assert (closed.state, closed.y.held, closed.x.held) == (TradeState.CLOSED, 0, 0)
    assert "closes what is held" in closed.note
    market.check()


def test_a_leg_that_cannot_be_closed_either_is_left_to_a_person() -> None:
    market = PaperMarket(AccountSettings(notional=1_000.0, repair=Repair.UNWIND))
    market.open(+1)
    market.halted = {X}
    market.tick()
    market.halted = {X, Y}
    market.ticks(30)
    (failed,) = market.open_trades
    assert failed.state is TradeState.FAILED
    assert failed.y.held == 10 * UNIT
    assert "could not be closed" in failed.note
    assert Y in failed.note
    market.halted = set()
    market.add(market.broker.on(CloseTrade(ACCOUNT, failed.id)))
    market.ticks(2)
    assert market.open_trades == []
    market.check()


def test_a_halt_freezes_an_open_trade_and_it_closes_when_trading_goes_on() -> None:
    market = PaperMarket()
    market.open(+1)
    market.ticks(2)
    market.halted = {Y}
    market.ticks(2)
    (trade,) = market.open_trades
    assert trade.state is TradeState.FROZEN
    market.add(market.broker.on(CloseTrade(ACCOUNT, trade.id)))
    market.ticks(4)
    (trade,) = market.open_trades
    assert (trade.state, trade.y.held != 0, trade.x.held != 0) == (TradeState.FROZEN, True, True)
    market.halted = set()
    market.ticks(3)
    assert market.open_trades == []
    market.check()


def test_an_exit_waits_with_both_legs_until_both_have_quotes() -> None:
    market = PaperMarket()
    market.open(+1)
    market.ticks(2)
    market.silent = {X}
    market.ticks(6)
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0, 100, "enough")))
    market.ticks(40)  # far longer than any deadline
    (trade,) = market.open_trades
    assert (trade.state, trade.y.held, trade.x.held) == (TradeState.EXITING, 10 * UNIT, -10 * UNIT)
    assert trade.note == "enough; it waits: BBBUSDT has no new quote"
    assert len(of_kind(market.facts, OrderChanged)) == 4  # of the entry alone: nothing was sent in vain
    market.silent = set()
    market.ticks(3)
    (closed,) = market.trades().values()
    assert (closed.state, closed.note) == (TradeState.CLOSED, "enough")
    market.check()


def test_half_of_a_trade_is_closed_in_steps_of_both_legs() -> None:
    market = PaperMarket()
    market.open(-1)
    market.ticks(2)
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0, 50)))
    market.ticks(2)
    (trade,) = market.open_trades
    assert (trade.state, trade.y.held, trade.x.held) == (TradeState.OPEN, -5 * UNIT, 5 * UNIT)
    market.add(market.broker.on(CloseTrade(ACCOUNT, trade.id)))
    market.ticks(2)
    market.check()
    assert market.open_trades == []


def test_a_passive_leg_is_hedged_on_every_fill() -> None:
    market = PaperMarket(AccountSettings(execution=Execution.PASSIVE_FIRST, patience_ms=60_000))
    market.sizes = {Y: 50.0, X: 1.0}
    market.half_spread = 0.02
    market.tick()
    market.open(+1)
    market.tick()
    (order,) = market.account.book.orders.values()
    assert (order.state, order.ahead) == (OrderState.ACCEPTED, order.ahead)
    # The market comes through the limit of the posted leg.
    posted = order.symbol
    market.prices[posted] += -0.1 if order.quantity > 0 else 0.1
    market.ticks(3)
    (trade,) = market.open_trades
    assert trade.state is TradeState.OPEN
    made = [fill for fill in of_kind(market.facts, Fill) if fill.liquidity is Liquidity.MAKER]
    assert {fill.symbol for fill in made} == {posted}
    assert all(fill.fee == round(0.0002 * abs(fill.notional)) for fill in made)
    market.check()


def test_a_passive_leg_that_nobody_takes_goes_to_the_market_in_the_end() -> None:
    market = PaperMarket(AccountSettings(execution=Execution.PASSIVE_FIRST, patience_ms=1_000))
    market.open(+1)
    market.ticks(20)
    (trade,) = market.open_trades
    assert (trade.state, trade.y.held, trade.x.held) == (TradeState.OPEN, 10 * UNIT, -10 * UNIT)
    market.check()


def test_signals_trade_by_the_mode_of_the_pair() -> None:
    market = PaperMarket()
    assert of_kind(market.signal(Action.BUY_SPREAD), Decision) == []  # off: nothing
    market.add(market.broker.on(SetTradingMode(ACCOUNT, PAIR, S1, TradingMode.AUTO)))
    (decision,) = of_kind(market.signal(Action.BUY_SPREAD), Decision)
    assert decision.outcome is Outcome.TAKEN
    market.ticks(2)
    again = of_kind(market.signal(Action.SELL_SPREAD), Decision)
    assert [each.rule for each in again] == [Rule.OPEN_ALREADY]
    market.signal(Action.EXIT, "z -0.40 back inside -0.5")
    market.ticks(2)
    (closed,) = market.trades().values()
    assert (closed.state, closed.note) == (TradeState.CLOSED, "z -0.40 back inside -0.5")
    market.check()


def test_a_signal_that_asks_waits_for_an_answer() -> None:
    market = PaperMarket(AccountSettings(ask_seconds=3))
    market.add(market.broker.on(SetTradingMode(ACCOUNT, PAIR, S1, TradingMode.ASK)))
    (waiting,) = of_kind(market.signal(Action.BUY_SPREAD), Decision)
    assert waiting.outcome is Outcome.PENDING
    market.add(market.broker.on(AnswerDecision(ACCOUNT, waiting.id, accept=True)))
    market.ticks(2)
    assert market.open_trades[0].state is TradeState.OPEN
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0)))
    market.ticks(2)
    (waiting,) = of_kind(market.signal(Action.SELL_SPREAD), Decision)
    (expired,) = of_kind(market.ticks(10), Decision)
    assert (expired.id, expired.outcome, expired.words) == (waiting.id, Outcome.EXPIRED, "nobody answered")
    (waiting,) = of_kind(market.signal(Action.SELL_SPREAD), Decision)
    (declined,) = of_kind(market.add(market.broker.on(AnswerDecision(ACCOUNT, waiting.id, accept=False))), Decision)
    assert declined.outcome is Outcome.DECLINED
    assert market.open_trades == []


def test_the_kill_switch_closes_all_and_holds_until_it_is_reset() -> None:
    market = PaperMarket()
    market.open(+1)
    market.ticks(2)
    market.add(market.broker.on(SetKill(ACCOUNT, True, "me", "news")))
    market.ticks(2)
    assert market.open_trades == []
    state = market.account.state(market.now)
    assert (state.kill.by, state.kill.reason) == ("me", "news")
    restarted = PaperMarket()
    restarted.broker.on(ResumeAccount(state))
    assert [each.rule for each in of_kind(restarted.open(+1), Decision)] == [Rule.KILL]
    restarted.broker.on(SetKill(ACCOUNT, False, "me", "it is over"))
    assert [each.outcome for each in of_kind(restarted.open(+1), Decision)] == [Outcome.TAKEN]
    market.check()


def test_a_drawdown_pulls_the_kill_switch_once() -> None:
    market = PaperMarket(AccountSettings(notional=10_000.0, drawdown_percent=5.0, daily_loss_percent=0.0))
    market.open(+1)
    market.ticks(2)
    market.prices[Y] = 94.0
    market.ticks(4)
    kill = market.account.book.kill
    assert kill is not None
    assert kill.by == "limit"
    assert "drawdown 6" in kill.reason
    assert market.open_trades == []
    market.add(market.broker.on(SetKill(ACCOUNT, False, "me", "understood")))
    market.ticks(4)
    assert market.account.book.kill is None
    market.check()


def test_an_account_at_its_maintenance_margin_is_liquidated() -> None:
    settings = AccountSettings(
        cash=1_000.0, notional=1_400.0, drawdown_percent=0.0, daily_loss_percent=0.0, margin_percent=0.0
    )
    market = PaperMarket(settings)
    market.open(+1)
    market.ticks(2)
    market.prices[Y] = 31.0
    market.ticks(3)
    (closed,) = market.trades().values()
    assert (closed.state, closed.note) == (TradeState.CLOSED, "liquidated")
    assert closed.attribution is not None
    assert closed.attribution.liquidation == round(0.0125 * (abs(closed.y.left_notional) + abs(closed.x.left_notional)))
    assert market.account.book.kill is not None
    market.check()


def test_own_exits_of_a_trade() -> None:
    market = PaperMarket()
    market.open(+1, take_profit=0.5, stop=4.0)
    market.ticks(2)  # z is 0 at equal prices: inside the level of the profit
    market.ticks(2)
    (closed,) = market.trades().values()
    assert (closed.state, closed.note) == (TradeState.CLOSED, "take profit: z +0.00")
    market.prices[Y] = 97.0  # log(0.97)/0.01 = -3.05
    market.tick()
    market.open(+1, take_profit=0.5, stop=4.0)
    market.ticks(2)
    assert market.open_trades[0].state is TradeState.OPEN
    market.prices[Y] = 95.0
    market.ticks(3)
    assert [trade.note for trade in market.trades().values()][-1] == "stop: z -5.13"
    market.open(+1, stop_loss=50 * UNIT)
    market.ticks(2)
    market.prices[Y] = 88.0
    market.ticks(3)
    assert [trade.note for trade in market.trades().values()][-1].startswith("stop: -7")
    market.check()


def test_a_restart_expires_what_was_on_the_way_and_doubles_nothing() -> None:
    market = PaperMarket()
    market.open(+1)
    state = market.account.state(market.now)
    again = PaperMarket()
    again.facts.clear()
    facts = again.broker.on(ResumeAccount(state))
    assert {fact.order.rule for fact in of_kind(facts, OrderChanged)} == {Rule.RESTART}
    again.ticks(4)
    assert again.open_trades == []
    assert again.account.book.ledger.wallet == 10_000 * UNIT


@pytest.mark.parametrize("silent", [Y, X])
def test_a_leg_without_a_price_after_a_restart_is_not_worth_nothing(silent: str) -> None:
    market = PaperMarket(AccountSettings(notional=5_000.0))
    market.open(+1)
    market.ticks(2)
    before = market.account.state(market.now)
    again = PaperMarket()
    again.broker.market = type(again.broker.market)()
    again.broker.market.rules = market.broker.market.rules
    again.silent = {silent}
    again.now = market.now
    again.broker.on(ResumeAccount(before))
    again.ticks(200)
    assert again.account.book.kill is None
    assert again.account.state(again.now).peak_equity == before.peak_equity
    again.silent = set()
    assert of_kind(again.ticks(130), EquityPoint)


def test_equity_is_told_each_minute() -> None:
    market = PaperMarket()
    market.open(+1)
    points = of_kind(market.ticks(250), EquityPoint)
    assert [point.time % 60_000 for point in points] == [0] * len(points)
    assert len(points) == 2
    assert all(point.equity == point.wallet + point.unrealised for point in points)
    assert all(point.net == 0 and point.gross == 2_000 * UNIT for point in points)


@pytest.mark.parametrize("block", range(10))
def test_a_leg_is_never_alone_for_longer_than_the_deadline(block: int) -> None:
    """Stalls, halts and thin books by 1,000 seeds: each trade is hedged or flat by the deadline, or says why not."""
    ended = 0
    for number in range(100 * block, 100 * block + 100):
        seed = random.Random(number)
        execution = seed.choice(list(Execution))
        market = PaperMarket(AccountSettings(execution=execution, patience_ms=2_000, repair=seed.choice(list(Repair))))
        market.open(seed.choice([1, -1]))
        alone_since = 0
        for step in range(120):
            if step == 60:
                market.add(market.broker.on(CloseTrade(ACCOUNT, 0)))
            walk(market, seed, 1)
            for trade in market.open_trades:
                alone = residual(trade, market.broker.market, market.now) > 30 * UNIT
                alone_since = (alone_since or market.now) if alone and trade.state is not TradeState.FAILED else 0
                # hedge 5 s, then unwind 5 s, and a tick each side
                assert not alone_since or market.now - alone_since <= 12_000, (number, trade)
        market.halted, market.silent = set(), set()
        market.ticks(30)
        market.check()
        for trade in market.trades().values():
            assert trade.state in {TradeState.OPEN, TradeState.CLOSED, TradeState.FAILED, TradeState.REPAIR}, number
            assert trade.state is not TradeState.FAILED or trade.note
        ended += len(market.trades()) <= 1
    assert ended == 100  # none doubled


def test_modes_are_kept_over_a_restart() -> None:
    market = PaperMarket()
    market.add(market.broker.on(SetTradingMode(ACCOUNT, PAIR, S1, TradingMode.AUTO)))
    state = market.account.state(START)
    assert state.modes == (PairMode(PAIR, S1, TradingMode.AUTO),)
