"""The compilation of the numerical kernels, once a machine, and their loading before the first row.

Compilation holds the interpreter's lock for half a minute, so it never runs inside an engine: ``make install`` does it,
else a separate process before the engine starts. Loading compiled kernels takes a second or two, in a thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from spreadscope import isolation
from spreadscope.commands.console import print_message
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.events import Floats
from spreadscope.model.hedge import HedgeName
from spreadscope.model.timeframe import Timeframe

_FRAME = (
    b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":2,"s":"BTCUSDT","a":1,"p":"1.5","q":"1",'
    b'"f":1,"l":1,"T":1,"m":true}}'
)


def _marker_file() -> Path:
    """Returns the marker file beside the compiled kernels; its name depends on their sources and versions."""
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
    """Compile missing kernels in a separate process, with a message. Raises ``CompileError``."""
    if _marker_file().exists():
        return
    print_message("compiling the numerical kernels, once on this machine (about half a minute) …")
    command = [sys.executable, "-m", "spreadscope.commands.compile_kernels"]
    process = subprocess.run(  # noqa: S603 - our own module
        command, check=False, stdout=subprocess.DEVNULL, env=isolation.environment()
    )
    if process.returncode:
        raise CompileError("the numerical kernels cannot be compiled: see the reason above; install spreadscope again")


class CompileError(SpreadscopeError):
    """The error that the kernels cannot be compiled."""


def load_kernels_in_background() -> threading.Thread:
    """Load the compiled kernels in a thread. Returns it."""
    thread = threading.Thread(target=load_kernels, name="kernel-warm-up", daemon=True)
    thread.start()
    return thread


def load_kernels(report: Callable[[int, int, str], None] = lambda *_: None) -> None:
    """Call every kernel once. ``report`` is called before each with its number, their count, and its name."""
    steps = _steps()
    for number, (name, step) in enumerate(steps, start=1):
        report(number, len(steps), name)
        step()


def _steps() -> list[tuple[str, Callable[[], object]]]:
    """Returns the names of all kernels and functions that call them."""
    from spreadscope.bars.kernel import group
    from spreadscope.engine.journal_entry import JournalEntry
    from spreadscope.exchange.venues import DEFAULT
    from spreadscope.ingest.batcher import Batcher
    from spreadscope.model.events import Trades
    from spreadscope.pairs.hedge import MODELS
    from spreadscope.stats import engle_granger, surrogate_cointegration
    from spreadscope.store import journal
    from spreadscope.store.trades import block_codec
    from spreadscope.tape.ledger import consecutive

    rng = np.random.default_rng(0)
    y, x = 5.0 + np.cumsum(0.01 * rng.standard_normal((2, 150)), axis=1)
    ids = np.arange(3)
    trades = Trades("BTCUSDT", ids, ids, y[:3], x[:3], ids > 1)

    def frames() -> None:
        decoder = DEFAULT.decoder()
        decoder.table.number("BTCUSDT")
        Batcher(decoder.table).add_columns(decoder.columns([_FRAME]), 0, 1)

    return [
        *((f"hedge ratio: {model.label}", partial(_compute_rows, y, x, name)) for name, model in MODELS.items()),
        ("Engle-Granger", lambda: engle_granger(y, x, lags="aic", max_lags=2)),
        ("looks", lambda: surrogate_cointegration(y, x, surrogates=5)),
        ("bars", lambda: group(ids, ids, y[:3], x[:3], 1_000)),
        ("stored trades", lambda: block_codec.decode(block_codec.encode((ids, ids, y[:3], x[:3], ids > 1)))),
        ("journal", lambda: journal.encode([JournalEntry(trades)])),
        ("ledger", lambda: consecutive(ids)),
        ("frames", frames),
    ]


def _compute_rows(y: Floats, x: Floats, hedge: HedgeName) -> None:
    """Compute rows of a pair until every statistic was computed once."""
    from spreadscope.model.config import AnalyticsConfig
    from spreadscope.model.instrument import Pair
    from spreadscope.model.states import SignalState
    from spreadscope.pairs.legs import Leg
    from spreadscope.pairs.tracker import PairTracker

    config = AnalyticsConfig(hedge=hedge, hedge_window=30, z_window=20, correlation_window=20, max_lags=1)
    tracker = PairTracker(Pair("BTCUSDT", "ETHUSDT"), Timeframe.S1, config)
    for time, (y_price, x_price) in enumerate(np.exp(np.column_stack([y, x])).tolist()):
        legs = Leg(y_price, y_price, 0, complete=True), Leg(x_price, x_price, 0, complete=True)
        tracker.step(1_000 * time, *legs, halted=False, state=SignalState.FLAT)


def _print_step(number: int, count: int, name: str) -> None:
    print_message(f"  kernel {number} of {count}: {name}")


def main() -> None:
    load_kernels(_print_step)
    # Where the package's folder is read-only, the kernels are stored elsewhere, and there is no marker.
    with contextlib.suppress(OSError):
        _marker_file().parent.mkdir(exist_ok=True)
        _marker_file().touch()


if __name__ == "__main__":
    main()
