"""The Kalman filter's error of prediction."""

from __future__ import annotations

from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import KALMAN
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="kalman_spread",
    label="Spread (Kalman)",
    help="The filter's error of prediction at this row.",
    measure=Measure.LOG,
    format=Format.SIGNED_SIX,
    compares=HedgeName.KALMAN,
    source="docs/statistics.md; Chan (2013), Algorithmic Trading, ch. 3",
    compute=lambda row: row.read(KALMAN).hedge.spread,
    need=Need.NOTHING,
    online=KALMAN,
)
