"""SIGKILL at random instants: a real engine process, its store reopened and compared, and started again on it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from spreadscope.exchange.local import LocalExchange, SeededFaults, SyntheticMarket
from spreadscope.model.errors import StoreError
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from tests.faults.oracle import Verdict, compare_part, compare_whole, kept
from tests.faults.run import SEVERITY, comes_true

FAULTS = "reset=0.02,drop=0.003,duplicate=0.003,reorder=0.003,burst=0.001,5xx=0.03,truncated=0.03,slow=0.05"
_PAIR = "SYN1USDT/SYN2USDT"
_ENVIRONMENT = {
    "SPREADSCOPE_HISTORY__BARS": "20",
    "SPREADSCOPE_HISTORY__TRADE_MINUTES": "0",
    "SPREADSCOPE_EXCHANGE__RECONNECT_MAX_SECONDS": "0.4",
    "SPREADSCOPE_EXCHANGE__FIRST_DATA_SECONDS": "1",
    "SPREADSCOPE_STORE__BATCH_ROWS": "200",
    "SPREADSCOPE_STORE__FLUSH_SECONDS": "0.05",
}


@dataclass
class Chain:
    """Kills of one data directory, and what its last, unkilled engine came to."""

    seed: int
    kills: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def problems(self) -> list[str]:
        return [f"kills of seed {self.seed}: {problem}" for problem in self.verdict.problems]


async def kill_chain(folder: Path, seed: int, kills: int) -> Chain:
    """Start, kill and compare ``kills`` times on one directory; then once more until the tapes are whole."""
    rng = random.Random(f"kills {seed}")
    data = folder / f"killed-{seed}"
    chain = Chain(seed)
    market = SyntheticMarket(2, seed=seed, rate=400, history_hours=1, past_minutes=1)
    faults = SeededFaults(FAULTS, seed, severity=SEVERITY)
    async with LocalExchange(market, faults=faults) as exchange:
        for _ in range(kills):
            process = await _start(exchange, data)
            # Mostly while trades are being written; now and then while it is still starting.
            if rng.random() < 0.8:
                await _stores(data, process)
            await asyncio.sleep(rng.uniform(0.0, 0.8))
            _kill(process)
            await process.wait()
            chain.kills += 1
            for symbol in exchange.symbols:
                part = _part(data, exchange, symbol)
                chain.verdict.problems += [f"after kill {chain.kills}: {problem}" for problem in part.problems]
                chain.verdict.lost += part.lost
                chain.verdict.doubled += part.doubled
        faults.end()  # a hole that opens in the moment of the stop would be open, not lost
        await _finish(exchange, data, chain)
    chain.fired = faults.fired
    return chain


async def _finish(exchange: LocalExchange, data: Path, chain: Chain) -> None:
    """An engine that is left alone makes the tapes whole and stops when it is asked to."""
    process = await _start(exchange, data)
    # Twice: the first time it can still be about to go live, where a hole opens for a moment.
    for _ in range(2):
        newest = {symbol: int(exchange.truth(symbol).ids[-1]) + 400 for symbol in exchange.symbols}
        if not await comes_true(lambda: _reach(data, newest) or process.returncode is not None, 150):
            chain.verdict.problems.append("not whole after 150 s")
    if process.returncode is not None:
        chain.verdict.problems.append(f"the engine ended by itself, exit status {process.returncode}")
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.wait(), 30)
    reader = StoreReader(data / DATABASE)
    for symbol in exchange.symbols:
        truth = exchange.truth(symbol)
        stored = reader.trades(symbol)
        last = int(stored.ids[-1]) if len(stored) else 0
        until = kept(truth, truth.ids <= last)
        # A stop closes no bars; what had ended some seconds before was closed by the market's clock.
        chain.verdict.add(compare_whole(reader, symbol, until, int(until.times[-1]) - 5_000))


async def _start(exchange: LocalExchange, data: Path) -> asyncio.subprocess.Process:
    """An engine as a user starts it."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "spreadscope", "engine", "--pair", _PAIR, "--data", str(data), "--port", "0",
        "--rest-url", exchange.rest_url, "--ws-url", exchange.ws_url,
        env={**os.environ, **_ENVIRONMENT},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)


async def _stores(data: Path, process: asyncio.subprocess.Process) -> None:
    """Wait until this engine has begun to write trades."""
    before = _stored(data)
    await comes_true(lambda: _stored(data) > before or process.returncode is not None, 60)


def _stored(data: Path) -> int:
    database = data / DATABASE
    if not database.exists():
        return 0
    try:
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return 0
    try:
        return int(connection.execute("SELECT coalesce(sum(last - first + 1), 0) FROM ledger").fetchone()[0])
    except sqlite3.Error:  # the engine is just making its tables
        return 0
    finally:
        connection.close()


def _reach(data: Path, wanted: dict[str, int]) -> bool:
    """Whether every tape is one range up to an id or beyond."""
    if not _stored(data):
        return False
    ranges = {symbol: StoreReader(data / DATABASE).ledger(symbol)[0] for symbol in wanted}
    return all(len(ranges[symbol]) == 1 and ranges[symbol][0].last >= number for symbol, number in wanted.items())


def _part(data: Path, exchange: LocalExchange, symbol: str) -> Verdict:
    if not _stored(data):
        return Verdict()
    try:
        return compare_part(StoreReader(data / DATABASE), symbol, exchange.truth(symbol))
    except (sqlite3.Error, StoreError) as error:
        return Verdict(problems=[f"{symbol}: the store cannot be read: {error}"])
