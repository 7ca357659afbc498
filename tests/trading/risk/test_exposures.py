"""Exposures, imbalances, clusters and concentration, worked out by hand, and what holds for any positions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.trading.risk.exposures import LEAST_HOURS, concentration_of, exposures, market_betas
from spreadscope.trading.risk.holdings import Holding, hypothetical, values_by_symbol
from spreadscope.trading.risk.price_history import PriceHistory
from spreadscope.trading.risk.risk_figure import Figure
from tests.support.risk_market import history, holding, seeded

HOUR = 3_600_000
NOTHING = history(HOUR, {})
BETAS = {"BTCUSDT": Figure(1.0), "ETHUSDT": Figure(1.25, 100), "SOLUSDT": Figure(2.0, 80)}
sizes = st.floats(-1e4, 1e4).filter(lambda size: abs(size) > 1e-3)


def test_two_pairs_that_share_a_leg_by_hand() -> None:
    """10 ETH − 12 BTC and −4 SOL + 5 BTC, all at 100: BTC nets to −700, and gross is 1,000 + 700 + 400."""
    held = [holding(10, -12), holding(-4, 5, pair="SOLUSDT/BTCUSDT", trade=2, side=-1)]
    found = exposures(held, 700.0, BETAS, NOTHING, 0.6)
    assert values_by_symbol(held) == {"ETHUSDT": 1_000.0, "BTCUSDT": -700.0, "SOLUSDT": -400.0}
    assert (found.gross, found.net) == (2_100.0, -100.0)
    assert found.leverage == Figure(3.0)
    assert found.beta_adjusted == Figure(1.25 * 1_000 - 700 - 2 * 400, 80)
    assert [(each.symbol, each.quantity) for each in found.symbols] == [
        ("ETHUSDT", 10.0), ("BTCUSDT", -7.0), ("SOLUSDT", -4.0),
    ]  # fmt: skip
    assert [round(each.share, 3) for each in found.symbols] == [47.619, 33.333, 19.048]
    assert [(each.gross, each.net) for each in found.pairs] == [(2_200.0, -200.0), (900.0, 100.0)]


def test_without_equity_or_beta_there_is_a_reason_and_no_number() -> None:
    betas = {**BETAS, "ETHUSDT": Figure(None, 3, "24 hours are needed, there are 3")}
    found = exposures([holding()], 0.0, betas, NOTHING, 0.6)
    assert found.leverage == Figure(None, 0, "no equity is left")
    assert found.beta_adjusted == Figure(None, 0, "β of ETHUSDT: 24 hours are needed, there are 3")
    assert found.clusters_reason == "no bars of ETHUSDT, BTCUSDT are stored"


@pytest.mark.parametrize(
    ("y", "x", "entry_y", "entry_x", "planned", "drifted"),
    [
        (10.0, -12.0, 1_000.0, -1_200.0, 0.0, 0.0),
        (10.0, -12.6, 1_000.0, -1_200.0, 0.0, -5.0),  # 60 too much is sold
        (10.0, -12.0, 1_000.0, -1_080.0, 10.0, 0.0),  # 120 of 1,200 were not sold at the entry
        (-10.0, 6.0, -1_000.0, 1_200.0, 0.0, -50.0),  # half of what was to be bought is there
    ],
)
def test_imbalance_is_leg_x_against_beta_times_leg_y(
    y: float, x: float, entry_y: float, entry_x: float, planned: float, drifted: float
) -> None:
    pair = Pair("ETHUSDT", "BTCUSDT")
    held = Holding(1, pair, 1, Space.LOG, 1.2, 0.01, y, x, 100.0, 100.0, entry_y, entry_x)
    (found,) = exposures([held], 1_000.0, BETAS, NOTHING, 0.6).pairs
    assert found.imbalance_planned.value == pytest.approx(planned)
    assert found.imbalance_drifted.value == pytest.approx(drifted)


def test_a_hedge_by_units_does_not_drift_with_prices() -> None:
    held = holding(10, -20, beta=2.0, space=Space.LEVEL, marks=(100.0, 40.0))
    (found,) = exposures([held], 1_000.0, BETAS, NOTHING, 0.6).pairs
    assert found.imbalance_drifted.value == pytest.approx(0.0)


def test_one_leg_alone_has_no_hedge_to_be_compared_with() -> None:
    (found,) = exposures([holding(0.0, -12.0)], 1_000.0, BETAS, NOTHING, 0.6).pairs
    assert found.imbalance_drifted == Figure(None, 0, "leg y is not held")


def test_beta_is_the_slope_of_hourly_returns() -> None:
    hours = [0.01, -0.02, 0.015, -0.005] * 10
    market = 100 * np.cumprod([1.0, *(1 + np.array(hours))])
    double = 100 * np.cumprod([1.0, *(1 + 2 * np.array(hours))])
    found = market_betas(
        history(HOUR, {"BTCUSDT": list(market), "ETHUSDT": list(double)}), ["BTCUSDT", "ETHUSDT", "SOLUSDT"], "BTCUSDT"
    )
    assert found["BTCUSDT"] == Figure(1.0)
    assert found["ETHUSDT"].value == pytest.approx(2.0)
    assert found["ETHUSDT"].n == 40
    assert found["SOLUSDT"] == Figure(None, 0, "no bars of SOLUSDT are stored")


def test_beta_of_few_hours_is_refused_and_holes_do_not_count() -> None:
    closes = [100.0 + hour % 7 for hour in range(LEAST_HOURS + 3)]
    with_hole = [*closes[:5], math.nan, *closes[6:]]
    prices = history(HOUR, {"BTCUSDT": closes, "ETHUSDT": with_hole})
    assert market_betas(prices, ["ETHUSDT"], "BTCUSDT")["ETHUSDT"].n == LEAST_HOURS
    fewer = history(HOUR, {"BTCUSDT": closes[:-1], "ETHUSDT": with_hole[:-1]})
    assert market_betas(fewer, ["ETHUSDT"], "BTCUSDT")["ETHUSDT"] == Figure(
        None, LEAST_HOURS - 1, "24 hours are needed, there are 23"
    )


def test_symbols_that_follow_the_market_are_one_cluster_and_others_are_not() -> None:
    held = [holding(10, -12), holding(5, -5, pair="SOLUSDT/ODDUSDT", trade=2)]
    hourly = seeded(HOUR, 300 * HOUR)
    dice = np.random.default_rng(9)
    closes = {**hourly.closes, "ODDUSDT": 100 * np.exp(np.cumsum(dice.normal(0, 0.01, len(hourly.times))))}
    betas = {**BETAS, "ODDUSDT": Figure(0.0)}
    found = exposures(held, 1_000.0, betas, PriceHistory(HOUR, hourly.times, closes), 0.6)
    assert [set(each.symbols) for each in found.clusters] == [{"ETHUSDT", "BTCUSDT", "SOLUSDT"}, {"ODDUSDT"}]
    assert found.clusters[0].gross == pytest.approx(1_000 + 1_200 + 500)
    assert found.clusters[0].net == pytest.approx(1_000 - 1_200 + 500)
    assert found.cluster_hours == 299


def test_concentration_of_two_equal_pairs() -> None:
    found = concentration_of([holding(5, -5), holding(5, -5, pair="SOLUSDT/XRPUSDT", trade=2)])
    assert found.pairs_index == Figure(0.5, 2)
    assert found.symbols_effective == Figure(4.0, 4)
    assert concentration_of([]).pairs_index == Figure(None, 0, "nothing is held")


@given(st.lists(st.tuples(sizes, sizes), min_size=1, max_size=5), st.floats(0.1, 50.0))
def test_exposures_scale_with_positions_and_concentration_does_not(
    quantities: list[tuple[float, float]], factor: float
) -> None:
    held = [holding(y, x, trade=number) for number, (y, x) in enumerate(quantities, start=1)]
    scaled = [each.scaled(factor) for each in held]
    before, after = (exposures(each, 1_000.0, BETAS, NOTHING, 0.6) for each in (held, scaled))
    assert after.gross == pytest.approx(factor * before.gross, rel=1e-9)
    assert after.net == pytest.approx(factor * before.net, rel=1e-9, abs=1e-6)
    assert after.beta_adjusted.value == pytest.approx(factor * (before.beta_adjusted.value or 0.0), rel=1e-9, abs=1e-6)
    for one, other in zip(before.pairs, after.pairs, strict=True):
        assert other.imbalance_drifted.value == pytest.approx(one.imbalance_drifted.value, rel=1e-9, abs=1e-9)
    first, second = concentration_of(held), concentration_of(scaled)
    assert second.pairs_index.value == pytest.approx(first.pairs_index.value, rel=1e-9)


@given(st.lists(st.tuples(sizes, sizes), min_size=1, max_size=4), st.lists(st.tuples(sizes, sizes), max_size=4))
def test_net_and_beta_add_up_over_trades_and_gross_never_exceeds_the_sum(
    ours: list[tuple[float, float]], others: list[tuple[float, float]]
) -> None:
    one = [holding(y, x) for y, x in ours]
    two = [holding(y, x, pair="SOLUSDT/BTCUSDT") for y, x in others]
    parts = [exposures(each, 1_000.0, BETAS, NOTHING, 0.6) for each in (one, two)]
    whole = exposures([*one, *two], 1_000.0, BETAS, NOTHING, 0.6)
    assert whole.net == pytest.approx(sum(each.net for each in parts), rel=1e-9, abs=1e-6)
    assert whole.beta_adjusted.value == pytest.approx(
        sum(each.beta_adjusted.value or 0.0 for each in parts), rel=1e-9, abs=1e-6
    )
    assert whole.gross <= sum(each.gross for each in parts) * (1 + 1e-12)


def test_a_pair_that_is_asked_about_is_hedged_by_value_or_by_units() -> None:
    pair = Pair("ETHUSDT", "BTCUSDT")
    by_value = hypothetical(pair, side=-1, space=Space.LOG, beta=0.5, sd=None, notional=1_000.0, marks=(100.0, 25.0))
    assert (by_value.y, by_value.x) == (-10.0, 20.0)
    by_units = hypothetical(pair, side=-1, space=Space.LEVEL, beta=0.5, sd=None, notional=1_000.0, marks=(100.0, 25.0))
    assert (by_units.y, by_units.x) == (-10.0, 5.0)
