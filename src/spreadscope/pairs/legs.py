"""The price of a leg at the close of a bar, and its age."""

from __future__ import annotations

from typing import NamedTuple

from spreadscope.model.facts import Bar
from spreadscope.model.states import PriceSource


class Leg(NamedTuple):
    """One leg of a pair at the close of a bar.

    ``fresh`` is the price seen inside the bar (mid of the last quote if there is one, else the last trade), None when
    the leg was neither traded nor quoted: only fresh prices enter the statistics. ``price`` is the newest price known
    and ``age`` (ms) how long before the close the leg was last traded or quoted. ``source`` says what ``fresh`` is.
    ``value`` is the value traded inside the bar in the quote currency (volume times close).
    """

    price: float | None
    fresh: float | None
    age: int | None
    complete: bool
    source: PriceSource | None = None
    value: float = 0.0


NO_LEG = Leg(None, None, None, complete=True)


def bar_price(bar: Bar) -> float:
    """Returns the mid of the bar's last quote if there is one, else its last trade."""
    if bar.bid is not None and bar.ask is not None:
        return (bar.bid + bar.ask) / 2
    return bar.close


def leg_at(
    time: int,
    length: int,
    bar: Bar | None,
    quoted: float | None,
    before: Leg,
    idle: int = 0,
    *,
    quotes_late: bool = False,
) -> Leg:
    """Returns the leg at the close of the bar at ``time``: from its bar, else its quote, else the leg ``before``.

    ``idle`` (ms) is how long before the close the bar's last trade was, in whole seconds; ``quotes_late``: no quote
    later than the bar has come yet.
    """
    mid = PriceSource.EARLIER_MID if quotes_late else PriceSource.MID
    if bar is not None and bar.open_time == time:
        price = bar_price(bar)
        source = PriceSource.LAST if bar.bid is None or bar.ask is None else mid
        return Leg(price, price, 0 if quoted is not None else idle, bar.complete, source, bar.volume * bar.close)
    if quoted is not None:
        return Leg(quoted, quoted, 0, complete=True, source=mid)
    age = None if before.age is None else before.age + length
    return Leg(before.price, None, age, complete=True)
