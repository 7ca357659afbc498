"""The batch twin of the tracker's hedge: the same numbers at the same rows, and the same rows without one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spreadscope.jit import FloatArray
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.errors import ConfigError
from spreadscope.model.facts import PairRow
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.legs import leg_at
from spreadscope.pairs.row_series import LegSeries, longest_half_lives, row_series
from spreadscope.pairs.tracker import PairTracker
from tests.support.facts import bar
from tests.support.market import START

ROWS = 900
TIMEFRAME = Timeframe.M1
LENGTH = TIMEFRAME.milliseconds
WINDOWS: dict[str, Any] = {"hedge_window": 60, "z_window": 25, "correlation_window": 25, "evidence_window": 240}
CASES: dict[str, dict[str, Any]] = {
    "ols": {},
    "ols on prices": {"space": "level"},
    "ols x on y": {"direction": "x_on_y"},
    "ols with few rows": {"minimum_rows": 0.2},
    "rolling ols": {"hedge": "rolling_ols"},
    "rolling ols on prices": {"hedge": "rolling_ols", "space": "level"},
    "kalman": {"hedge": "kalman"},
    "chan's filter": {"hedge": "kalman", "kalman": "chan"},
}


def legs(seed: int, *, holes: float = 0.1, noise: float = 3e-4) -> LegSeries:
    """Two tied walks with holes; a stretch in which y stands still, and one in which it is x times a number."""
    rng = np.random.default_rng(seed)
    common = np.cumsum(rng.normal(0, 5e-4, ROWS))
    apart = np.zeros(ROWS)
    for row in range(1, ROWS):
        apart[row] = 0.9 * apart[row - 1] + rng.normal(0, noise)
    y, x = 300.0 * np.exp(0.8 * common + apart), 20.0 * np.exp(common)
    y[500:600] = y[500]
    y[680:790] = 3.0 * x[680:790]
    y[rng.random(ROWS) < holes], x[rng.random(ROWS) < holes] = np.nan, np.nan
    y[400:420] = x[400:420] = np.nan  # nothing at all
    y[0], x[0] = 300.0, 20.0
    times = START + np.arange(ROWS) * LENGTH
    made = np.isfinite(y) | np.isfinite(x)
    return LegSeries(times, made, y, x, _newest(y), _newest(x))


def _newest(prices: FloatArray) -> FloatArray:
    """The newest known price of each row; one of the bar before is not stale yet, an older one is."""
    before = np.concatenate(([np.nan], prices[:-1]))
    return np.where(np.isfinite(prices), prices, before)


def tracked(series: LegSeries, config: AnalyticsConfig) -> list[PairRow | None]:
    """The rows of the tracker, stepped bar by bar."""
    tracker = PairTracker(Pair("AUSDT", "BUSDT"), TIMEFRAME, config)
    found: list[PairRow | None] = []
    for place, time in enumerate(series.times.tolist()):
        if not series.made[place]:
            found.append(None)
            continue
        before = tracker.legs
        leg_y, leg_x = (
            leg_at(time, LENGTH, bar(time, close=float(price)) if np.isfinite(price) else None, None, leg)
            for price, leg in zip((series.y[place], series.x[place]), before, strict=True)
        )
        found.append(tracker.step(time, leg_y, leg_x, halted=False, state=SignalState.FLAT))
    return found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_row_is_that_of_the_tracker(name: str, seed: int) -> None:
    config = AnalyticsConfig(**WINDOWS | CASES[name])
    series = legs(seed)
    batch, rows = row_series(series, config), tracked(series, config)
    compared = 0
    for place, row in enumerate(rows):
        for key, values in (("z", batch.z), ("beta", batch.beta), ("spread_sd", batch.sd), ("spread_mean", batch.mean)):
            value = None if row is None else row[key].value
            if row is None or value is None:
                assert np.isnan(values[place]), (place, key, row)
                continue
            scale = 1.0 if key in {"z", "beta"} else row["spread_sd"].value or 1.0
            assert values[place] == pytest.approx(value, rel=1e-9, abs=1e-9 * scale), (place, key)
            compared += key == "z"
    assert compared > 150


def test_the_longest_half_life_is_that_of_the_rows() -> None:
    config = AnalyticsConfig(**WINDOWS)
    series = legs(4, holes=0.05)
    lives = longest_half_lives(series, config)
    for place, row in enumerate(tracked(series, config)):
        if row is not None:
            value = row["half_life_high"].value
            assert np.isnan(lives[place]) if value is None else lives[place] == value
    assert np.isfinite(lives).sum() > 100


@pytest.mark.parametrize("values", [{"hedge": "huber"}, {"hedge": "tls"}, {"intercept": False},
                                    {"hedge": "kalman", "direction": "x_on_y"}])  # fmt: skip
def test_a_hedge_without_a_twin_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="has no fast rows"):
        row_series(legs(1), AnalyticsConfig(**WINDOWS | values))
