"""Ladders and TWAPs: slices that add up to their order, one trade, and what is skipped or canceled says why."""

from __future__ import annotations

import math
import random
from typing import Any

import msgspec
import pytest

from spreadscope.model.alerting import Severity
from spreadscope.model.facts import Alert
from spreadscope.model.sliced_orders import Ladder, SlicedOrder, Twap
from spreadscope.model.trading import UNIT, AccountSettings, AccountState, Decision, Fill, LedgerEntry, OrderChanged
from spreadscope.model.trading_events import AnswerDecision, CloseTrade, ResumeAccount, SetKill
from spreadscope.model.trading_states import (
    Execution,
    Messages,
    Outcome,
    Repair,
    Rule,
    SliceState,
    SpreadMeasure,
    TradeState,
)
from spreadscope.trading.slicing import cut, following
from spreadscope.trading.spread_level import entry_z
from spreadscope.trading.trade_driver import residual
from tests.support.paper_market import ACCOUNT, PaperMarket, X, Y, of_kind, row, rules, walk

SD = 0.01
Z, RATIO = SpreadMeasure.Z, SpreadMeasure.RATIO
S = SliceState


def begun(plan: Ladder | Twap, *, side: int = 1, settings: AccountSettings | None = None, **given: Any) -> PaperMarket:
    market = PaperMarket(settings)
    market.row = row(sd=SD)
    market.ticks(2)
    (decision,) = of_kind(market.open(side, slices=plan, **given), Decision)
    assert decision.outcome is Outcome.PENDING, decision
    return market


def ladder(first: float = -2.0, last: float = -4.0, rungs: int = 3, **given: Any) -> Ladder:
    return Ladder(measure=Z, first=first, last=last, rungs=rungs, **given)


def newest(market: PaperMarket) -> Decision:
    return of_kind(market.facts, Decision)[-1]


def order(market: PaperMarket) -> SlicedOrder:
    found = newest(market).sliced
    assert found is not None
    return found


def states(market: PaperMarket) -> list[SliceState]:
    return [each.state for each in order(market).slices]


def set_z(market: PaperMarket, z: float) -> None:
    market.prices[Y] = 100.0 * math.exp(z * SD)


# --- cutting ----------------------------------------------------------------------------------------------------------


def test_what_does_not_divide_goes_into_the_last_slice() -> None:
    # 10.000 of y in steps of 3, x in steps of 0.001 at 7 for one
    assert cut(30, -70_000, [1 / 4] * 4, 3, 1) == [(6, -14_000), (6, -14_000), (6, -14_000), (12, -28_000)]
    # x has the coarser step: it is cut, and y follows
    assert cut(1_001, -7, [1 / 3] * 3, 1, 1) == [(286, -2), (286, -2), (429, -3)]
    assert cut(100, 50, [0.5, 0.25, 0.25], 1, 1) == [(50, 25), (24, 12), (26, 13)]


def test_slices_add_up_for_any_order() -> None:
    dice = random.Random(7)
    for _ in range(2_000):
        step_y, step_x = dice.choice([1, 7, 100]), dice.choice([1, 3, 1_000])
        y = dice.choice([1, -1]) * step_y * dice.randrange(1, 5_000)
        x = dice.choice([1, -1]) * step_x * dice.randrange(1, 5_000)
        shares = [dice.random() + 0.01 for _ in range(dice.randrange(1, 40))]
        slices = cut(y, x, [share / sum(shares) for share in shares], step_y, step_x)
        assert (sum(each for each, _ in slices), sum(each for _, each in slices)) == (y, x)
        done_y = done_x = 0
        for of_y, of_x in slices:
            assert (of_y % step_y, of_x % step_x) == (0, 0)
            assert of_y * y >= 0
            assert of_x * x >= 0
            done_y, done_x = done_y + of_y, done_x + of_x
            # both legs match after each slice, to half a step of the finer one (and half a unit)
            if step_y * abs(x) >= step_x * abs(y):
                assert abs(done_x - x * done_y / y) <= step_x / 2 + 1
            else:
                assert abs(done_y - y * done_x / x) <= step_y / 2 + 1
    assert following(5, 5, 17, 10) == 17


# --- TWAP -------------------------------------------------------------------------------------------------------------


def test_a_twap_by_hand() -> None:
    """1,000 USDT of y at 100 in four slices over 40 s: 2.5 each, at 0, 10, 20 and 30 s; one trade, one exit."""
    market = begun(Twap(slices=4, length_ms=40_000))
    start = market.now
    market.ticks(90)
    (trade,) = market.open_trades
    assert (trade.state, trade.y.held, trade.x.held) == (TradeState.OPEN, 10 * UNIT, -10 * UNIT)
    bought = [fill for fill in of_kind(market.facts, Fill) if fill.symbol == Y]
    assert [fill.quantity for fill in bought] == [5 * UNIT // 2] * 4
    # decided with the tick of its time, at the exchange 50 ms later
    assert [fill.time - start for fill in bought] == [550, 10_050, 20_050, 30_050]
    done = newest(market)
    assert (done.outcome, done.trade, done.words) == (Outcome.TAKEN, trade.id, "4 of 4 slices filled")
    assert states(market) == [S.FILLED] * 4
    assert market.account.book.pending == {}
    assert residual(trade, market.broker.market, market.now) == 0
    market.add(market.broker.on(CloseTrade(ACCOUNT, trade.id)))
    market.ticks(2)
    assert market.trades()[trade.id].state is TradeState.CLOSED
    market.check()


def test_a_twap_skips_a_slice_that_cannot_be_had_and_says_why() -> None:
    market = begun(Twap(slices=3, length_ms=30_000))
    market.ticks(4)
    market.halted = {X}
    market.ticks(44)
    market.halted = set()
    market.ticks(20)
    assert states(market) == [S.FILLED, S.SKIPPED, S.FILLED]
    skipped = order(market).slices[1]
    assert (skipped.rule, skipped.words) == (Rule.HALTED, "trading halted: BBBUSDT")
    assert newest(market).words == "2 of 3 slices filled, 1 skipped (trading halted: BBBUSDT)"
    (trade,) = market.open_trades
    assert abs(trade.y.held) == order(market).slices[0].y + order(market).slices[2].y
    market.check()


def test_a_twap_with_a_limit_waits_for_it_in_the_time_of_each_slice() -> None:
    market = begun(Twap(slices=2, length_ms=20_000, limit=-1.0))
    market.ticks(30)
    set_z(market, -1.5)
    market.ticks(12)
    assert states(market) == [S.SKIPPED, S.FILLED]
    first = order(market).slices[0]
    assert (first.rule, first.value, first.allowed) == (Rule.LEVEL, "z +0.02", "z -1.00 or below")
    market.check()


def test_a_leg_that_a_slice_cannot_have_goes_back_to_what_was_held_before() -> None:
    market = begun(Twap(slices=3, length_ms=60_000), settings=AccountSettings(repair=Repair.UNWIND))
    market.ticks(30)
    (trade,) = market.open_trades
    before = (trade.y.held, trade.x.held)
    market.ticks(9)
    assert states(market)[1] is S.WAITING
    market.ticks(1)
    assert states(market)[1] is S.SENT
    market.halted = {X}  # between the decision and the arrival of the orders
    market.tick()
    assert market.open_trades[0].state is TradeState.REPAIR
    market.ticks(3)
    (trade,) = market.open_trades
    assert (trade.state, trade.y.held, trade.x.held) == (TradeState.FROZEN, *before)
    assert order(market).slices[1].state is S.SKIPPED
    market.halted = set()
    market.ticks(100)
    assert states(market) == [S.FILLED, S.SKIPPED, S.FILLED]
    (trade,) = market.open_trades
    assert residual(trade, market.broker.market, market.now) == 0
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0)))
    market.ticks(3)
    market.check()


# --- ladders ----------------------------------------------------------------------------------------------------------


def test_a_ladder_by_hand() -> None:
    """Rungs at z -2, -3 and -4 with a half, a quarter and a quarter; each for itself."""
    market = begun(ladder(shares=(2.0, 1.0, 1.0)), take_profit=0.5, stop=9.0)
    market.ticks(4)
    assert market.open_trades == []
    for z, done in ((-2.1, 1), (-2.9, 1), (-3.1, 2), (-4.2, 3)):
        set_z(market, z)
        market.ticks(4)
        assert sum(state is S.FILLED for state in states(market)) == done
    (trade,) = market.open_trades
    # frozen at the first rung: y at 100 exp(-0.021) for 1,000 USDT, in steps of 0.001
    whole = int(1_000 / (100.0 * math.exp(-0.021)) * 1_000) * UNIT // 1_000
    assert trade.y.held == whole
    assert [each.filled_y for each in order(market).slices] == [
        whole // 2 // 100_000 * 100_000, whole // 4 // 100_000 * 100_000,
        whole - whole // 2 // 100_000 * 100_000 - whole // 4 // 100_000 * 100_000,
    ]  # fmt: skip
    assert newest(market).words == "3 of 3 rungs filled"
    # The mean prices of the fills: y was bought at its ask at each level, x sold at its bid of 99.99.
    paid = [100.0 * math.exp(z * SD) + 0.01 for z in (-2.1, -3.1, -4.2)]
    parts = [each.filled_y for each in order(market).slices]
    mean = sum(price * part for price, part in zip(paid, parts, strict=True)) / sum(parts)
    assert entry_z(trade) == pytest.approx(math.log(mean / 99.99) / SD, abs=0.01)
    assert entry_z(trade) == pytest.approx(-2.85, abs=0.06)
    set_z(market, -0.4)
    market.ticks(4)
    (closed,) = market.trades().values()
    assert (closed.state, closed.note.startswith("take profit")) == (TradeState.CLOSED, True)
    market.check()


def test_a_jump_through_all_levels_sends_one_rung_after_the_other() -> None:
    market = begun(ladder())
    set_z(market, -6.0)
    market.ticks(8)
    assert states(market) == [S.FILLED] * 3
    fills = [fill for fill in of_kind(market.facts, Fill) if fill.symbol == Y]
    assert len({fill.time for fill in fills}) == 3
    assert len(market.trades()) == 1
    market.check()


def test_a_ladder_of_the_ratio_counts_at_bid_and_ask() -> None:
    """A sale of the spread sells y at its bid and buys x at its ask: 100.99 / 100.01 is 1.0098."""
    market = begun(Ladder(measure=RATIO, first=1.0099, last=1.02, rungs=2), side=-1)
    market.prices[Y] = 101.0
    market.ticks(4)
    assert states(market) == [S.WAITING, S.WAITING]
    market.prices[Y] = 101.02
    market.ticks(4)
    assert states(market) == [S.FILLED, S.WAITING]
    market.check()


def test_a_ladder_on_the_frozen_baseline_after_its_first_rung() -> None:
    market = begun(ladder())
    set_z(market, -2.1)
    market.ticks(4)
    market.row = row(2.0, mean=-0.05, sd=0.001)  # the newest fit is another: z would be far beyond every level
    market.ticks(6)
    assert states(market) == [S.FILLED, S.WAITING, S.WAITING]
    set_z(market, -3.1)
    market.ticks(4)
    assert states(market) == [S.FILLED, S.FILLED, S.WAITING]
    (trade,) = market.open_trades
    assert (trade.beta, trade.sd) == (1.0, SD)
    assert abs(trade.x.held) == pytest.approx(abs(trade.y.held) * math.exp(-0.021), rel=1e-3)


def test_an_exit_by_level_or_by_hand_cancels_what_is_not_filled() -> None:
    market = begun(ladder(), take_profit=0.5)
    set_z(market, -2.1)
    market.ticks(4)
    set_z(market, -0.2)
    market.ticks(4)
    assert market.open_trades == []
    assert states(market) == [S.FILLED, S.CANCELED, S.CANCELED]
    assert newest(market).words.startswith("1 of 3 rungs filled, 2 canceled (its trade is closed: take profit: z -0.2")
    set_z(market, -6.0)
    market.ticks(6)
    assert market.open_trades == []

    market = begun(Twap(slices=4, length_ms=40_000))
    market.ticks(4)
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0, 50, "half")))
    market.ticks(90)
    (trade,) = market.open_trades
    assert trade.y.held == 5 * UNIT // 4
    assert states(market) == [S.FILLED, S.CANCELED, S.CANCELED, S.CANCELED]
    market.check()


def test_what_is_taken_back_leaves_what_is_filled() -> None:
    market = begun(ladder())
    set_z(market, -2.1)
    market.ticks(4)
    (number,) = market.account.book.pending
    market.add(market.broker.on(AnswerDecision(ACCOUNT, number, accept=False)))
    assert (newest(market).outcome, states(market)) == (Outcome.TAKEN, [S.FILLED, S.CANCELED, S.CANCELED])
    assert market.account.book.pending == {}
    assert [trade.state for trade in market.open_trades] == [TradeState.OPEN]
    market = begun(ladder())
    (number,) = market.account.book.pending
    market.add(market.broker.on(AnswerDecision(ACCOUNT, number, accept=False)))
    assert newest(market).outcome is Outcome.DECLINED


def test_a_posted_rung_that_is_taken_back_posts_no_more_and_stays_hedged() -> None:
    settings = AccountSettings(execution=Execution.PASSIVE_FIRST, patience_ms=60_000)
    market = begun(Twap(slices=2, length_ms=120_000), settings=settings)
    market.ticks(2)
    (posted,) = market.account.book.orders.values()
    (number,) = market.account.book.pending
    market.add(market.broker.on(AnswerDecision(ACCOUNT, number, accept=False)))
    market.ticks(3)
    assert market.account.book.orders == {}
    assert market.open_trades == []
    assert of_kind(market.facts, OrderChanged)[-1].order.id == posted.id
    assert states(market) == [S.SKIPPED, S.CANCELED]
    market.check()


def test_the_rest_is_sent_at_once() -> None:
    market = begun(ladder())
    (number,) = market.account.book.pending
    market.add(market.broker.on(AnswerDecision(ACCOUNT, number, accept=True)))
    market.ticks(8)
    assert states(market) == [S.FILLED] * 3
    assert market.open_trades[0].y.held == 10 * UNIT


def test_the_time_of_a_ladder_ends() -> None:
    market = begun(ladder(), good_ms=5_000)
    market.ticks(20)
    assert (newest(market).outcome, states(market)) == (Outcome.EXPIRED, [S.CANCELED] * 3)
    assert "its time is over" in newest(market).words


def test_the_beginning_and_the_end_are_told_once_and_a_skipped_slice_is_a_problem() -> None:
    market = begun(Twap(slices=2, length_ms=20_000), settings=AccountSettings(messages=Messages.ALL))
    market.ticks(2)
    market.halted = {X}
    market.ticks(60)
    told = [alert.words for alert in of_kind(market.facts, Alert)]
    assert [each for each in told if "TWAP" in each] == [
        "paper: BUY_SPREAD AAAUSDT/BBBUSDT as a TWAP begins",
        "paper: BUY_SPREAD AAAUSDT/BBBUSDT as a TWAP: 1 of 2 slices filled, 1 skipped (trading halted: BBBUSDT)",
    ]
    assert [alert.severity for alert in of_kind(market.facts, Alert)][-1] is Severity.WARNING


# --- before the start -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "settings", "rule", "value", "allowed"),
    [
        ({"notional": 40 * UNIT}, {}, Rule.MIN_NOTIONAL, "slice 1 of 10: AAAUSDT 4.0004", "at least 5"),
        ({"notional": 20_000 * UNIT}, {}, Rule.LEVERAGE, "4.00", "3"),
        ({}, {"max_symbol_share": 5.0}, Rule.SYMBOL_SHARE, "AAAUSDT 10% of equity", "5%"),
    ],
)
def test_limits_hold_for_each_slice_and_for_all_before_the_start(
    given: dict[str, Any], settings: dict[str, Any], rule: Rule, value: str, allowed: str
) -> None:
    market = PaperMarket(AccountSettings(**settings))
    (refused,) = of_kind(market.open(1, slices=Twap(slices=10, length_ms=100_000), **given), Decision)
    assert (refused.outcome, refused.rule, refused.value, refused.allowed) == (Outcome.REFUSED, rule, value, allowed)
    assert market.account.book.pending == {}


def test_a_slice_below_a_step_is_refused() -> None:
    market = PaperMarket()
    market.broker.market.rules[Y] = rules(Y, step="1")
    (refused,) = of_kind(market.open(1, slices=Twap(slices=20, length_ms=200_000)), Decision)
    assert (refused.rule, refused.value) == (Rule.STEP_SIZE, "slice 1 of 20: AAAUSDT 0")


def test_one_order_of_a_pair_waits_and_no_trade_of_it_is_open() -> None:
    market = begun(ladder())
    (refused,) = of_kind(market.open(1, slices=ladder()), Decision)
    assert refused.rule is Rule.WAITS_ALREADY
    market = PaperMarket()
    market.open(1)
    market.ticks(2)
    (refused,) = of_kind(market.open(1, slices=ladder()), Decision)
    assert refused.rule is Rule.OPEN_ALREADY


# --- kill, restart, chance --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flattens", [True, False])
@pytest.mark.parametrize("ticks", [4, 20, 21])
def test_the_kill_switch_ends_it(flattens: bool, ticks: int) -> None:
    market = begun(Twap(slices=4, length_ms=40_000), settings=AccountSettings(kill_flattens=flattens))
    market.ticks(ticks)
    held = [trade.y.held for trade in market.open_trades]
    market.add(market.broker.on(SetKill(ACCOUNT, True, "me", "news")))
    assert market.account.book.pending == {}
    assert newest(market).sliced is not None
    market.ticks(100)
    assert [trade.y.held for trade in market.open_trades] == ([] if flattens else held)
    assert all(trade.state is TradeState.OPEN for trade in market.open_trades)
    (refused,) = of_kind(market.open(1, slices=ladder()), Decision)
    assert refused.rule is Rule.KILL
    market.check()


@pytest.mark.parametrize("execution", list(Execution))
@pytest.mark.parametrize("ticks", [0, 1, 2, 3, 12, 19, 20, 21, 22, 41, 78, 79, 80, 81, 82])
def test_a_restart_at_each_state_goes_on_and_doubles_nothing(ticks: int, execution: Execution) -> None:
    settings = AccountSettings(execution=execution, patience_ms=1_000)
    market = begun(Twap(slices=4, length_ms=40_000), settings=settings)
    market.ticks(ticks)
    stored = msgspec.json.encode(market.account.state(market.now))  # as the store keeps it
    market.add(market.broker.on(ResumeAccount(msgspec.json.decode(stored, type=AccountState))))
    market.ticks(130)
    assert market.account.book.pending == {}
    done = order(market)
    assert all(each.state.ended for each in done.slices)
    assert len(market.trades()) <= 2  # a first slice that expired with the restart, and the others
    (trade,) = market.open_trades
    assert trade.y.held == sum(each.filled_y for each in done.slices) <= 10 * UNIT
    assert trade.x.held == sum(each.filled_x for each in done.slices)
    assert trade.y.held >= 15 * UNIT // 2  # at most the slice that was on the way is lost
    assert residual(trade, market.broker.market, market.now) == 0
    assert all(each.words.endswith("the engine was down") for each in done.slices if each.state is not S.FILLED)
    market.check()


def test_slices_whose_time_passed_while_the_engine_was_down_are_skipped() -> None:
    market = begun(Twap(slices=4, length_ms=40_000))
    market.ticks(4)
    state = market.account.state(market.now)
    market.now += 25_000
    market.add(market.broker.on(ResumeAccount(state)))
    market.ticks(30)
    assert states(market) == [S.FILLED, S.SKIPPED, S.FILLED, S.FILLED]
    assert order(market).slices[1].words == "the engine was down"
    market.check()


@pytest.mark.parametrize("block", range(4))
def test_by_chance_nothing_is_doubled_and_nothing_stays_alone(block: int) -> None:
    for number in range(60 * block, 60 * block + 60):
        seed = random.Random(number)
        settings = AccountSettings(
            execution=seed.choice(list(Execution)), patience_ms=2_000, repair=seed.choice(list(Repair)),
            daily_loss_percent=0.0, drawdown_percent=0.0,
        )  # fmt: skip
        market = PaperMarket(settings, beta=seed.choice([1.0, 0.37, -0.8]))
        market.row = row(seed.choice([1.0, 0.37, -0.8]), sd=0.001)
        side = seed.choice([1, -1])
        plan: Ladder | Twap = Twap(slices=seed.randrange(1, 8), length_ms=seed.choice([10_000, 60_000]))
        if seed.random() < 0.5:
            plan = ladder(first=-0.5 * side, last=-3.0 * side, rungs=seed.randrange(2, 6))
        market.open(side, slices=plan)
        alone_since = 0
        for step in range(160):
            walk(market, seed, 1)
            if seed.random() < 0.02:
                market.add(market.broker.on(ResumeAccount(market.account.state(market.now))))
            if step == 120:
                market.add(market.broker.on(CloseTrade(ACCOUNT, 0)))
            for trade in market.open_trades:
                alone = residual(trade, market.broker.market, market.now) > 60 * UNIT
                alone_since = (alone_since or market.now) if alone and trade.state is not TradeState.FAILED else 0
                assert not alone_since or market.now - alone_since <= 12_000, (number, trade)
        market.halted, market.silent = set(), set()
        market.ticks(160)
        market.check()
        planned = order(market)
        whole_y = sum(each.y for each in planned.slices)
        for trade in market.trades().values():
            assert trade.state in {TradeState.OPEN, TradeState.CLOSED, TradeState.FAILED}, (number, trade)
            assert trade.state is not TradeState.FAILED or trade.note
        filled = sum(each.filled_y for each in planned.slices)
        assert abs(filled) <= abs(whole_y), number
        open_now = [trade for trade in market.open_trades if trade.state is TradeState.OPEN]
        for trade in open_now:
            assert trade.y.held == filled
            assert 100 * residual(trade, market.broker.market, market.now) <= 3 * 1_000 * UNIT
        assert len(of_kind(market.facts, LedgerEntry)) == len({each.id for each in of_kind(market.facts, LedgerEntry)})
        assert len(market.open_trades) <= 1
