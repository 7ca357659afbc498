"""The p-value of the newest look alone."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.evidence_watch import EVIDENCE, of_looks
from spreadscope.pairs.statistics.statistic import Card, Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="look_p",
    label="Last look p",
    help=(
        "The p of the newest look alone, from surrogates of the pair itself."
        " Of many looks at unrelated legs one in twenty has p below 0.05: see looks passed."
    ),
    source="docs/statistics.md; sign randomisation by blocks",
    measure=Measure.SHARE,
    format=Format.PROBABILITY,
    compute=of_looks(lambda looks: looks.last.pvalue if looks.last is not None else None),
    need=Need.NOTHING,
    online=EVIDENCE,
    card=Card(note="{looks_passed:fixed:0} of {looks:fixed:0} looks below 0.05", order=78),
    rule=RuleTerm("p of the newest look at the evidence alone", "look_p > 0.2 for 1h", words="p of the last look"),
)
