"""How wide z is out of sample, where 1 is what it says."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic
from spreadscope.pairs.z_scale import Z_SCALE

STATISTIC = Statistic(
    key="z_width",
    label="Width of z",
    help="Half of the |z| that 4.6% of the rows of the long window exceeded: 1 where z means what it says.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.TWO,
    compute=lambda row: row.read(Z_SCALE).width,
    need=Need.NOTHING,
    online=Z_SCALE,
)
