"""Stress scenarios, each worked out by hand on 10 ETH against 12 BTC at 100."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.hedge import Space
from spreadscope.trading.risk.holdings import Holding
from spreadscope.trading.risk.price_history import PriceHistory
from spreadscope.trading.risk.risk_figure import Figure
from spreadscope.trading.risk.scenarios import BAD_DAYS, MARKET_SHOCKS, ScenarioKind
from spreadscope.trading.risk.stress import StressInputs, StressResult, stress_results
from tests.support.risk_market import history, holding

HOUR = 3_600_000
COVID = 4_970.788086 / 7_913.616211 - 1
EMPTY = history(HOUR, {})
INPUTS = StressInputs(
    equity=1_000.0, maintenance_rate=0.025, fee_rate=0.0005, funding_cap=0.02,
    betas={"BTCUSDT": Figure(1.0), "ETHUSDT": Figure(1.5, 100), "SOLUSDT": Figure(5.0, 100)}, hourly=EMPTY,
    minutes=EMPTY, days={},
)  # fmt: skip


def result(name: str, held: list[Holding] | None = None, inputs: StressInputs = INPUTS) -> StressResult:
    found = [each for each in stress_results([holding()] if held is None else held, inputs) if name in each.name]
    assert len(found) == 1
    return found[0]


def test_a_dated_shock_moves_every_symbol_by_its_beta() -> None:
    found = result("COVID")
    pnl = 1_000 * 1.5 * COVID - 1_200 * COVID
    assert round(100 * COVID, 1) == -37.2
    assert found.pnl == pytest.approx(pnl)
    assert found.equity == pytest.approx(1_000 + pnl)
    gross = 1_000 * (1 + 1.5 * COVID) + 1_200 * (1 + COVID)
    assert found.maintenance == pytest.approx(0.025 * gross)
    assert found.margin_percent == pytest.approx(100 * 0.025 * gross / (1_000 + pnl))
    assert (found.kind, found.liquidated) == (ScenarioKind.DATED, False)
    assert "Yahoo Finance" in found.source


def test_a_price_stays_above_zero_whatever_its_beta() -> None:
    found = result("COVID", [holding(10, 0.0, pair="SOLUSDT/BTCUSDT")])
    assert found.pnl == pytest.approx(-999.0)


def test_the_spread_moves_five_of_its_deviations_against_the_trade() -> None:
    down, up = result("Market −30%").pnl, result("Market +30%").pnl
    assert down == pytest.approx(1_000 * (0.55 * math.exp(-0.05) - 1) + 1_200 * 0.3)
    assert up == pytest.approx(1_000 * (1.45 * math.exp(-0.05) - 1) - 1_200 * 0.3)
    sold = result("Market −30%", [holding(-10, 12, side=-1)]).pnl
    assert sold == pytest.approx(-1_000 * (0.55 * math.exp(0.05) - 1) - 1_200 * 0.3)
    levels = result("Market −30%", [holding(space=Space.LEVEL, sd=2.0)]).pnl
    assert levels == pytest.approx(1_000 * (0.55 * (1 - 10 / 100) - 1) + 1_200 * 0.3)


def test_a_shock_without_a_beta_or_a_deviation_is_refused_with_the_reason() -> None:
    betas = {**INPUTS.betas, "ETHUSDT": Figure(None, 2, "24 hours are needed, there are 2")}
    unknown = result("COVID", inputs=replace(INPUTS, betas=betas))
    assert (unknown.pnl, unknown.liquidated) == (None, None)
    assert unknown.reason == "β of ETHUSDT: 24 hours are needed, there are 2"
    assert "no standard deviation" in result("Market −30%", [holding(sd=None)]).reason


def test_an_account_whose_equity_falls_to_its_margin_is_liquidated() -> None:
    """Equity left is 60 − 48 = 12 USDT, the margin 0.025 · (1,000 + 1,200) = 55."""
    found = result("Funding at cap", inputs=replace(INPUTS, equity=144.0))
    assert found.pnl == pytest.approx(-3 * 0.02 * 2_200)
    assert found.equity == pytest.approx(12.0)
    assert found.maintenance == pytest.approx(55.0)
    assert found.liquidated is True
    gone = result("Funding at cap", inputs=replace(INPUTS, equity=100.0))
    assert gone.margin_percent is None
    assert gone.liquidated is True


def test_a_broken_beta_takes_the_worst_of_four() -> None:
    """Long 1,000 y and short 1,200 x with β 1.2: x −10% and y 1.2 · 1.2 times as far."""
    cases = [
        1_000 * (math.exp(wrong * 1.2 * math.log1p(move)) - 1) - 1_200 * move
        for move in (0.1, -0.1)
        for wrong in (0.8, 1.2)
    ]
    assert result("β off").pnl == pytest.approx(min(cases))
    levels = [1_000 * wrong * 1.2 * move - 1_200 * move for move in (0.1, -0.1) for wrong in (0.8, 1.2)]
    assert result("β off", [holding(space=Space.LEVEL)]).pnl == pytest.approx(min(levels))


def test_the_worst_stored_day_says_when_it_was() -> None:
    closes = [100.0] * 60
    closes[40:] = [90.0] * 20  # ETH falls by 10% at one time, and BTC does not
    hourly = history(HOUR, {"ETHUSDT": closes, "BTCUSDT": [100.0] * 60})
    found = result("Worst 24 h", inputs=replace(INPUTS, hourly=hourly))
    assert found.pnl == pytest.approx(-100.0)
    assert found.pairs[0].pnl == pytest.approx(-100.0)
    start = datetime.fromtimestamp(int(hourly.times[16]) / 1000, UTC)
    assert f"{start:%Y-%m-%d %H:%M}" in found.source
    assert result("Worst 24 h").reason == "no bars of ETHUSDT, BTCUSDT are stored"


def test_a_halted_leg_is_the_one_whose_halt_costs_most() -> None:
    eth = [100.0] * 20 + [95.0] * 20
    btc = [100.0] * 20 + [104.0] * 20
    found = result("halted", inputs=replace(INPUTS, hourly=history(HOUR, {"ETHUSDT": eth, "BTCUSDT": btc})))
    # ETH halted: −50 and a fee on 1,200; BTC halted: −48 and a fee on 1,000.
    assert found.pnl == pytest.approx(-50 - 1_200 * 0.0005)
    assert found.source.startswith("ETHUSDT: ")
    assert found.maintenance == pytest.approx(0.025 * 950)


def test_a_halt_leaves_other_pairs_as_they_are() -> None:
    prices = {
        "ETHUSDT": [100.0] * 20 + [95.0] * 20,
        "BTCUSDT": [100.0] * 40,
        "SOLUSDT": [100.0] * 40,
        "XUSDT": [1.0] * 40,
    }
    other = holding(1, -1, pair="SOLUSDT/XUSDT", trade=2)
    inputs = replace(INPUTS, hourly=history(HOUR, prices), betas={**INPUTS.betas, "XUSDT": Figure(1.0)})
    found = result("halted", [holding(), other], inputs)
    assert [each.pnl for each in found.pairs] == pytest.approx([-50.6, 0.0])
    assert found.maintenance == pytest.approx(0.025 * (950 + 200))


def test_a_lost_feed_takes_the_worst_minute_of_each_pair() -> None:
    minutes = history(60_000, {
        "ETHUSDT": [100.0, 99.0, 99.0, 99.0], "BTCUSDT": [100.0, 100.0, 100.0, 100.0],
        "SOLUSDT": [100.0, 100.0, 100.0, 98.0],
    })  # fmt: skip
    held = [holding(), holding(1, -1, pair="SOLUSDT/BTCUSDT", trade=2)]
    found = result("Feed lost", held, replace(INPUTS, minutes=minutes))
    assert [each.pnl for each in found.pairs] == pytest.approx([-10.0, -2.0])
    assert found.pnl == pytest.approx(-12.0)


def day_of(closes: dict[str, list[float]]) -> PriceHistory:
    return history(300_000, closes)


def test_a_bad_day_is_revalued_at_its_worst_instant_where_it_is_stored() -> None:
    eth = [100.0] * 100 + [80.0] * 20 + [100.0] * 160
    days = {BAD_DAYS[0]: day_of({"ETHUSDT": eth, "BTCUSDT": [100.0] * 280})}
    found = result("17 August 2023", inputs=replace(INPUTS, days=days))
    assert found.pnl == pytest.approx(-200.0)
    assert result("3 January 2024", inputs=replace(INPUTS, days=days)).reason == (
        "the store has no bars of every leg on that day"
    )
    short = {BAD_DAYS[0]: day_of({"ETHUSDT": eth[:200], "BTCUSDT": [100.0] * 200})}
    assert "too few bars" in result("17 August 2023", inputs=replace(INPUTS, days=short)).reason


def test_the_list_of_scenarios_is_whole_and_each_says_where_it_comes_from() -> None:
    found = stress_results([holding()], INPUTS)
    assert len(found) == len(MARKET_SHOCKS) + len(BAD_DAYS) + 5
    assert len({each.name for each in found}) == len(found)
    assert all(each.source for each in found)
    assert all((each.pnl is None) == bool(each.reason) for each in found)
    assert BAD_DAYS == tuple(sorted(BAD_DAYS))
    assert all(isinstance(day, date) for day in BAD_DAYS)
    assert stress_results([], INPUTS) == ()


@given(st.floats(0.1, 20.0))
def test_every_loss_scales_with_the_positions(factor: float) -> None:
    dice = np.random.default_rng(1)
    closes = {name: list(100 * np.exp(np.cumsum(dice.normal(0, 0.01, 100)))) for name in ("ETHUSDT", "BTCUSDT")}
    inputs = replace(INPUTS, hourly=history(HOUR, closes), minutes=history(60_000, closes))
    before, after = (stress_results([each], inputs) for each in (holding(), holding().scaled(factor)))
    for one, other in zip(before, after, strict=True):
        if one.pnl is None:
            assert other.pnl is None
        else:
            assert other.pnl == pytest.approx(factor * one.pnl, rel=1e-9, abs=1e-9)
