"""The spread that is traded."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, Line, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="spread",
    label="Spread",
    help="{spread}{unit}.",
    source="docs/statistics.md",
    measure=Measure.LOG,
    format=Format.SIGNED_SIX,
    compute=lambda row: row.hedge.spread,
    need=Need.NOTHING,
    card=Card(note="{spread:bp}", order=20),
    line=Line("spread", "Spread {spread}", Colour.BLUE, bands=("spread_mean", "spread_sd")),
    rule=RuleTerm("ln Y − β ln X − α, where 25bp is 0.0025; of prices Y − βX − α", "spread < -25bp"),
    names_hedge=True,
)
