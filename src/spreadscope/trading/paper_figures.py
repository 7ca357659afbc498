"""Figures of open pair trades at given prices of their legs, in numbers (USDT), as alert rules read them."""

from __future__ import annotations

from collections.abc import Iterable

from spreadscope.model.trading import UNIT, PairTrade
from spreadscope.trading.fixed_point import divide


def result_at(trades: Iterable[PairTrade], price_y: float, price_x: float) -> float:
    """Returns the net result of trades so far, open legs at these prices."""
    total = 0.0
    for trade in trades:
        for leg, price in ((trade.y, price_y), (trade.x, price_x)):
            booked = leg.realised - leg.cost - leg.fees + leg.funding - leg.liquidation
            total += leg.held * price / UNIT + booked / UNIT
    return total


def gross_at(trades: Iterable[PairTrade], price_y: float, price_x: float) -> float:
    """Returns the notional of both legs of trades at these prices."""
    return sum((abs(trade.y.held) * price_y + abs(trade.x.held) * price_x) / UNIT for trade in trades)


def residual_at(trades: Iterable[PairTrade], price_y: float, price_x: float) -> float:
    """Returns the notional of x that is not hedged by y (or of y without any x) at these prices."""
    total = 0.0
    for trade in trades:
        y, x = trade.y, trade.x
        planned_y, planned_x = y.whole or y.entered or y.planned, x.whole or x.entered or x.planned
        if planned_y and planned_x:
            total += abs(x.held - divide(planned_x * y.held, planned_y)) * price_x / UNIT
        else:
            total += (abs(y.held) * price_y + abs(x.held) * price_x) / UNIT
    return total
