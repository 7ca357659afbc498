"""The intercept of the Kalman filter."""

from __future__ import annotations

from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import KALMAN
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="kalman_alpha",
    label="α (Kalman)",
    help="Intercept of the Kalman filter.",
    measure=Measure.PLAIN,
    format=Format.FOUR,
    compares=HedgeName.KALMAN,
    source="docs/statistics.md; Chan (2013), Algorithmic Trading, ch. 3",
    compute=lambda row: row.read(KALMAN).hedge.alpha,
    need=Need.NOTHING,
    online=KALMAN,
)
