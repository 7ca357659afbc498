"""Performance figures of a strategy's returns, how certain they are, and the risk of a portfolio.

``returns`` are simple returns of equity over equal periods (daily UTC unless said otherwise, 365 a year).
Most functions return a ``PerformanceFigure``: the value, the number of periods, and the reason when there is no value.
"""

from __future__ import annotations

from spreadscope.performance._checks import (
    MOST_PERIODS,
)
from spreadscope.performance.block_bootstrap import (
    BootstrapInterval,
    BootstrapIntervals,
    block_bootstrap,
    optimal_block_length,
)
from spreadscope.performance.ewma import (
    ewma_volatility,
)
from spreadscope.performance.figure import (
    PerformanceFigure,
)
from spreadscope.performance.overfitting import (
    OverfittingProbability,
    overfitting_probability,
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
from spreadscope.performance.tail_risk import (
    TailRisk,
    ewma_tail_risk,
    filtered_tail_risk,
    historical_tail_risk,
    joint_filtered_tail_risk,
)
from spreadscope.performance.tail_risk_forecast import (
    TAIL_RISK_METHODS,
    TailRiskForecast,
    forecast_tail_risk,
)
from spreadscope.performance.var_backtest import (
    ChristoffersenTest,
    KupiecTest,
    christoffersen_test,
    kupiec_test,
)

__all__ = [
    "EULER",
    "MOST_PERIODS",
    "PERIODS",
    "TAIL_RISK_METHODS",
    "BetaToMarket",
    "BootstrapInterval",
    "BootstrapIntervals",
    "ChristoffersenTest",
    "DeflatedSharpe",
    "Drawdown",
    "KupiecTest",
    "OverfittingProbability",
    "PerformanceFigure",
    "ReturnMoments",
    "TailRisk",
    "TailRiskForecast",
    "beta_to_market",
    "block_bootstrap",
    "break_even_fee",
    "calmar",
    "christoffersen_test",
    "deflated_sharpe",
    "ewma_tail_risk",
    "ewma_volatility",
    "expected_shortfall",
    "exposure",
    "filtered_tail_risk",
    "forecast_tail_risk",
    "historical_tail_risk",
    "hit_rate",
    "joint_filtered_tail_risk",
    "kupiec_test",
    "max_drawdown",
    "minimum_track_record",
    "optimal_block_length",
    "overfitting_probability",
    "probabilistic_sharpe",
    "return_moments",
    "sharpe",
    "sortino",
    "turnover",
    "value_at_risk",
]
