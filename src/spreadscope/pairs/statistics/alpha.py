"""The intercept of the traded hedge."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="alpha",
    label="α",
    help="The intercept of the traded hedge.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.FOUR,
    compute=lambda row: row.hedge.alpha,
    need=Need.NOTHING,
)
