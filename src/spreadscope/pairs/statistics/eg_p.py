"""The p-value of the Engle–Granger test: the evidence of cointegration."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import cointegration
from spreadscope.pairs.statistics.statistic import Card, Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="eg_p",
    label="Engle–Granger p",
    help="The evidence of cointegration: small means that so steady a spread would be rare in unrelated legs.",
    source="docs/statistics.md; MacKinnon (1994, 2010)",
    measure=Measure.SHARE,
    format=Format.PROBABILITY,
    compute=lambda row: row.compute_once(cointegration).p,
    need=Need.ROWS,
    card=Card(note="τ {eg_stat:signed:2}", order=80),
    rule=RuleTerm(
        "p of the cointegration test (small: cointegrated)",
        "coint_p > 0.1 for 10m",
        name="coint_p",
        also=("coint", "cointegration p", "eg p"),
        words="cointegration p",
    ),
)
