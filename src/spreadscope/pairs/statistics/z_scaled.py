"""z divided by what its own past says is a standard deviation."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Format, Need, RuleTerm, Statistic
from spreadscope.pairs.z_scale import Z_SCALE

STATISTIC = Statistic(
    key="z_scaled",
    label="z on its own scale",
    help="z divided by its own out-of-sample width, so that beyond ±2 lies what 4.6% of its rows exceed.",
    source="docs/statistics.md",
    measure=Measure.DEVIATIONS,
    format=Format.SIGNED_TWO,
    compute=lambda row: row.read(Z_SCALE).scaled,
    need=Need.NOTHING,
    online=Z_SCALE,
    rule=RuleTerm("z on its own out-of-sample scale", "abs(z_scaled) > 2", words="scaled z"),
)
