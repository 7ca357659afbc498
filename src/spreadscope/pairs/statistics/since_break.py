"""The time since a tie that was found broke."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.evidence_watch import EVIDENCE, EvidenceFigures
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Format, Need, RuleTerm, Statistic


def _since_break(row: RowContext) -> Value:
    found: EvidenceFigures = row.read(EVIDENCE)
    if found.since_break is None:
        return Value(None, Reason.NO_BREAK)
    return Value(found.since_break)


STATISTIC = Statistic(
    key="since_break",
    label="Since the break",
    help=(
        "How long ago a tie that the evidence had shown was seen to break."
        " None where none has broken, or where the evidence has shown a tie again since."
    ),
    source="docs/statistics.md; Chu, Stinchcombe and White (1996)",
    measure=Measure.SECONDS,
    format=Format.DURATION,
    compute=_since_break,
    need=Need.NOTHING,
    online=EVIDENCE,
    rule=RuleTerm(
        "time since a tie that was shown broke (none: not broken)",
        "since_break < 600",
        words="time since the break",
    ),
)
