"""Stores of made-up markets for tests: prices of any process as stored trades, without a recording and sockets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spreadscope.engine import Engine
from spreadscope.engine.journal_entry import apply_events, touched_ledgers
from spreadscope.model.config import Config, load_config
from spreadscope.model.events import Trades, WatchSymbol
from spreadscope.model.states import Mode
from spreadscope.model.timeframe import Timeframe
from spreadscope.replay.session_config import session_of
from spreadscope.store.directory import DATABASE, DataDirectory, bind_source
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter

START_MS = 1_750_032_000_000  # a midnight
_AT_ONCE = 20_000


def write_market(
    folder: Path, prices: Mapping[str, npt.NDArray[np.float64]], *, step_ms: int = 1_000, seed: int = 1
) -> StoreReader:
    """Store one trade of each symbol every ``step_ms``, at its price of that step. Returns the reader of the store."""
    rng = np.random.default_rng(seed)
    batches = []
    for place, (symbol, series) in enumerate(prices.items()):
        for first in range(0, len(series), _AT_ONCE):
            part = series[first : first + _AT_ONCE]
            rows = np.arange(first, first + len(part), dtype=np.int64)
            batches.append(
                Trades(
                    symbol, 1_000 + rows, START_MS + rows * step_ms + place, np.round(part, 4),
                    rng.integers(1, 5_000, len(part)) / 1_000, rng.random(len(part)) < 0.5,
                )
            )  # fmt: skip
    return write_trades(folder, batches)


def at_steps(
    prices: Mapping[str, npt.NDArray[np.float64]], steps: Mapping[str, npt.NDArray[np.int64]], *, step_ms: int = 1_000
) -> list[Trades]:
    """Returns a trade of each symbol at some of the steps alone, with ids without a hole."""
    return [
        Trades(
            symbol, 1_000 + np.arange(len(steps[symbol])), START_MS + steps[symbol] * step_ms + place,
            np.round(series[steps[symbol]], 4), np.full(len(steps[symbol]), 0.5),
            np.zeros(len(steps[symbol]), dtype=np.bool_),
        )
        for place, (symbol, series) in enumerate(prices.items())
    ]  # fmt: skip


def write_trades(folder: Path, batches: Sequence[Trades]) -> StoreReader:
    """Store trades as they are. Returns the reader of the store."""
    config = load_config(None, data=folder)
    engine = Engine(config, (Timeframe.M5,))
    with DataDirectory(folder) as directory:
        bind_source(directory.database, Mode.RECORDING, "a made-up market")
        writer = StoreWriter(directory.database, config.store)
        writer.start(session_of(config, 1))
        apply_events(engine, [WatchSymbol(symbol) for symbol in dict.fromkeys(batch.symbol for batch in batches)])
        for trades in batches:
            facts, _ = apply_events(engine, [trades])
            writer.submit(facts, touched_ledgers(engine, facts), [])
        writer.stop(60.0)
    return StoreReader(folder / DATABASE)


def walk(rows: int, *, seed: int, sd: float = 2e-4, start: float = 100.0) -> npt.NDArray[np.float64]:
    """Returns the prices of a random walk."""
    return start * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, sd, rows)))


def tied_walks(rows: int, *, seed: int, sd: float = 2e-4, noise: float = 2e-4) -> dict[str, npt.NDArray[np.float64]]:
    """Returns two walks with a common trend and a spread that comes back within half a minute of steps."""
    rng = np.random.default_rng(seed)
    common = np.cumsum(rng.normal(0.0, sd, rows))
    apart, spread = 0.0, np.empty(rows)
    for row, shock in enumerate(rng.normal(0.0, noise, rows)):
        apart = 0.96 * apart + shock
        spread[row] = apart
    return {"AAAUSDT": 100 * np.exp(common + spread), "BBBUSDT": 200 * np.exp(common)}


def market_config(folder: Path, **options: object) -> Config:
    """Returns a configuration with windows of two minutes and one at every timeframe."""
    windows = {"analytics__hedge_window": 120, "analytics__z_window": 60, "analytics__correlation_window": 60}
    return load_config(None, data=folder, **windows | options)
