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
from collections.abc import Callable
from pathlib import Path

import numpy as np

from spreadscope import isolation
from spreadscope.commands.console import say
from spreadscope.model.errors import SpreadscopeError

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
    """Compile what is not compiled yet, in a process of its own, saying so. Raises ``CompileError`` where that fails."""
    if _marker().exists():
        return
    say("compiling the numerical kernels, once on this machine (about half a minute) …")
    command = [sys.executable, "-m", "spreadscope.commands.warm"]
    done = subprocess.run(  # noqa: S603 - our own module
        command, check=False, stdout=subprocess.DEVNULL, env=isolation.environment()
    )
    if done.returncode:
        raise CompileError(
            "the numerical kernels cannot be compiled: the reason stands above; install spreadscope again"
        )


class CompileError(SpreadscopeError):
    """The kernels cannot be compiled here."""


def warm_in_background() -> threading.Thread:
    """Load the compiled kernels; nothing waits for it."""
    thread = threading.Thread(target=warm, name="kernel-warm-up", daemon=True)
    thread.start()
    return thread


def warm(tell: Callable[[int, int, str], None] = lambda *_: None) -> None:
    """Every kernel a bar or a row needs, once. ``tell`` hears before each: its number, how many there are, its name."""
    steps = _steps()
    for number, (name, step) in enumerate(steps, start=1):
        tell(number, len(steps), name)
        step()


def _steps() -> list[tuple[str, Callable[[], object]]]:
    """What to call so that everything is compiled, each with its name."""
    from spreadscope.bars.kernel import group
    from spreadscope.exchange.binance.columns import read_columns
    from spreadscope.ingest.batcher import Batcher
    from spreadscope.model.events import Trades
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
    from spreadscope.store import blocks, journal
    from spreadscope.tape.ledger import consecutive

    rng = np.random.default_rng(0)
    y, x = 5.0 + np.cumsum(0.01 * rng.standard_normal((2, 150)), axis=1)
    ids = np.arange(3)
    trades = Trades("BTCUSDT", ids, ids, y[:3], x[:3], ids > 1)

    def kalman() -> None:
        hedge = KalmanHedge(burn_in=120)
        for one, other in zip(y.tolist(), x.tolist(), strict=True):
            hedge.update(one, other)

    def frames() -> None:
        batcher = Batcher()
        batcher.table.number("BTCUSDT")
        batcher.feed_columns(read_columns([_FRAME], batcher.table), 0, 1)

    return [
        ("regression", lambda: ols(y, x)),
        ("Engle-Granger", lambda: engle_granger(y, x, lags="aic", max_lags=2)),
        ("cointegration", lambda: cointegration_evidence(y, x, max_lags=2)),
        ("ADF", lambda: adf(y - x, lags="aic", max_lags=2)),
        ("half-life", lambda: half_life(y - x, dt=1.0)),
        ("Ljung-Box", lambda: ljung_box(y - x)),
        ("breakdown", lambda: BreakdownMonitor.freeze(y, x)),
        ("Kalman filter", kalman),
        ("moments", lambda: count_mean_sd(y, 1)),
        ("returns", lambda: return_moments(y, x)),
        ("bars", lambda: group(ids, ids, y[:3], x[:3], 1_000)),
        ("stored trades", lambda: blocks.decode(blocks.encode((ids, ids, y[:3], x[:3], ids > 1)))),
        ("journal", lambda: journal.encode([journal.Heard(trades)])),
        ("ledger", lambda: consecutive(ids)),
        ("frames", frames),
    ]


def _tell(number: int, count: int, name: str) -> None:
    say(f"  kernel {number} of {count}: {name}")


def main() -> None:
    warm(_tell)
    # Where the package's folder cannot be written the kernels are kept elsewhere, and the marker nowhere.
    with contextlib.suppress(OSError):
        _marker().parent.mkdir(exist_ok=True)
        _marker().touch()


if __name__ == "__main__":
    main()
