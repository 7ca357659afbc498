"""What a trader reads on the demo's pairs when it opens is what is true of them, by the product's own settings."""

from __future__ import annotations

import pytest

from spreadscope.engine import Engine
from spreadscope.exchange.local.synthetic import SyntheticMarket
from spreadscope.model.config import load_config
from spreadscope.model.events import BarRow, History, MarketTime, WatchPair
from spreadscope.model.facts import PairRow
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe

START = 1_790_000_000_000
MINUTE = 60_000
HOURS = 3_600.0


@pytest.fixture(scope="module", params=[2, 5, 7])
def market(request: pytest.FixtureRequest) -> SyntheticMarket:
    return SyntheticMarket(8, seed=request.param, start_ms=START)


def newest_row(market: SyntheticMarket, y: str, x: str) -> PairRow:
    """The row of minutes that an engine has made of the market's candles when it is live."""
    engine = Engine(load_config(None), (Timeframe.M1,))
    engine.on(WatchPair(Pair(y, x)))
    for symbol in (y, x):
        bars, scale = market.tapes[symbol].update_bars(), 10 ** market.listings[symbol].price_decimals
        rows = []
        for time in range(START - START % MINUTE - 720 * MINUTE, START - MINUTE, MINUTE):
            bar = bars.window(time, time + MINUTE)
            if bar is not None:
                rows.append(
                    BarRow(time, bar.open / scale, bar.high / scale, bar.low / scale, bar.close / scale, 1.0, 10)
                )
        engine.on(History(symbol, Timeframe.M1, tuple(rows)))
    facts = [fact for tick in range(10) for fact in engine.on(MarketTime(START + 1_000 * tick))]
    return [fact for fact in facts if isinstance(fact, PairRow)][-1]


def test_the_tied_pair_is_found_tied_with_its_ratio_and_its_half_life(market: SyntheticMarket) -> None:
    row = newest_row(market, "SYN1USDT", "SYN2USDT")
    assert row["cointegrated"].value == 1.0
    assert row["since_break"].value is None
    assert row["beta"].value == pytest.approx(1.2, abs=0.06)
    low, high = row["half_life_low"].value, row["half_life_high"].value
    assert low is not None
    assert high is not None
    assert low <= 30.0 <= high


def test_the_pair_that_broke_is_seen_to_have_broken(market: SyntheticMarket) -> None:
    row = newest_row(market, "SYN5USDT", "SYN6USDT")
    since = row["since_break"].value
    assert since is not None
    assert 1.5 * HOURS < since < 4 * HOURS, "it broke four hours ago, and is seen within some dozen rows"
    assert row["cointegrated"].value == 0.0


def test_the_unrelated_pair_is_not_called_tied(market: SyntheticMarket) -> None:
    row = newest_row(market, "SYN7USDT", "SYN8USDT")
    assert row["cointegrated"].value == 0.0
    assert row["since_break"].value is None
