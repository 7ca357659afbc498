"""How an order is cut into slices: their shares, levels and times, and the quantities of both legs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from spreadscope.model.sliced_orders import Ladder, OrderSlice, Twap
from spreadscope.trading.fixed_point import divide, floor_to, nearest

_SHARE_PARTS = 10**6


def slices_of(plan: Ladder | Twap, now: int, good_until: int) -> tuple[OrderSlice, ...]:
    """Returns the slices of an order that begins now (ms); ``good_until`` ends those of a ladder (0: nothing does).

    >>> from spreadscope.model.trading_states import SpreadMeasure
    >>> ladder = Ladder(measure=SpreadMeasure.Z, first=-2.0, last=-4.0, rungs=3, shares=(1, 1, 2))
    >>> [(each.level, each.share) for each in slices_of(ladder, 0, 0)]
    [(-2.0, 0.25), (-3.0, 0.25), (-4.0, 0.5)]
    >>> [(each.due, each.until) for each in slices_of(Twap(slices=3, length_ms=60_000), 1_000, 0)]
    [(1000, 21000), (21000, 41000), (41000, 61000)]
    """
    if isinstance(plan, Twap):
        times = [now + plan.length_ms * number // plan.slices for number in range(plan.slices + 1)]
        return tuple(
            OrderSlice(share=1 / plan.slices, level=plan.limit, due=due, until=until) for due, until in pairwise(times)
        )
    shares = plan.shares or (1.0,) * plan.rungs
    return tuple(
        OrderSlice(share=share / sum(shares), level=level, due=now, until=good_until)
        for share, level in zip(shares, _levels(plan), strict=True)
    )


def _levels(plan: Ladder) -> list[float]:
    step = (plan.last - plan.first) / max(1, plan.rungs - 1)
    return [*(plan.first + step * number for number in range(plan.rungs - 1)), plan.last]


def leads_with_y(y: int, x: int, step_y: int, step_x: int) -> bool:
    """Returns whether the step of y is the larger share of its quantity: that leg is cut, and the other follows."""
    return step_y * abs(x) >= step_x * abs(y)


def cut(y: int, x: int, shares: Sequence[float], step_y: int, step_x: int) -> list[tuple[int, int]]:
    """Returns the quantities of (y, x) of each slice, whose sums are ``y`` and ``x``.

    The leg with the coarser step is cut at whole steps, and what is left goes into the last slice; the other leg
    follows so that after each slice the two match as closely as its step allows.

    >>> cut(10, -1000, [0.25] * 4, 1, 1)
    [(2, -200), (2, -200), (2, -200), (4, -400)]
    """
    if not leads_with_y(y, x, step_y, step_x):
        return [(of_y, of_x) for of_x, of_y in cut(x, y, shares, step_x, step_y)]
    weights = [round(share * _SHARE_PARTS) for share in shares]
    leading = [floor_to(_part(y, weight, sum(weights)), step_y) for weight in weights[:-1]]
    leading.append(y - sum(leading))
    slices: list[tuple[int, int]] = []
    done_y = done_x = 0
    for part in leading:
        done_y += part
        until = following(done_y, y, x, step_x)
        slices.append((part, until - done_x))
        done_x = until
    return slices


def following(leading: int, whole_leading: int, whole: int, step: int) -> int:
    """Returns what of the other leg belongs to so much of the leading one, in the proportion of the whole order."""
    return whole if leading == whole_leading else nearest(divide(whole * leading, whole_leading), step)


def _part(quantity: int, weight: int, weights: int) -> int:
    """Returns a share of a quantity, rounded towards 0."""
    part = abs(quantity) * weight // weights
    return part if quantity >= 0 else -part
