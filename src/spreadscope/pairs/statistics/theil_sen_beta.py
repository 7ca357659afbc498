"""The hedge ratio of Theil and Sen, as a comparison."""

from __future__ import annotations

from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Value
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Card, Colour, Format, Line, Need, RuleTerm, Statistic
from spreadscope.stats.theil_sen import theil_sen


def _theil_sen_beta(row: RowContext) -> Value:
    fit = theil_sen(row.y, row.x, intercept=row.config.intercept)
    return Value(fit.beta, fit.reason)


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
    compute=_theil_sen_beta,
    need=Need.ROWS,
    card=Card(note="traded {beta:fixed:4}", order=55),
    line=Line("theil_sen_beta", "β by Theil–Sen", Colour.GREEN, chosen=False),
    rule=RuleTerm("the hedge ratio by Theil–Sen", "abs(beta - theil_sen_beta) > 0.1", words="Theil–Sen β"),
    compares=HedgeName.THEIL_SEN,
)
