"""Loading of the compiled kernels before they are needed."""

from __future__ import annotations

import numpy as np

from spreadscope.stats.engle_granger import engle_granger
from spreadscope.stats.ew_covariance import ew_covariance
from spreadscope.stats.ew_moments import ew_moments
from spreadscope.stats.kalman_hedge import kalman_hedge
from spreadscope.stats.panel import MovingPanel, engle_granger_all
from spreadscope.stats.rolling_correlation import RollingCorrelation
from spreadscope.stats.rolling_moments import RollingMoments
from spreadscope.stats.rolling_ols import RollingOLS


def warm_up() -> None:
    """Call every kernel the engine uses once, on a few rows.

    The first call of a kernel compiles it (seconds, once a machine) or loads it from the cache (0.03 s). Run this in a
    thread at start-up: nothing then waits at the first bar.

    >>> warm_up()
    """
    rng = np.random.default_rng(0)
    prices = 5.0 + np.cumsum(0.01 * rng.standard_normal((80, 3)), axis=0)
    y, x = np.ascontiguousarray(prices[:, 0]), np.ascontiguousarray(prices[:, 1])
    moments, regression, correlation = RollingMoments(10), RollingOLS(10), RollingCorrelation(10)
    for a, b in zip(y.tolist(), x.tolist(), strict=True):
        moments.update(a)
        regression.update(a, b)
        correlation.update(a, b)
    ew_moments(y, halflife=5.0)
    ew_covariance(y, x, halflife=5.0)
    kalman_hedge(y, x, burn_in=40)
    engle_granger(y, x, lags="aic", max_lags=2)
    engle_granger_all(prices, "aic", 2)
    panel = MovingPanel(3, 20)
    for t, bar in enumerate(prices):
        # One bar with a hole, so that the kernel for joint rows is loaded too.
        panel.update(np.where(np.arange(3) == 2, np.nan, bar) if t == 30 else bar)
    panel.start_kalman()
    panel.update_kalman(prices[-1])
