"""The hedge ratio of least squares, as a comparison."""

from __future__ import annotations

from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Value
from spreadscope.pairs.row import RowContext
from spreadscope.pairs.statistics.statistic import Card, Format, Need, Statistic
from spreadscope.stats import ols


def _ols_beta(row: RowContext) -> Value:
    if row.config.hedge is HedgeName.OLS:
        return row.hedge.beta
    fit = ols(row.y, row.x, intercept=row.config.intercept)
    return Value(fit.beta, fit.reason)


STATISTIC = Statistic(
    key="ols_beta",
    label="β (OLS)",
    help="Hedge ratio by least squares over the window. A comparison: signals act on another one.",
    source="docs/statistics.md",
    measure=Measure.PLAIN,
    format=Format.FOUR,
    compute=_ols_beta,
    need=Need.ROWS,
    card=Card(order=40),
    compares=HedgeName.OLS,
)
