"""The upper end of the 95% interval of the half-life."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.model.validity import Value
from spreadscope.pairs.evidence_watch import EVIDENCE, life, life_value
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Format, Need, RuleTerm, Statistic


def _half_life_high(row: RowContext) -> Value:
    found = life(row)
    return life_value(None if found is None else found.high, found)


STATISTIC = Statistic(
    key="half_life_high",
    label="Half-life at most",
    help=(
        "The upper end of the interval that holds the half-life in 95% of cases;"
        " none where a random walk cannot be excluded. The time stop is counted from it."
    ),
    source="docs/statistics.md; Stock (1991), Andrews (1993), for fitted residuals",
    measure=Measure.SECONDS,
    format=Format.DURATION,
    compute=_half_life_high,
    need=Need.NOTHING,
    online=EVIDENCE,
    rule=RuleTerm(
        "upper end of the 95% interval of the half-life (none: a random walk cannot be excluded)",
        "half_life_high > 3600",
        words="longest half-life",
    ),
)
