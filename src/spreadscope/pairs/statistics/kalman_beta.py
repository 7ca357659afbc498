"""The hedge ratio of the Kalman filter, as a comparison."""

from __future__ import annotations

from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import KALMAN
from spreadscope.pairs.statistics.statistic import Card, Format, Need, Statistic

STATISTIC = Statistic(
    key="kalman_beta",
    label="β (Kalman)",
    help=(
        "Hedge ratio of the Kalman filter. Below: its own z-score; that score's standard deviation,"
        " near 1 when the filter's variances are right; and the Ljung–Box p of the score,"
        " where a small p says that z is not white, so the filter lags or is too quick."
        " Both say how well the filter fits. Neither is evidence of cointegration."
    ),
    measure=Measure.PLAIN,
    format=Format.FOUR,
    card=Card(note="z {kalman_z:signed:1}[ sd {kalman_sd_z:fixed:2}]\nLjung–Box p {kalman_ljung_box_p:p}", order=50),
    compares=HedgeName.KALMAN,
    source="docs/statistics.md; Chan (2013), Algorithmic Trading, ch. 3",
    compute=lambda row: row.read(KALMAN).hedge.beta,
    need=Need.NOTHING,
    online=KALMAN,
)
