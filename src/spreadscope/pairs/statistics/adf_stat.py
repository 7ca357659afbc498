"""The statistic of the ADF test."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import out_of_sample_adf
from spreadscope.pairs.statistics.statistic import Format, Statistic

STATISTIC = Statistic(
    key="adf_stat",
    label="ADF statistic",
    help="The t-like statistic of the unit-root test of the spread, with β of the window before.",
    source="docs/statistics.md; Said and Dickey (1984)",
    measure=Measure.PLAIN,
    format=Format.SIGNED_TWO,
    compute=lambda row: row.compute_once(out_of_sample_adf).stat,
)
