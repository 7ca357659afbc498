"""Compile (or load from the cache) the numerical kernels on a thread, so that no first row waits for them."""

from __future__ import annotations

import threading

import numpy as np


def warm_in_background() -> threading.Thread:
    """Start warming; nothing waits for it."""
    thread = threading.Thread(target=warm, name="kernel-warm-up", daemon=True)
    thread.start()
    return thread


def warm() -> None:
    """Every kernel a row or a bar needs, once."""
    from spreadscope.bars.kernel import group
    from spreadscope.stats import cointegration_evidence, half_life, ljung_box, warm_up

    warm_up()
    rng = np.random.default_rng(0)
    y, x = 5.0 + np.cumsum(0.01 * rng.standard_normal((2, 120)), axis=1)
    cointegration_evidence(y, x, max_lags=2)
    half_life(y - x, dt=1.0)
    ljung_box(y - x)
    ids = np.arange(3)
    group(ids, ids, y[:3], x[:3], 1_000)
