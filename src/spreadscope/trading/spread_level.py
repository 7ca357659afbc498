"""The z of a trade on the hedge and the baseline that were frozen when it was decided."""

from __future__ import annotations

import math

from spreadscope.model.hedge import Space
from spreadscope.model.trading import UNIT, PairTrade


def z_of(trade: PairTrade, price_y: int, price_x: int) -> float | None:
    """Returns z at prices in units of 1e-8; None where the trade has no baseline or a price is missing."""
    if trade.mean is None or not trade.sd or price_y <= 0 or price_x <= 0:
        return None
    y, x = price_y / UNIT, price_x / UNIT
    if trade.space is Space.LOG:
        y, x = math.log(y), math.log(x)
    return (y - trade.alpha - trade.beta * x - trade.mean) / trade.sd
