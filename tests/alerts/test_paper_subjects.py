"""Subjects of the open paper trades of a pair."""

from __future__ import annotations

import pytest

from spreadscope.alerts.runtime.inputs import NO_PAPER_TRADE
from spreadscope.alerts.subjects import NOTHING_YET
from spreadscope.model.trading import UNIT, PairTrade
from spreadscope.model.trading_events import CloseTrade
from tests.alerts.market import Market
from tests.support.paper_market import ACCOUNT, PAIR, S1, START, PaperMarket, X, Y, of_kind, row


def reading(market: Market, name: str) -> object:
    return market.book.inputs.reader(name, str(PAIR), S1)(START + 1_000)


def test_they_follow_the_open_trades_of_the_pair() -> None:
    rules, market = Market(), PaperMarket()
    assert reading(rules, "paper_pnl") == NOTHING_YET
    rules.book.inputs.add_row(row())  # both legs at 100
    assert reading(rules, "paper_pnl") == NO_PAPER_TRADE
    market.open(+1)
    market.halted = {X}
    market.tick()  # y is filled, x is not
    for trade in of_kind(market.facts, PairTrade):
        rules.book.inputs.add_trade(trade)
    (trade,) = market.open_trades
    assert reading(rules, "paper_exposure") == pytest.approx(1_000.0)
    assert reading(rules, "paper_residual") == pytest.approx(1_000.0)
    market.halted = set()
    market.ticks(3)
    rules.book.inputs.add_trade(market.open_trades[0])
    assert reading(rules, "paper_residual") == pytest.approx(0.0)
    assert reading(rules, "paper_exposure") == pytest.approx(2_000.0)
    # The half-spreads of both legs and the fees.
    assert reading(rules, "paper_pnl") == pytest.approx(-0.2 - (trade.y.fees + market.open_trades[0].x.fees) / UNIT)
    market.add(market.broker.on(CloseTrade(ACCOUNT, 0)))
    market.ticks(3)
    rules.book.inputs.add_trade(market.trades()[trade.id])
    assert reading(rules, "paper_pnl") == NO_PAPER_TRADE
    assert {leg.symbol for leg in (trade.y, trade.x)} == {Y, X}
