"""Backtests: pair trades of stored ticks by the whole core and by a screen, beside NautilusTrader with the same logic;
and a sweep of a thousand sets of parameters. Medians of three rounds, one run.

The same ticks, windows and levels for all. Ours come from the Parquet archive, reading included; theirs from memory, no
loading.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from bench import ticks
from bench.archived import archived_store
from bench.nautilus import nautilus_pairs
from spreadscope.commands.compile_kernels import load_kernels
from spreadscope.model.config import Config, load_config
from spreadscope.model.events import Trades
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import AccountSettings
from spreadscope.replay.backtest_plan import with_parameters
from spreadscope.replay.paper_backtest import BacktestSettings, backtest
from spreadscope.replay.screen import screen_of
from spreadscope.store.reader import StoreReader

ROUNDS = 3
TICKS = 3_000_000
CORE_SPAN_MS = 30 * 60_000  # of the market's time: the whole core at 1 s takes its time
WINDOW, Z_WINDOW = 120, 60
DAYS = 30
SETS = 1_000
_HOUR = 3_600
ACCOUNT = AccountSettings(cash=1e6, daily_loss_percent=0.0, drawdown_percent=0.0)


def _config(folder: Path) -> Config:
    return load_config(
        None, data=folder, analytics__hedge_window=WINDOW, analytics__z_window=Z_WINDOW,
        analytics__correlation_window=Z_WINDOW, signals__time_stop_half_lives=0,
    )  # fmt: skip


def _screened(reader: StoreReader, config: Config, settings: BacktestSettings) -> tuple[float, int]:
    began = time.perf_counter()
    screen = screen_of(reader, config, settings, ())
    found = screen.run(config)
    return screen.market.trades / (time.perf_counter() - began), len(found.signal_columns[0])


def _by_core(reader: StoreReader, config: Config, settings: BacktestSettings, first: int) -> float:
    part = msgspec.structs.replace(settings, start=first, end=first + CORE_SPAN_MS)
    result = backtest(reader, config, part, ())
    return result.trades / result.seconds


def _beside_nautilus(folder: Path) -> None:
    files = {
        "synthetic, 200 ticks a second": ticks.write_dense(folder / "dense.parquet", TICKS),
        "recorded, one session repeated": ticks.write_recorded(folder / "recorded.parquet", TICKS),
    }
    print(f"a backtest of one pair, {TICKS:,} ticks, windows {WINDOW} and {Z_WINDOW}, both legs at market")
    for name, path in files.items():
        if path is None:
            print(f"  {name}: left out, {ticks.RECORDED.name} is not beside the checkout")
            continue
        batches = ticks.read_batches(path)
        pair = Pair(*dict.fromkeys(batch.symbol for batch in batches))
        first = int(batches[0].times[0])
        reader = archived_store(folder / name.partition(",")[0], batches)
        config = _config(folder)
        for timeframe, theirs_bars in ((Timeframe.S1, "1-SECOND"), (Timeframe.M1, "1-MINUTE")):
            settings = BacktestSettings(pairs=(pair,), timeframe=timeframe, account=ACCOUNT)
            theirs = nautilus_pairs(path, theirs_bars, WINDOW, Z_WINDOW)
            _screened(reader, config, settings)  # loads the kernels
            rounds = [_screened(reader, config, settings) for _ in range(ROUNDS)]
            rate, signals = statistics.median(rate for rate, _ in rounds), rounds[0][1]
            core = statistics.median(_by_core(reader, config, settings, first) for _ in range(ROUNDS))
            print(f"  {name}, bars of {timeframe}: screen {rate / 1e6:.2f} M ticks/s ({signals} signals),"
                  f" whole core {core / 1e6:.3f} M ticks/s")  # fmt: skip
            if theirs:
                rate_of_theirs = theirs["ticks"] / theirs["seconds"]
                print(f"    NautilusTrader {rate_of_theirs / 1e6:.3f} M ticks/s ({theirs['signals']:.0f} signals,"
                      f" {theirs['fills']:.0f} fills): the screen is {rate / rate_of_theirs:.0f} times as fast,"
                      f" the whole core {core / rate_of_theirs:.1f} times")  # fmt: skip


def _month(seed: int = 3) -> Iterator[Trades]:
    """Thirty days of two tied walks, one trade a second each, an hour at a time."""
    rng = np.random.default_rng(seed)
    level = apart = 0.0
    for hour in range(24 * DAYS):
        common = level + np.cumsum(rng.normal(0, 5e-5, _HOUR))
        level = float(common[-1])
        shocks, spread = rng.normal(0, 5e-5, _HOUR), np.empty(_HOUR)
        for row in range(_HOUR):
            apart = 0.998 * apart + shocks[row]
            spread[row] = apart
        rows = hour * _HOUR + np.arange(_HOUR)
        for symbol, prices in (("BTCUSDT", 60_000 * np.exp(common + spread)), ("ETHUSDT", 2_500 * np.exp(common))):
            yield Trades(symbol, rows, ticks.START_MS + rows * 1_000, np.round(prices, 2), np.full(_HOUR, 0.01),
                         np.zeros(_HOUR, dtype=np.bool_))  # fmt: skip


def _sweep(folder: Path) -> None:
    reader = archived_store(folder / "month", _month())
    config = load_config(None, data=folder)
    settings = BacktestSettings(pairs=(Pair("BTCUSDT", "ETHUSDT"),), timeframe=Timeframe.M1, account=ACCOUNT)
    axes = itertools.product(range(60, 560, 25), (1.5, 1.75, 2.0, 2.25, 2.5), (0.0, 0.25, 0.5, 0.75, 1.0), (3.5, 4.5))
    sets = [
        with_parameters(config, {
            "analytics.hedge_window": window, "signals.entry": entry, "signals.exit": leave, "signals.stop": stop,
        })
        for window, entry, leave, stop in axes
    ]  # fmt: skip
    assert len(sets) == SETS
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        screen = screen_of(reader, config, settings, (), period=86_400_000)
        read = time.perf_counter() - began
        found = list(screen.sweep(sets))
        seconds.append((time.perf_counter() - began, read))
    whole, read = (statistics.median(each) for each in zip(*seconds, strict=True))
    trades = sum(each.count for each in found)
    print(f"{SETS:,} sets of parameters over {DAYS} days of 1 m bars of one pair: {whole:.2f} s"
          f" ({read:.2f} s of it to read {screen.market.trades:,} ticks), {trades:,} trades")  # fmt: skip


def main() -> None:
    load_kernels()
    with tempfile.TemporaryDirectory() as directory:
        _sweep(Path(directory))
        _beside_nautilus(Path(directory))


if __name__ == "__main__":
    main()
