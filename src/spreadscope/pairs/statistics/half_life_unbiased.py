"""The half-life of the spread on the long window, without the bias of a fitted residual."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.model.validity import Value
from spreadscope.pairs.evidence_watch import EVIDENCE, life, life_value
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Card, Format, Need, RuleTerm, Statistic


def _half_life_unbiased(row: RowContext) -> Value:
    found = life(row)
    return life_value(None if found is None else found.half_life, found)


STATISTIC = Statistic(
    key="half_life_unbiased",
    label="Half-life",
    help=(
        "Time in which the spread is expected to come half-way back, on the long window and without bias: as often"
        " too long as too short. Two random walks of this length seem to have one of a twelfth of the window;"
        " then there is no number here."
    ),
    source="docs/statistics.md; Stock (1991), Andrews (1993), for fitted residuals",
    measure=Measure.SECONDS,
    format=Format.DURATION,
    compute=_half_life_unbiased,
    need=Need.NOTHING,
    online=EVIDENCE,
    card=Card(note="{half_life_low:duration} at least[, {half_life_high:duration} at most]", order=70),
    rule=RuleTerm(
        "time in which half of a deviation goes back, on the long window, without bias",
        "half_life_unbiased > 600",
        words="unbiased half-life",
    ),
)
