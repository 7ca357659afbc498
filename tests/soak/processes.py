"""The two processes of a long soak, and what is read of them once a second."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import psutil

from spreadscope.children import PARENT

_MEGABYTE: Final = 1e6
_START_SECONDS: Final = 120.0  # the kernels may have to be compiled first
_STOP_SECONDS: Final = 30.0


class Sample(NamedTuple):
    """One second. Delays are in real milliseconds; ``late_s`` is by how much the exchange itself is behind its pace."""

    hours: float  # of market time since its start
    rss: float  # MB of the engine
    cpu: float  # cores of the engine since it started
    messages: float  # a real second
    delay_ms: float
    late_s: float
    loop_lag_ms: float
    frames: int  # read and not decoded
    rows: int  # not on disk
    missing: int  # trades known to be missing


class Market:
    """The exchange's process (``tests.soak.market``)."""

    def __init__(self, process: asyncio.subprocess.Process, ready: dict[str, Any]) -> None:
        self.pid = process.pid
        self.ws: str = ready["ws"]
        self.rest: str = ready["rest"]
        self.symbols: list[str] = ready["symbols"]
        self._process = process

    async def ask(self, word: str = "state") -> dict[str, Any]:
        """``state``, or ``calm`` after which nothing more goes wrong."""
        assert self._process.stdin is not None
        self._process.stdin.write(word.encode() + b"\n")
        return await _document(self._process)


class EngineProcess:
    """``spreadscope engine`` as a user starts it."""

    def __init__(self, process: asyncio.subprocess.Process, api: httpx.AsyncClient) -> None:
        self.process = process
        self._api = api
        self._seen = psutil.Process(process.pid)

    @property
    def memory(self) -> float:
        """Resident set, MB."""
        return float(self._seen.memory_info().rss) / _MEGABYTE

    @property
    def cpu_seconds(self) -> float:
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    async def status(self) -> dict[str, Any]:
        document: dict[str, Any] = (await self._api.get("/api/status")).raise_for_status().json()
        return document


class Watch:
    """Takes the samples."""

    def __init__(self, market: Market, engine: EngineProcess, speed: float) -> None:
        self._market = market
        self._engine = engine
        self._speed = speed
        self._began = asyncio.get_running_loop().time()
        self._cpu = engine.cpu_seconds
        self.status: dict[str, Any] = {}
        self.state: dict[str, Any] = {}

    async def sample(self) -> Sample:
        """The status first: what the market plays meanwhile makes the delay longer, never shorter."""
        self.status = status = await self._engine.status()
        self.state = state = await self._market.ask()
        running = max(asyncio.get_running_loop().time() - self._began, 1e-3)
        return Sample(
            hours=max(state["played"] - state["start"], 0) / 3_600_000,
            rss=self._engine.memory,
            cpu=(self._engine.cpu_seconds - self._cpu) / running,
            messages=status["rates"]["messages_per_second"],
            delay_ms=_delay_ms(status, state["played"], self._speed),
            late_s=0.0 if state["ended"] else max(state["due"] - state["played"], 0) / 1e3 / self._speed,
            loop_lag_ms=status["loop_lag_ms"],
            frames=status["queue"]["events"],
            rows=status["queue"]["store"],
            missing=status["rest"]["trades_missing"],
        )

    @property
    def is_whole(self) -> bool:
        """Whether the engine holds everything that was traded, on disk."""
        last = self.state["last"]
        tapes = {symbol["symbol"]: symbol for symbol in self.status["symbols"]}
        return not any(self.status["queue"].values()) and all(
            symbol in tapes and tapes[symbol]["last_id"] == number and not tapes[symbol]["missing"]
            for symbol, number in last.items()
        )


def _delay_ms(status: dict[str, Any], played: int, speed: float) -> float:
    """In real time the lag of the latest symbol; else how far the engine's market clock is behind what was played.

    That clock goes in steps of half a market second.
    """
    clock = status["exchange_clock"]
    lags = [symbol["lag_ms"] for symbol in status["symbols"] if symbol["lag_ms"] is not None]
    if speed == 1 and clock["real_time"] and lags:
        return max(float(max(lags) + clock["offset_ms"]), 0.0)
    if not status["market_time"]:
        return 0.0
    return max(float(played - status["market_time"]), 0.0) / speed


@asynccontextmanager
async def market_process(arguments: Sequence[str]) -> AsyncIterator[Market]:
    """The exchange, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak.market", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Market(process, await _document(process))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await _ended(process)


@asynccontextmanager
async def engine_process(market: Market, data: Path, log: Path) -> AsyncIterator[EngineProcess]:
    """The engine over ten pairs of the market's symbols; stopped as a user stops it, if it was not yet."""
    symbols = market.symbols
    pairs = [f"{y}/{x}" for y, x in zip(symbols[::2], symbols[1::2], strict=False)][:10]
    arguments = ["--rest-url", market.rest, "--ws-url", market.ws, "--data", str(data), "--port", "0", "--json"]
    arguments += ["--symbols", ",".join(symbols), *(word for pair in pairs for word in ("--pair", pair))]
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "spreadscope", "engine", *arguments,
            env={**os.environ, PARENT: str(os.getpid())}, stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    try:
        ready = await _document(process)
        async with httpx.AsyncClient(base_url=ready["api"], timeout=30, trust_env=False) as api:
            yield EngineProcess(process, api)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await _ended(process)


async def _document(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    async with asyncio.timeout(_START_SECONDS):
        line = await process.stdout.readline()
    if not line:
        raise RuntimeError(f"process {process.pid} ended with exit status {await process.wait()}")
    document: dict[str, Any] = json.loads(line)
    return document


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
