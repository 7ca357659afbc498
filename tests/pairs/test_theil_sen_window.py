"""The slope of a window that moves is ``theil_sen`` of it, to the last bit: on ties, holes, spikes and long runs."""

from __future__ import annotations

import numpy as np
import pytest

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.pairs.theil_sen_window import TheilSenWindow
from spreadscope.stats._arrays import reason_of
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


def row_of(window: TheilSenWindow, y: float, x: float) -> tuple[float | None, int, Reason | None]:
    code, n, beta = window.push(float(y), float(x))
    return None if code else beta, n, reason_of(code)


def batch_of(y: np.ndarray, x: np.ndarray, *, intercept: bool = True) -> tuple[float | None, int, Reason | None]:
    fit = theil_sen(y, x, intercept=intercept)
    return fit.beta, fit.n, fit.reason


@pytest.mark.parametrize("rows", [3, 4, 30, 121])
@pytest.mark.parametrize("kind", ["tied", "unrelated", "ticks", "holes", "still", "spikes", "offset", "beyond"])
def test_it_is_the_batch_of_every_window(kind: str, rows: int) -> None:
    y, x = legs(kind, 420, seed=rows)
    window = TheilSenWindow(rows)
    for t in range(y.size):
        found = row_of(window, y[t], x[t])
        if t < rows - 1:
            assert (found[0], found[2]) == (None, Reason.WARMING_UP)
        else:
            assert found == batch_of(y[t - rows + 1 : t + 1], x[t - rows + 1 : t + 1]), t


def test_nothing_drifts_in_a_long_run_with_spikes_and_a_fall_in_variance() -> None:
    y, x = legs("spikes", 30_000, seed=3)
    y[10_000:20_000] = 5.0 + 1e-8 * (y[10_000:20_000] - y[10_000])
    window = TheilSenWindow(60)
    for t in range(y.size):
        found = row_of(window, y[t], x[t])
        if t % 97 == 96:
            assert found == batch_of(y[t - 59 : t + 1], x[t - 59 : t + 1])


@pytest.mark.parametrize(("rows", "intercept"), [(MOST_ROWS, True), (MOST_ROWS + 30, True), (40, False)])
def test_long_windows_and_lines_through_the_origin_are_the_batchs_too(rows: int, intercept: bool) -> None:
    y, x = legs("holes", rows + 20, seed=5)
    window = TheilSenWindow(rows, intercept=intercept)
    found = [row_of(window, a, b) for a, b in zip(y, x, strict=True)]
    for t in range(rows - 1, y.size):
        assert found[t] == batch_of(y[t - rows + 1 : t + 1], x[t - rows + 1 : t + 1], intercept=intercept)


def test_a_window_that_has_no_slope_is_refused() -> None:
    with pytest.raises(StatisticsError, match="at least 3"):
        TheilSenWindow(2)
