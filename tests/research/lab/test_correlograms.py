"""Correlations over lags against series of which the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.model.events import Floats
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.lab.correlograms import autocorrelation, lead_lag, residual_autocorrelation
from tests.research.lab.pairs_of_bars import reverting

NAMES = ("AAAUSDT", "BBBUSDT")


def white(n: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(n)


def stormy(n: int, seed: int) -> Floats:
    """Returns without memory whose volatility comes and goes, the same for every seed."""
    return white(n, seed) * (1.0 + 9.0 * (np.arange(n) % 400 < 60))


def words_of_lead(y: Floats, x: Floats) -> str:
    return lead_lag(y, x, NAMES, Timeframe.M1).words


@pytest.mark.parametrize("lag", [1, 4])
def test_a_leg_that_leads_is_named(lag: int) -> None:
    x = white(2_000, 1)
    y = np.concatenate((np.zeros(lag), x[:-lag])) + 0.5 * white(2_000, 2)
    found = lead_lag(y, x, NAMES, Timeframe.M1)
    assert found.lags[int(np.argmax([value or 0.0 for value in found.values]))] == lag
    assert found.words.startswith(f"BBBUSDT leads AAAUSDT by {lag} row")
    assert words_of_lead(x, y).startswith(f"AAAUSDT leads BBBUSDT by {lag} row")


def test_a_lag_is_the_plain_correlation_of_the_shifted_rows() -> None:
    y, x = white(500, 3), white(500, 4)
    found = lead_lag(y, x, NAMES, Timeframe.M1)
    by_lag = dict(zip(found.lags, found.values, strict=True))
    assert by_lag[3] == pytest.approx(np.corrcoef(y[3:], x[:-3])[0, 1], rel=1e-12)
    assert by_lag[-3] == pytest.approx(np.corrcoef(y[:-3], x[3:])[0, 1], rel=1e-12)
    assert by_lag[0] == pytest.approx(np.corrcoef(y, x)[0, 1], rel=1e-12)


@pytest.mark.parametrize("series", [white, stormy])
def test_of_unrelated_legs_few_are_said_to_lead(series: object) -> None:
    make = white if series is white else stormy
    said = [words_of_lead(make(600, 10 + seed), make(600, 5_000 + seed)) for seed in range(150)]
    assert sum("Neither" not in words for words in said) <= 15  # 5% of 150, and what chance adds


def test_legs_that_move_together_do_not_lead() -> None:
    common = white(2_000, 5)
    assert "Neither" in words_of_lead(common + 0.3 * white(2_000, 6), common + 0.3 * white(2_000, 7))


def test_gaps_are_left_out_and_not_closed_up() -> None:
    x = white(1_000, 8)
    y = np.concatenate(([0.0], x[:-1]))
    y[200:260] = math.nan
    found = lead_lag(y, x, NAMES, Timeframe.M1)
    assert dict(zip(found.lags, found.values, strict=True))[1] == pytest.approx(1.0)
    assert found.n == 940


def test_the_band_of_returns_holds_in_storms() -> None:
    outside = counted = 0
    for seed in range(60):
        found = autocorrelation(stormy(800, seed), "AAAUSDT")
        pairs = zip(found.values, found.band, strict=True)
        outside += sum(abs(value or 0.0) > (band or 0.0) for value, band in pairs)
        counted += len(found.values)
    assert outside / counted < 0.08


def test_bounce_and_memory_are_said() -> None:
    price = np.cumsum(0.2 * white(3_000, 9)) + white(3_000, 10)
    assert "bounce" in autocorrelation(np.diff(price), "AAAUSDT").words
    trend = white(3_000, 11)
    assert "have a memory" in autocorrelation(trend[1:] + trend[:-1], "AAAUSDT").words
    assert "Nothing" in autocorrelation(white(3_000, 12), "AAAUSDT").words


def test_the_memory_of_a_spread() -> None:
    found = residual_autocorrelation(reverting(4_000, 1, half_life=10.0))
    by_lag = dict(zip(found.lags, found.values, strict=True))
    assert by_lag[10] == pytest.approx(0.5, abs=0.08)
    assert found.band[0] == pytest.approx(1.96 / math.sqrt(4_000))
    slow = residual_autocorrelation(np.cumsum(white(4_000, 2)))
    assert "still remembers" in slow.words
    assert "1 row the spread has forgotten" in residual_autocorrelation(white(4_000, 3)).words


@pytest.mark.parametrize("series", [np.empty(0), np.zeros(20), np.full(100, math.nan), np.zeros(100)])
def test_too_little_is_said_and_no_number(series: Floats) -> None:
    for found in (
        autocorrelation(series, "AAAUSDT"),
        residual_autocorrelation(series),
        lead_lag(series, series, NAMES, Timeframe.M1),
    ):
        assert all(value is None for value in found.values)
        assert "too few" in found.words or "no move" in found.words
