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
from spreadscope.performance.concentration import (
    Concentration,
    CorrelationClusters,
    concentration,
    correlation_clusters,
)
from spreadscope.performance.equity_curve import (
    DailyPnl,
    DrawdownSeries,
    Excursions,
    daily_pnl,
    drawdown_series,
    excursions,
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
from spreadscope.performance.risk_budget import (
    RiskContributions,
    equal_risk_weights,
    risk_contributions,
    volatility_scale,
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
    "Concentration",
    "CorrelationClusters",
    "DailyPnl",
    "DeflatedSharpe",
    "Drawdown",
    "DrawdownSeries",
    "Excursions",
    "KupiecTest",
    "OverfittingProbability",
    "PerformanceFigure",
    "ReturnMoments",
    "RiskContributions",
    "TailRisk",
    "TailRiskForecast",
    "beta_to_market",
    "block_bootstrap",
    "break_even_fee",
    "calmar",
    "christoffersen_test",
    "concentration",
    "correlation_clusters",
    "daily_pnl",
    "deflated_sharpe",
    "drawdown_series",
    "equal_risk_weights",
    "ewma_tail_risk",
    "ewma_volatility",
    "excursions",
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
    "risk_contributions",
    "sharpe",
    "sortino",
    "turnover",
    "value_at_risk",
    "volatility_scale",
]
