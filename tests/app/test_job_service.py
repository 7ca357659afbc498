"""Jobs in worker processes: they end well, badly, late or by a user, and nothing of them stays."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from spreadscope import contract
from spreadscope.app.dropped_files import DroppedFileLimits
from spreadscope.app.job_service import JobLimits, JobService
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.errors import BusyError, ConfigError, StoreError, UnknownSymbolError
from spreadscope.model.states import JobState
from spreadscope.tasks import Policy, Tasks
from tests.e2e.line import run, until
from tests.support.job_modules import How

ROOT = Path(__file__).parents[2]
MODULES = {"test": "tests.support.job_modules"}


class SetClock(Clock):
    """A clock that is set."""

    def __init__(self) -> None:
        self.ns = 1_800_000_000 * 10**9

    def now_ns(self) -> int:
        return self.ns

    def monotonic_ns(self) -> int:
        return self.ns


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # a worker finds the modules of the tests


@asynccontextmanager
async def jobs_in(
    folder: Path, limits: JobLimits | None = None, clock: Clock | None = None
) -> AsyncIterator[JobService]:
    service = JobService(folder / "jobs", clock or SystemClock(), limits, MODULES)
    async with AsyncExitStack() as stack:
        service.open(stack)
        async with Tasks() as tasks:
            tasks.start("jobs", Policy.FATAL, service.run)
            yield service


async def ended(service: JobService, job: contract.Job) -> contract.Job:
    await until(lambda: (found := service.get(job.id)) is not None and found.ended is not None)
    found = service.get(job.id)
    assert found is not None
    return found


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def sleeping(service: JobService, folder: Path, job: contract.Job) -> int:
    """The process of a job that sleeps."""
    path = folder / "jobs" / job.id / "pid"
    await until(lambda: path.exists() and path.read_text(encoding="ascii").isdigit())
    return int(path.read_text(encoding="ascii"))


def test_a_job_has_its_files_and_gives_its_results(tmp_path: Path) -> None:
    async def main() -> None:
        async with jobs_in(tmp_path) as service:
            files = [
                await service.files.receive("a.csv", 4, chunks(b"1,", b"2\n")),
                await service.files.receive("../a.csv", 2, chunks(b"3\n")),
            ]
            job = await service.submit("test", "A title", How("well"), files=[file.id for file in files])
            assert (job.state, job.title, job.fraction) == (JobState.WAITING, "A title", None)
            done = await ended(service, job)
            assert (done.state, done.fraction, done.error) == (JobState.DONE, 1.0, None)
            path = service.result(job.id, "report.json")
            assert path is not None
            assert msgspec.json.decode(path.read_bytes()) == {
                "input": ["a.csv", "a.csv"],
                "nice": min(19, os.nice(0) + 10),
            }
            assert done.results[0].size == path.stat().st_size
            assert service.result(job.id, "parameters.json") is None  # only what the job calls a result
            await service.forget(job.id)
            assert service.get(job.id) is None
            assert not path.exists()
        assert not (tmp_path / "jobs").exists()

    run(main())


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("refuse", "the closes do not meet: choose others"),
        ("raise", "an error of the program ended it (ZeroDivisionError): see the engine's log"),
        ("memory", "there is not enough memory for it"),
        ("kill", "the worker process was killed (signal 9)"),
        ("exit", "the worker process ended by itself (exit status 3)"),
        ("nothing", "a result of the worker process is missing"),
    ],
)
def test_a_job_that_cannot_be_computed_says_why(tmp_path: Path, how: str, said: str) -> None:
    async def main() -> None:
        async with jobs_in(tmp_path) as service:
            failed = await ended(service, await service.submit("test", "", How(how)))
            assert failed.state is JobState.FAILED
            assert (failed.error or "").startswith(said)
            assert (await ended(service, await service.submit("test", "", How("well")))).state is JobState.DONE

    run(main())


def test_cancel_ends_the_process_and_the_next_job_begins(tmp_path: Path) -> None:
    async def main() -> None:
        async with jobs_in(tmp_path) as service:
            first = await service.submit("test", "", How("sleep"))
            second, third = [await service.submit("test", "", How("well")) for _ in range(2)]
            pid = await sleeping(service, tmp_path, first)
            await until(lambda: (told := service.get(first.id)) is not None and told.fraction is not None)
            running = service.get(first.id)
            assert running is not None
            assert (running.state, running.fraction, running.progress) == (
                JobState.RUNNING, 0.25, "does as it is told: sleep",
            )  # fmt: skip
            waiting = await service.cancel(third.id)
            assert waiting is not None
            assert waiting.state is JobState.CANCELLED
            cancelled = await service.cancel(first.id)
            assert cancelled is not None
            assert cancelled.state is JobState.CANCELLED
            assert gone(pid)
            assert (await ended(service, second)).state is JobState.DONE
            again = await service.cancel(second.id)
            assert again is not None
            assert again.state is JobState.DONE  # what has ended stays as it is
            assert await service.cancel("nope") is None

    run(main())


def test_the_end_of_the_engine_ends_the_process(tmp_path: Path) -> None:
    async def main() -> None:
        async with jobs_in(tmp_path) as service:
            pid = await sleeping(service, tmp_path, await service.submit("test", "", How("sleep")))
        assert gone(pid)
        assert not (tmp_path / "jobs").exists()

    run(main())


def test_what_an_earlier_run_left_is_removed_and_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        (tmp_path / "jobs" / "old").mkdir(parents=True)
        async with jobs_in(tmp_path):
            assert list((tmp_path / "jobs").iterdir()) == []
        (tmp_path / "jobs").write_text("in the way", encoding="utf-8")
        with pytest.raises(StoreError, match="remove what is there"):
            async with jobs_in(tmp_path):
                pass

    run(main())


def test_a_job_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async def main() -> None:
        async with jobs_in(tmp_path, JobLimits(longest_seconds=0.3)) as service:
            failed = await ended(service, await service.submit("test", "", How("sleep")))
            assert failed.state is JobState.FAILED
            assert "it took longer than 0.005 minutes" in (failed.error or "")

    run(main())


def test_the_queue_is_short(tmp_path: Path) -> None:
    async def main() -> None:
        async with jobs_in(tmp_path, JobLimits(waiting=2)) as service:
            first = await service.submit("test", "", How("sleep"))
            await sleeping(service, tmp_path, first)
            for _ in range(2):
                await service.submit("test", "", How("well"))
            with pytest.raises(BusyError, match="2 jobs wait already"):
                await service.submit("test", "", How("well"))
            assert len(service.jobs()) == 3
            assert len(list((tmp_path / "jobs").iterdir())) == 3  # nothing is left of what was refused

    run(main())


def test_what_the_engine_does_before_the_worker(tmp_path: Path) -> None:
    async def main() -> None:
        async with jobs_in(tmp_path) as service:
            asked = asyncio.Event()

            async def prepare(folder: Path, report: Callable[[float | None, str], None]) -> None:
                report(None, "asks the exchange")
                (folder / "input").mkdir()
                await asked.wait()

            job = await service.submit("test", "", How("well"), prepare=prepare)
            await until(lambda: (found := service.get(job.id)) is not None and found.progress == "asks the exchange")
            asked.set()
            assert (await ended(service, job)).state is JobState.DONE

            async def refuse(_folder: Path, _report: Callable[[float | None, str], None]) -> None:
                raise ConfigError("nothing is listed: wait")

            failed = await ended(service, await service.submit("test", "", How("well"), prepare=refuse))
            assert failed.error == "nothing is listed: wait"

            async def broken(_folder: Path, _report: Callable[[float | None, str], None]) -> None:
                raise TimeoutError

            failed = await ended(service, await service.submit("test", "", How("well"), prepare=broken))
            assert failed.error == "an error of the program ended it (TimeoutError): see the engine's log"

    run(main())


def test_old_jobs_are_forgotten(tmp_path: Path) -> None:
    async def main() -> None:
        clock = SetClock()
        limits = JobLimits(kept=2, kept_bytes=5_000_000, kept_hours=1.0, check_seconds=0.05)
        async with jobs_in(tmp_path, limits, clock) as service:
            jobs = []
            for how in ("well", "well", "large", "large"):
                clock.ns += 10**9
                jobs.append(await service.submit("test", "", How(how)))
                await ended(service, jobs[-1])
            await until(lambda: [job.id for job in service.jobs()] == [jobs[-1].id])  # two large ones are too much
            clock.ns += 3_601 * 10**9
            await until(lambda: not service.jobs())
            await until(lambda: list((tmp_path / "jobs").iterdir()) == [])

    run(main())


def test_dropped_files_are_bounded_and_forgotten(tmp_path: Path) -> None:
    async def main() -> None:
        clock = SetClock()
        limits = JobLimits(files=DroppedFileLimits(files=2, file_bytes=10, all_bytes=15, hours=1.0), check_seconds=0.05)
        async with jobs_in(tmp_path, limits, clock) as service:
            files = service.files
            first = await files.receive("a.csv", 10, chunks(b"0123456789"))
            for name, size, parts, error, said in (
                ("b.csv", 11, (b"",), ConfigError, "b.csv has 11 bytes: at most 10 bytes of one file"),
                ("b.csv", 0, (), ConfigError, "b.csv is empty"),
                ("b.csv", 6, (b"",), BusyError, "1 dropped files with 10 bytes are kept already"),
                ("b.csv", 5, (b"0123",), ConfigError, "b.csv did not arrive whole (4 of 5 bytes)"),
                ("b.csv", 3, (b"0123",), ConfigError, "b.csv is longer than it was said to be"),
            ):
                with pytest.raises(error) as refused:
                    await files.receive(name, size, chunks(*parts))
                assert str(refused.value).startswith(said)
            second = await files.receive("<b>🙂</b>.csv", 1, chunks(b"1"))
            assert second.name == "b_.csv"
            with pytest.raises(BusyError):
                await files.receive("c.csv", 1, chunks(b"1"))
            assert await files.remove(first.id)
            assert not await files.remove(first.id)
            with pytest.raises(UnknownSymbolError, match="drop it again"):
                await service.submit("test", "", How("well"), files=[second.id, first.id])
            assert service.jobs() == []
            assert len(list((tmp_path / "jobs" / "files").iterdir())) == 1
            clock.ns += 3_601 * 10**9
            await until(lambda: files.listed() == [])

    run(main())
