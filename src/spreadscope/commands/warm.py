"""Compile the numerical kernels once a machine, and load them ahead of the first row.

Compiling holds the interpreter's lock for half a minute, so it is never done inside a running engine: ``make install`` does it, and an
engine that finds it undone has it done by a process of its own before it starts. Loading what is compiled takes a second or two and
happens on a thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from spreadscope.commands.console import say

_FRAME = b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":2,"s":"BTCUSDT","a":1,"p":"1.5","q":"1","f":1,"l":1,"T":1,"m":true}}'


def _marker() -> Path:
    """Beside the compiled kernels, so that it goes with them; named after what they are compiled from and with."""
    package = Path(__file__).parents[1]
    kernels = hashlib.sha256()
    for source in sorted(package.rglob("*.py")):
        text = source.read_bytes()
        if b"@njit" in text:
            kernels.update(text)
    numba = importlib.metadata.version("numba")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return package / "stats" / "__pycache__" / f"kernels-{numba}-{python}-{kernels.hexdigest()[:12]}.compiled"


def ensure_compiled() -> None:
    """Compile what is not compiled yet, in a process of its own, saying so."""
    if _marker().exists():
        return
    say("compiling the numerical kernels, once on this machine (about half a minute) …")
    subprocess.run([sys.executable, "-m", "spreadscope.commands.warm"], check=False, capture_output=True)


def warm_in_background() -> threading.Thread:
    """Load the compiled kernels; nothing waits for it."""
    thread = threading.Thread(target=warm, name="kernel-warm-up", daemon=True)
    thread.start()
    return thread


def warm() -> None:
    """Every kernel a bar or a row needs, once."""
    from spreadscope.bars.kernel import group
    from spreadscope.exchange.binance.columns import read_columns
    from spreadscope.ingest.batcher import Batcher
    from spreadscope.pairs.kernels import count_mean_sd, return_moments
    from spreadscope.stats import (
        BreakdownMonitor,
        KalmanHedge,
        adf,
        cointegration_evidence,
        engle_granger,
        half_life,
        ljung_box,
        ols,
    )
    from spreadscope.store import blocks

    rng = np.random.default_rng(0)
    y, x = 5.0 + np.cumsum(0.01 * rng.standard_normal((2, 150)), axis=1)
    ols(y, x)
    engle_granger(y, x, lags="aic", max_lags=2)
    cointegration_evidence(y, x, max_lags=2)
    adf(y - x, lags="aic", max_lags=2)
    half_life(y - x, dt=1.0)
    ljung_box(y - x)
    BreakdownMonitor.freeze(y, x)
    hedge = KalmanHedge(burn_in=120)
    for one, other in zip(y.tolist(), x.tolist(), strict=True):
        hedge.update(one, other)
    count_mean_sd(y, 1)
    return_moments(y, x)
    ids = np.arange(3)
    group(ids, ids, y[:3], x[:3], 1_000)
    blocks.decode(blocks.encode((ids, ids, y[:3], x[:3], ids > 1)))
    batcher = Batcher()
    batcher.table.number("BTCUSDT")
    batcher.feed_columns(read_columns([_FRAME], batcher.table), 0, 1)


def main() -> None:
    warm()
    # Where the package's folder cannot be written the kernels are kept elsewhere, and the marker nowhere.
    with contextlib.suppress(OSError):
        _marker().parent.mkdir(exist_ok=True)
        _marker().touch()


if __name__ == "__main__":
    main()
