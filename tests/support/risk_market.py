"""Holdings and a seeded market with known betas, for the figures of risk."""

from __future__ import annotations

import numpy as np

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.trading.risk.holdings import Holding
from spreadscope.trading.risk.price_history import PriceHistory, price_history
from spreadscope.trading.risk.risk_report import DAY, RiskMarket, RiskSettings

NOW = 1_691_452_800_000
MINUTE = 60_000
BETAS = {"BTCUSDT": 1.0, "ETHUSDT": 1.2, "SOLUSDT": 1.5}
SETTINGS = RiskSettings("BTCUSDT", 0.6, 5.0, 2.0, 8.0)


def holding(
    y: float = 10.0, x: float = -12.0, *, pair: str = "ETHUSDT/BTCUSDT", trade: int = 1, beta: float = 1.2,
    space: Space = Space.LOG, sd: float | None = 0.01, marks: tuple[float, float] = (100.0, 100.0), side: int = 1,
) -> Holding:  # fmt: skip
    """A pair trade of 10 y at 100 against 12 x at 100: 1,000 USDT against β 1.2 times as much."""
    name_y, name_x = pair.split("/")
    return Holding(
        trade=trade, pair=Pair(name_y, name_x), side=side, space=space, beta=beta, sd=sd, y=y, x=x, mark_y=marks[0],
        mark_x=marks[1], entry_y=y * marks[0], entry_x=x * marks[1],
    )  # fmt: skip


def history(step: int, closes: dict[str, list[float]], *, end: int = NOW) -> PriceHistory:
    """Closes that were written down by hand, the last at ``end``; NaN is a hole."""
    end -= end % step
    series: dict[str, tuple[IntArray, FloatArray]] = {}
    for name, values in closes.items():
        times = end - step * np.arange(len(values) - 1, -1, -1, dtype=np.int64)
        series[name] = times, np.array(values)
    return price_history(step, series)


def seeded(step: int, length: int, seed: int = 1, betas: dict[str, float] | None = None) -> PriceHistory:
    """A market that walks, and symbols that follow it by their β with noise of their own."""
    dice = np.random.default_rng(seed)
    count = length // step
    market = dice.normal(0.0, 6e-6 * np.sqrt(step), count)
    closes = {}
    for name, beta in (betas or BETAS).items():
        own = dice.normal(0.0, 1.5e-6 * np.sqrt(step), count) if name != "BTCUSDT" else 0.0
        closes[name] = list(100.0 * np.exp(np.cumsum(beta * market + own)))
    return history(step, closes)


def market(length: int = 40 * DAY, betas: dict[str, float] | None = None) -> RiskMarket:
    names = betas or BETAS
    return RiskMarket(
        five_minutes=seeded(5 * MINUTE, length, betas=names),
        minutes=seeded(MINUTE, min(length, 2 * DAY), seed=2, betas=names),
        traded={name: np.full(1_440, 100_000.0) for name in names},
        funding=dict.fromkeys(names, (NOW + 2 * 3_600_000, 0.0001)),
        days={},
    )
