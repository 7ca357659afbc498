"""The lower end of the 95% interval of the half-life."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.model.validity import Value
from spreadscope.pairs.evidence_watch import EVIDENCE, life, life_value
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Format, Need, RuleTerm, Statistic


def _half_life_low(row: RowContext) -> Value:
    found = life(row)
    return life_value(None if found is None else found.low, found)


STATISTIC = Statistic(
    key="half_life_low",
    label="Half-life at least",
    help="The lower end of the interval that holds the half-life in 95% of cases.",
    source="docs/statistics.md; Stock (1991), Andrews (1993), for fitted residuals",
    measure=Measure.SECONDS,
    format=Format.DURATION,
    compute=_half_life_low,
    need=Need.NOTHING,
    online=EVIDENCE,
    rule=RuleTerm("lower end of the 95% interval of the half-life", "half_life_low > 300", words="least half-life"),
)
