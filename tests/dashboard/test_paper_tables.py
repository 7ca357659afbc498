"""The tables of a paper account: what is added up, and what a cell says."""

from __future__ import annotations

import pytest

from spreadscope.contract import PaperTrade
from spreadscope.dashboard.pages import paper_tables, paper_trade
from spreadscope.model.trading_states import Outcome, TradeState
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_paper import OTHER, PAIR, FakeAccount, decision, fill, order, trade


def closed(number: int, spread: float, pair: str = PAIR) -> PaperTrade:
    return trade(number, pair, 1, spread, state=TradeState.CLOSED, opened=NOW - 90_000, closed=NOW)


def test_results_by_pair_have_their_mean_and_the_share_of_those_that_won() -> None:
    account = FakeAccount(
        closed=[closed(1, 5.0), closed(2, -5.0), closed(3, 9.0, OTHER)], trades=[trade(4, spread=2.0)]
    )
    rows = paper_tables.pair_rows(account.by_pair())
    assert [row["pair"] for row in rows] == [OTHER, PAIR]
    row = rows[1]
    assert (row["trades"], row["open"], row["won, %"]) == (3, 1, 50)
    assert row["result"] == pytest.approx(5.0 - 5.0 + 2.0 - 3 * 1.33)
    assert row["mean"] == pytest.approx(float(row["result"] or 0) / 3)


def test_a_pair_with_open_trades_alone_has_won_nothing_yet() -> None:
    (row,) = paper_tables.pair_rows(FakeAccount(trades=[trade(4)]).by_pair())
    assert row["won, %"] is None


def test_the_parts_of_a_closed_trade_add_up_to_its_result() -> None:
    (row,) = paper_tables.closed_rows([closed(1, 5.0)])
    names = ("spread", "imbalance", "drift", "slippage", "fees", "funding", "liquidation")
    assert sum(float(row[name] or 0) for name in names) == pytest.approx(row["result"])
    assert (row["side"], row["held"]) == ("long spread", "90 s")


def test_a_decision_says_which_rule_refused_it_and_what_is_allowed() -> None:
    refused = decision(1, Outcome.REFUSED, side=-1, rule="leverage", value="3.21", allowed="3", words="z -2.0")
    (row,) = paper_tables.decision_rows([refused])
    assert (row["side"], row["rule"], row["value"], row["allowed"]) == ("short spread", "leverage", "3.21", "3")
    assert row["in words"] == "z −2.0"


def test_fills_have_the_parts_of_their_slippage_and_orders_why_they_ended() -> None:
    (row,) = paper_tables.fill_rows([fill(1)])
    parts = [float(row[f"{name}, bps"] or 0) for name in ("half-spread", "impact", "delay")]
    assert sum(parts) == pytest.approx(float(row["slippage, bps"] or 0))
    (row,) = paper_tables.order_rows([order(1, rule="quote too old", value="2.4 s", allowed="2 s")])
    assert row["why"] == "quote too old, 2.4 s, 2 s"


def test_the_summary_of_a_trade_says_what_was_bought_and_how_it_ended() -> None:
    text = paper_trade.summary(closed(1, 5.0))
    assert text.startswith("Long spread: buys BTCUSDT, sells ETHUSDT; decided by signal at ")
    assert "after 90 s" in text
    assert "half-life 25 min" in text
    assert "closed at" not in paper_trade.summary(trade(2))
