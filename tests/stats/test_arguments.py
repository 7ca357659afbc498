"""Arguments that are no number or beyond any sense are refused in one sentence: never cut, never a silent NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spreadscope import performance as pf
from spreadscope import stats
from spreadscope.model.errors import StatisticsError
from spreadscope.stats import check
from spreadscope.stats.huber import huber
from spreadscope.stats.panel import MovingPanel, engle_granger_all
from spreadscope.stats.scan import scan

RNG = np.random.default_rng(1)
X = np.cumsum(RNG.standard_normal(120))
Y = X + RNG.standard_normal(120)
PANEL = np.cumsum(RNG.standard_normal((400, 3)), axis=0)
RETURNS = [0.1, 0.2, -0.1]
Call = Callable[[Any], Any]


def scanned(**settings: Any) -> Any:
    given: dict[str, Any] = {"surrogates": 2} | settings
    return scan(PANEL[:200], "ABC", next_prices=PANEL[200:], keep="ABC", **given)


WHOLE: dict[str, Call] = {
    "ols degree": lambda v: stats.ols(Y, X, degree=v),
    "rolling_ols": lambda v: stats.rolling_ols(Y, X, v),
    "rolling_moments": lambda v: stats.rolling_moments(Y, v),
    "rolling_zscore": lambda v: stats.rolling_zscore(Y, v),
    "rolling_correlation": lambda v: stats.rolling_correlation(Y, X, v),
    "rolling_spearman": lambda v: stats.rolling_spearman(Y, X, v),
    "ew_moments warm_up": lambda v: stats.ew_moments(Y, alpha=0.1, warm_up=v),
    "ew_covariance warm_up": lambda v: stats.ew_covariance(Y, X, alpha=0.1, warm_up=v),
    "kalman burn_in": lambda v: stats.kalman_hedge(Y, X, burn_in=v),
    "adf lags": lambda v: stats.adf(Y, lags=v),
    "adf max_lags": lambda v: stats.adf(Y, max_lags=v),
    "engle_granger lags": lambda v: stats.engle_granger(Y, X, lags=v),
    "both max_lags": lambda v: stats.engle_granger_both(Y, X, lags="aic", max_lags=v),
    "evidence lags": lambda v: stats.cointegration_evidence(Y, X, lags=v),
    "adfuller maxlag": lambda v: stats.adfuller(Y, maxlag=v, autolag=None),
    "kpss lags": lambda v: stats.kpss(Y, lags=v),
    "phillips_ouliaris bandwidth": lambda v: stats.phillips_ouliaris(Y, X, bandwidth=v),
    "johansen lag_differences": lambda v: stats.johansen(PANEL, lag_differences=v),
    "johansen seasonal": lambda v: stats.johansen(PANEL, seasonal=v),
    "variance_ratio q": lambda v: stats.variance_ratio(Y, v),
    "ljung_box lags": lambda v: stats.ljung_box(Y, lags=v),
    "ljung_box fitted": lambda v: stats.ljung_box(Y, fitted=v),
    "fit_diagnostics window": lambda v: stats.fit_diagnostics(Y, X, "rolling", window=v),
    "hedge_spread window": lambda v: stats.hedge_spread(Y, X, "ew", window=v),
    "surrogates block": lambda v: stats.surrogate_cointegration(Y, X, block=v),
    "surrogates": lambda v: stats.surrogate_cointegration(Y, X, surrogates=v),
    "surrogates enough": lambda v: stats.surrogate_cointegration(Y, X, enough=v),
    "surrogates seed": lambda v: stats.surrogate_cointegration(Y, X, seed=v),
    "sequential window": stats.SequentialEvidence,
    "RollingOLS": stats.RollingOLS,
    "RollingMoments": stats.RollingMoments,
    "largest_reachable_zscore": stats.largest_reachable_zscore,
    "panel lags": lambda v: engle_granger_all(PANEL, v),
    "panel smallest": lambda v: engle_granger_all(PANEL, smallest=v),
    "panel threads": lambda v: engle_granger_all(PANEL, threads=v),
    "MovingPanel": lambda v: MovingPanel(3, v),
    "MovingPanel threads": lambda v: MovingPanel(3, 60, threads=v),
    "scan surrogates": lambda v: scanned(surrogates=v),
    "scan block": lambda v: scanned(block=v),
    "scan max_lags": lambda v: scanned(max_lags=v),
    "scan threads": lambda v: scanned(threads=v),
    "check pairs": lambda v: next(check.run_check(n_sim=v, rows=80)),
    "check rows": lambda v: next(check.run_check(n_sim=2, rows=v)),
    "probabilistic_sharpe n": lambda v: pf.probabilistic_sharpe(0.1, v),
    "deflated_sharpe trials": lambda v: pf.deflated_sharpe(0.1, 100, trials=v, trials_variance=0.1),
    "historical_tail_risk horizon": lambda v: pf.historical_tail_risk(RETURNS, horizon=v),
    "joint horizon": lambda v: pf.joint_filtered_tail_risk(PANEL, [1.0, 1.0, 1.0], horizon=v),
    "forecast_tail_risk window": lambda v: pf.forecast_tail_risk(Y, window=v),
    "overfitting_probability blocks": lambda v: pf.overfitting_probability(PANEL, blocks=v),
    "block_bootstrap resamples": lambda v: pf.block_bootstrap(Y, resamples=v),
    "block_bootstrap seed": lambda v: pf.block_bootstrap(Y, seed=v),
}
NUMBER: dict[str, Call] = {
    "halflife": lambda v: stats.ew_moments(Y, halflife=v),
    "alpha": lambda v: stats.ew_covariance(Y, X, alpha=v),
    "kalman delta": lambda v: stats.kalman_hedge(Y, X, delta=v, r=1.0),
    "kalman r": lambda v: stats.kalman_hedge(Y, X, delta=1e-4, r=v),
    "kalman q_beta": lambda v: stats.kalman_hedge(Y, X, q_beta=v, q_alpha=0.1, r=1.0),
    "kalman q_alpha": lambda v: stats.kalman_hedge(Y, X, q_beta=0.1, q_alpha=v, r=1.0),
    "kalman center": lambda v: stats.kalman_hedge(Y, X, delta=1e-4, r=1.0, center=v),
    "kalman initial_p": lambda v: stats.kalman_hedge(Y, X, delta=1e-4, r=1.0, initial_p=v),
    "kalman initial_state": lambda v: stats.kalman_hedge(Y, X, delta=1e-4, r=1.0, initial_state=(v, 0.0)),
    "adf scale": lambda v: stats.adf(Y, scale=v),
    "evidence level": lambda v: stats.cointegration_evidence(Y, X, level=v),
    "evidence fixed_beta": lambda v: stats.cointegration_evidence(Y, X, fixed_beta=v),
    "sequential level": lambda v: stats.SequentialEvidence(480, level=v),
    "stationarity level": lambda v: stats.stationarity(Y, level=v),
    "ou dt": lambda v: stats.ou_fit(Y - X, dt=v),
    "spread_half_life dt": lambda v: stats.spread_half_life(Y - X, dt=v),
    "table observations": lambda v: stats.dickey_fuller_table_pvalue(-2.0, v),
    "bertram kappa": lambda v: stats.bertram_thresholds(v, 1.0, 0.1),
    "bertram cost": lambda v: stats.bertram_thresholds(1.0, 1.0, v),
    "huber tuning": lambda v: huber(Y, X, tuning=v),
    "scan level": lambda v: scanned(level=v),
    "scan max_missing": lambda v: scanned(max_missing=v),
    "sharpe periods": lambda v: pf.sharpe(RETURNS, periods=v),
    "sortino periods": lambda v: pf.sortino(RETURNS, periods=v),
    "calmar periods": lambda v: pf.calmar(RETURNS, periods=v),
    "turnover periods": lambda v: pf.turnover([1.0, 2.0], [3.0, 4.0], periods=v),
    "value_at_risk level": lambda v: pf.value_at_risk(RETURNS, level=v),
    "probabilistic_sharpe": lambda v: pf.probabilistic_sharpe(v, 100),
    "probabilistic_sharpe benchmark": lambda v: pf.probabilistic_sharpe(0.1, 100, benchmark=v),
    "probabilistic_sharpe kurtosis": lambda v: pf.probabilistic_sharpe(0.1, 100, kurtosis=v),
    "deflated_sharpe variance": lambda v: pf.deflated_sharpe(0.1, 100, trials=5, trials_variance=v),
    "historical_tail_risk level": lambda v: pf.historical_tail_risk(RETURNS, level=v),
    "ewma_tail_risk decay": lambda v: pf.ewma_tail_risk(Y, decay=v),
    "ewma_volatility decay": lambda v: pf.ewma_volatility(Y, decay=v),
    "filtered_tail_risk level": lambda v: pf.filtered_tail_risk(Y, level=v),
    "forecast_tail_risk level": lambda v: pf.forecast_tail_risk(Y, level=v),
    "kupiec_test level": lambda v: pf.kupiec_test([0, 1], level=v),
    "christoffersen_test level": lambda v: pf.christoffersen_test([0, 1], level=v),
    "block_bootstrap confidence": lambda v: pf.block_bootstrap(Y, confidence=v),
    "block_bootstrap block_length": lambda v: pf.block_bootstrap(Y, block_length=v),
    "block_bootstrap periods": lambda v: pf.block_bootstrap(Y, periods=v),
    "correlation_clusters threshold": lambda v: pf.correlation_clusters(PANEL, threshold=v),
    "volatility_scale target": lambda v: pf.volatility_scale([1.0], [[1.0]], v),
    "volatility_scale periods": lambda v: pf.volatility_scale([1.0], [[1.0]], 0.1, periods=v),
    "minimum_track_record": pf.minimum_track_record,
    "minimum_track_record alpha": lambda v: pf.minimum_track_record(0.1, alpha=v),
    "minimum_track_record benchmark": lambda v: pf.minimum_track_record(0.1, benchmark=v),
}


def refused(call: Call, value: Any) -> None:
    with pytest.raises(StatisticsError) as found:
        call(value)
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 200


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_whole_number_is_refused(name: str) -> None:
    for value in (1.5, math.nan, math.inf, -1, 10**30):
        refused(WHOLE[name], value)


@pytest.mark.parametrize("name", NUMBER)
def test_what_is_no_finite_number_is_refused(name: str) -> None:
    for value in (math.nan, math.inf, -math.inf):
        refused(NUMBER[name], value)


def test_whole_numbers_may_be_floats() -> None:
    assert stats.adf(Y, lags=2.0) == stats.adf(Y, lags=2)  # type: ignore[arg-type]
    assert stats.kpss(Y, lags=4.0) == stats.kpss(Y, lags=4)  # type: ignore[arg-type]
    assert stats.variance_ratio(Y, 2.0).q == 2  # type: ignore[arg-type]


def test_a_p_value_beyond_one_is_refused_also_where_it_is_infinite() -> None:
    for wrong in (math.inf, -math.inf, 1.5, -0.1):
        with pytest.raises(StatisticsError, match="between 0 and 1"):
            stats.adjust_pvalues([0.1, wrong])


def test_turnover_of_unlike_lengths_is_refused() -> None:
    with pytest.raises(StatisticsError, match="for the same ones"):
        pf.turnover([1.0, 2.0, 3.0], [10.0, 11.0])


def test_a_growth_beyond_every_float_has_a_reason() -> None:
    assert str(pf.calmar([9.0, -0.5, 9.0], periods=1e6).reason) == "threshold out of reach"
