"""Replay: a recording through the core, and columnar ticks through the core alone. Medians of three rounds."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bench import ticks
from bench.archived import archived_store
from bench.nautilus import nautilus_rate
from spreadscope.commands.compile_kernels import load_kernels
from spreadscope.engine import Engine
from spreadscope.exchange.recording import RawFrame, RecordingWriter
from spreadscope.model.config import load_config
from spreadscope.model.events import MarketTime, Trades, WatchPair
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from spreadscope.replay.recording_source import replay_recordings
from spreadscope.replay.trades_source import replay_trades
from spreadscope.store.reader import StoreReader

START_MS = 1_750_000_000_000
ROUNDS = 3
FRAMES = 200_000
TICKS = 4_000_000
A_SECOND = 1_000
SHARED_TICKS = 3_000_000  # of the files that another engine reads too


def _recording(path: Path) -> None:
    rng = np.random.default_rng(3)
    walk = np.cumsum(rng.normal(0, 0.3, FRAMES)) + 60_000
    with RecordingWriter(path, started_ns=START_MS * 1_000_000) as writer:
        for i in range(FRAMES):
            symbol = "BTCUSDT" if i % 2 else "ETHUSDT"
            time_ms = START_MS + i * 1000 // A_SECOND
            payload = (
                f'{{"stream":"{symbol.lower()}@aggTrade","data":{{"e":"aggTrade","E":{time_ms + 30},"s":"{symbol}",'
                f'"a":{i // 2},"p":"{walk[i]:.2f}","q":"0.{i % 900 + 1:03d}","f":{i},"l":{i},"T":{time_ms},"m":true}}}}'
            )
            writer.append(RawFrame(time_ms * 1_000_000, payload.encode()))


def _columns() -> list[Trades]:
    """One batch a second and symbol, as the batcher makes them."""
    rng = np.random.default_rng(4)
    batches = []
    for second in range(TICKS // (2 * A_SECOND)):
        for symbol in ("BTCUSDT", "ETHUSDT"):
            first = second * A_SECOND
            batches.append(
                Trades(
                    symbol,
                    np.arange(first, first + A_SECOND),
                    START_MS + second * 1000 + np.arange(A_SECOND) * 1000 // A_SECOND,
                    60_000 + np.cumsum(rng.normal(0, 0.1, A_SECOND)),
                    rng.integers(1, 1000, A_SECOND) / 1000,
                    np.zeros(A_SECOND, dtype=np.bool_),
                )
            )
    return batches


def _core(batches: list[Trades]) -> float:
    engine = Engine(load_config(None))
    engine.on(WatchPair(Pair("BTCUSDT", "ETHUSDT")))
    began = time.perf_counter()
    second = 0
    for batch in batches:
        if (now := int(batch.times[0]) // 1000) > second:
            second = now
            engine.on(MarketTime(int(batch.times[0])))
        engine.on(batch)
    return sum(map(len, batches)) / (time.perf_counter() - began)


def _pandas(batches: list[Trades]) -> float:
    """The usual stack: one frame of ticks, resampled to 1 s, 1 m and 5 m bars."""
    part = [batch for batch in batches if batch.symbol == "BTCUSDT"][:500]
    began = time.perf_counter()
    frame = pd.DataFrame(
        {"p": np.concatenate([b.prices for b in part]), "q": np.concatenate([b.quantities for b in part])},
        index=pd.to_datetime(np.concatenate([b.times for b in part]), unit="ms"),
    )
    for rule in ("1s", "1min", "5min"):
        frame["p"].resample(rule).ohlc()
        frame["q"].resample(rule).sum()
    return len(frame) / (time.perf_counter() - began)


def _beside_nautilus(directory: Path) -> None:
    """The same ticks through both: ours from the Parquet archive, reading included; theirs from memory, no loading."""
    print(
        f"{SHARED_TICKS:,} ticks of two symbols to bars, rows of the pair and signals,"
        " beside NautilusTrader's backtest engine"
    )
    files = {
        "synthetic, 200 ticks a second": ticks.write_dense(directory / "dense.parquet", SHARED_TICKS),
        "recorded, one session repeated": ticks.write_recorded(directory / "recorded.parquet", SHARED_TICKS),
    }
    for name, path in files.items():
        if path is None:
            print(f"  {name}: left out, {ticks.RECORDED.name} is not beside the checkout")
            continue
        batches = ticks.read_batches(path)
        pair = Pair(*dict.fromkeys(batch.symbol for batch in batches))
        reader = archived_store(directory / name.partition(",")[0], batches)
        theirs = nautilus_rate(path)
        # Theirs makes one-minute bars only; ours is shown so too, and with everything a live engine makes.
        for what, timeframes in (
            ("1 m", (Timeframe.M1,)),
            ("1 m, 5 m", (Timeframe.M1, Timeframe.M5)),
            ("1 s, 1 m, 5 m", TIMEFRAMES),
        ):
            ours = statistics.median(_replayed(reader, pair, timeframes) for _ in range(ROUNDS))
            beside = f"   {ours / theirs:.1f} × NautilusTrader's {theirs / 1e6:.2f} M (1 m)" if theirs else ""
            print(f"  {name}, bars of {what:<14} {ours / 1e6:>8.2f} M ticks/s{beside}")


def _replayed(reader: StoreReader, pair: Pair, timeframes: tuple[Timeframe, ...]) -> float:
    result = replay_trades(reader, load_config(None), [pair], timeframes=timeframes)
    assert result.facts["row"] > 0
    return result.trades / result.seconds


def main() -> None:
    load_kernels()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "bench.ndjson"
        _recording(path)
        config = load_config(None, pairs=("BTCUSDT/ETHUSDT",))
        frames = []
        hashes = set()
        for _ in range(ROUNDS):
            result = replay_recordings([path], config)
            frames.append(result.frames / result.seconds)
            hashes.add(result.hash)
    assert len(hashes) == 1, "a replay must say the same every time"
    batches = _columns()
    core = [_core(batches) for _ in range(ROUNDS)]
    usual = [_pandas(batches) for _ in range(ROUNDS)]
    limit = statistics.median(usual)
    print(f"medians of {ROUNDS} rounds; one hash over all facts in every round")
    print(f"  recording → decode → core → facts, hashed  {statistics.median(frames) / 1e3:>10,.0f} k frames/s")
    print(f"  columnar ticks → ledger, bars, pair rows   {statistics.median(core) / 1e6:>10.2f} M ticks/s"
          f"   {statistics.median(core) / limit:.1f} × pandas resample to the same bars")  # fmt: skip
    print(f"  pandas resample (bars only)                {limit / 1e6:>10.2f} M ticks/s")
    with tempfile.TemporaryDirectory() as directory:
        _beside_nautilus(Path(directory))


if __name__ == "__main__":
    main()
