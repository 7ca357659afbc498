"""The playbacks of an engine: each in a process of its own, a few at a time, ended when nobody uses it."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec
import structlog
import tomlkit
from prometheus_client.core import Metric

from spreadscope import children, contract, isolation
from spreadscope.app.component import Component
from spreadscope.app.metric_families import gauge
from spreadscope.contract import RunState
from spreadscope.model.clock import Clock
from spreadscope.model.config import Config
from spreadscope.model.errors import BusyError, SpreadscopeError
from spreadscope.model.trade_limits import LATEST_TIME
from spreadscope.replay.session_config import OF_THE_CORE
from spreadscope.tasks import Policy, Running, Tasks, end

log = structlog.get_logger()

PATH = "/playbacks"
_SETTINGS = "core.toml"
_STOP_SECONDS = 0.5  # there is nothing to be kept, and the engine itself has to stop soon
_READY_SECONDS = 180.0
_CHECK_SECONDS = 5.0
_TAIL_BYTES = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackLimits:
    """How many playbacks there may be, and after how many seconds one that nobody asks is ended."""

    most: int = 2
    unused_seconds: float = 900.0


@dataclass(eq=False, slots=True)
class _Run:
    id: str
    title: str
    folder: Path
    created: int
    used_ns: int
    state: RunState = RunState.STARTING
    error: str | None = None
    address: str = ""
    users: int = 0
    command: Sequence[str] = ()
    running: Running[None] | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class PlaybackService(Component):
    """``run`` ends what is not used; at its own end it ends all."""

    name = "playbacks"

    def __init__(self, config: Config, clock: Clock, limits: PlaybackLimits | None = None) -> None:
        self.limits = limits or PlaybackLimits()
        self._config = config
        self._clock = clock
        self._runs: dict[str, _Run] = {}
        self._added = asyncio.Event()

    def alarms(self) -> Iterable[contract.Alarm]:
        return ()

    def metrics(self) -> Iterable[Metric]:
        yield gauge("playbacks", "Playbacks that are open.", len(self._runs))

    # --- commands -----------------------------------------------------------------------------------------------------

    async def start(self, body: contract.PlaybackBody, session: int | None, title: str) -> contract.PlaybackRun:
        """Start a playback (of ``session``, else of pairs); it is ready a few seconds later.

        Raises ``BusyError`` where there are too many.
        """
        if len(self._runs) >= self.limits.most:
            raise BusyError(f"{self.limits.most} playbacks are open already: end one first")
        folder = Path(tempfile.mkdtemp(prefix="spreadscope-playback-"))
        run = _Run(secrets.token_hex(4), title, folder, self._clock.now_ns() // 1_000_000, self._clock.monotonic_ns())
        run.command = self._command(body, session, folder / _SETTINGS)
        self._runs[run.id] = run
        self._added.set()
        return self._shown(run)

    async def stop(self, key: str) -> bool:
        """End a playback; its process and its files are gone. Returns whether there was one."""
        run = self._runs.pop(key, None)
        if run is None:
            return False
        await end(run.running)
        # A task that is cancelled before its first step cleans up nothing.
        await asyncio.to_thread(shutil.rmtree, run.folder, ignore_errors=True)
        return True

    def runs(self) -> list[contract.PlaybackRun]:
        """Returns all playbacks, the newest first."""
        return [self._shown(run) for run in reversed(self._runs.values())]

    def get(self, key: str) -> contract.PlaybackRun | None:
        run = self._runs.get(key)
        return None if run is None else self._shown(run)

    # --- use ----------------------------------------------------------------------------------------------------------

    async def begin_use(self, key: str) -> str:
        """Returns the address of a playback, once it is ready; ``end_use`` has to follow.

        Raises ``SpreadscopeError``.
        """
        run = self._runs.get(key)
        if run is None:
            raise SpreadscopeError(f"there is no playback {key[:20]!r}: it is ended when nobody uses it for a while")
        run.users += 1
        run.used_ns = self._clock.monotonic_ns()
        try:
            await run.ready.wait()
        except asyncio.CancelledError:
            self.end_use(key)
            raise
        if run.error is not None:
            self.end_use(key)
            raise SpreadscopeError(run.error)
        return run.address

    def end_use(self, key: str) -> None:
        if (run := self._runs.get(key)) is not None:
            run.users -= 1
            run.used_ns = self._clock.monotonic_ns()

    # --- the work -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Start what is asked for, and end what nobody uses, until it is cancelled: then all are ended."""
        async with Tasks() as tasks:
            try:
                while True:
                    self._start_added(tasks)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(min(_CHECK_SECONDS, self.limits.unused_seconds)):
                            await self._added.wait()
                    for run in list(self._runs.values()):
                        if not run.users and self._unused(run) >= self.limits.unused_seconds:
                            log.info("a playback that nobody used was ended", playback=run.title)
                            await self.stop(run.id)
            finally:
                for key in list(self._runs):
                    await self.stop(key)

    def _start_added(self, tasks: Tasks) -> None:
        self._added.clear()
        for run in self._runs.values():
            if run.running is None:
                run.running = tasks.start(f"playback {run.id}", Policy.ONCE, partial(self._run, run))

    def _unused(self, run: _Run) -> float:
        return 0.0 if run.users else (self._clock.monotonic_ns() - run.used_ns) / 1e9

    async def _run(self, run: _Run) -> None:
        """Start the process of a playback, and listen to it until it ends or this is cancelled."""
        try:
            settings = run.folder / _SETTINGS
            await asyncio.to_thread(settings.write_text, _core_settings(self._config), encoding="utf-8")
            environment = {**isolation.environment(), "TMPDIR": str(run.folder)}
            process = await children.spawn(run.command, environment)
            try:
                self._fail(run, await self._listen(run, process))
            finally:
                await children.stop(process, _STOP_SECONDS)
        except TimeoutError:
            self._fail(run, f"the playback was not ready within {_READY_SECONDS:.0f} s")
        except (OSError, msgspec.MsgspecError, KeyError) as error:
            self._fail(run, f"the playback could not be started: {error}")
        finally:
            shutil.rmtree(run.folder, ignore_errors=True)

    async def _listen(self, run: _Run, process: asyncio.subprocess.Process) -> str:
        """Wait until the process is ready, and until it ends. Returns its last words."""
        if process.stdout is None or process.stderr is None:
            raise ValueError("a playback is started with pipes")
        async with Tasks() as tasks:
            errors = tasks.start(
                "playback's errors", Policy.OWNED, partial(children.last_bytes, process.stderr, _TAIL_BYTES)
            )
            async with asyncio.timeout(_READY_SECONDS):
                line = await process.stdout.readline()
            if line:
                run.address = str(msgspec.json.decode(line)["api"])
                run.state = RunState.READY
                run.ready.set()
                await children.last_bytes(process.stdout, _TAIL_BYTES)
            status = await process.wait()
            await errors.wait()
            words = children.last_words(errors.result().decode(errors="replace"))
        return words or f"the process of the playback ended by itself (status {status})"

    def _fail(self, run: _Run, why: str) -> None:
        run.state, run.error = RunState.FAILED, why
        run.ready.set()

    def _command(self, body: contract.PlaybackBody, session: int | None, settings: Path) -> Sequence[str]:
        command = [sys.executable, "-m", "spreadscope", "playback", "--json", "--port", "0"]
        command += ["--data", str(self._config.data), "--config", str(settings)]
        if session is not None:
            command.append(str(session))
        else:
            for pair in body.pairs:
                command += ["--pair", pair]
            command += ["--from", str(body.start), "--to", str(min(body.end, LATEST_TIME))]
        return [*command, "--at", str(body.at)] if body.at else command

    def _shown(self, run: _Run) -> contract.PlaybackRun:
        return contract.PlaybackRun(
            id=run.id,
            title=run.title,
            path=f"{PATH}/{run.id}",
            state=run.state,
            error=run.error,
            created=run.created,
            unused_seconds=round(self._unused(run), 1),
            ends_after_seconds=self.limits.unused_seconds,
        )


def _core_settings(config: Config) -> str:
    """Returns the sections of the configuration that decide what the core says, as a file of settings."""
    return tomlkit.dumps(config.model_dump(mode="json", include=OF_THE_CORE, exclude_none=True))
