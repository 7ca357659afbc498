"""More than the engine can take: quotes go first, then the sockets wait, and no trade is lost or piles up in memory."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from spreadscope.exchange.local import player
from spreadscope.runtime import live as module
from spreadscope.runtime.live import LiveEngine
from tests.e2e.line import run, until, write_recording
from tests.faults.bench import under

HIGH, QUOTES, LOW = 6_000, 3_000, 1_500
# What can still come when reading stops: the read buffer, and what one flush holds.
SLACK = 8_000


@pytest.fixture(autouse=True)
def small_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HIGH_WATER", HIGH)
    monkeypatch.setattr(module, "_QUOTE_WATER", QUOTES)
    monkeypatch.setattr(module, "_LOW_WATER", LOW)


class SlowDisk:
    """Every transaction of an engine waits: for its rows at ``rows_per_s``, and for ``open`` to be set."""

    def __init__(self, live: LiveEngine, rows_per_s: float) -> None:
        self.open = threading.Event()
        self.open.set()
        write = live.writer._write

        def slow(connection: Any, batch: Any) -> None:
            self.open.wait(60)
            time.sleep(batch.rows / rows_per_s)
            write(connection, batch)

        live.writer._write = slow  # type: ignore[method-assign]


async def watch(live: LiveEngine, highest: list[int]) -> None:
    while True:
        highest[0] = max(highest[0], live.writer.pending_rows)
        await asyncio.sleep(0.005)


def test_ten_times_the_rate_the_disk_can_take(tmp_path: Path) -> None:
    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=900)
        # 900 seconds in 3: 6,000 rows a second and as many quotes, on a disk that takes a fraction.
        options = {"exchange__quotes": True, "exchange__first_data_seconds": 30.0, "exchange__dead_after_seconds": 30.0}
        async with under(tmp_path, "", recording=recording, speed=300.0, **options) as bench:
            SlowDisk(bench.live, 1_500)
            highest = [0]
            watching = asyncio.create_task(watch(bench.live, highest))
            try:
                await until(lambda: bench.live._paused, 30)
                await bench.exchange.finished()
                stored = await bench.whole(90)
            finally:
                watching.cancel()
            assert stored > 17_000
            assert HIGH < highest[0] < HIGH + SLACK
            assert bench.live.feed.quotes_shed > 0
            assert bench.gaps() == []  # reading late is not losing

    run(main())


def test_a_reader_that_the_exchange_drops_for_its_slowness_fills_what_it_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "_PATIENCE_S", 0.3)

    async def main() -> None:
        recording = write_recording(tmp_path / "market.txt", seconds=2_500, a_second=16)
        options = {"exchange__quotes": True, "exchange__dead_after_seconds": 30.0}
        async with under(tmp_path, "", recording=recording, speed=1_000.0, **options) as bench:
            disk = SlowDisk(bench.live, 1e9)
            highest = [0]
            watching = asyncio.create_task(watch(bench.live, highest))
            try:
                await until(lambda: bench.live.trades > 500, 30)
                disk.open.clear()
                await until(lambda: bench.reconnects > 0, 60)
                assert highest[0] < HIGH + SLACK
                disk.open.set()
                assert await bench.whole(90) > 40_000
            finally:
                disk.open.set()
                watching.cancel()
            assert bench.gaps()

    run(main())
