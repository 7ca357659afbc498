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
from functools import partial
from pathlib import Path

import numpy as np

from spreadscope import isolation
from spreadscope.commands.console import say
from spreadscope.model.errors import SpreadscopeError
from spreadscope.model.events import Floats
from spreadscope.model.hedge import HedgeName
from spreadscope.model.timeframe import Timeframe

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
    command = [sys.executable, "-m", "spreadscope.commands.compile_kernels"]
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
    from spreadscope.engine.journal_entry import JournalEntry
    from spreadscope.exchange.venues import DEFAULT
    from spreadscope.ingest.batcher import Batcher
    from spreadscope.model.events import Trades
    from spreadscope.pairs.hedge import MODELS
    from spreadscope.stats import engle_granger
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
        *((f"hedge ratio: {model.label}", partial(_rows, y, x, name)) for name, model in MODELS.items()),
        ("Engle-Granger", lambda: engle_granger(y, x, lags="aic", max_lags=2)),
        ("bars", lambda: group(ids, ids, y[:3], x[:3], 1_000)),
        ("stored trades", lambda: block_codec.decode(block_codec.encode((ids, ids, y[:3], x[:3], ids > 1)))),
        ("journal", lambda: journal.encode([JournalEntry(trades)])),
        ("ledger", lambda: consecutive(ids)),
        ("frames", frames),
    ]


def _rows(y: Floats, x: Floats, hedge: HedgeName) -> None:
    """Rows of a pair until every statistic has been made once."""
    from spreadscope.model.config import AnalyticsConfig
    from spreadscope.model.instrument import Pair
    from spreadscope.model.states import SignalState
    from spreadscope.pairs.legs import Leg
    from spreadscope.pairs.tracker import PairTracker

    config = AnalyticsConfig(hedge=hedge, hedge_window=30, z_window=20, correlation_window=20, max_lags=1)
    tracker = PairTracker(Pair("BTCUSDT", "ETHUSDT"), Timeframe.S1, config)
    for time, (one, other) in enumerate(np.exp(np.column_stack([y, x])).tolist()):
        legs = Leg(one, one, 0, complete=True), Leg(other, other, 0, complete=True)
        tracker.step(1_000 * time, *legs, halted=False, state=SignalState.FLAT)


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
