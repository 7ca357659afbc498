"""The correlation of the legs' returns."""

from __future__ import annotations

import math

from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.hedge.model import TINY
from spreadscope.pairs.kernels import return_moments
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, Line, Need, RuleTerm, Statistic


def _correlation(row: RowContext) -> Value:
    """Pearson correlation of one-row log returns over the correlation window; returns across a gap are left out."""
    config = row.config
    y, x = row.log_prices(config.correlation_window + 1)
    if len(y) <= config.correlation_window:
        return Value(None, Reason.WARMING_UP)
    n, syy, sxx, sxy = return_moments(y, x)
    if n < max(3, config.minimum_rows * config.correlation_window):
        return Value(None, Reason.TOO_FEW_ROWS)
    norm = math.sqrt(syy * sxx)
    if norm <= TINY * TINY:
        return Value(None, Reason.CONSTANT_LEG)
    return Value(max(-1.0, min(1.0, sxy / norm)))


STATISTIC = Statistic(
    key="correlation",
    label="Correlation",
    help=(
        "Of the legs' returns, over the correlation window. Too small where trades are rare or bounce: a true 0.80 "
        "shows 0.62 on bars of 1 s at two trades a second. The realised one corrects for that."
    ),
    source="docs/statistics.md",
    measure=Measure.SHARE,
    format=Format.SIGNED_THREE,
    compute=_correlation,
    need=Need.NOTHING,
    card=Card(note="of returns\nrealised {realised_correlation:signed:3}", order=60),
    line=Line("correlation", "Correlation of returns", Colour.YELLOW, low=0.0, high=1.0),
    rule=RuleTerm(
        "correlation of the legs' returns", "corr < 0.5 for 5m", name="corr", also=("correlation",), words="correlation"
    ),
)
