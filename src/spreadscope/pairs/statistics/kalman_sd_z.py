"""The standard deviation of the Kalman filter's z."""

from __future__ import annotations

from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import KALMAN
from spreadscope.pairs.statistics.statistic import Card, Format, Need, Statistic

STATISTIC = Statistic(
    key="kalman_sd_z",
    label="sd of z (Kalman)",
    help="Standard deviation of the filter's z over the z window: near 1 where its variances are right. No evidence.",
    measure=Measure.PLAIN,
    format=Format.TWO,
    card=Card(note="Ljung–Box p {kalman_ljung_box_p:p}", order=52),
    only_with=HedgeName.KALMAN,
    source="docs/statistics.md; Chan (2013), Algorithmic Trading, ch. 3",
    compute=lambda row: row.read(KALMAN).sd_z,
    need=Need.NOTHING,
    online=KALMAN,
)
