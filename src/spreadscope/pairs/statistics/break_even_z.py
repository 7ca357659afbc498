"""The z from which the way back to the mean pays the fees."""

from __future__ import annotations

from spreadscope.model.fees import round_trip_cost
from spreadscope.model.hedge import Space
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Format, RuleTerm, Statistic


def _break_even(row: RowContext) -> Value:
    """Returns the fees of both legs, in and out, in standard deviations of the spread."""
    beta, deviation = row.hedge.beta.value, row.hedge.spread_sd
    if deviation.value is None:
        return deviation
    if beta is None:
        return row.hedge.beta
    if deviation.value <= 0.0:
        return Value(None, Reason.CONSTANT_SPREAD)
    if row.config.space is Space.LOG:
        return Value(round_trip_cost(beta) / deviation.value)
    y, x = (leg.price for leg in row.legs)
    if not y or x is None:
        return Value(None, Reason.STALE_LEG)
    return Value(round_trip_cost(beta * x / y) * y / deviation.value)


STATISTIC = Statistic(
    key="break_even_z",
    label="Break-even z",
    help=(
        "The |z| from which the way back to the mean pays the fees of both legs, in and out, each fill at a taker's"
        " 0.05%. Half-spread, impact and funding come on top."
    ),
    source="docs/statistics.md",
    measure=Measure.DEVIATIONS,
    format=Format.TWO,
    compute=_break_even,
    rule=RuleTerm("|z| that pays the fees on its way back", "break_even_z < 1.5", words="break-even z"),
)
