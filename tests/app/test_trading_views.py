"""What pages see of a paper account adds up, and says the same as the account in the core."""

from __future__ import annotations

import math
import random
from typing import Any

import msgspec
import pytest

from spreadscope import contract
from spreadscope.app import trading_views as views
from spreadscope.app.trading_ticket import make_ticket
from spreadscope.app.trading_views import AccountView
from spreadscope.contract import LimitState
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.sliced_orders import Twap
from spreadscope.model.trading import UNIT, AccountSettings, Fill, PairTrade
from spreadscope.model.trading_events import CloseTrade, OpenTrade, ResumeAccount, SetKill
from spreadscope.model.trading_states import Execution, Liquidity, PairLeg, Rule
from spreadscope.store.trading_reader import PairFill, TradeComment
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.paper_broker import PaperBroker
from tests.support.paper_market import ACCOUNT, PAIR, S1, START, PaperMarket, X, Y, of_kind, rules, walk

NOTHING = TradeComment()


def view(market: PaperMarket) -> AccountView:
    return AccountView(market.account, market.broker.market, market.broker.now)


def opened(**settings: object) -> PaperMarket:
    market = PaperMarket(AccountSettings(**settings))  # type: ignore[arg-type]
    market.open()
    market.ticks(4)
    assert len(market.open_trades) == 1
    return market


def test_a_new_account() -> None:
    found = view(PaperMarket()).account()
    assert (found.name, found.wallet, found.equity, found.leverage) == (ACCOUNT, 10_000.0, 10_000.0, 0.0)
    assert (found.open_trades, found.working_orders, found.modes, found.pending) == (0, 0, [], [])
    assert msgspec.structs.asdict(found.settings) == msgspec.structs.asdict(AccountSettings())


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_of_a_trade_so_far_add_up_to_its_result(seed: int) -> None:
    market = opened()
    for symbol in (Y, X):
        market.mark(symbol)
    walk(market, random.Random(seed), 30)
    (trade,) = market.open_trades
    shown = view(market).trade(trade, NOTHING)
    parts = shown.parts
    whole = parts.spread + parts.imbalance + parts.drift - parts.slippage - parts.fees + parts.funding
    assert math.isclose(whole - parts.liquidation, parts.net, abs_tol=1e-9)
    assert round(shown.result * UNIT) == market.account.result(trade, market.broker.now)
    assert shown.parts.net == shown.result


def test_the_figures_of_an_account_are_those_of_its_trades() -> None:
    market = opened()
    market.prices[Y] *= 1.01
    for symbol in (Y, X):
        market.mark(symbol)
    market.tick()
    shown = view(market)
    account, trade = shown.account(), shown.trade(market.open_trades[0], TradeComment("why", ("a", "b")))
    assert math.isclose(account.unrealised, trade.y.unrealised + trade.x.unrealised, abs_tol=1e-8)
    assert math.isclose(account.equity, 10_000 + trade.result, abs_tol=1e-8)
    assert math.isclose(account.gross, abs(trade.y.value) + abs(trade.x.value), abs_tol=1e-8)
    assert math.isclose(account.maintenance, trade.y.maintenance + trade.x.maintenance, abs_tol=1e-8)
    assert trade.y.next_funding_amount == pytest.approx(-trade.y.value * 0.0001)
    assert (trade.comment, trade.tags) == ("why", ["a", "b"])
    assert trade.z_now == pytest.approx(math.log(1.01) / 0.01, rel=1e-3)
    assert trade.half_lives_held == pytest.approx((market.broker.now - (trade.opened or 0)) / 30_000)


def test_at_its_liquidation_price_equity_is_the_maintenance_margin() -> None:
    market = opened(cash=300.0, max_leverage=0.0, margin_percent=0.0, drawdown_percent=0.0, daily_loss_percent=0.0)
    for symbol in (Y, X):
        market.mark(symbol)
    shown = view(market)
    leg = shown.trade(market.open_trades[0], NOTHING).y
    assert leg.liquidation_price is not None
    assert leg.liquidation_distance_percent == pytest.approx(100 * abs(leg.liquidation_price / 100.0 - 1))
    market.mark(Y, mark=leg.liquidation_price)
    after = view(market).account()
    assert after.equity == pytest.approx(after.maintenance, rel=1e-6)


def test_before_any_price_a_trade_is_worth_what_it_cost() -> None:
    market = opened()
    broker = PaperBroker(lambda pair, timeframe: None, lambda pair, timeframe: Space.LOG)
    broker.on(ResumeAccount(market.account.state(market.broker.now)))
    account = broker.accounts[ACCOUNT]
    shown = AccountView(account, broker.market, market.broker.now)
    assert shown.account().unrealised == pytest.approx(0.0, abs=1e-6)
    assert shown.account().equity == pytest.approx(account.book.ledger.wallet / UNIT)
    (trade,) = account.book.trades.values()
    found = shown.trade(trade, NOTHING)
    assert found.z_now is None
    assert found.result == pytest.approx(-found.parts.fees, abs=1e-6)


def test_a_closed_trade_has_its_final_parts() -> None:
    market = opened()
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0)))
    market.ticks(6)
    (trade,) = market.trades().values()
    shown = view(market).trade(trade, NOTHING)
    assert trade.attribution is not None
    assert shown.parts == views.parts(trade.attribution)
    assert (shown.result, shown.residual, shown.z_now) == (trade.attribution.net / UNIT, 0.0, None)
    assert shown.y.exit_price is not None


def test_limits_say_how_much_is_used() -> None:
    market = opened(max_trades=1, max_leverage=0.25, max_symbol_share=0.0, drawdown_percent=50.0)
    limits = {each.name: each for each in view(market).limits()}
    assert (limits["open trades"].state, limits["open trades"].share) == (LimitState.NEAR, 1.0)
    assert limits["leverage"].state is LimitState.OK or limits["leverage"].state is LimitState.NEAR
    assert limits["leverage"].value == pytest.approx(0.2, rel=0.01)
    assert (limits["largest share of one symbol"].state, limits["largest share of one symbol"].share) == (
        LimitState.OFF, None,
    )  # fmt: skip
    market.account.book.settings = AccountSettings(daily_loss_percent=0.001, margin_percent=0.1)
    limits = {each.name: each for each in view(market).limits()}
    assert limits["loss of the day"].state is LimitState.BROKEN
    assert limits["margin used"].state is LimitState.BROKEN


def test_slippage_of_a_fill_is_the_sum_of_its_parts() -> None:
    market = opened()
    for fact in of_kind(market.facts, Fill):
        shown = views.fill(PairFill(fact, str(PAIR)))
        assert shown.half_spread + shown.impact + shown.delay == pytest.approx(shown.slippage, abs=1e-9)
        assert shown.slippage_bps == pytest.approx(10_000 * shown.slippage / abs(shown.quantity * shown.decision_mid))
        assert shown.quote_age_ms == fact.time - fact.quote_time


def test_a_fill_without_a_mid_has_no_basis_points() -> None:
    fact = Fill(
        account=ACCOUNT, id=1, order=1, trade=1, leg=PairLeg.Y, symbol=Y, time=START, quantity=UNIT, price=UNIT,
        notional=UNIT, fee=0, liquidity=Liquidity.TAKER, decision_mid=0, slippage=0, half_spread=0, impact=0,
        quote_time=START,
    )  # fmt: skip
    assert views.fill(PairFill(fact, "")).slippage_bps is None


# --- the ticket -----------------------------------------------------------------------------------------------------


def ticket(
    market: PaperMarket, side: int = 1, size: float = 1_000.0, pair: Pair = PAIR, **given: Any
) -> contract.Ticket:
    request = OpenTrade(account=ACCOUNT, pair=pair, timeframe=S1, side=side, notional=round(size * UNIT), **given)
    fit = Fit.of(market.row, Space.LOG)
    return make_ticket(market.account, market.broker.market, fit, request, market.broker.now)


def test_a_ticket_says_what_the_trade_then_is() -> None:
    market = PaperMarket()
    asked = ticket(market)
    assert asked.refusal is None
    assert asked.costs is not None
    assert asked.after is not None
    market.open()
    market.ticks(4)
    shown = view(market)
    trade = shown.trade(market.open_trades[0], NOTHING)
    assert (asked.y.quantity, asked.x.quantity) == (trade.y.held, trade.x.held)
    assert asked.after.gross == pytest.approx(shown.account().gross, rel=1e-6)
    assert asked.after.leverage == pytest.approx(shown.account().leverage, rel=1e-3)
    paid = trade.y.fees + trade.x.fees + trade.y.slippage + trade.x.slippage
    assert asked.costs.total.amount == pytest.approx(2 * paid, rel=1e-3)
    assert asked.costs.total.bps == pytest.approx(asked.costs.total.amount / 1_000 * 10_000, rel=1e-3)


def test_the_way_back_from_the_break_even_pays_the_costs() -> None:
    market = PaperMarket()
    asked = ticket(market)
    assert asked.costs is not None
    assert asked.break_even_z is not None
    notional = abs(asked.y.notional or 0.0)
    assert notional * asked.break_even_z * 0.01 == pytest.approx(asked.costs.total.amount)


def test_costs_follow_the_execution() -> None:
    """Y has the wider spread: 10 of it are posted. 2 bp to make, 5 bp to take, of 1,000 USDT a leg."""
    market = PaperMarket()
    market.sizes.update({Y: 4.0, X: 50.0})
    market.ticks(14)
    market.half_spread = 0.03
    market.quote(Y)
    market.half_spread = 0.01
    market.quote(X)
    at_market = ticket(market, execution=Execution.BOTH_MARKET)
    posted = ticket(market, execution=Execution.PASSIVE_FIRST)
    assert (at_market.passive, posted.passive) == (None, Y)
    assert at_market.costs is not None
    assert posted.costs is not None
    assert at_market.costs.fees.amount == pytest.approx(2 * (0.5 + 0.5))
    assert posted.costs.fees.amount == pytest.approx(0.2 + 0.5 + 0.5 + 0.5)
    # 10 units, half-spreads of 0.03 and 0.01: what is posted earns its own on the way in
    assert at_market.costs.half_spread.amount == pytest.approx(2 * 10 * (0.03 + 0.01))
    assert posted.costs.half_spread.amount == pytest.approx(10 * (-0.03 + 0.01) + 10 * (0.03 + 0.01))
    # 4 of 10 are displayed of y: the rest pays beyond best, in and out at market, only out where it is posted
    assert posted.costs.impact.amount == pytest.approx(at_market.costs.impact.amount / 2, rel=1e-3)
    assert at_market.costs.impact.amount > 0.0
    assert posted.executable_z == at_market.executable_z


def test_slices_are_cheaper_than_their_order_and_one_that_may_not_be_sent_refuses_it() -> None:
    market = PaperMarket()
    market.sizes.update({Y: 4.0, X: 4.0})
    market.ticks(14)
    whole, sliced = ticket(market), ticket(market, slices=Twap(slices=5, length_ms=60_000))
    assert whole.costs is not None
    assert sliced.costs is not None
    assert (sliced.refusal, sliced.y.quantity) == (None, 10.0)
    assert sliced.costs.impact.amount == pytest.approx(whole.costs.impact.amount / 2)  # out, all of it at once
    refused = ticket(market, size=20.0, slices=Twap(slices=5, length_ms=60_000)).refusal
    assert refused is not None
    assert (refused.rule, refused.allowed) == ("smallest notional", "at least 5")
    assert refused.value.startswith("slice 1 of 5: ")


@pytest.mark.parametrize("side", [1, -1])
def test_executable_z_is_worse_than_that_of_the_mids_by_the_size(side: int) -> None:
    market = PaperMarket()
    small, large = ticket(market, side), ticket(market, side, 20_000.0)
    assert small.executable_z is not None
    assert large.executable_z is not None
    assert 0 < side * small.executable_z < side * large.executable_z  # at the mids z is 0
    assert small.costs is not None
    assert large.costs is not None
    assert small.costs.impact.amount == 0.0 < large.costs.impact.amount


def test_funding_until_the_next_time_is_a_cost_of_who_pays_it() -> None:
    market = PaperMarket()
    market.mark(Y, rate=0.001)
    market.mark(X, rate=0.0)
    bought, sold = ticket(market).costs, ticket(market, -1).costs
    assert bought is not None
    assert sold is not None
    assert bought.funding.amount == pytest.approx(1.0, rel=1e-3)
    assert sold.funding.amount == pytest.approx(-1.0, rel=1e-3)


def test_a_refused_ticket_has_its_reason_and_what_is_known() -> None:
    market = PaperMarket(AccountSettings(max_leverage=0.1))
    over = ticket(market)
    assert over.refusal is not None
    assert (over.refusal.rule, over.refusal.allowed) == (Rule.LEVERAGE.value, "0.1")
    assert over.costs is not None
    market.add(market.broker.on(SetKill(ACCOUNT, True, "a person", "a pause")))
    stopped = ticket(market).refusal
    assert stopped is not None
    assert stopped.words == "kill switch: a pause"
    market.row = None
    unknown = ticket(market)
    assert (unknown.costs, unknown.after, unknown.executable_z, unknown.y.quantity) == (None, None, None, None)
    assert unknown.y.bid is not None
    strange = ticket(market, pair=Pair("CCCUSDT", "DDDUSDT"))
    assert (strange.y.bid, strange.y.age_ms) == (None, None)


def test_a_size_below_a_step_is_refused_without_costs() -> None:
    market = PaperMarket()
    market.broker.market.rules[Y] = rules(Y, step="100")
    found = ticket(market)
    assert found.refusal is not None
    assert found.refusal.rule == Rule.STEP_SIZE.value
    assert found.costs is None


def test_orders_and_decisions_are_numbers_of_their_own() -> None:
    market = PaperMarket(AccountSettings(execution=Execution.PASSIVE_FIRST))
    market.open()
    (order,) = market.account.book.orders.values()
    shown = views.order(order)
    assert shown.limit is not None
    assert abs(shown.quantity) * UNIT == abs(order.quantity)
    trades = of_kind(market.facts, PairTrade)
    assert shown.trade == trades[-1].id
