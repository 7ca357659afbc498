"""The statistic of the Engle–Granger test."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import cointegration
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="eg_stat",
    label="Engle–Granger statistic",
    help="The t-like statistic of the cointegration test.",
    source="docs/statistics.md; Engle and Granger (1987)",
    measure=Measure.PLAIN,
    format=Format.SIGNED_TWO,
    compute=lambda row: row.compute_once(cointegration).stat,
    need=Need.ROWS,
)
