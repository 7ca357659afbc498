"""More than the engine can take: quotes go first, then the sockets wait, and no trade is lost or piles up in memory."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spreadscope.app.backpressure import GateLimits
from spreadscope.app.engine_limits import EngineLimits
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local.exchange_waits import ExchangeWaits
from spreadscope.model.events import Event, Trades
from spreadscope.model.facts import Fact, TradesAccepted
from spreadscope.store.batch import make_unit
from tests.e2e.line import run, until, write_recording
from tests.faults.bench import under
from tests.support.facts import bar, row, signal
from tests.support.market import START

MIB = 1 << 20
HIGH = 1 * MIB


def marks(high: int) -> EngineLimits:
    """An engine that stops reading when ``high`` bytes wait for the disk."""
    return EngineLimits(gate=GateLimits(high_water=high, quote_water=high // 2, low_water=high // 4))


class SlowDisk:
    """Every transaction of an engine waits: for its rows at ``rows_per_s``, and for ``open`` to be set."""

    def __init__(self, live: LiveEngine, rows_per_s: float) -> None:
        self.rows_per_s = rows_per_s
        self.open = threading.Event()
        self.open.set()
        write = live.store.writer._write

        def slow(connection: Any, batch: Any) -> None:
            self.open.wait(60)
            time.sleep(batch.rows / self.rows_per_s)
            write(connection, batch)

        live.store.writer._write = slow  # type: ignore[method-assign]


class Slices:
    """What the sockets brought, as the core gets it.

    It holds how many events came at once, and what waited for the disk before and after.

    How much one slice makes depends on how far the market went meanwhile, which on a busy machine is anything. That
    nothing is made above the high water does not.
    """

    def __init__(self, live: LiveEngine) -> None:
        self.events: list[int] = []
        self.before: list[int] = []
        self.after: list[int] = []
        sink = live.core.gate._sink

        def weighed(events: Sequence[Event]) -> None:
            self.events.append(len(events))
            self.before.append(live.store.writer.pending_bytes)
            sink(events)
            self.after.append(live.store.writer.pending_bytes)

        live.core.gate._sink = weighed

    def assert_bounded(self) -> None:
        assert max(self.after) > HIGH, "never so much that reading had to stop"
        assert max(self.before) <= HIGH
        assert max(self.events) <= GateLimits().slice_events


@pytest.mark.slow
def test_ten_times_the_rate_the_disk_can_take(tmp_path: Path) -> None:
    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=900)
        # 900 seconds in 3: 6,000 rows a second and as many quotes, on a disk that takes a fraction.
        options: dict[str, Any] = {
            "exchange__quotes": True,
            "exchange__first_data_seconds": 30.0,
            "exchange__dead_after_seconds": 30.0,
        }
        async with under(tmp_path, "", recording=recording, speed=300.0, engine=marks(HIGH), **options) as bench:
            SlowDisk(bench.live, 1_500)
            slices = Slices(bench.live)
            await until(lambda: bench.live.core.gate.paused, 30)
            await bench.exchange.finished()
            assert await bench.whole(90) > 17_000
            slices.assert_bounded()
            assert bench.live.markets.default.feed.quotes_shed > 0
            assert bench.gaps() == []  # reading late is not losing

    run(main())


def resident() -> int:
    """Bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_is_bounded_at_ten_times_the_rate_the_disk_can_take(tmp_path: Path) -> None:
    high, rows_a_second, seconds = 8 * MIB, 40_000, 4

    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=20)
        async with under(tmp_path, "", recording=recording, speed=300.0, engine=marks(high)) as bench:
            live, symbol = bench.live, bench.exchange.symbols[0]
            await bench.whole(60)
            ranges, _ = live.store.reader.ledger(symbol)
            before = live.store.reader.trade_count(symbol)
            disk = SlowDisk(live, rows_a_second)
            at_rest, highest, waited = resident(), 0, 0
            first, made, offered = ranges[-1].last + 1, 0, 10 * rows_a_second * seconds
            started = time.monotonic()
            while (spent := time.monotonic() - started) < seconds:
                # A source that has no more to give than ten times the disk's rate, and is read while the engine reads.
                if live.core.gate.paused or made >= spent * 10 * rows_a_second:
                    waited += live.core.gate.paused
                    await asyncio.sleep(0.002)
                else:
                    live.core.apply([more(symbol, first + made, ranges[-1].last_time)])
                    made += 2_000
                    await asyncio.sleep(0)
                highest = max(highest, resident() - at_rest)
            assert waited > 10
            assert highest < high + 20 * MIB < offered * 33  # what it would be without a bound
            disk.rows_per_s = 1e9
            await live.store.writer.flush()
            assert live.store.writer.pending_bytes == 0
            assert live.store.reader.trade_count(symbol) == before + made

    run(main())


def more(symbol: str, first: int, time_ms: int) -> Trades:
    ids = np.arange(first, first + 2_000)
    reals = ids.astype(np.float64)
    prices, quantities = 100.0 + reals % 7 / 10, reals % 5 + 0.5
    return Trades(symbol, ids, time_ms + ids - first, prices, quantities, ids % 2 == 0)


def test_what_waits_is_weighed_as_it_is(tmp_path: Path) -> None:
    """The water marks are bytes of memory: a row of analytics is not a trade."""
    made: dict[str, list[Fact]] = {}
    for name, make in (
        ("bar", lambda i: bar(START + i, open=i / 3, high=i / 7, low=i / 9, close=i / 11, volume=i / 13)),
        ("row", lambda i: row(START + i, value=i / 3)),
        ("signal", lambda i: signal(START + i, z=i / 3, spread=i / 7, cause=f"z {i}")),
        ("trades", lambda i: TradesAccepted(more("BTCUSDT", i, START), ((0, START + i),))),
        ("few trades", lambda i: TradesAccepted(more("BTCUSDT", i, START).take(np.arange(3)), ((0, START + i),))),
    ):
        gc.collect()
        tracemalloc.start()
        made[name] = [make(i) for i in range(300)]
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert make_unit(made[name], {}).bytes == pytest.approx(taken, rel=0.35), name


def test_a_reader_that_the_exchange_drops_for_its_slowness_fills_what_it_missed(tmp_path: Path) -> None:
    waits = ExchangeWaits(reading_s=0.3)

    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=2_500, a_second=16)
        options: dict[str, Any] = {"exchange__quotes": True, "exchange__dead_after_seconds": 30.0}
        async with under(
            tmp_path, "", recording=recording, speed=1_000.0, waits=waits, engine=marks(HIGH), **options
        ) as bench:
            disk = SlowDisk(bench.live, 1e9)
            slices = Slices(bench.live)
            try:
                await until(lambda: bench.live.core.trades > 500, 30)
                disk.open.clear()
                await until(lambda: bench.reconnects > 0, 60)
                disk.open.set()
                assert await bench.whole(90) > 40_000
                slices.assert_bounded()
            finally:
                disk.open.set()
            assert bench.gaps()

    run(main())
