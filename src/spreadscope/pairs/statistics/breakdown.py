"""The drift of the spread with the frozen hedge ratio."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.pairs.row_evidence import BREAKDOWN
from spreadscope.pairs.statistics.statistic import Card, Format, Need, RuleTerm, Statistic

STATISTIC = Statistic(
    key="breakdown",
    label="Breakdown",
    help=(
        "Drift of the spread since β was frozen at entry, against what chance would do:"
        " 1 or more says that the pair came apart."
    ),
    source="docs/statistics.md; Chu, Stinchcombe and White (1996)",
    measure=Measure.PLAIN,
    format=Format.TWO,
    compute=lambda row: row.read(BREAKDOWN),
    need=Need.NOTHING,
    online=BREAKDOWN,
    card=Card(note="of 1 at most", alarm=1.0, alarm_note="came apart", order=100),
    rule=RuleTerm("excursion of the frozen spread; 1: the pair has come apart", "breakdown >= 1"),
)
