"""The p-value of the ADF test."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import out_of_sample_adf
from spreadscope.pairs.statistics.statistic import Card, Format, RuleTerm, Statistic

STATISTIC = Statistic(
    key="adf_p",
    label="ADF p",
    help="Unit-root test of the spread by itself: a description, while Engle–Granger is the evidence.",
    source="docs/statistics.md; MacKinnon (1994)",
    measure=Measure.SHARE,
    format=Format.PROBABILITY,
    compute=lambda row: row.compute_once(out_of_sample_adf).p,
    card=Card(note="τ {adf_stat:signed:2}", order=90),
    rule=RuleTerm("p of the ADF test, β of the window before", "adf_p > 0.05 for 10m", also=("adf",), words="ADF p"),
)
