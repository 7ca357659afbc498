"""The Kalman filter's error in its own standard deviations."""

from __future__ import annotations

from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import KALMAN
from spreadscope.pairs.statistics.statistic import Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="kalman_z",
    label="z (Kalman)",
    help="The filter's error of prediction in its own standard deviations.",
    measure=Measure.DEVIATIONS,
    format=Format.SIGNED_TWO,
    rule=RuleTerm("z of the Kalman filter", "abs(kalman_z) > 3", words="Kalman z"),
    compares=HedgeName.KALMAN,
    source="docs/statistics.md; Chan (2013), Algorithmic Trading, ch. 3",
    compute=lambda row: row.read(KALMAN).hedge.z,
    need=Need.NOTHING,
    online=KALMAN,
)
