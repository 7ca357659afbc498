"""The z that pays the fees: by hand, on logarithms and on prices."""

from __future__ import annotations

import numpy as np
import pytest

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason
from spreadscope.pairs.legs import Leg
from spreadscope.pairs.tracker import PairTracker

WINDOW = 40


def rows(space: str, *, noise: float = 1e-3) -> PairTracker:
    rng = np.random.default_rng(5)
    x = np.exp(7.0 + np.cumsum(rng.standard_normal(WINDOW + 5)) * 1e-3)
    y = 3.0 * x**0.8 * np.exp(rng.standard_normal(WINDOW + 5) * noise)
    config = AnalyticsConfig(space=space, hedge_window=WINDOW, z_window=20, correlation_window=20, max_lags=1)
    tracker = PairTracker(Pair("BTCUSDT", "ETHUSDT"), Timeframe.M1, config)
    for number, (price_y, price_x) in enumerate(zip(y.tolist(), x.tolist(), strict=True)):
        legs = (Leg(price, price, 0, complete=True, source=None) for price in (price_y, price_x))
        tracker.step(number * 60_000, *legs, halted=False, state=SignalState.FLAT)
    return tracker


@pytest.mark.parametrize("space", ["log", "level"])
def test_four_fills_are_paid_by_the_way_back_to_the_mean(space: str) -> None:
    row = rows(space).row
    assert row is not None
    beta, deviation = row.beta.value, row["spread_sd"].value
    assert beta is not None
    assert deviation is not None
    assert row.price_y is not None
    assert row.price_x is not None
    ratio = beta if space == "log" else beta * row.price_x / row.price_y
    # A unit of Y and the ratio of X, in and out, 0.05% each; the spread moves |z| deviations of Y's value.
    fees = 4 * 0.0005 * (1 + abs(ratio)) / 2
    share = deviation if space == "log" else deviation / row.price_y
    assert row["break_even_z"].value == pytest.approx(fees / share, rel=1e-12)


def test_before_there_is_a_spread_there_is_a_reason() -> None:
    tracker = PairTracker(Pair("BTCUSDT", "ETHUSDT"), Timeframe.M1, AnalyticsConfig(hedge_window=WINDOW, z_window=20))
    leg = Leg(100.0, 100.0, 0, complete=True, source=None)
    row = tracker.step(0, leg, leg, halted=False, state=SignalState.FLAT)
    assert (row["break_even_z"].value, row["break_even_z"].reason) == (None, Reason.WARMING_UP)
