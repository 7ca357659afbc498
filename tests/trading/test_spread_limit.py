"""A limit on the spread: it waits for a level of z that its size can have, over a restart too, and is sent once."""

from __future__ import annotations

import math

import pytest

from spreadscope.model.instrument import Pair
from spreadscope.model.states import Action
from spreadscope.model.trading import UNIT, AccountSettings, Decision, Order, OrderChanged
from spreadscope.model.trading_events import AnswerDecision, OpenTrade, ResumeAccount, SetKill
from spreadscope.model.trading_states import Execution, Outcome, Rule, TradeOrigin, TradeState
from tests.support.paper_market import ACCOUNT, PAIR, S1, PaperMarket, X, Y, of_kind, row, signal

SD = 0.01


def waiting(
    *, side: int = 1, limit: float = -2.0, settings: AccountSettings | None = None, **changes: object
) -> PaperMarket:
    """A market at z 0 with a request that waits for ``limit``."""
    market = PaperMarket(settings)
    market.row = row(sd=SD)
    market.ticks(2)
    (decision,) = of_kind(market.open(side, limit_z=limit, **changes), Decision)
    assert (decision.outcome, decision.origin, decision.side) == (Outcome.PENDING, TradeOrigin.TICKET, side)
    assert decision.limit is not None
    assert decision.limit.z == limit
    return market


def decisions(market: PaperMarket) -> list[Decision]:
    return of_kind(market.facts, Decision)


def set_z(market: PaperMarket, z: float) -> None:
    """Move y so that z of the mids is ``z``."""
    market.prices[Y] = 100.0 * math.exp(z * SD)


def test_it_is_sent_when_its_z_can_be_had() -> None:
    market = waiting(take_profit=0.5, stop=4.0, stop_loss=30 * UNIT, notional=600 * UNIT)
    set_z(market, -1.9)
    market.ticks(3)
    assert market.open_trades == []
    set_z(market, -2.1)
    market.ticks(3)
    (trade,) = market.open_trades
    assert (trade.state, trade.origin, trade.side) == (TradeState.OPEN, TradeOrigin.TICKET, 1)
    assert (trade.take_profit, trade.stop, trade.stop_loss) == (0.5, 4.0, 30 * UNIT)
    assert abs(trade.y.entered_mid) == pytest.approx(600 * UNIT, rel=1e-3)
    sent, entered = decisions(market)[-2:]
    assert (sent.outcome, sent.words.startswith("z -2.0"), entered.trade) == (Outcome.TAKEN, True, trade.id)
    assert market.account.book.pending == {}
    market.ticks(5)
    assert len(market.open_trades) == 1
    market.check()


def test_the_spread_between_bid_and_ask_counts() -> None:
    """Mids are at the level; what is bought at ask and sold at bid is not."""
    market = waiting()
    market.half_spread = 0.2  # 20 basis points: 0.2 of a deviation a leg
    set_z(market, -2.2)
    market.ticks(3)
    assert market.open_trades == []
    set_z(market, -2.45)
    market.ticks(3)
    assert len(market.open_trades) == 1


def test_a_size_beyond_what_is_displayed_needs_a_better_z() -> None:
    def sent_at(z: float, size: float) -> bool:
        market = waiting(settings=AccountSettings(notional=1_000.0, impact_factor=20.0))
        market.sizes.update({Y: size, X: size})
        market.ticks(16)  # until that is what is usually displayed
        set_z(market, z)
        market.ticks(3)
        return bool(market.open_trades)

    assert sent_at(-2.05, 50.0)
    assert not sent_at(-2.05, 1.0)
    assert sent_at(-4.0, 1.0)


def test_a_sale_waits_for_a_z_above() -> None:
    market = waiting(side=-1, limit=2.0)
    set_z(market, -3.0)
    market.ticks(3)
    assert market.open_trades == []
    set_z(market, 2.1)
    market.ticks(3)
    (trade,) = market.open_trades
    assert trade.side == -1


def test_it_can_be_taken_back_and_sent_at_once() -> None:
    market = waiting()
    (number,) = market.account.book.pending
    (declined,) = of_kind(market.add(market.broker.on(AnswerDecision(ACCOUNT, number, accept=False))), Decision)
    assert (declined.id, declined.outcome) == (number, Outcome.DECLINED)
    set_z(market, -3.0)
    market.ticks(3)
    assert market.open_trades == []

    market = waiting(notional=700 * UNIT, execution=Execution.PASSIVE_FIRST)
    (number,) = market.account.book.pending
    market.add(market.broker.on(AnswerDecision(ACCOUNT, number, accept=True)))
    (trade,) = market.open_trades
    assert (trade.execution, trade.origin) == (Execution.PASSIVE_FIRST, TradeOrigin.TICKET)
    assert trade.y.planned == 7 * UNIT


def test_its_time_ends() -> None:
    market = waiting(good_ms=5_000)
    market.ticks(9)
    assert len(market.account.book.pending) == 1
    market.ticks(3)
    (expired,) = decisions(market)[-1:]
    assert (expired.outcome, expired.words) == (Outcome.EXPIRED, "its time is over")


def test_it_survives_a_restart_and_the_signals_of_its_pair() -> None:
    market = waiting()
    market.add(market.broker.on_rows([signal(Action.EXIT, market.now)]))
    market.add(market.broker.on(ResumeAccount(market.account.state(market.now))))
    assert len(market.account.book.pending) == 1
    set_z(market, -2.2)
    market.ticks(3)
    assert [trade.state for trade in market.open_trades] == [TradeState.OPEN]


def test_the_kill_switch_ends_it_and_refuses_others() -> None:
    market = waiting()
    market.add(market.broker.on(SetKill(ACCOUNT, True, "me", "news")))
    assert (decisions(market)[-1].outcome, decisions(market)[-1].rule) == (Outcome.EXPIRED, Rule.KILL)
    (refused,) = of_kind(market.open(1, limit_z=-2.0), Decision)
    assert (refused.outcome, refused.rule) == (Outcome.REFUSED, Rule.KILL)


def test_one_order_of_a_pair_waits() -> None:
    market = waiting()
    (refused,) = of_kind(market.open(-1, limit_z=2.0), Decision)
    assert (refused.rule, refused.value) == (Rule.WAITS_ALREADY, str(PAIR))
    other = OpenTrade(account=ACCOUNT, pair=Pair(X, Y), timeframe=S1, side=1, limit_z=-2.0)
    (second,) = of_kind(market.add(market.broker.on(other)), Decision)
    assert second.outcome is Outcome.PENDING


@pytest.mark.parametrize("what", ["halted", "silent", "no hedge"])
def test_it_waits_while_an_entry_would_be_refused(what: str) -> None:
    market = waiting()
    if what == "halted":
        market.halted = {X}
    elif what == "silent":
        market.silent = {X}
    else:
        market.row = row(None)
    market.ticks(6)  # until a silent leg's quote is too old
    set_z(market, -2.5)
    market.ticks(8)
    assert market.open_trades == []
    assert len(market.account.book.pending) == 1
    orders: list[Order] = [fact.order for fact in of_kind(market.facts, OrderChanged)]
    assert orders == []
    market.halted, market.silent, market.row = set(), set(), row(sd=SD)
    market.ticks(3)
    assert len(market.open_trades) == 1
