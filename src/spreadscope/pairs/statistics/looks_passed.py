"""How many looks had a small p, where chance gives one in twenty."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.evidence_watch import EVIDENCE, of_looks
from spreadscope.pairs.statistics.statistic import Format, Need, Statistic

STATISTIC = Statistic(
    key="looks_passed",
    label="Looks passed",
    help="How many looks had p below 0.05. Chance gives one in twenty.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.WHOLE,
    compute=of_looks(lambda looks: float(looks.passed)),
    need=Need.NOTHING,
    online=EVIDENCE,
)
