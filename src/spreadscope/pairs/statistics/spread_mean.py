"""The mean that z measures the spread against."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="spread_mean",
    label="Mean of the spread",
    help="The mean of the spread over the rows before this one: z is 0 there.",
    source="docs/statistics.md",
    measure=Measure.LOG,
    format=Format.SIGNED_SIX,
    compute=lambda row: row.hedge.spread_mean,
    need=Need.NOTHING,
)
