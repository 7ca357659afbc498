"""Pairs with a known truth, made from a seed: log prices of tied and untied legs, under what real markets do.

A row of a leg moves by 0.1% (one standard deviation). The checks of our own decisions are made on them.
"""

from __future__ import annotations

import numpy as np

from spreadscope.jit import FloatArray

Legs = tuple[FloatArray, FloatArray]


def unrelated(rows: int, seed: int) -> Legs:
    """Two random walks."""
    rng = np.random.default_rng(seed)
    y, x = 0.001 * np.cumsum(rng.standard_normal((2, rows)), axis=1)
    return y, x


def storm(rows: int, seed: int) -> Legs:
    """A calm after a storm: the first fifth moves eight times as much."""
    rng = np.random.default_rng(seed)
    size = np.where(np.arange(rows) < rows // 5, 8.0, 1.0)
    y, x = 0.001 * np.cumsum(size * rng.standard_normal((2, rows)), axis=1)
    return y, x


def with_bad_bar(rows: int, seed: int) -> Legs:
    """One bar of each leg is off by fifty standard deviations."""
    y, x = unrelated(rows, seed)
    rng = np.random.default_rng(seed + 10_000)
    y[rng.integers(20, rows - 20)] += 0.05
    x[rng.integers(20, rows - 20)] -= 0.05
    return y, x


def with_bounce(rows: int, seed: int) -> Legs:
    """Last trades at the bid or the ask, half a standard deviation of a bar apart from the mid."""
    y, x = unrelated(rows, seed)
    rng = np.random.default_rng(seed + 20_000)
    return y + 0.0005 * rng.choice([-1.0, 1.0], rows), x + 0.0005 * rng.choice([-1.0, 1.0], rows)


def clustered(rows: int, seed: int) -> Legs:
    """GARCH(1, 1) with a persistence of .98."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal((2, rows))
    changes = np.empty((2, rows))
    for leg in range(2):
        variance, last = 1.0, 0.0
        for row in range(rows):
            variance = 0.02 + 0.10 * last * last + 0.88 * variance
            last = changes[leg, row] = np.sqrt(variance) * shocks[leg, row]
    y, x = 0.001 * np.cumsum(changes, axis=1)
    return y, x


def stochastic_volatility(rows: int, seed: int) -> Legs:
    """Log volatility of both legs is an AR(1) with a coefficient of .98."""
    rng = np.random.default_rng(seed)
    shocks, news = rng.standard_normal((2, rows)), rng.standard_normal(rows)
    volatility = np.empty(rows)
    level = 0.0
    for row in range(rows):
        level = 0.98 * level + 0.25 * news[row]
        volatility[row] = np.exp(level / 2)
    y, x = 0.001 * np.cumsum(volatility * shocks, axis=1)
    return y, x


def with_holes(rows: int, seed: int) -> Legs:
    """A fifth of the rows lacks its first leg."""
    y, x = unrelated(rows, seed)
    rng = np.random.default_rng(seed + 30_000)
    y[rng.random(rows) < 0.2] = np.nan
    return y, x


def tied(rows: int, half_life: float, seed: int, beta: float = 1.2) -> Legs:
    """y = β x + a spread that comes half-way back in ``half_life`` rows, as wide as a bar of x moves."""
    rng = np.random.default_rng(seed)
    x = 0.001 * np.cumsum(rng.standard_normal(rows))
    phi = 0.5 ** (1 / half_life)
    shocks = 0.001 * rng.standard_normal(rows)
    spread = np.empty(rows)
    level = shocks[0] / np.sqrt(1 - phi * phi)
    for row in range(rows):
        level = level if row == 0 else phi * level + shocks[row]
        spread[row] = level
    return beta * x + spread, x
