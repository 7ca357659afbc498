"""The engine of this dashboard: found at its address, or started as a child process.

The dashboard starts an engine only when none answers at its own start, and restarts only that one: an engine that
another program runs (as ``spreadscope demo`` does) is never replaced.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from pathlib import Path

import httpx

from spreadscope import children, isolation
from spreadscope.client import engine_headers
from spreadscope.client.certificates import trusted_certificates
from spreadscope.dashboard.environment import DASHBOARD_VARIABLES, Settings
from spreadscope.guard.secret_files import SecretFileError, read_secret_file

STARTING = "the engine is starting"
PROBE_TIMEOUT = 2.0
READY_TIMEOUT = 180.0  # an engine on a new machine compiles its kernels first
STOP_TIMEOUT = 5.0


class EngineError(Exception):
    """The error that the engine could not be started, with a sentence for the page."""


class EngineProcess:
    """The engine's address (``api``) and, where it does not run, the reason for the page (``problem``)."""

    def __init__(self, settings: Settings, *, first_retry: float = 2.0, longest_retry: float = 30.0) -> None:
        """``first_retry`` and ``longest_retry`` are pauses (s) before our engine is started again after it ended."""
        self.settings = settings
        self._first_retry = first_retry
        self._longest_retry = longest_retry
        self.api = settings.api
        self.key = settings.key
        self._problem: str | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._drains: tuple[asyncio.Task[None], ...] = ()
        self._stderr: deque[str] = deque(maxlen=20)

    @property
    def problem(self) -> str | None:
        """Why the engine does not run: what we found, or the notes of the program that runs it."""
        return self._problem or self._read_notes()

    @problem.setter
    def problem(self, words: str | None) -> None:
        self._problem = words

    async def run(self) -> None:
        """Find or start the engine and keep ours running, until cancelled; then stop ours."""
        if not self.settings.start_engine or await engine_answers(self.api, self.key):
            return
        if not self.settings.is_local:
            self.problem = f"no engine answers at {self.api}, and one can be started on this machine only"
            return
        delay = self._first_retry
        try:
            while True:
                try:
                    await self._start()
                    delay = self._first_retry
                    await self._wait()
                    reason = f"the engine ended{self._last_error()}"
                except EngineError as error:
                    reason = str(error)
                self.problem = f"{reason}. Trying again in {delay:.0f} s"
                await asyncio.sleep(delay)
                delay = min(delay * 2, self._longest_retry)
                if await engine_answers(self.api, self.key):  # another program has started one
                    self.problem = None
                    return
        finally:
            await self._stop()

    def command(self) -> list[str]:
        base = [sys.executable, "-m", "spreadscope"]
        if self.settings.demo:
            return [*base, "demo", "--no-dashboard", "--json"]
        return [*base, "engine", "--json", "--port", str(self.settings.port)]

    async def _start(self) -> None:
        self._stderr.clear()
        self.problem = self._problem or STARTING  # why the last attempt failed says more
        # The engine would read our own variables as keys of its configuration.
        environment = {
            name: value for name, value in isolation.environment().items() if name not in DASHBOARD_VARIABLES
        }
        try:
            self._process = await children.spawn(self.command(), environment)
        except OSError as error:
            raise EngineError(f"the engine could not be started: {error.strerror}") from None
        try:
            async with asyncio.timeout(READY_TIMEOUT):
                self.api = await self._wait_for_address(self._process)
        except TimeoutError:
            await self._stop()
            raise EngineError(f"the engine was not ready after {READY_TIMEOUT:.0f} s{self._last_error()}") from None
        self.problem = None

    async def _wait_for_address(self, process: asyncio.subprocess.Process) -> str:
        """Returns the engine's address from its one line of JSON."""
        stdout, stderr = process.stdout, process.stderr
        if stdout is None or stderr is None:
            raise EngineError("the engine was started without pipes")
        error_reader = asyncio.create_task(self._drain(stderr, keep=True))
        line = await stdout.readline()
        if not line:
            await process.wait()
            await error_reader
            raise EngineError(f"the engine could not be started{self._last_error()}")
        try:
            ready = json.loads(line)
            api = str(ready["api"]).rstrip("/")
        except (ValueError, KeyError, TypeError):
            raise EngineError(
                f"the engine said {line.decode(errors='replace').strip()!r} where its address was due"
            ) from None
        if path := ready.get("key_file"):
            try:
                self.key = read_secret_file(Path(path))
            except SecretFileError as error:
                raise EngineError(str(error)) from None
        self._drains = (error_reader, asyncio.create_task(self._drain(stdout, keep=False)))
        return api

    async def _drain(self, stream: asyncio.StreamReader, *, keep: bool) -> None:
        # The pipes must be read: a full pipe would stop the engine.
        while line := await stream.readline():
            if keep and (text := line.decode(errors="replace").strip()):
                self._stderr.append(text)
                if (self._problem or "").startswith(STARTING) and (told := children.sentence(text)) is not None:
                    self._problem = f"{STARTING}: {told}"

    async def _wait(self) -> None:
        if self._process is not None:
            await self._process.wait()
            await asyncio.gather(*self._drains)

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await children.stop(process, STOP_TIMEOUT)

    def _read_notes(self) -> str | None:
        if not self.settings.notes:
            return None
        try:
            return Path(self.settings.notes).read_text(encoding="utf-8").strip() or None
        except OSError:
            return None  # nothing has been noted yet

    def _last_error(self) -> str:
        text = children.last_words("\n".join(self._stderr))
        return f": {text}" if text else ""


async def engine_answers(api: str, key: str = "") -> bool:
    """Returns whether an engine answers at ``api``, to whoever shows ``key``."""
    try:
        async with httpx.AsyncClient(trust_env=False, verify=trusted_certificates(), timeout=PROBE_TIMEOUT) as client:
            response = await client.get(f"{api}/api/status", headers=engine_headers(key))
            return response.status_code == httpx.codes.OK and "symbols" in response.json()
    except (httpx.HTTPError, ValueError):
        return False
