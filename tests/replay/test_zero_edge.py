"""Where there is nothing to earn nothing is earned: gross results are 0 but for chance, net ones are the costs."""

from __future__ import annotations

import numpy as np
import pytest

from spreadscope.model.config import load_config
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.paper_backtest import BacktestSettings
from spreadscope.replay.screen import Screen
from tests.replay.backtest_market import ACCOUNT
from tests.support.closes_market import closes_market
from tests.support.market_store import START_MS

PAIR = Pair("AAAUSDT", "BBBUSDT")
MARKETS, ROWS = 120, 3_000
SETTINGS = BacktestSettings(pairs=(PAIR,), timeframe=Timeframe.M1, account=ACCOUNT)
TIMES = START_MS + np.arange(ROWS) * Timeframe.M1.milliseconds


@pytest.mark.parametrize("hedge", ["ols", "rolling_ols", "kalman"])
def test_independent_walks_bring_their_costs(hedge: str) -> None:
    config = load_config(None, analytics__hedge=hedge, analytics__hedge_window=120)
    gross, costs, net, trades = (np.zeros(MARKETS) for _ in range(4))
    for seed in range(MARKETS):
        walks = 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 5e-4, (2, ROWS)), axis=1))
        found = Screen(closes_market(PAIR, Timeframe.M1, TIMES, *walks), SETTINGS, ()).run(config)
        made = found.trades
        trades[seed] = len(made)
        gross[seed], net[seed] = sum(each.gross for each in made), sum(each.net for each in made)
        costs[seed] = sum(each.fees + each.slippage for each in made)
    assert trades.sum() > 2_000
    error = gross.std(ddof=1) / np.sqrt(MARKETS)
    assert abs(gross.mean()) < 2 * error, f"gross {gross.mean():+.3f} USDT a market, its standard error {error:.3f}"
    assert net == pytest.approx(gross - costs, abs=1e-6)
    assert abs(net.mean() + costs.mean()) < 2 * error
    assert net.mean() < -6 * error, "costs are no chance"
