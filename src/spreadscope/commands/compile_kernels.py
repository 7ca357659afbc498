"""The compilation of the numerical kernels, once a machine, and their loading before the first row.

Compilation holds the interpreter's lock for half a minute, so it never runs inside an engine: ``make install`` does it,
else a separate process before the engine starts. Loading compiled kernels takes a second or two, in a thread.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from llvmlite.binding import get_host_cpu_name  # type: ignore[import-untyped]

from spreadscope import isolation, jit
from spreadscope.commands.console import print_message
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.events import Floats
from spreadscope.model.hedge import HedgeName
from spreadscope.model.timeframe import Timeframe

_FRAME = (
    b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":2,"s":"BTCUSDT","a":1,"p":"1.5","q":"1",'
    b'"f":1,"l":1,"T":1,"m":true}}'
)


def _marker_file(folder: Path) -> Path:
    """Returns the marker file beside the compiled kernels.

    Its name depends on their sources and versions, and on the processor: kernels of one are not loaded on another.
    """
    package = Path(__file__).parents[1]
    kernels = hashlib.sha256()
    for source in sorted(package.rglob("*.py")):
        text = source.read_bytes()
        if b"@njit" in text:
            kernels.update(text)
    numba = importlib.metadata.version("numba")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return folder / f"kernels-{numba}-{python}-{get_host_cpu_name()}-{kernels.hexdigest()[:12]}.compiled"


def ensure_compiled() -> None:
    """Compile missing kernels in a separate process, with a message. Raises ``CompileError``."""
    if jit.FOLDER is None:
        print_message(
            "no folder is writable that could keep the compiled numerical kernels, so every start compiles them anew: "
            "name one with NUMBA_CACHE_DIR=/path"
        )
        return
    if _marker_file(jit.FOLDER).exists():
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
        ("screen", partial(_screen, y, x)),
        ("bars", lambda: group(ids, ids, y[:3], x[:3], 1_000)),
        ("stored trades", lambda: block_codec.decode(block_codec.encode((ids, ids, y[:3], x[:3], ids > 1)))),
        ("journal", lambda: journal.encode([JournalEntry(trades)])),
        ("ledger", lambda: consecutive(ids)),
        ("frames", frames),
    ]


def _screen(y: Floats, x: Floats) -> None:
    """Screen rows and trades of each hedge that has a batch twin."""
    from spreadscope.model.config import load_config
    from spreadscope.model.instrument import Pair
    from spreadscope.pairs.row_series import BATCH_MODELS, LegSeries
    from spreadscope.replay.paper_backtest import BacktestSettings
    from spreadscope.replay.screen import Screen
    from spreadscope.replay.screen_market import LegMarket, ScreenMarket, Tops, sample_trades

    times = np.arange(len(y)) * 60_000
    prices = np.exp(y), np.exp(x)
    pair = Pair("BTCUSDT", "ETHUSDT")
    tops = [
        Tops(np.rint(1e8 * price).astype(np.int64), np.rint(1e8 * price).astype(np.int64), times) for price in prices
    ]
    markets = [LegMarket(top, top) for top in tops]
    legs = LegSeries(times, np.ones(len(y), dtype=np.bool_), *prices, *prices)
    market = ScreenMarket(
        pair=pair, timeframe=Timeframe.M1, legs=legs, decided=times, y=markets[0], x=markets[1], first_time=0,
        last_time=int(times[-1]), latency=50, seconds=0, quoted=0, trades=0,
    )  # fmt: skip
    screen = Screen(market, BacktestSettings(pairs=(pair,)), ())
    for hedge in BATCH_MODELS:
        screen.run(load_config(None, analytics__hedge=hedge, analytics__hedge_window=40, signals__entry=0.6))
    ids, nothing = np.arange(3), np.full(3, np.nan)
    sample_trades(
        (ids, ids, y[:3]), (0, 60_000), (nothing, ids - 9, ids - 9), ids, (nothing, ids - 9),
        (nothing[:1], ids[:2]), 0, (0, 1_000, ids),
    )  # fmt: skip


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
    if jit.FOLDER is not None:
        _marker_file(jit.FOLDER).touch()


if __name__ == "__main__":
    main()
