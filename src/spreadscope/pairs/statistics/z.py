"""The z-score that is traded."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, Line, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="z",
    label="z-score",
    help="The spread in standard deviations from its mean over the rows before it; signals act on it.",
    source="docs/statistics.md",
    measure=Measure.DEVIATIONS,
    format=Format.SIGNED_TWO,
    compute=lambda row: row.hedge.z,
    need=Need.NOTHING,
    card=Card(note="{state}[\nfees from {break_even_z:fixed:2}]", thresholds=True, order=10),
    line=Line("z", "z-score", Colour.VIOLET, thresholds=True),
    rule=RuleTerm("the spread in standard deviations from its mean", "abs(z) > 2", also=("z score",)),
    names_hedge=True,
)
