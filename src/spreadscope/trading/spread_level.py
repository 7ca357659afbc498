"""The z of prices on a hedge and its baseline: those that a trade froze when it was decided, or the newest ones."""

from __future__ import annotations

import math

from spreadscope.model.hedge import Space
from spreadscope.model.trading import UNIT, PairTrade
from spreadscope.trading.fixed_point import divide


def z_of(trade: PairTrade, price_y: int, price_x: int) -> float | None:
    """Returns z at prices in units of 1e-8; None where the trade has no baseline or a price is missing."""
    return z_at(price_y, price_x, space=trade.space, beta=trade.beta, alpha=trade.alpha, mean=trade.mean, sd=trade.sd)


def entry_z(trade: PairTrade) -> float | None:
    """Returns z at the mean prices of the fills of the entry, on the trade's own baseline; None before both legs have
    fills."""
    y, x = trade.y, trade.x
    if not y.entered or not x.entered:
        return None
    return z_of(trade, divide(y.entered_notional * UNIT, y.entered), divide(x.entered_notional * UNIT, x.entered))


def z_at(
    price_y: int, price_x: int, *, space: Space, beta: float, alpha: float, mean: float | None, sd: float | None
) -> float | None:
    """Returns z at prices in units of 1e-8 on a hedge and its baseline; None where there is none, or a price is
    missing."""
    if mean is None or not sd or price_y <= 0 or price_x <= 0:
        return None
    y, x = price_y / UNIT, price_x / UNIT
    if space is Space.LOG:
        y, x = math.log(y), math.log(x)
    return (y - alpha - beta * x - mean) / sd
