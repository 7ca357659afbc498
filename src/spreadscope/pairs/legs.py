"""What a leg's price is at the close of a bar, and how old it is."""

from __future__ import annotations

from typing import NamedTuple

from spreadscope.model.facts import Bar
from spreadscope.model.states import PriceSource


class Leg(NamedTuple):
    """One leg at the close of a bar.

    ``fresh`` is the price seen inside the bar (mid of the last quote where quotes are there, else the last trade), None
    where the leg neither traded nor was quoted: only fresh prices enter a moment. ``price`` is the newest price known and
    ``age`` (ms) how long before the close the leg last traded or was quoted. ``source`` says what ``fresh`` is. ``value`` is what was
    traded inside the bar, in the quote currency (volume times close).
    """

    price: float | None
    fresh: float | None
    age: int | None
    complete: bool
    source: PriceSource | None = None
    value: float = 0.0


NO_LEG = Leg(None, None, None, complete=True)


def bar_price(bar: Bar) -> float:
    """Mid of the bar's last quote where there is one, else its last trade."""
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
    """The leg at the close of the bar at ``time``: from its bar, else its quote, else what was known ``before``.

    ``idle`` (ms) is how long before the close the bar's last trade was, to a second; ``quotes_late``: no quote from behind the bar
    has come.
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
