"""Where the result of a pair trade came from: spread, imbalance, drift, slippage, fees, funding, liquidation.

The parts add up to the net result exactly: each but drift is computed, and drift is what is left of the gross result.
"""

from __future__ import annotations

import math

from spreadscope.model.hedge import Space
from spreadscope.model.trading import Attribution, PairTrade, TradeLeg


def attribution(trade: PairTrade) -> Attribution:
    """Returns the parts of the result of a trade whose legs are flat.

    With the notionals N of the legs at the mids of the entry, and their prices there and at the exit:
    ``spread`` = N_y (Δ log y − β Δ log x), what the position in the spread earned; ``imbalance`` = (N_x + β N_y) r_x,
    what x earned beyond its hedge; ``drift``, the rest of the gross result: that a quantity, not a notional, was held.
    On price levels (β a ratio of units): ``spread`` = q_y (Δy − β Δx), ``imbalance`` = (q_x + β q_y) Δx.
    """
    y, x = trade.y, trade.x
    gross = _gross(y) + _gross(x)
    spread, imbalance = _spread_and_imbalance(trade)
    slippage = y.slippage + x.slippage
    fees, funding = y.fees + x.fees, y.funding + x.funding
    liquidation = y.liquidation + x.liquidation
    return Attribution(
        spread=spread,
        imbalance=imbalance,
        drift=gross - spread - imbalance,
        slippage=slippage,
        fees=fees,
        funding=funding,
        liquidation=liquidation,
        net=gross - slippage - fees + funding - liquidation,
    )


def _gross(leg: TradeLeg) -> int:
    """Returns the result at the mids of the decisions: what was left less what was entered."""
    return -(leg.entered_mid + leg.left_mid)


def _spread_and_imbalance(trade: PairTrade) -> tuple[int, int]:
    mids_y, mids_x = _mids(trade.y), _mids(trade.x)
    if mids_y is None or mids_x is None:
        return 0, 0  # one leg was never filled: nothing of the result is of the spread
    (y0, y1), (x0, x1) = mids_y, mids_x
    beta = trade.beta
    if trade.space is Space.LEVEL:
        q_y, q_x = trade.y.entered, trade.x.entered
        return round(q_y * ((y1 - y0) - beta * (x1 - x0))), round((q_x + beta * q_y) * (x1 - x0))
    n_y, n_x = trade.y.entered_mid, trade.x.entered_mid
    spread = n_y * (math.log(y1 / y0) - beta * math.log(x1 / x0))
    return round(spread), round((n_x + beta * n_y) * (x1 / x0 - 1))


def _mids(leg: TradeLeg) -> tuple[float, float] | None:
    """Returns the mean mid of the entries and of the exits of a leg, as prices; None where it has none."""
    if not leg.entered or not leg.left:
        return None
    return leg.entered_mid / leg.entered, leg.left_mid / leg.left
