"""Rolling Theil–Sen is ``theil_sen`` of each window, to the last bit: on ties, holes, spikes, jumps and long runs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats.rolling_theil_sen import RollingTheilSen
from spreadscope.stats.theil_sen import MOST_ROWS, theil_sen


def legs(kind: str, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.standard_normal(rows))
    y = 0.7 * x + rng.standard_normal(rows)
    if kind == "unrelated":
        y = np.cumsum(rng.standard_normal(rows))
    elif kind == "ticks":
        x, y = np.round(x), np.round(y / 4.0)
    elif kind == "holes":
        y[rng.random(rows) < 0.3] = np.nan
        x[rng.random(rows) < 0.2] = np.nan
    elif kind == "still":
        x[rows // 4 : rows // 2] = x[rows // 4]
        y[rows // 2 : 3 * rows // 4] = y[rows // 2]
    elif kind == "spikes":
        x[::50] *= 1e6
        y[::77] *= -1e5
    elif kind == "offset":
        x, y = 1e5 + x, 1e9 + 1e-6 * y
    elif kind == "beyond":
        y[::40], x[::60] = 1e300, -np.inf
    return y, x


@pytest.mark.parametrize("window", [3, 4, 30, 121])
@pytest.mark.parametrize("kind", ["tied", "unrelated", "ticks", "holes", "still", "spikes", "offset", "beyond"])
def test_it_is_the_batch_of_every_window(kind: str, window: int) -> None:
    y, x = legs(kind, 420, seed=window)
    regression = RollingTheilSen(window)
    for t in range(y.size):
        row = regression.update(float(y[t]), float(x[t]))
        if t < window - 1:
            assert row.beta is None
            assert row.reason is Reason.WARMING_UP
            continue
        batch = theil_sen(y[t - window + 1 : t + 1], x[t - window + 1 : t + 1])
        assert (row.beta, row.n, row.reason) == (batch.beta, batch.n, batch.reason), t


def test_nothing_drifts_in_a_long_run_with_spikes_and_a_fall_in_variance() -> None:
    y, x = legs("spikes", 30_000, seed=3)
    y[10_000:20_000] = 5.0 + 1e-8 * (y[10_000:20_000] - y[10_000])
    regression = RollingTheilSen(60)
    for t, (a, b) in enumerate(zip(y.tolist(), x.tolist(), strict=True)):
        row = regression.update(a, b)
        if t % 97 == 96:
            assert row.beta == theil_sen(y[t - 59 : t + 1], x[t - 59 : t + 1]).beta


@pytest.mark.parametrize(("window", "intercept"), [(MOST_ROWS, True), (MOST_ROWS + 30, True), (40, False)])
def test_long_windows_and_lines_through_the_origin_are_the_batchs_too(window: int, intercept: bool) -> None:
    y, x = legs("holes", window + 20, seed=5)
    regression = RollingTheilSen(window, intercept=intercept)
    rows = [regression.update(float(a), float(b)) for a, b in zip(y, x, strict=True)]
    for t in range(window - 1, y.size):
        legs_then = y[t - window + 1 : t + 1], x[t - window + 1 : t + 1]
        assert rows[t].beta == theil_sen(*legs_then, intercept=intercept).beta


def test_a_row_that_lacks_a_leg_takes_a_place_and_a_snapshot_goes_on_bit_for_bit() -> None:
    y, x = legs("unrelated", 300, seed=8)
    regression = RollingTheilSen(50)
    for a, b in zip(y[:170].tolist(), x[:170].tolist(), strict=True):
        regression.update(a, b)
    assert regression.update(None, 1.0).n == 49
    restored = RollingTheilSen.restore(regression.state())
    for a, b in zip(y[170:].tolist(), x[170:].tolist(), strict=True):
        assert restored.update(a, b) == regression.update(a, b)


def test_a_window_that_has_no_slope_is_refused() -> None:
    with pytest.raises(StatisticsError, match="at least 3"):
        RollingTheilSen(2)
    assert RollingTheilSen(5).update(math.nan, math.nan).reason is Reason.WARMING_UP
