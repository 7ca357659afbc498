"""Whether the pair is tied: the verdict of the session's looks."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.evidence_watch import EVIDENCE, of_looks
from spreadscope.pairs.statistics.statistic import Card, Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="cointegrated",
    label="Cointegrated",
    help=(
        "Whether the evidence so far says that the legs are tied: 1 yes, 0 not shown, or not any more."
        " It is judged in looks at a long window, which together are wrong in 5% of unrelated pairs"
        " however long one watches. A look finds a tie whose half-life is a fiftieth of the window"
        " in four of five pairs, a fifteenth of it in one of fourteen: not shown does not mean not tied."
    ),
    source="docs/statistics.md; alpha spending over surrogate tests",
    measure=Measure.PLAIN,
    format=Format.YES,
    compute=of_looks(lambda looks: 1.0 if looks.cointegrated else 0.0),
    need=Need.NOTHING,
    online=EVIDENCE,
    card=Card(note="p {coint_p:p}, looks: {looks:fixed:0}", order=75),
    rule=RuleTerm(
        "1 where the session's evidence says that the legs are tied, else 0",
        "cointegrated < 1 for 30m",
        also=("tied",),
        words="the verdict on cointegration",
    ),
)
