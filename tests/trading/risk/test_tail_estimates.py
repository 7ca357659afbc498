"""Value at risk of positions, by hand, and its test: forecasts from the past alone, judged by what came."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.performance import forecast_tail_risk, historical_tail_risk, kupiec_test
from spreadscope.trading.risk.price_history import PriceHistory
from spreadscope.trading.risk.tail_estimates import TailEstimate, tail_estimates
from tests.support.risk_market import history

HOUR = 3_600_000


def prices_of(returns: list[float]) -> PriceHistory:
    return history(HOUR, {"A": list(100 * np.cumprod([1.0, *(1 + np.array(returns))]))})


def estimate(found: tuple[TailEstimate, ...], method: str, level: float = 0.95) -> TailEstimate:
    return next(each for each in found if (each.method, each.level) == (method, level))


def test_the_historical_estimate_of_one_period_by_hand() -> None:
    """Of 1,000 USDT long with returns −1 %, …, −20 % of 100 periods, the rest 0: VaR 95% is the 5th worst of 100."""
    returns = [-0.01 * number for number in range(20, 0, -1)] + [0.0] * 81
    found = estimate(tail_estimates("1 h", "hours", prices_of(returns), {"A": 1_000.0}, 1), "historical")
    # Type 7: row (101 − 1) · 0.05 = 5 from the worst on.
    assert found.value_at_risk == pytest.approx(-150.0)
    assert found.expected_shortfall == pytest.approx(-(200 + 190 + 180 + 170 + 160 + 150) / 6)
    assert (found.periods, found.outcomes, found.independent) == (101, 101, 101)


def test_a_short_position_loses_where_a_long_one_gains() -> None:
    returns = list(np.random.default_rng(3).normal(0, 0.01, 200))
    long, short = (
        estimate(tail_estimates("1 h", "hours", prices_of(returns), {"A": value}, 1), "historical")
        for value in (1_000.0, -1_000.0)
    )
    assert short.value_at_risk == pytest.approx(-1_000 * float(np.quantile(returns, 0.95)))
    assert long.value_at_risk == pytest.approx(1_000 * float(np.quantile(returns, 0.05)))


def test_the_ewma_estimate_is_normal_with_the_newest_volatility() -> None:
    found = estimate(tail_estimates("1 d", "days", prices_of([0.01, -0.01] * 30), {"A": 1_000.0}, 4), "ewma")
    assert found.value_at_risk == pytest.approx(-1.6448536 * 1_000 * 0.01 * 2)
    assert found.expected_shortfall == pytest.approx(-2.0627128 * 1_000 * 0.01 * 2)


def test_estimates_scale_with_the_position() -> None:
    prices = prices_of(list(np.random.default_rng(4).normal(0, 0.01, 300)))
    one, three = (tail_estimates("1 h", "hours", prices, {"A": value}, 1) for value in (100.0, 300.0))
    for small, large in zip(one, three, strict=True):
        assert large.value_at_risk == pytest.approx(3 * (small.value_at_risk or math.nan))
        assert large.expected_shortfall == pytest.approx(3 * (small.expected_shortfall or math.nan))
        assert large.test == small.test


@pytest.mark.parametrize("method", ["historical", "ewma", "filtered"])
def test_the_test_counts_the_losses_beyond_each_forecast(method: str) -> None:
    """Of one period: the same as ``forecast_tail_risk`` with a window of half the rows."""
    returns = np.random.default_rng(5).normal(0, 0.01, 400)
    found = estimate(tail_estimates("1 h", "hours", prices_of(list(returns)), {"A": 1_000.0}, 1), method)
    forecast = forecast_tail_risk(returns, method, window=200, level=0.95)
    assert (
        (found.test.forecasts, found.test.violations)
        == (forecast.n, forecast.violations)
        == (200, found.test.violations)
    )
    assert found.test.kupiec_pvalue == pytest.approx(kupiec_test(forecast.violation, level=0.95).pvalue)
    assert found.test.expected == pytest.approx(10.0)
    assert not found.test.rough


def test_forecasts_over_several_periods_do_not_overlap_and_see_no_future() -> None:
    returns = np.random.default_rng(6).normal(0, 0.01, 200)
    crash = returns.copy()
    crash[-4:] = -0.2  # the newest four hours, which one forecast is judged by, and none is made from
    calm, crashed = (
        estimate(tail_estimates("1 d", "days", prices_of(list(each)), {"A": 1_000.0}, 4), "historical")
        for each in (returns, crash)
    )
    assert calm.test.forecasts == crashed.test.forecasts == 25
    assert crashed.test.violations - calm.test.violations in {0, 1}
    assert crashed.test.violations >= 1


def test_a_loss_over_several_periods_is_a_full_revaluation() -> None:
    returns = [0.1, -0.1] * 50
    found = estimate(tail_estimates("1 d", "days", prices_of(returns), {"A": 1_000.0}, 2), "historical")
    assert found.value_at_risk == pytest.approx(-10.0)  # 1.1 · 0.9 − 1, not 0
    assert found.value_at_risk == pytest.approx(historical_tail_risk([-10.0] * 99).value_at_risk or 0.0)


def test_violations_that_are_too_many_are_found() -> None:
    """Calm first, then ten times as wild: what the calm half forecasts is passed again and again."""
    dice = np.random.default_rng(7)
    returns = [*dice.normal(0, 0.001, 200), *dice.normal(0, 0.01, 200)]
    found = estimate(tail_estimates("1 h", "hours", prices_of(returns), {"A": 1_000.0}, 1), "historical")
    assert found.test.violations > 2 * found.test.expected
    assert (found.test.kupiec_pvalue or 1.0) < 0.01


def test_too_few_bars_no_bars_and_no_positions_have_reasons() -> None:
    few = tail_estimates("1 d", "days", prices_of([0.01, -0.01] * 20), {"A": 1_000.0}, 4)
    historical = estimate(few, "historical")
    assert historical.value_at_risk is None
    assert historical.reason == "20 whole days are needed, there are 10"
    assert historical.test.reason == historical.reason
    ewma = estimate(few, "ewma")
    assert ewma.value_at_risk is not None
    assert ewma.test.kupiec_pvalue is None
    assert ewma.test.reason == "20 forecasts are needed, there are 5"
    none = tail_estimates("1 d", "days", prices_of([0.01] * 50), {"B": 1_000.0}, 4)
    assert {each.reason for each in none} == {"no bars of B are stored"}
    empty = tail_estimates("1 d", "days", prices_of([0.01] * 50), {}, 4)
    assert {each.reason for each in empty} == {"nothing is held"}


def test_a_hole_leaves_its_outcomes_out() -> None:
    closes = [100.0 + number % 5 for number in range(201)]
    closes[50] = math.nan
    found = estimate(tail_estimates("1 d", "days", history(HOUR, {"A": closes}), {"A": 1_000.0}, 4), "historical")
    assert found.periods == 200 - 2
    assert found.outcomes == 197 - 2
