"""The quantities of the two legs of a pair trade."""

from __future__ import annotations

from spreadscope.model.hedge import Space
from spreadscope.model.trading import UNIT
from spreadscope.model.trading_states import Rule
from spreadscope.trading.fixed_point import divide, floor_to, nearest, notional, times
from spreadscope.trading.order_rules import OrderRules, Refusal


def leg_quantities(
    *,
    side: int,
    beta: float,
    space: Space,
    size: int,
    price_y: int,
    price_x: int,
    rules_y: OrderRules,
    rules_x: OrderRules,
) -> tuple[int, int] | Refusal:
    """Returns the signed quantities of (y, x) for a notional ``size`` of leg y (all in units of 1e-8).

    The leg with the coarser step is rounded first, towards 0, and the other follows from what came of it: so the two
    match as closely as the finer step allows. β is a ratio of values (``Space.LOG``) or of units.

    >>> rules = OrderRules("", 1, UNIT, UNIT, 0, 0, 0, 0, 0, 0, 0, 0, "USDT", True)
    >>> fine = OrderRules("", 1, UNIT // 1000, UNIT // 1000, 0, 0, 0, 0, 0, 0, 0, 0, "USDT", True)
    >>> y, x = leg_quantities(side=1, beta=0.5, space=Space.LOG, size=1000 * UNIT, price_y=300 * UNIT,
    ...     price_x=10 * UNIT, rules_y=rules, rules_x=fine)
    >>> y / UNIT, x / UNIT
    (3.0, -45.0)
    """
    step_y, step_x = rules_y.order_step(market=True), rules_x.order_step(market=True)
    want_y = divide(size * UNIT, price_y)
    ratio = beta if space is Space.LEVEL else beta * price_y / price_x  # units of x for one of y
    if ratio == 0:
        return Refusal(Rule.NO_HEDGE, "0", "a hedge ratio that is not 0")
    want_x = times(want_y, abs(ratio))
    if want_x == 0 or step_y * want_x >= step_x * want_y:  # y's step is the larger share of its quantity
        y = floor_to(want_y, step_y)
        x = nearest(times(y, abs(ratio)), step_x)
    else:
        x = floor_to(want_x, step_x)
        y = nearest(times(x, 1 / abs(ratio)), step_y)
    for name, quantity, wanted, price, step in (("y", y, want_y, price_y, step_y), ("x", x, want_x, price_x, step_x)):
        if quantity == 0:
            worth = notional(wanted, price) / UNIT
            least = notional(step, price) / UNIT
            return Refusal(Rule.STEP_SIZE, f"{worth:.2f} USDT of leg {name}", f"steps of {least:.2f} USDT")
    return side * y, (-side if beta > 0 else side) * x


def imbalance(y: int, x: int, planned_y: int, planned_x: int) -> float:
    """Returns how far x is from what belongs to y, as a share of that; of planned quantities it is 0."""
    if not y:
        return 0.0 if not x else 1.0
    wanted = planned_x * y / planned_y
    return abs(x - wanted) / abs(wanted) if wanted else 0.0
