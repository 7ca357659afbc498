"""The half-life of the traded spread."""

from __future__ import annotations

from spreadscope.model.hedge import Space
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.hedge.model import TINY
from spreadscope.pairs.kernels import count_mean_sd, largest_absolute
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Format, RuleTerm, Statistic
from spreadscope.stats._arrays import reason_of
from spreadscope.stats.ou_fit import half_life_kernel


def _half_life(row: RowContext) -> Value:
    residual = row.residual
    _, _, sd = count_mean_sd(residual, 0)
    # Of collinear legs only rounding noise is left, and noise reverts fast.
    noise = TINY if row.config.space is Space.LOG else TINY * largest_absolute(row.y)
    if not sd > noise:
        return Value(None, Reason.CONSTANT_SPREAD)
    code, half_life = half_life_kernel(residual, row.seconds)
    return Value(None, reason_of(code)) if code else Value(half_life)


STATISTIC = Statistic(
    key="half_life",
    label="Half-life of the window",
    help=(
        "Of the hedge window, by AR(1), and biased: a window of 120 rows shows 9 rows of two random walks."
        " The unbiased one of the long window is beside it."
    ),
    source="docs/statistics.md; Ornstein–Uhlenbeck by AR(1)",
    measure=Measure.SECONDS,
    format=Format.DURATION,
    compute=_half_life,
    rule=RuleTerm("time in which half of a deviation goes back", "half_life > 600", words="half-life"),
)
