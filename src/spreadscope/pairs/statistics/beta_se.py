"""The standard error of the traded hedge ratio."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="beta_se",
    label="Standard error of β",
    help="Of the regression that gave β, as if its errors were independent: of prices a description, not a test.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.FOUR,
    compute=lambda row: row.hedge.beta_se,
    need=Need.NOTHING,
)
