"""Long computations, each in a worker process: a short queue, progress, cancel, and results kept for a while."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec
import structlog
from prometheus_client.core import Metric

from spreadscope import contract
from spreadscope.app.component import Component
from spreadscope.app.dropped_files import DroppedFileLimits, DroppedFiles
from spreadscope.app.job_worker import JobFailedError, run_worker
from spreadscope.app.metric_families import gauges
from spreadscope.model.clock import Clock
from spreadscope.model.errors import BusyError, SpreadscopeError, StoreError
from spreadscope.model.states import JobState
from spreadscope.research.job_kinds import INPUT, KINDS, PARAMETERS
from spreadscope.tasks import Policy, Running, Tasks, end

log = structlog.get_logger()

_HOUR_MS = 3_600_000
_MEBIBYTE = 2**20
_LONGEST_WORDS = 300

Prepare = Callable[[Path, Callable[[float | None, str], None]], Awaitable[None]]
"""What the engine itself does for a job before its worker begins, such as asking the exchange for candles.

It is given the job's folder, and a function that takes the progress. A ``SpreadscopeError`` is what the user is told.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLimits:
    """How many jobs run and wait at a time, for how long one may run, and what is kept of those that have ended."""

    running: int = 1
    waiting: int = 5
    longest_seconds: float = 3_600.0
    kept: int = 20
    kept_bytes: int = 256 * _MEBIBYTE
    kept_hours: float = 24.0
    check_seconds: float = 60.0  # between two looks for jobs and files that are too old
    files: DroppedFileLimits = field(default_factory=DroppedFileLimits)


@dataclass(eq=False, slots=True)
class _Entry:
    job: contract.Job
    folder: Path
    prepare: Prepare | None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    running: Running[None] | None = None

    def update(self, **changes: object) -> None:
        self.job = msgspec.structs.replace(self.job, **changes)

    @property
    def size(self) -> int:
        return sum(result.size for result in self.job.results)


class JobService(Component):
    """Jobs in a folder of the engine's own, which is empty at the start and at the end: jobs do not outlive it.

    ``modules`` has the module that computes each kind of job.
    """

    name = "jobs"

    def __init__(
        self, folder: Path, clock: Clock, limits: JobLimits | None = None, modules: Mapping[str, str] = KINDS
    ) -> None:
        self.limits = limits or JobLimits()
        self._folder = folder
        self.files = DroppedFiles(folder / "files", clock, self.limits.files)
        self._clock = clock
        self._modules = modules
        self._entries: dict[str, _Entry] = {}
        self._submitting = 0
        self._changed = asyncio.Event()

    def open(self, stack: AsyncExitStack) -> None:
        """Make the folder; what an earlier run left in it is removed. Raises ``StoreError``."""
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            self._folder.mkdir(mode=0o700)
        except OSError as error:
            raise StoreError(
                f"the folder of jobs {self._folder} cannot be made ({error.strerror}): remove what is there"
            ) from None
        stack.callback(shutil.rmtree, self._folder, ignore_errors=True)

    def alarms(self) -> Iterable[contract.Alarm]:
        return ()

    def metrics(self) -> Iterable[Metric]:
        counts = Counter(entry.job.state for entry in self._entries.values())
        yield gauges(
            "jobs", "Jobs that are kept, by state.", ["state"], [((str(state),), counts[state]) for state in JobState]
        )

    # --- what is asked of it ------------------------------------------------------------------------------------------

    async def submit(
        self,
        kind: str,
        title: str,
        parameters: msgspec.Struct,
        *,
        files: Sequence[str] = (),
        prepare: Prepare | None = None,
        demo: bool = False,
    ) -> contract.Job:
        """Queue a job. ``files`` are dropped files, which its worker finds in ``input/``; ``demo``: of no market.

        Raises ``BusyError`` where too many wait, ``UnknownSymbolError`` for a file that is not there.
        """
        key = secrets.token_hex(8)
        folder = self._folder / key
        document = msgspec.json.encode(parameters)
        job = contract.Job(
            id=key, kind=kind, title=title, state=JobState.WAITING, demo=demo, created=self._now(), started=None,
            ended=None, fraction=None, progress="waits for the job before it", error=None, results=(),
        )  # fmt: skip
        self._require_room()
        for file in files:
            self.files.require(file)

        def write() -> None:
            folder.mkdir(mode=0o700)
            try:
                (folder / PARAMETERS).write_bytes(document)
                self.files.link_into(folder / INPUT, files)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise

        self._submitting += 1
        try:
            await asyncio.to_thread(write)
        finally:
            self._submitting -= 1
        self._entries[key] = _Entry(job, folder, prepare)
        self._changed.set()
        return job

    def jobs(self) -> list[contract.Job]:
        """Returns all jobs, the newest first."""
        return [entry.job for entry in reversed(self._entries.values())]

    def get(self, key: str) -> contract.Job | None:
        entry = self._entries.get(key)
        return entry.job if entry is not None else None

    def result(self, key: str, name: str) -> Path | None:
        """Returns where a result lies; None where there is none of that name."""
        entry = self._entries.get(key)
        if entry is None or name not in {result.name for result in entry.job.results}:
            return None
        return entry.folder / name

    async def cancel(self, key: str) -> contract.Job | None:
        """End a job that has not ended, and return it; its process is gone. None where there is no such job."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.job.state is JobState.WAITING:
            self._end(entry, JobState.CANCELLED)
        elif entry.running is not None:
            await end(entry.running)
            if not entry.ended.is_set():  # it was cancelled before its first step
                self._end(entry, JobState.CANCELLED)
        await entry.ended.wait()
        return entry.job

    async def forget(self, key: str) -> None:
        """Remove a job that has ended, with its results."""
        entry = self._entries.get(key)
        if entry is not None and entry.ended.is_set():
            del self._entries[key]
            await asyncio.to_thread(shutil.rmtree, entry.folder, ignore_errors=True)

    # --- the work -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work off the queue, until it is cancelled: then the processes are ended."""
        async with Tasks() as tasks:
            while True:
                self._changed.clear()
                self._start_waiting(tasks)
                try:
                    async with asyncio.timeout(self.limits.check_seconds):
                        await self._changed.wait()
                except TimeoutError:
                    await self.files.forget_old()
                await self._forget_old()

    def _start_waiting(self, tasks: Tasks) -> None:
        running = sum(entry.job.state is JobState.RUNNING for entry in self._entries.values())
        waiting = [entry for entry in self._entries.values() if entry.job.state is JobState.WAITING]
        for entry in waiting[: max(0, self.limits.running - running)]:
            entry.update(state=JobState.RUNNING, started=self._now(), progress="starts")
            entry.running = tasks.start(f"job {entry.job.kind}", Policy.ONCE, partial(self._work, entry))

    async def _work(self, entry: _Entry) -> None:
        """Compute a job. Whatever becomes of it, it has ended afterwards."""
        structlog.contextvars.bind_contextvars(job=entry.job.id)
        try:
            async with asyncio.timeout(self.limits.longest_seconds) as limit:
                names = await self._compute(entry)
            results = await asyncio.to_thread(_measured, entry.folder, names)
        except asyncio.CancelledError:
            self._end(entry, JobState.CANCELLED)
        except TimeoutError as error:
            if not limit.expired():
                self._fail(entry, error)
                return
            minutes = self.limits.longest_seconds / 60
            self._end(entry, JobState.FAILED, f"it took longer than {minutes:g} minutes: ask for less at once")
        except SpreadscopeError as error:
            self._end(entry, JobState.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - it is logged, and the job says it
            self._fail(entry, error)
        else:
            self._end(entry, JobState.DONE, results=results)

    def _fail(self, entry: _Entry, error: Exception) -> None:
        log.error("a job failed", kind=entry.job.kind, exc_info=error)
        reason = f"an error of the program ended it ({type(error).__name__}): see the engine's log"
        self._end(entry, JobState.FAILED, reason)

    async def _compute(self, entry: _Entry) -> Sequence[str]:
        def show(fraction: float | None, words: str) -> None:
            entry.update(fraction=fraction, progress=words[:_LONGEST_WORDS])

        if entry.prepare is not None:
            await entry.prepare(entry.folder, show)
        module = self._modules[entry.job.kind]
        return await run_worker(module, entry.folder, lambda message: show(message.fraction, message.words))

    def _end(
        self, entry: _Entry, state: JobState, error: str | None = None, results: tuple[contract.JobResult, ...] = ()
    ) -> None:
        entry.update(state=state, ended=self._now(), error=error, results=results, progress="")
        if state is JobState.DONE:
            entry.update(fraction=1.0)
        entry.ended.set()
        self._changed.set()

    # --- what is kept -------------------------------------------------------------------------------------------------

    async def _forget_old(self) -> None:
        """Remove ended jobs beyond the limits, the oldest first. The newest stays, however large it is."""
        oldest = self._now() - int(self.limits.kept_hours * _HOUR_MS)
        ended = [entry for entry in self._entries.values() if entry.ended.is_set()]
        ended.sort(key=lambda entry: entry.job.ended or 0, reverse=True)
        size = 0
        for place, entry in enumerate(ended):
            size += entry.size
            too_much = place >= self.limits.kept or (place > 0 and size > self.limits.kept_bytes)
            if too_much or (entry.job.ended or 0) < oldest:
                await self.forget(entry.job.id)

    def _require_room(self) -> None:
        waiting = sum(entry.job.state is JobState.WAITING for entry in self._entries.values())
        waiting += self._submitting
        if waiting >= self.limits.waiting:
            raise BusyError(f"{waiting} jobs wait already: cancel one, or wait until one has ended")

    def _now(self) -> int:
        return self._clock.now_ns() // 1_000_000


def _measured(folder: Path, names: Sequence[str]) -> tuple[contract.JobResult, ...]:
    try:
        return tuple(contract.JobResult(name, (folder / name).stat().st_size) for name in names)
    except FileNotFoundError:
        raise JobFailedError("a result of the worker process is missing: start it again") from None
