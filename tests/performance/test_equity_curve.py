"""Daily P&L, falls from the high, excursions: by hand and by what always holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from tests.support.numbers import known

DAY = 86_400_000


def test_days_by_hand() -> None:
    times = [10 * DAY - 5, 10 * DAY - 5, 10 * DAY, 10 * DAY + 7, 13 * DAY - 1, 13 * DAY]
    found = performance.daily_pnl(times, [100.0, 104.0, 101.0, 110.0, 99.0, 99.0])
    assert (found.day_ms // DAY).tolist() == [9, 10, 12, 13]
    assert found.pnl.tolist() == [4.0, 6.0, -11.0, 0.0]
    assert found.equity.tolist() == [104.0, 110.0, 99.0, 99.0]
    assert found.share.tolist() == [0.04, 6 / 104, -0.1, 0.0]
    assert found.to_frame().height == 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(min_value=0, max_value=20 * DAY), st.integers(min_value=-1_000, max_value=1_000)),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_days_sum_to_the_whole(points: list[tuple[int, int]]) -> None:
    points = sorted(points, key=lambda point: point[0])
    times, equity = [time for time, _ in points], [float(value) for _, value in points]
    found = performance.daily_pnl(times, equity)
    assert found.pnl.sum() == equity[-1] - equity[0]
    assert found.day_ms.tolist() == sorted({time // DAY * DAY for time in times})
    assert np.isnan(found.share).sum() == sum(opening <= 0 for opening in [equity[0], *found.equity[:-1]])


def test_no_point_has_no_day_and_wrong_points_are_refused() -> None:
    assert performance.daily_pnl([], []).pnl.size == 0
    for times, equity in (([2, 1], [1.0, 1.0]), ([1], [1.0, 2.0]), ([1.5], [1.0]), ([1], [math.nan]), ([[1]], [1.0])):
        with pytest.raises(StatisticsError):
            performance.daily_pnl(times, equity)


def test_falls_by_hand() -> None:
    found = performance.drawdown_series([100.0, 90.0, 100.0, 150.0, 120.0, 160.0])
    assert found.amount.tolist() == [0.0, -10.0, 0.0, 0.0, -30.0, 0.0]
    assert found.share.tolist() == [0.0, -0.1, 0.0, 0.0, -0.2, 0.0]
    assert found.peak.tolist() == [0, 0, 0, 3, 3, 5]
    assert performance.drawdown_series([]).share.size == 0
    below = performance.drawdown_series([-5.0, -7.0, 2.0, 1.0])
    assert np.isnan(below.share[:2]).all()
    assert below.amount.tolist() == [0.0, -2.0, 0.0, -1.0]
    assert below.share[3] == -0.5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(min_value=-0.5, max_value=0.5), min_size=1, max_size=60))
def test_the_deepest_fall_is_the_maximum_drawdown(returns: list[float]) -> None:
    equity = np.concatenate(([1.0], np.cumprod(1.0 + np.array(returns))))
    series, deepest = performance.drawdown_series(equity), performance.max_drawdown(returns)
    assert series.share.min() == pytest.approx(deepest.depth, rel=1e-12, abs=1e-15)
    np.testing.assert_array_equal(
        equity[series.peak] + series.amount, equity[series.peak] + (equity - equity[series.peak])
    )
    assert (equity[series.peak] == np.maximum.accumulate(equity)).all()


def test_excursions_by_hand() -> None:
    found = performance.excursions([1.0, 4.0, -3.0, 4.0, 2.0])
    assert (found.favourable, found.adverse, found.given_back) == (4.0, -3.0, 2.0)
    assert (found.favourable_row, found.adverse_row) == (1, 2)
    lost = performance.excursions([-1.0, -2.0])
    assert (lost.favourable, lost.favourable_row, lost.adverse, lost.given_back) == (0.0, None, -2.0, 2.0)
    won = performance.excursions([1.0, 2.0])
    assert (won.adverse, won.adverse_row, won.given_back) == (0.0, None, 0.0)
    assert performance.excursions([]).reason is Reason.TOO_FEW_ROWS
    with pytest.raises(StatisticsError):
        performance.excursions([math.nan])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=1, max_size=40))
def test_every_mark_is_between_the_excursions(pnl: list[float]) -> None:
    found = performance.excursions(pnl)
    adverse, favourable = known(found.adverse), known(found.favourable)
    assert adverse <= 0.0 <= favourable
    assert all(adverse <= value <= favourable for value in pnl)
    assert known(found.given_back) >= 0.0
