"""The p-value of the Engle–Granger test of one window: a diagnostic, which nobody may watch for a small number."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import cointegration
from spreadscope.pairs.statistics.statistic import Card, Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="eg_p",
    label="Engle–Granger p",
    help=(
        "Of this hedge window alone. Watched from row to row it falls below 0.05 in every pair, tied or not:"
        " the evidence is beside it, under Cointegrated."
    ),
    source="docs/statistics.md; MacKinnon (1994, 2010)",
    measure=Measure.SHARE,
    format=Format.PROBABILITY,
    compute=lambda row: row.compute_once(cointegration).p,
    need=Need.ROWS,
    card=Card(note="this window alone, τ {eg_stat:signed:2}", order=80),
    rule=RuleTerm(
        "p of the Engle-Granger test of this hedge window alone (a diagnostic: for evidence see coint_p)",
        "eg_p > 0.1 for 10m",
        words="Engle-Granger p of the window",
    ),
)
