"""Compile (or load from the cache) the numerical kernels on a thread, so that no first row waits for them."""

from __future__ import annotations

import threading

import numpy as np


def warm_in_background() -> threading.Thread:
    """Start warming; nothing waits for it."""
    thread = threading.Thread(target=_warm, name="kernel-warm-up", daemon=True)
    thread.start()
    return thread


def _warm() -> None:
    from spreadscope.bars.kernel import group
    from spreadscope.stats import KalmanHedge, adf, engle_granger, half_life, ols

    walk = np.cumsum(np.sin(np.arange(200.0) ** 2)) * 0.01
    other = walk * 0.7 + np.cos(np.arange(200.0) ** 3) * 0.01
    ols(other, walk)
    adf(walk, lags="aic", max_lags=3)
    engle_granger(other, walk, lags="aic", max_lags=3)
    half_life(other - 0.7 * walk, dt=1.0)
    hedge = KalmanHedge(burn_in=60)
    for y, x in zip(other[:70].tolist(), walk[:70].tolist(), strict=True):
        hedge.update(y, x)
    ids = np.arange(3)
    group(ids, ids, walk[:3], walk[:3], 1_000)
