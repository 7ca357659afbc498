"""How often |z| was beyond 2 on the long window."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.statistics.statistic import Card, Format, Need, RuleTerm, Statistic
from spreadscope.pairs.z_scale import Z_SCALE

STATISTIC = Statistic(
    key="z_tail",
    label="|z| beyond 2",
    help=(
        "Share of the rows of the long window with |z| beyond 2. A normal variable has 4.6%:"
        " more means that such a z is nothing rare here."
    ),
    source="docs/statistics.md",
    measure=Measure.SHARE,
    format=Format.PERCENT,
    compute=lambda row: row.read(Z_SCALE).tail,
    need=Need.NOTHING,
    online=Z_SCALE,
    card=Card(note="of rows; width of z {z_width:fixed:2}", order=62),
    rule=RuleTerm("share of rows with |z| beyond 2", "z_tail > 0.15", words="share of rows beyond ±2"),
)
