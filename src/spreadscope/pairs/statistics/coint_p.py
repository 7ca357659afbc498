"""The p-value of the session: valid however long one has watched."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.evidence_watch import EVIDENCE, of_looks
from spreadscope.pairs.statistics.statistic import Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="coint_p",
    label="Evidence p",
    help=(
        "The smallest p of all looks, each made larger by its share of the level: it may be watched,"
        " and at most 5% of unrelated pairs ever have it below 0.05."
    ),
    source="docs/statistics.md; alpha spending over surrogate tests",
    measure=Measure.SHARE,
    format=Format.PROBABILITY,
    compute=of_looks(lambda looks: looks.pvalue),
    need=Need.NOTHING,
    online=EVIDENCE,
    rule=RuleTerm(
        "p of the session's evidence of cointegration, judged once a look (small: tied)",
        "coint_p > 0.1 for 10m",
        also=("coint", "cointegration p", "evidence p"),
        words="cointegration p",
    ),
)
