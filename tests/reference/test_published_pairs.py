"""Two published results of pair trading, from our own estimators: the same figures to the last digit that was printed.

Chan (2013), Algorithmic Trading, example 3.3: EWC on EWA by a Kalman filter. Chan (2009), Quantitative Trading, example
3.6: GLD and GDX.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from spreadscope import performance
from spreadscope.jit import FloatArray
from spreadscope.stats import kalman_hedge, ols

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "classic"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the data beside the checkout")
DAYS = 252


def carried(enters: np.ndarray, leaves: np.ndarray) -> FloatArray:
    """1 from an entry until the exit, 0 otherwise; an exit goes first where both are."""
    held, found = 0.0, np.zeros(len(enters))
    for row in range(len(enters)):
        held = 0.0 if leaves[row] else 1.0 if enters[row] else held
        found[row] = held
    return found


def returns_of(positions: FloatArray, prices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The result of each day of the positions of the day before, and their gross value."""
    moves = np.diff(prices, axis=0) / prices[:-1]
    return (positions[:-1] * moves).sum(axis=1), np.abs(positions[:-1]).sum(axis=1)


def test_the_kalman_filter_of_ewa_and_ewc() -> None:
    """Bounds of one standard deviation of the forecast; the first bar counts, at which nothing is known yet."""
    frame = pl.read_csv(SHARED / "EWA_EWC_daily_2006_2012_chan.csv.gz")
    x, y = frame["EWA"].to_numpy().astype(float), frame["EWC"].to_numpy().astype(float)
    rows = kalman_hedge(y, x, delta=1e-4, r=1e-3)
    e, bound = rows.e, np.sqrt(rows.s)
    units = carried(e < -bound, e > -bound) - carried(e > bound, e < bound)
    positions = np.column_stack([-units * rows.beta * x, units * y])
    result, gross = returns_of(positions, np.column_stack([x, y]))
    returns = np.concatenate(([0.0], np.where(gross > 0, result / np.where(gross > 0, gross, 1.0), 0.0)))
    assert float(np.prod(1 + returns) ** (DAYS / len(returns)) - 1) == pytest.approx(0.262252, abs=5e-7)
    assert performance.sharpe(returns, periods=DAYS).value == pytest.approx(2.361162, abs=5e-7)


def test_gold_and_gold_miners() -> None:
    """A hedge without intercept on the first year, entries at two standard deviations of it, exits at one."""
    frame = pl.read_csv(SHARED / "GLD_GDX_daily_2006_2007_chan.csv.gz")
    y, x = frame["GLD_adj"].to_numpy(), frame["GDX_adj"].to_numpy()
    beta = ols(y[:DAYS], x[:DAYS], intercept=False).beta
    assert beta == pytest.approx(1.6310, abs=5e-5)
    spread = y - beta * x
    z = (spread - spread[:DAYS].mean()) / spread[:DAYS].std(ddof=1)
    inside = np.abs(z) <= 1
    side = carried(z <= -2, inside) - carried(z >= 2, inside)
    result, _ = returns_of(np.column_stack([side, -side]), np.column_stack([y, x]))
    assert performance.sharpe(result[: DAYS - 1], periods=DAYS).value == pytest.approx(2.3278, abs=5e-5)
    assert performance.sharpe(result[DAYS - 1 :], periods=DAYS).value == pytest.approx(1.5082, abs=5e-5)
