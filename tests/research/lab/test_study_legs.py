"""The statistics of one leg against numpy, and returns by the hour."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from spreadscope.contract.lab import LegStudy
from spreadscope.model.events import Floats
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.research.lab.study_legs import heat, legs_of, study_leg
from spreadscope.research.lab.verdict import figure
from tests.research.lab.pairs_of_bars import PAIR, START, bars, walk


def leg(log_prices: Floats) -> LegStudy:
    return study_leg("AAAUSDT", bars("AAAUSDT", log_prices), log_prices, Timeframe.M1, "the store")


def test_returns_are_those_of_neighbours() -> None:
    prices = walk(500, 1)
    prices[100:110] = math.nan
    returns = np.diff(prices)
    returns = returns[np.isfinite(returns)]
    found = leg(prices)
    assert figure(found, "sd").value == pytest.approx(1e4 * returns.std(ddof=1), rel=1e-12)
    assert figure(found, "volatility").value == pytest.approx(returns.std(ddof=1) * math.sqrt(365 * 1440), rel=1e-12)
    assert figure(found, "bars").value == 490
    assert figure(found, "missing").value == pytest.approx(10 / 500)
    assert figure(found, "longest_gap").value == 600.0
    assert figure(found, "incomplete").value == 0.0


def test_a_leg_that_stands_still() -> None:
    found = leg(np.full(100, 8.0))
    assert figure(found, "zero_returns").value == 1.0
    assert figure(found, "sd") == Value(None, Reason.CONSTANT_SPREAD)
    assert figure(found, "adf_p").value is None


def test_a_leg_with_one_bar() -> None:
    found = leg(np.array([8.0]))
    assert figure(found, "sd") == Value(None, Reason.TOO_FEW_ROWS)
    assert figure(found, "zero_returns") == Value(None, Reason.TOO_FEW_ROWS)


def test_the_grid_begins_where_both_legs_have_begun() -> None:
    y, x = bars(PAIR.y, walk(50, 1)), bars(PAIR.x, walk(50, 2), without=range(10))
    grid = legs_of(y, x, 60_000)
    assert grid.times[0] == START + 600_000
    assert len(grid.times) == 40
    assert grid.joint.all()


def test_a_mid_goes_before_the_last_trade() -> None:
    y = bars(PAIR.y, walk(5, 1), quoted=True)
    grid = legs_of(y, bars(PAIR.x, walk(5, 2)), 60_000)
    assert grid.y[2] == pytest.approx(math.log((y[2].bid + y[2].ask) / 2), rel=1e-15)  # type: ignore[operator]


def test_heat_sorts_returns_by_the_hour_and_weekday_in_which_they_end() -> None:
    times = START + 3_600_000 * np.arange(400)
    prices = walk(400, 3)
    prices[200] = math.nan
    cells = heat("y", prices, times).cells
    assert len(cells) == 168
    assert sum(cell.n for cell in cells) == 397
    by_hand: dict[tuple[int, int], list[float]] = {}
    for place in range(1, 400):
        if math.isfinite(prices[place]) and math.isfinite(prices[place - 1]):
            moment = datetime.fromtimestamp(times[place] / 1000, UTC)
            by_hand.setdefault((moment.weekday(), moment.hour), []).append(prices[place] - prices[place - 1])
    for cell in cells:
        values = by_hand.get((cell.weekday, cell.hour), [])
        assert cell.n == len(values)
        assert cell.mean == (pytest.approx(np.mean(values), abs=1e-15) if values else None)
        assert cell.deviation == (pytest.approx(np.std(values, ddof=1), rel=1e-9) if len(values) > 1 else None)
