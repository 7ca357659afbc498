"""The hedge ratio that is traded."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Card, Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="beta",
    label="β ({hedge})",
    help="The hedge ratio on which signals act, by {hedge}, with its standard error where the model gives one.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.FOUR,
    compute=lambda row: row.hedge.beta,
    need=Need.NOTHING,
    card=Card(note="± {beta_se:fixed:4} s.e.", order=30),
    rule=RuleTerm("the hedge ratio β", "beta < 0", also=("hedge ratio",)),
)
