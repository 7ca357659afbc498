"""Performance figures of a strategy's returns, and how certain they are.

``returns`` are simple returns of equity over equal periods (daily UTC unless said otherwise, 365 a year).
Most functions return a ``PerformanceFigure``: the value, the number of periods, and the reason when there is no value.
"""

from __future__ import annotations

from spreadscope.performance._checks import (
    MOST_PERIODS,
)
from spreadscope.performance.figure import (
    PerformanceFigure,
)
from spreadscope.performance.returns import (
    PERIODS,
    BetaToMarket,
    Drawdown,
    ReturnMoments,
    beta_to_market,
    break_even_fee,
    calmar,
    expected_shortfall,
    exposure,
    hit_rate,
    max_drawdown,
    return_moments,
    sharpe,
    sortino,
    turnover,
    value_at_risk,
)
from spreadscope.performance.sharpe_inference import (
    EULER,
    DeflatedSharpe,
    deflated_sharpe,
    minimum_track_record,
    probabilistic_sharpe,
)

__all__ = [
    "EULER",
    "MOST_PERIODS",
    "PERIODS",
    "BetaToMarket",
    "DeflatedSharpe",
    "Drawdown",
    "PerformanceFigure",
    "ReturnMoments",
    "beta_to_market",
    "break_even_fee",
    "calmar",
    "deflated_sharpe",
    "expected_shortfall",
    "exposure",
    "hit_rate",
    "max_drawdown",
    "minimum_track_record",
    "probabilistic_sharpe",
    "return_moments",
    "sharpe",
    "sortino",
    "turnover",
    "value_at_risk",
]
