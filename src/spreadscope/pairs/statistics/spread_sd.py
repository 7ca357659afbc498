"""The standard deviation that z measures the spread in."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="spread_sd",
    label="Deviation of the spread",
    help="The standard deviation of the spread over the rows before this one: z is 1 one of it above the mean.",
    source="docs/statistics.md",
    measure=Measure.LOG,
    format=Format.SIGNED_SIX,
    compute=lambda row: row.hedge.spread_sd,
    need=Need.NOTHING,
    rule=RuleTerm("standard deviation of the spread", "spread_sd > 0.002", words="the spread's deviation"),
)
