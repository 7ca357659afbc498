"""Minutes to exit, funding at risk and correlations of pairs, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.trading.risk.liquidity import exit_times, funding_exposures, pair_correlations
from spreadscope.trading.risk.risk_figure import Figure
from tests.support.risk_market import NOW, history, holding

HOUR = 3_600_000


def test_minutes_to_exit_are_the_position_over_a_share_of_the_median() -> None:
    traded = {"ETHUSDT": np.array([100.0] * 20 + [4_000.0] * 21), "BTCUSDT": np.full(29, 1e6)}
    found = {each.symbol: each for each in exit_times([holding(10, -12)], traded, 5.0)}
    assert found["ETHUSDT"].traded_a_minute == Figure(4_000.0, 41)
    assert found["ETHUSDT"].minutes == Figure(1_000 / 200, 41)
    assert found["BTCUSDT"].minutes == Figure(None, 29, "30 minutes are needed, there are 29")


def test_the_longest_way_out_is_first_and_a_dead_market_has_none() -> None:
    traded = {"ETHUSDT": np.full(60, 1e6), "BTCUSDT": np.zeros(60)}
    first, second = exit_times([holding(10, -12)], traded, 5.0)
    assert (first.symbol, first.minutes.reason) == ("BTCUSDT", "the median minute has no trade")
    assert second.symbol == "ETHUSDT"
    assert exit_times([], traded, 5.0) == ()


@pytest.mark.parametrize(
    ("due_in", "interval", "payments"),
    [(2, 8.0, 3), (8, 8.0, 3), (1, 4.0, 6), (24, 8.0, 1), (0.5, 1.0, 24)],
)
def test_payments_are_those_of_the_next_day(due_in: float, interval: float, payments: int) -> None:
    due = {"ETHUSDT": (NOW + int(due_in * HOUR), 0.0002), "BTCUSDT": (NOW + int(due_in * HOUR), -0.0001)}
    found = {
        each.symbol: each
        for each in funding_exposures([holding(10, -12)], due, NOW, interval_hours=interval, cap_percent=2.0)
    }
    assert {each.payments for each in found.values()} == {payments}
    assert found["ETHUSDT"].amount.value == pytest.approx(-1_000 * 0.0002 * payments)  # a long pays
    assert found["BTCUSDT"].amount.value == pytest.approx(-1_200 * 0.0001 * payments)  # so does a short, below 0
    assert found["ETHUSDT"].at_cap == pytest.approx(-20.0 * payments)
    assert found["BTCUSDT"].at_cap == pytest.approx(-24.0 * payments)


def test_without_a_rate_the_cap_is_still_known() -> None:
    found = funding_exposures([holding(10, -12)], {}, NOW, interval_hours=8.0, cap_percent=2.0)
    assert {each.amount.reason for each in found} == {"no funding rate is known"}
    assert {each.payments for each in found} == {3}
    assert [each.at_cap for each in found] == pytest.approx([-72.0, -60.0])


def test_pairs_that_mirror_each_other_have_correlation_minus_one() -> None:
    dice = np.random.default_rng(2)
    closes = {name: list(100 * np.exp(np.cumsum(dice.normal(0, 0.01, 60)))) for name in ("ETHUSDT", "BTCUSDT")}
    hourly = history(HOUR, closes)
    found = pair_correlations([holding(10, -12), holding(-5, 6, trade=2, side=-1)], hourly)
    assert found.n == 59
    assert found.matrix[0][1] == pytest.approx(-1.0)
    assert found.matrix[1][1] == pytest.approx(1.0)


def test_correlations_need_two_pairs_enough_hours_and_bars() -> None:
    closes = {name: [100.0 + number % 3 for number in range(20)] for name in ("ETHUSDT", "BTCUSDT")}
    two = [holding(10, -12), holding(1, -1, trade=2)]
    assert pair_correlations(two[:1], history(HOUR, closes)).reason == "two open pairs are needed"
    assert pair_correlations(two, history(HOUR, closes)).reason == "24 hours are needed, there are 19"
    lacking = pair_correlations([*two, holding(1, 1, pair="SOLUSDT/BTCUSDT", trade=3)], history(HOUR, closes))
    assert lacking.reason == "no bars of SOLUSDT are stored"
    assert lacking.matrix[2] == (None, None, None)


def test_a_pair_that_never_moved_has_no_correlation() -> None:
    flat = {"ETHUSDT": [100.0] * 40, "BTCUSDT": [100.0] * 40, "SOLUSDT": [100.0 + number % 5 for number in range(40)]}
    found = pair_correlations([holding(10, -12), holding(1, -1, pair="SOLUSDT/BTCUSDT", trade=2)], history(HOUR, flat))
    assert found.matrix[0] == (None, None)
    assert found.matrix[1][1] == pytest.approx(1.0)
    assert not any(math.isnan(each) for row in found.matrix for each in row if each is not None)
