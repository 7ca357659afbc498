"""The engine's own archive run: when it is due, while data flow, and when it is told to stop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from spreadscope.app.archiver import Archiver, ArchiverLimits
from spreadscope.model.clock import ManualClock
from spreadscope.model.config import ArchiveConfig, RetentionConfig
from spreadscope.store.archive import parquet_file
from spreadscope.store.command import quarantine
from spreadscope.store.directory import ARCHIVED_AT, DATABASE, connect, meta_value
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from spreadscope.store.trades.trade_blocks import DAY_MS
from spreadscope.store.writer import StoreWriter
from spreadscope.tape.tape import Tape
from tests.support import blocks
from tests.support.facts import accepted, row, store

DAY = 1_700_006_400_000
HOUR_MS = 3_600_000
N = 6_000
STEP = 3 * DAY_MS // N
IMPATIENT = ArchiverLimits(check_seconds=0.01, readers_seconds=0.05)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[StoreWriter]:
    """A store with three days, and its writer."""
    with store(tmp_path) as (writer, _):
        writer.submit(*accepted(Tape("BTCUSDT"), range(N), times=[DAY + i * STEP for i in range(N)]))
        writer.submit([row(DAY + i * HOUR_MS) for i in range(72)], {})
        asyncio.run(writer.flush())
        yield writer


class Clocks:
    """Our clock and the market's."""

    def __init__(self, hours: float) -> None:
        self.clock = ManualClock((DAY + int(hours * HOUR_MS)) * 1_000_000)
        self.market = self.now
        self.asked = 0

    def market_time(self) -> int:
        self.asked += 1
        return self.market

    @property
    def now(self) -> int:
        return self.clock.now_ns() // 1_000_000

    def advance(self, hours: float) -> None:
        self.clock.advance(int(hours * HOUR_MS) * 1_000_000)
        self.market = self.now


def made(
    path: Path, writer: StoreWriter, clocks: Clocks, limits: ArchiverLimits = IMPATIENT, **retention: int
) -> Archiver:
    return Archiver(
        path / DATABASE, writer, clocks.clock, ArchiveConfig(), RetentionConfig(**retention),
        market_time=clocks.market_time, limits=limits,
    )  # fmt: skip


async def two_looks(clocks: Clocks) -> None:
    """Waits until the archiver asked twice more whether a run is due: then it has acted on the first answer."""
    before = clocks.asked
    await until(lambda: clocks.asked >= before + 2)


async def until(true: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not come true"
        await asyncio.sleep(0.005)


def test_overdue_at_the_start_then_once_a_day(tmp_path: Path, writer: StoreWriter) -> None:
    clocks = Clocks(48.5)
    archiver = made(tmp_path, writer, clocks)

    async def main() -> None:
        clocks.market = 0  # nothing heard of the market yet
        task = asyncio.create_task(archiver.run())
        await two_looks(clocks)
        assert archiver.last is None
        clocks.market = clocks.now
        await until(lambda: archiver.last)
        first = archiver.last
        assert first is not None
        assert (first.files, first.error) == (2, "")  # the first day; the second has half an hour for late trades
        assert archiver.next_run() == DAY + 2 * DAY_MS + HOUR_MS
        await two_looks(clocks)
        assert archiver.last is first
        clocks.advance(1)
        await until(lambda: archiver.last is not first)
        assert archiver.last is not None
        assert archiver.last.files == 2
        task.cancel()

    asyncio.run(main())
    assert blocks.count(tmp_path) == N // 3
    assert int(meta_value(tmp_path / DATABASE, ARCHIVED_AT)) == clocks.now
    assert examine(tmp_path / DATABASE).findings == []
    again = made(tmp_path, writer, clocks)

    async def restarted() -> None:
        task = asyncio.create_task(again.run())
        await two_looks(clocks)
        task.cancel()

    asyncio.run(restarted())
    assert again.last is None  # the other process has done it for today


def test_data_flow_while_a_day_is_packed(tmp_path: Path, writer: StoreWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(80)
    archiver = made(tmp_path, writer, clocks)
    packing, go_on = threading.Event(), threading.Event()
    write = parquet_file.write

    def slow(*given: Any, **options: Any) -> None:
        packing.set()
        assert go_on.wait(20)
        write(*given, **options)

    monkeypatch.setattr(parquet_file, "write", slow)
    reader = StoreReader(tmp_path / DATABASE)

    async def main() -> None:
        task = asyncio.create_task(archiver.run())
        await until(packing.is_set)
        assert archiver.running
        tape = Tape("BTCUSDT")
        tape.ledger._ranges = list(reader.ledger("BTCUSDT")[0])
        writer.submit(*accepted(tape, range(N, N + 50), times=[DAY + 3 * DAY_MS + i for i in range(50)]))
        await asyncio.wait_for(writer.flush(), 10)
        assert reader.trade_count("BTCUSDT") == N + 50
        go_on.set()
        await until(lambda: archiver.last and not archiver.running)
        task.cancel()

    asyncio.run(main())
    assert archiver.last is not None
    assert (archiver.last.left, archiver.last.error) == ((), "")
    assert blocks.count(tmp_path) == 50
    assert reader.trades("BTCUSDT").ids.tolist() == list(range(N + 50))


def test_the_days_of_a_recording_are_closed_by_its_own_clock(tmp_path: Path, writer: StoreWriter) -> None:
    clocks = Clocks(24 * 500)
    clocks.market = DAY + DAY_MS + 2 * HOUR_MS
    archiver = made(tmp_path, writer, clocks, trades_days=1)

    async def main() -> None:
        task = asyncio.create_task(archiver.run())
        await until(lambda: archiver.last)
        task.cancel()

    asyncio.run(main())
    assert archiver.last is not None
    assert (archiver.last.files, archiver.last.retired) == (2, 0)
    assert blocks.count(tmp_path) == N * 2 // 3


def test_retention_deletes_what_is_older_and_says_how_many(tmp_path: Path, writer: StoreWriter) -> None:
    clocks = Clocks(80)
    archiver = made(tmp_path, writer, clocks, trades_days=1, analytics_days=2)

    async def main() -> None:
        task = asyncio.create_task(archiver.run())
        folder = tmp_path / "archive"
        await until(lambda: archiver.last and len(list(folder.rglob("*.parquet"))) == 3)
        task.cancel()

    asyncio.run(main())
    assert archiver.last is not None
    assert (archiver.last.files, archiver.last.retired) == (6, 3)
    assert StoreReader(tmp_path / DATABASE).trades("BTCUSDT").ids.tolist() == list(range(N * 2 // 3, N))


def test_a_run_deletes_old_rows_and_makes_the_file_shorter(tmp_path: Path, writer: StoreWriter) -> None:
    clocks = Clocks(80)
    archiver = made(tmp_path, writer, clocks, replace(IMPATIENT, reserved_pages=0), quarantine_days=2)
    for days in (1, 3):
        received = (clocks.now - days * DAY_MS) * 1_000_000
        writer.command(quarantine(received, "c", f"{days} days ago", b"\0"))

    async def main() -> None:
        await writer.flush()
        task = asyncio.create_task(archiver.run())
        await until(lambda: archiver.last)
        task.cancel()

    asyncio.run(main())
    assert archiver.last is not None
    assert archiver.last.error == ""
    assert archiver.last.given_back > 0
    assert archiver.space is not None
    assert archiver.space.free == 0
    with closing(connect(tmp_path / DATABASE, read_only=True)) as store:
        assert store.execute("SELECT error FROM quarantine").fetchall() == [("1 days ago",)]


def test_a_run_that_fails_is_a_problem_until_one_succeeds(
    tmp_path: Path, writer: StoreWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = Clocks(80)
    archiver = made(tmp_path, writer, clocks)

    async def main() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(parquet_file, "read", lambda *given: pq.read_table(given[0]).slice(1))
            task = asyncio.create_task(archiver.run())
            await until(lambda: archiver.last)
            assert "does not read back" in archiver.problem
            assert blocks.count(tmp_path) == N
        clocks.advance(24)
        await until(lambda: archiver.last and not archiver.last.error)
        assert archiver.problem == ""
        task.cancel()

    asyncio.run(main())
    assert blocks.count(tmp_path) == 0


def test_stopping_leaves_what_is_not_done_to_the_next_run(
    tmp_path: Path, writer: StoreWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = Clocks(80)
    archiver = made(tmp_path, writer, clocks)
    write = parquet_file.write
    wrote = threading.Event()

    def told(*given: Any, **options: Any) -> None:
        write(*given, **options)
        archiver._stopping.set()
        wrote.set()

    monkeypatch.setattr(parquet_file, "write", told)

    async def main() -> None:
        task = asyncio.create_task(archiver.run())
        await until(wrote.is_set)
        task.cancel()
        await asyncio.to_thread(archiver.stop)

    asyncio.run(main())
    assert archiver.last is not None
    assert archiver.last.files == 1
    assert meta_value(tmp_path / DATABASE, ARCHIVED_AT) == ""
    assert StoreReader(tmp_path / DATABASE).trades("BTCUSDT").ids.tolist() == list(range(N))


def test_it_can_be_switched_off(tmp_path: Path, writer: StoreWriter) -> None:
    clocks = Clocks(80)
    archiver = Archiver(
        tmp_path / DATABASE, writer, clocks.clock, ArchiveConfig(enabled=False), RetentionConfig(),
        market_time=clocks.market_time,
    )  # fmt: skip
    asyncio.run(asyncio.wait_for(archiver.run(), 5))
    assert archiver.last is None
