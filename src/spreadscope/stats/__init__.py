"""Statistics of pairs: online estimators with batch versions, and tests with the right critical values.

Every result is a frozen dataclass; an undefined value is None (NaN inside arrays) beside a ``Reason``. Wrong arguments
raise ``StatisticsError``. Arrays are float64; NaN means "missing", and a missing row enters nothing. Series and frames
of pandas and polars are arrays with labels: two legs of unlike indices are refused, and a result's ``to_frame()`` has
the index again. Every result has a short ``repr``, ``summary()`` and HTML, and names the p-value that decides
(``deciding_pvalue``, ``pvalue_kind``).

Batch                                                             gives
----------------------------------------------------------------  ----------------------------------------------
ols(y, x, *, intercept=True, degree=1)                            alpha beta se_alpha se_beta r_squared
                                                                  residual_sd n reason coef se
rolling_ols(y, x, window)                                         arrays alpha beta se_beta r_squared correlation
                                                                  residual residual_sd reason(codes)
rolling_moments(x, window)                                        arrays mean variance sd z z_inclusive reason
rolling_zscore(x, window, *, include_current=False)               arrays z reason
rolling_correlation(y, x, window)                                 arrays correlation reason (feed log returns)
ew_moments(x, *, alpha|halflife, warm_up=None)                    arrays mean variance sd z reason
ew_covariance(y, x, *, alpha|halflife, warm_up=None)              arrays mean_y mean_x variance_y variance_x
                                                                  covariance correlation beta alpha reason
kalman_hedge(y, x, *, [delta, r] | [q_beta, q_alpha, r] | none,   arrays beta alpha e s z p00 p01 p11 reason,
    burn_in=250, center, initial_state, initial_p)                loglik sd_z q_beta q_alpha r center
kalman_fit(y, x); local_level_fit(y)                              q_beta q_alpha r center loglik n at_bound reason
adf(x, *, trend="c", lags=int|"aic"|"bic"|"t-stat", max_lags,     stat pvalue lags n gamma se_gamma critical reason
    scale=0.0)
engle_granger(y, x, *, trend="c", lags=1|..., max_lags)           stat pvalue lags n alpha beta se_beta r_squared
                                                                  critical reason
engle_granger_both(y, x, ...)                                     pvalue (2·min p) y_on_x x_on_y reason
ou_fit(x, *, dt=1.0, method="conditional"|"exact")                phi kappa theta sigma sd_stationary half_life
                                                                  half_life_low half_life_high loglik n reason
half_life(x, *, dt=1.0)                                           half_life low high phi n reason
mackinnon_critical_values(variables, trend="c", T=inf)            one five ten, as_dict()
mackinnon_pvalue(stat, variables=1, trend="c", T=inf)             float
moments(x)                                                        n mean variance sd autocorr1 reason
tls(y, x)                                                         alpha beta correlation n reason
kpss(x, *, trend="c", lags=int|"auto"); stationarity(x)           stat pvalue lags n critical reason; verdict
phillips_ouliaris(y, x, *, test="Za"|"Zt", trend, bandwidth)      stat pvalue bandwidth n reason
johansen(columns, *, lag_differences=1, deterministic, seasonal)  eigenvalues trace max_eigenvalue vectors critical
bertram_thresholds(kappa, sigma, cost)                            entry exit entry_z rate cycle reason
variance_ratio(x, q)                                              vr z z_robust pvalue n reason
hayashi_yoshida(tx, x, ty, y)                                     covariance variance_x variance_y correlation
realised_correlation(y, x, *, lags=None)                           correlation n lags reason: prices that bounce
cusum(y, x=None, *, kind="ols"|"recursive")                       stat pvalue path n reason
rolling_spearman(y, x, window)                                    arrays correlation reason
adjust_pvalues(p)                                                 arrays bh by holm bonferroni, n
cointegration_evidence(y, x, *, direction="both", lags="aic",      cointegrated pvalue test level n reason: the one
    level=0.05, fixed_beta=None)                                  decision of every hedge mode
surrogate_cointegration(y, x, *, block=10, surrogates=999)         stat pvalue surrogates n reason: size holds in storms
SequentialEvidence(window).update(y, x)                           Look | None; .standing: a verdict one may watch
spread_half_life(residual, *, dt=1.0)                             half_life low high phi n reason, without bias
fit_diagnostics(y, x, hedge); ljung_box(x, *, lags=10)            sd_z ljung_box: fit, never evidence
coint(y0, y1); adfuller(x)                                         tuples as those of statsmodels
panel.engle_granger_all(log_prices, lags=1|"aic", max_lags=None)  n × n stat pvalue lags beta alpha se_beta r_squared
                                                                  rows reason

Online (``update`` gives a row; ``state()`` / ``restore(state)`` continue bit for bit)
--------------------------------------------------------------------------------------
RollingMoments(window).update(x)             n mean variance sd z z_inclusive reason; .moments()
RollingOLS(window).update(y, x)              n alpha beta se_beta r_squared correlation residual residual_sd reason
RollingCorrelation(window).update(y, x)      n correlation reason
EwMoments(alpha=|halflife=, warm_up=)        .update(x)     n mean variance sd z reason
EwCovariance(alpha=|halflife=, warm_up=)     .update(y, x)  n means variances covariance correlation beta alpha reason
KalmanHedge(q_beta=, q_alpha=, r=, burn_in=) .update(y, x)  n beta alpha e s z p00 p01 p11 reason; .loglik .sd_z
    KalmanHedge.chan(delta=, r=), KalmanHedge.from_fit(fit), KalmanHedge() = maximum likelihood on the burn-in

BreakdownMonitor.freeze(y, x)                .update(y, x)  spread z excursion boundary broken reason: β frozen

``scan.scan(...)`` tests a universe, ``check.run_check(...)`` measures size and power, ``warm_up()`` loads the kernels.
``reason_of(code)`` turns a code of a result's ``reason`` array into a ``Reason``.
"""

from __future__ import annotations

from spreadscope.stats import panel
from spreadscope.stats._arrays import reason_of
from spreadscope.stats._results import Result
from spreadscope.stats.adf import ADFResult, adf
from spreadscope.stats.adjust_pvalues import AdjustedPValues, adjust_pvalues
from spreadscope.stats.bertram_thresholds import BertramThresholds, bertram_thresholds
from spreadscope.stats.breakdown import BreakdownMonitor, BreakdownRow
from spreadscope.stats.cusum import CusumResult, cusum
from spreadscope.stats.dickey_fuller_table import dickey_fuller_table_pvalue
from spreadscope.stats.engle_granger import (
    BothDirectionsResult,
    EngleGrangerResult,
    engle_granger,
    engle_granger_both,
)
from spreadscope.stats.evidence import Evidence, FitDiagnostics, cointegration_evidence, fit_diagnostics, hedge_spread
from spreadscope.stats.ew_covariance import EwCovariance, EwCovarianceResult, EwCovarianceRow, ew_covariance
from spreadscope.stats.ew_moments import EwMoments, EwMomentsResult, EwMomentsRow, ew_moments
from spreadscope.stats.hayashi_yoshida import HayashiYoshidaResult, hayashi_yoshida
from spreadscope.stats.johansen import JohansenResult, johansen
from spreadscope.stats.kalman_fit import KalmanFit, LocalLevelFit, kalman_fit, local_level_fit
from spreadscope.stats.kalman_hedge import KalmanHedge, KalmanHedgeResult, KalmanRow, kalman_hedge
from spreadscope.stats.kpss import JointVerdict, KPSSResult, StationarityVerdict, kpss, stationarity
from spreadscope.stats.ljung_box import LjungBoxResult, ljung_box
from spreadscope.stats.mackinnon import CriticalValues, mackinnon_critical_values, mackinnon_pvalue
from spreadscope.stats.ols import OLSResult, ols
from spreadscope.stats.ou_fit import HalfLife, OUFit, half_life, ou_fit
from spreadscope.stats.phillips_ouliaris import PhillipsOuliarisResult, phillips_ouliaris
from spreadscope.stats.realised_correlation import RealisedCorrelationResult, realised_correlation
from spreadscope.stats.rolling_correlation import (
    RollingCorrelation,
    RollingCorrelationResult,
    RollingCorrelationRow,
    rolling_correlation,
)
from spreadscope.stats.rolling_moments import (
    Moments,
    RollingMoments,
    RollingMomentsResult,
    RollingMomentsRow,
    moments,
    rolling_moments,
)
from spreadscope.stats.rolling_ols import RollingOLS, RollingOLSResult, RollingOLSRow, rolling_ols
from spreadscope.stats.rolling_spearman import rolling_spearman
from spreadscope.stats.rolling_zscore import RollingZScoreResult, largest_reachable_zscore, rolling_zscore
from spreadscope.stats.sequential_evidence import Look, SequentialEvidence, Standing
from spreadscope.stats.spread_half_life import SpreadHalfLife, spread_half_life
from spreadscope.stats.statsmodels_names import adfuller, coint
from spreadscope.stats.surrogate_cointegration import SurrogateResult, surrogate_cointegration
from spreadscope.stats.tls import TLSResult, tls
from spreadscope.stats.variance_ratio import VarianceRatioResult, variance_ratio
from spreadscope.stats.warm import warm_up

__all__ = [
    "ADFResult",
    "AdjustedPValues",
    "BertramThresholds",
    "BothDirectionsResult",
    "BreakdownMonitor",
    "BreakdownRow",
    "CriticalValues",
    "CusumResult",
    "EngleGrangerResult",
    "Evidence",
    "EwCovariance",
    "EwCovarianceResult",
    "EwCovarianceRow",
    "EwMoments",
    "EwMomentsResult",
    "EwMomentsRow",
    "FitDiagnostics",
    "HalfLife",
    "HayashiYoshidaResult",
    "JohansenResult",
    "JointVerdict",
    "KPSSResult",
    "KalmanFit",
    "KalmanHedge",
    "KalmanHedgeResult",
    "KalmanRow",
    "LjungBoxResult",
    "LocalLevelFit",
    "Look",
    "Moments",
    "OLSResult",
    "OUFit",
    "PhillipsOuliarisResult",
    "RealisedCorrelationResult",
    "Result",
    "RollingCorrelation",
    "RollingCorrelationResult",
    "RollingCorrelationRow",
    "RollingMoments",
    "RollingMomentsResult",
    "RollingMomentsRow",
    "RollingOLS",
    "RollingOLSResult",
    "RollingOLSRow",
    "RollingZScoreResult",
    "SequentialEvidence",
    "SpreadHalfLife",
    "Standing",
    "StationarityVerdict",
    "SurrogateResult",
    "TLSResult",
    "VarianceRatioResult",
    "adf",
    "adfuller",
    "adjust_pvalues",
    "bertram_thresholds",
    "coint",
    "cointegration_evidence",
    "cusum",
    "dickey_fuller_table_pvalue",
    "engle_granger",
    "engle_granger_both",
    "ew_covariance",
    "ew_moments",
    "fit_diagnostics",
    "half_life",
    "hayashi_yoshida",
    "hedge_spread",
    "johansen",
    "kalman_fit",
    "kalman_hedge",
    "kpss",
    "largest_reachable_zscore",
    "ljung_box",
    "local_level_fit",
    "mackinnon_critical_values",
    "mackinnon_pvalue",
    "moments",
    "ols",
    "ou_fit",
    "panel",
    "phillips_ouliaris",
    "realised_correlation",
    "reason_of",
    "rolling_correlation",
    "rolling_moments",
    "rolling_ols",
    "rolling_spearman",
    "rolling_zscore",
    "spread_half_life",
    "stationarity",
    "surrogate_cointegration",
    "tls",
    "variance_ratio",
    "warm_up",
]
