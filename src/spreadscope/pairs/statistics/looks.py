"""How many looks at the evidence there were."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.evidence_watch import EVIDENCE, of_looks
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="looks",
    label="Looks",
    help="How many looks at the evidence this session has taken.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.WHOLE,
    compute=of_looks(lambda looks: float(looks.looks)),
    need=Need.NOTHING,
    online=EVIDENCE,
)
