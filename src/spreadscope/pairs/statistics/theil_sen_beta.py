"""The hedge ratio of Theil and Sen, as a comparison."""

from __future__ import annotations

import math

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Value
from spreadscope.pairs.row import OnlineSource, RowContext
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, Line, Need, RuleTerm, Statistic
from spreadscope.pairs.theil_sen_window import TheilSenWindow
from spreadscope.stats._arrays import reason_of


class TheilSenComparison:
    """Theil–Sen over the hedge window, moved by a row at a time."""

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        del length
        self._window = TheilSenWindow(config.hedge_window, intercept=config.intercept)
        self._started = False

    def update(self, row: RowContext) -> Value:
        push = self._window.push
        if not self._started:  # the first row, or the first after a failure: the window is there already
            self._started = True
            for y, x in zip(row.y[:-1].tolist(), row.x[:-1].tolist(), strict=True):
                push(y, x)
        else:
            for _ in range(min(row.skipped, self._window.rows)):
                push(math.nan, math.nan)
        code, _, beta = push(float(row.y[-1]), float(row.x[-1]))
        return Value(None, reason_of(code)) if code else Value(beta)


THEIL_SEN = OnlineSource("Theil–Sen", TheilSenComparison)

STATISTIC = Statistic(
    key="theil_sen_beta",
    label="β (Theil–Sen)",
    help=(
        "The median slope over the window: bad prints do not move it. Far from the traded β,"
        " a few rows decide that one."
    ),
    source="docs/statistics.md; Sen (1968)",
    measure=Measure.PLAIN,
    format=Format.FOUR,
    compute=lambda row: row.read(THEIL_SEN),
    need=Need.ROWS,
    online=THEIL_SEN,
    card=Card(note="traded {beta:fixed:4}", order=55),
    line=Line("theil_sen_beta", "β by Theil–Sen", Colour.GREEN, chosen=False),
    rule=RuleTerm("the hedge ratio by Theil–Sen", "abs(beta - theil_sen_beta) > 0.1", words="Theil–Sen β"),
    compares=HedgeName.THEIL_SEN,
)
