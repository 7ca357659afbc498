"""The figures of a backtest: sums are exact, periods are those of the clock, and words fit the numbers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from spreadscope.model.trading import UNIT, EquityPoint, LedgerEntry
from spreadscope.model.trading_states import Book, EntryKind
from spreadscope.performance import sharpe
from spreadscope.replay.backtest_figures import (
    DAY,
    Returns,
    buy_and_hold,
    equity_points,
    figures_of,
    money_parts,
    period_size,
    returns_of,
    significance,
)
from spreadscope.replay.paper_backtest import HOUR, AccountRecord, BacktestResult
from spreadscope.trading.money_ledger import balances_of
from tests.replay.backtest_market import ACCOUNT

DAY_0 = 20_000 * DAY
DEPOSIT = LedgerEntry(
    account="a", id=1, time=DAY_0, kind=EntryKind.DEPOSIT, debit=Book.WALLET, credit=Book.CAPITAL,
    amount=round(ACCOUNT.cash * UNIT),
)  # fmt: skip
EMPTY = AccountRecord(
    account=ACCOUNT, trades_closed=(), trades_failed=(), fills=(), entries=(DEPOSIT,), equity=(), refused={}
)


def point(time: int, equity: float) -> EquityPoint:
    units = round(equity * UNIT)
    return EquityPoint(
        account="a", time=time, wallet=units, unrealised=0, equity=units, gross=0, net=0, maintenance=0, residual=0
    )


def test_parts_add_up_to_the_last_unit(result: BacktestResult) -> None:
    figures = figures_of(result.record, result.first_time, result.last_time)
    parts = figures.parts
    assert parts.gross == parts.spread + parts.imbalance + parts.drift
    assert parts.net == parts.gross - parts.slippage - parts.fees + parts.funding - parts.liquidation
    assert figures.ended_equity == figures.start_cash + parts.net == balances_of(result.record.entries)["wallet"]
    assert figures.trades == len(result.record.trades_closed)
    assert parts == money_parts(result.record.trades_closed)


def test_figures_are_those_of_the_trades(result: BacktestResult) -> None:
    trades = result.record.trades_closed
    figures = figures_of(result.record, result.first_time, result.last_time)
    nets = [trade.attribution.net / UNIT for trade in trades]
    assert figures.hit_rate.value == pytest.approx(sum(net > 0 for net in nets) / len(nets))
    assert figures.mean_trade.value == pytest.approx(np.mean(nets))
    assert figures.median_trade.value == pytest.approx(np.median(nets))
    assert figures.mean_holding.value == pytest.approx(np.mean([(each.closed - each.opened) / 1000 for each in trades]))
    assert figures.exposure.value == pytest.approx(0.1, abs=0.09)
    assert figures.max_drawdown.value == pytest.approx(-0.001, abs=0.001)
    assert figures.total_return.value == pytest.approx(figures.parts.net / UNIT / ACCOUNT.cash)
    traded = sum(abs(fill.notional) for fill in result.record.fills) / UNIT
    assert figures.break_even_fee.value == pytest.approx(figures.parts.gross / UNIT / traded * 1e4)


def test_equity_begins_with_the_cash_and_ends_with_the_wallet(result: BacktestResult) -> None:
    times, equity = equity_points(result.record, result.first_time, result.last_time)
    assert (np.diff(times) >= 0).all()
    assert equity[0] == ACCOUNT.cash
    assert equity[-1] == balances_of(result.record.entries)["wallet"] / UNIT
    returns = returns_of(result.record, result.first_time, result.last_time)
    assert np.prod(1 + returns.values) == pytest.approx(equity[-1] / equity[0])


def test_days_are_taken_from_twenty_on() -> None:
    assert period_size(DAY_0, DAY_0 + 20 * DAY - 1) == DAY
    assert period_size(DAY_0, DAY_0 + 19 * DAY - 1) == HOUR
    assert Returns(DAY, 1.0, np.ones(1)).a_year == 365
    assert Returns(HOUR, 1.0, np.ones(1)).a_year == 8_760


def test_an_hour_without_a_point_has_the_equity_before_it() -> None:
    points = (point(DAY_0 + 60_000, 10_100.0), point(DAY_0 + 3 * HOUR, 10_000.0))
    record = msgspec.structs.replace(EMPTY, equity=points)
    returns = returns_of(record, DAY_0, DAY_0 + 3 * HOUR + 1, HOUR)
    assert returns.equity.tolist()[:3] == [10_100.0] * 3
    assert returns.values.tolist()[1:3] == [0.0, 0.0]


def test_lost_money_makes_no_endless_return() -> None:
    values = Returns(HOUR, 100.0, np.array([50.0, -10.0, 20.0])).values
    assert values.tolist() == [-0.5, -1.2, 0.0]


def test_significance_in_words() -> None:
    rng = np.random.default_rng(2)

    def said(values: list[float] | np.ndarray) -> tuple[bool | None, str]:
        equity = np.asarray(1_000 * np.cumprod(1 + np.asarray(values)), dtype=np.float64)
        _, _, significant, words = significance(Returns(DAY, 1_000.0, equity))
        return significant, words

    assert said(0.01 * rng.standard_normal(200))[1].startswith("not significant: the interval holds 0")
    assert said(0.01 + 0.01 * rng.standard_normal(200))[1].startswith("significant, a gain")
    assert said(-0.01 + 0.01 * rng.standard_normal(200))[1].startswith("significant, a loss")
    assert said([0.01, 0.02]) == (
        None, "nothing can be said of significance: 2 days are too few: at least 20 are needed"
    )  # fmt: skip
    assert said(np.zeros(30)) == (None, "nothing can be said of significance: equity did not move")


def test_an_account_that_did_nothing_says_why() -> None:
    figures = figures_of(EMPTY, DAY_0, DAY_0 + HOUR)
    assert figures.trades == 0
    assert figures.parts.net == 0
    undefined = [figures.hit_rate, figures.mean_trade, figures.sharpe, figures.probabilistic_sharpe, figures.exposure]
    assert all(each.value is None and each.why for each in undefined)


def test_a_leg_that_was_held() -> None:
    closes = {DAY_0 + place * HOUR: price for place, price in enumerate([100.0, 110.0, 99.0])}
    held = buy_and_hold("AAAUSDT", 100.0, closes, DAY_0, DAY_0 + 3 * HOUR - 1, 1_000.0)
    assert held.total_return.value == pytest.approx(-0.01)
    assert held.max_drawdown.value == pytest.approx(-0.1)
    assert held.sharpe.value == pytest.approx(sharpe([0.0, 0.1, -0.1], periods=8_760).value)
    assert buy_and_hold("AAAUSDT", None, {}, DAY_0, DAY_0, 1.0).total_return.why == "there is no bar of AAAUSDT"
