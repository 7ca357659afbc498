"""The correlation of the legs' returns without the bias of rare trades and bounce."""

from __future__ import annotations

from spreadscope.model.measure import Measure
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Colour, Format, Line, Need, RuleTerm, Statistic
from spreadscope.stats._arrays import reason_of
from spreadscope.stats.realised_correlation import realised_kernel


def _realised_correlation(row: RowContext) -> Value:
    window = row.config.hedge_window
    y, x = row.log_prices(window)
    if len(y) < window:
        return Value(None, Reason.WARMING_UP)
    n, _, code, correlation = realised_kernel(y, x, -1)
    if n < row.config.minimum_rows * window:
        return Value(None, Reason.TOO_FEW_ROWS)
    return Value(None, reason_of(code)) if code else Value(correlation)


STATISTIC = Statistic(
    key="realised_correlation",
    label="Realised correlation",
    help=(
        "Of the legs' returns over the hedge window, by a realised kernel. The correlation of bars is too small where "
        "trades are rare or bounce between bid and ask; this one is not, but it varies twice as much."
    ),
    source="docs/statistics.md; Barndorff-Nielsen, Hansen, Lunde and Shephard (2011)",
    measure=Measure.SHARE,
    format=Format.SIGNED_THREE,
    compute=_realised_correlation,
    need=Need.NOTHING,
    line=Line("correlation", "realised", Colour.GREEN, low=0.0, high=1.0, chosen=False),
    rule=RuleTerm(
        "correlation of the legs' returns, corrected for rare trades and bounce",
        "realised_correlation < 0.5 for 5m",
        words="realised correlation",
    ),
)
