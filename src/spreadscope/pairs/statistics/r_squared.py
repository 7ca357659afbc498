"""How much of Y the traded hedge explains."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="r_squared",
    label="R²",
    help="The share of Y's variance over the window that the regression explains.",
    source="docs/statistics.md",
    measure=Measure.SHARE,
    format=Format.FOUR,
    compute=lambda row: row.hedge.r_squared,
    need=Need.NOTHING,
    rule=RuleTerm("R² of the hedge regression", "r_squared < 0.5", also=("r2",), words="R²"),
)
