"""Forecasts of value at risk: each is of the window before its row, and of nothing after."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from tests.support.numbers import known

RNG = np.random.default_rng(6)
# Rows that do not move, so that volatilities start late in some windows, and a whole window of them.
RETURNS = 0.01 * RNG.standard_normal(400) * (1 + 2 * (np.arange(400) % 97 > 60))
RETURNS[150:215] = 0.0

ONE: dict[str, Callable[..., performance.TailRisk]] = {
    "historical": performance.historical_tail_risk,
    "ewma": performance.ewma_tail_risk,
    "filtered": performance.filtered_tail_risk,
}


@pytest.mark.parametrize("method", performance.TAIL_RISK_METHODS)
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_each_row_is_the_figure_of_the_window_before_it(method: str, level: float) -> None:
    found = performance.forecast_tail_risk(RETURNS, method, window=60, level=level)
    undefined = 0
    for t in range(60, 400):
        one = ONE[method](RETURNS[t - 60 : t], level=level)
        if one.value_at_risk is None:
            undefined += 1
            assert np.isnan([found.value_at_risk[t], found.expected_shortfall[t], found.violation[t]]).all()
        else:
            assert found.value_at_risk[t] == one.value_at_risk
            assert found.expected_shortfall[t] == one.expected_shortfall
            assert found.violation[t] == (RETURNS[t] < one.value_at_risk)
    assert np.isnan(found.value_at_risk[:60]).all()
    assert np.isnan(found.violation[:60]).all()
    assert found.n == 340 - undefined
    assert (undefined > 0) == (method != "historical")
    assert found.expected == pytest.approx(found.n * (1 - level))
    assert found.violations == int(np.nansum(found.violation))


def test_many_windows_are_computed_in_parts_without_a_seam() -> None:
    long = 0.01 * RNG.standard_normal(2_600)
    found = performance.forecast_tail_risk(long, "filtered", window=50)
    for t in (1_049, 1_050, 2_049, 2_050, 2_599):
        assert found.value_at_risk[t] == performance.filtered_tail_risk(long[t - 50 : t]).value_at_risk
    assert found.n == 2_550


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(performance.TAIL_RISK_METHODS),
    st.integers(min_value=0, max_value=120),
    st.integers(min_value=0, max_value=2**32 - 1),
)
def test_another_future_changes_nothing_before_it(method: str, known: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    returns = rng.standard_normal(120)
    other = np.concatenate((returns[:known], 100 * rng.standard_t(2, 120 - known)))
    one = performance.forecast_tail_risk(returns, method, window=30)
    two = performance.forecast_tail_risk(other, method, window=30)
    # The forecast for the first unknown row is made before it; whether it was violated is not.
    for forecast in ("value_at_risk", "expected_shortfall"):
        assert getattr(one, forecast)[: known + 1].tobytes() == getattr(two, forecast)[: known + 1].tobytes()
    assert one.violation[:known].tobytes() == two.violation[:known].tobytes()


def test_the_filtered_forecast_follows_clustered_volatility_where_the_historical_one_lags() -> None:
    rng = np.random.default_rng(11)
    variance, returns = 1.0, np.zeros(6_000)
    for t in range(6_000):
        returns[t] = np.sqrt(variance) * rng.standard_normal()
        variance = 0.02 + 0.08 * returns[t] ** 2 + 0.90 * variance
    tests = {
        method: performance.christoffersen_test(performance.forecast_tail_risk(returns, method).violation)
        for method in ("historical", "filtered")
    }
    assert known(tests["historical"].independence_pvalue) < 0.001
    assert known(tests["filtered"].independence_pvalue) > 0.01


def test_too_few_returns_have_a_reason_and_short_windows_an_error() -> None:
    found = performance.forecast_tail_risk(RETURNS[:250])
    assert found.reason is Reason.TOO_FEW_ROWS
    assert found.n == 0
    assert performance.kupiec_test(found.violation).reason is Reason.TOO_FEW_ROWS
    for method, window in (("historical", 1), ("ewma", 16), ("filtered", 18), ("normal", 100)):
        with pytest.raises(StatisticsError):
            performance.forecast_tail_risk(RETURNS, method, window=window)
    for method, window in (("historical", 2), ("ewma", 17), ("filtered", 19)):
        assert performance.forecast_tail_risk(RETURNS, method, window=window).n > 0
