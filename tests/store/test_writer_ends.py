"""The writer's thread ends, for any cause.

It is known at once, everybody who waits is told, and nothing unwritten is called stored.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spreadscope.model.config import StoreConfig
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.reader import StoreReader
from spreadscope.store.writer import StoreWriter, WriterLimits
from spreadscope.tape.tape import Tape
from tests.support.facts import accepted

CAUSES = [
    SystemExit(3),
    KeyboardInterrupt(),
    GeneratorExit(),
    MemoryError("no room"),
    SystemError("in C"),
    KeyError("x"),
]
STEPS = ["_write", "_collect_and_write", "_run_job", "_write_ledgers", "_check_file"]


@contextmanager
def store(path: Path, limits: WriterLimits | None = None) -> Iterator[tuple[StoreWriter, StoreReader]]:
    """A writer that need not write everything, and a reader."""
    with DataDirectory(path) as directory:
        writer = StoreWriter(directory.database, StoreConfig(flush_seconds=0.01), limits=limits)
        writer.start()
        try:
            yield writer, StoreReader(directory.database)
        finally:
            writer.stop()


def waits_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: type(cause).__name__)
@pytest.mark.parametrize("step", STEPS)
def test_whatever_ends_the_writer_is_said_and_what_was_not_written_is_not_called_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, cause: BaseException
) -> None:
    limits = WriterLimits(retry_seconds=0.001, idle_seconds=0.01)
    tape = Tape("BTCUSDT")

    async def main() -> None:
        with store(tmp_path, limits) as (writer, reader):
            writer.submit(*accepted(tape, [1, 2, 3]))
            await asyncio.wait_for(writer.flush(), 10)

            def wrong(*_: Any, **__: Any) -> Any:
                raise cause

            monkeypatch.setattr(writer, step, wrong)
            writer.submit(*accepted(tape, [4, 5, 6]))
            job = writer.run(lambda connection: connection.execute("SELECT 1").fetchone())
            with pytest.raises(StoreError):
                await asyncio.wait_for(writer.flush(), 10)
            writer.check_thread()
            assert writer.failed
            if step in {"_write", "_write_ledgers"}:
                assert writer.pending_rows > 0
                with pytest.raises(StoreError):
                    job.result(10)
            before = writer.pending_rows
            writer.submit(*accepted(tape, [7]))
            assert writer.pending_rows == before + 1
            assert writer._queue.empty()  # nothing gathers for a thread that is not there
            with pytest.raises(StoreError):
                await writer.flush()
        ranges, _ = reader.ledger("BTCUSDT")
        held = [number for r in ranges for number in range(r.first, r.last + 1)]
        assert held == reader.trades("BTCUSDT").ids.tolist()
        assert held[:3] == [1, 2, 3]
        assert len(held) >= writer.written_rows - 1

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_is_killed_is_noticed(tmp_path: Path) -> None:
    with store(tmp_path, WriterLimits(idle_seconds=0.01)) as (writer, _):
        thread = writer._thread
        assert thread is not None
        assert thread.ident is not None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        waits_until(lambda: not thread.is_alive())
        writer.check_thread()
        assert "SystemExit" in writer.failed


def test_a_thread_that_is_gone_without_a_word_is_noticed(tmp_path: Path) -> None:
    with store(tmp_path) as (writer, _):
        silent = threading.Thread(target=lambda: None)
        silent.start()
        silent.join()
        right, writer._thread = writer._thread, silent
        writer.check_thread()
        assert writer.failed == "the store's writer is gone"
        writer._thread = right


def test_one_who_no_longer_waits_for_a_job_ends_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        with store(tmp_path) as (writer, reader):
            gate = threading.Event()
            writer.run(lambda _: gate.wait(10))
            given_up = writer.run(lambda connection: connection.execute("SELECT 1"))
            assert given_up.cancel()
            gate.set()
            tape = Tape("BTCUSDT")
            writer.submit(*accepted(tape, [1]))
            await asyncio.wait_for(writer.flush(), 10)
            assert writer.failed == ""
            assert reader.trade_count("BTCUSDT") == 1

    asyncio.run(main())


def test_one_whose_loop_has_ended_ends_nothing(tmp_path: Path) -> None:
    with store(tmp_path) as (writer, reader):
        gate = threading.Event()

        async def leaves() -> None:
            waiting = asyncio.get_running_loop().create_task(writer.flush())
            await asyncio.sleep(0)
            waiting.cancel()

        writer.run(lambda _: gate.wait(10))
        asyncio.run(leaves())
        gate.set()
        writer.submit(*accepted(Tape("BTCUSDT"), [1]))
        writer.run(lambda _: None).result(10)
        assert writer.failed == ""
        assert reader.trade_count("BTCUSDT") == 1


def test_what_waits_is_bounded_and_nothing_behind_what_was_refused_is_written(tmp_path: Path) -> None:
    tape = Tape("BTCUSDT")

    async def main() -> None:
        with store(tmp_path, WriterLimits(max_bytes=50_000)) as (writer, reader):
            gate = threading.Event()
            writer.run(lambda _: gate.wait(10))
            number = 1
            while not writer.failed:
                writer.submit(*accepted(tape, list(range(number, number + 20))))
                number += 20
            assert writer.failed.startswith("the store takes nothing, and 0 MiB wait for it")
            assert writer.pending_bytes <= 50_000
            refused_from = number - 20
            writer.submit(*accepted(tape, [number]))  # small enough, but its ledger holds what was refused
            with pytest.raises(StoreError, match="free the disk"):
                await writer.flush()
            with pytest.raises(StoreError):
                writer.run(lambda _: None)
            gate.set()
            waits_until(lambda: reader.trade_count("BTCUSDT") == refused_from - 1)
            assert writer.pending_rows == 21
        ranges, _ = StoreReader(tmp_path / DATABASE).ledger("BTCUSDT")
        assert [(r.first, r.last) for r in ranges] == [(1, refused_from - 1)]

    asyncio.run(main())
