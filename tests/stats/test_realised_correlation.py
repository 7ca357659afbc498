"""The realised correlation finds what trades at unlike times and their bounce hide from the correlation of bars."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spreadscope import stats
from spreadscope.model.errors import StatisticsError
from spreadscope.model.events import Floats
from spreadscope.model.validity import Reason

TRUE = 0.8
PARTS = 20  # of a second


def closes(rng: np.random.Generator, seconds: int, *, trades: float, bounce: float) -> tuple[Floats, Floats]:
    """Last trades of each second of two legs, in units of a leg's volatility a second; NaN where nobody traded."""
    steps = rng.standard_normal((seconds * PARTS, 2)) / math.sqrt(PARTS)
    x = np.cumsum(steps[:, 0])
    y = np.cumsum(TRUE * steps[:, 0] + math.sqrt(1 - TRUE**2) * steps[:, 1])
    legs = []
    for price in (y, x):
        traded = rng.random(price.size) < -math.expm1(-trades / PARTS)
        printed = np.where(traded, price + bounce * rng.choice([-1.0, 1.0], price.size), np.nan).reshape(seconds, PARTS)
        last = PARTS - 1 - np.isfinite(printed)[:, ::-1].argmax(axis=1)
        legs.append(printed[np.arange(seconds), last])
    return legs[0], legs[1]


def of_bars(y: Floats, x: Floats) -> float:
    joint = np.isfinite(y) & np.isfinite(x)
    return float(np.corrcoef(np.diff(y[joint]), np.diff(x[joint]))[0, 1])


@pytest.mark.parametrize(("trades", "bounce", "hidden"), [(2.0, 0.0, 0.64), (2.0, 0.5, 0.50), (20.0, 0.0, 0.78)])
def test_it_finds_what_bars_hide(trades: float, bounce: float, hidden: float) -> None:
    rng = np.random.default_rng(11)
    bars, found = [], []
    for _ in range(60):
        y, x = closes(rng, 300, trades=trades, bounce=bounce)
        bars.append(of_bars(y, x))
        found.append(stats.realised_correlation(y, x).correlation or math.nan)
    assert np.mean(bars) < hidden
    assert np.mean(found) == pytest.approx(TRUE, abs=0.035)
    assert np.std(found) < 0.1


def test_it_equals_the_definition() -> None:
    rng = np.random.default_rng(3)
    y, x = np.cumsum(rng.standard_normal((2, 60)), axis=1)
    lags = 5
    moves = np.diff(np.vstack([y, x]), axis=1)
    kernel = moves @ moves.T
    for lag in range(1, lags + 1):
        share = lag / (lags + 1)
        weight = 1 - 6 * share**2 + 6 * share**3 if share <= 0.5 else 2 * (1 - share) ** 3
        covariance = moves[:, lag:] @ moves[:, :-lag].T
        kernel += weight * (covariance + covariance.T)
    found = stats.realised_correlation(y, x, lags=lags)
    assert found.correlation == pytest.approx(kernel[0, 1] / math.sqrt(kernel[0, 0] * kernel[1, 1]), rel=1e-12)
    assert (found.n, found.lags) == (60, 5)


def test_without_lags_it_is_the_correlation_about_zero() -> None:
    rng = np.random.default_rng(4)
    y, x = np.cumsum(rng.standard_normal((2, 60)), axis=1)
    dy, dx = np.diff(y), np.diff(x)
    expected = dy @ dx / math.sqrt((dy @ dy) * (dx @ dx))
    assert stats.realised_correlation(y, x, lags=0).correlation == pytest.approx(expected, rel=1e-12)


def test_what_it_cannot_say_has_a_reason() -> None:
    walk = np.cumsum(np.random.default_rng(5).standard_normal(40))
    assert stats.realised_correlation(walk[:19], walk[:19]).reason is Reason.TOO_FEW_ROWS
    assert stats.realised_correlation(walk, np.ones(40)).reason is Reason.CONSTANT_LEG
    assert stats.realised_correlation(walk, walk).correlation == pytest.approx(1.0)
    assert stats.realised_correlation(walk, -walk).correlation == pytest.approx(-1.0)
    with pytest.raises(StatisticsError, match="lags"):
        stats.realised_correlation(walk, walk, lags=1.5)  # type: ignore[arg-type]
