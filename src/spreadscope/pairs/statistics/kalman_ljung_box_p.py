"""Whether the Kalman filter's z is white."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import KALMAN
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="kalman_ljung_box_p",
    label="Ljung–Box p (Kalman)",
    help="Small: the filter's z is not white, so it lags or is too quick. No evidence of cointegration.",
    measure=Measure.SHARE,
    format=Format.PROBABILITY,
    source="docs/statistics.md; Chan (2013), Algorithmic Trading, ch. 3",
    compute=lambda row: row.read(KALMAN).ljung_box_p,
    need=Need.NOTHING,
    online=KALMAN,
)
