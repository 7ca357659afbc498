"""A running engine on a terminal: how it is, on one screen; live; and its log's level."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import msgspec
from rich.console import Console

from spreadscope.client import Client, EngineDownError
from spreadscope.commands.engine_figures import EngineFigures, read_figures
from spreadscope.commands.top import TopScreen
from spreadscope.contract import Alarm, Level
from tests.api.served import PAIR, served, settled
from tests.e2e.line import run
from tests.support.command import Done, command


def drawn(screen: TopScreen, columns: int = 80) -> str:
    console = Console(file=io.StringIO(), width=columns, force_terminal=False)
    console.print(screen.draw())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_how_an_engine_is_and_how_it_looks_live(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as (exchange, live, http):
            await settled(exchange, live)
            api = str(http.base_url).rstrip("/")
            for _ in range(10):  # a busy machine holds the loop up for a moment, which the status rightly says
                done = await asyncio.to_thread(command, "status", "--api", api)
                if done.returncode == 0:
                    break
            assert (done.returncode, done.stderr) == (0, ""), done.stdout
            assert_screen(done, api)
            told = json.loads((await asyncio.to_thread(command, "status", "--api", api, "--json")).stdout)
            assert (told["well"], told["ready"], told["reasons"]) == (True, True, [])
            assert told["status"]["pairs"] == [PAIR]

            live.store.writer.error = "the disk is full"
            done = await asyncio.to_thread(command, "status", "--api", api)
            assert done.returncode == 1
            assert done.stdout.startswith("not well: ")
            assert "  not ready the disk is full\n" in done.stdout
            assert "  FAULT     the disk is full\n" in done.stdout
            live.store.writer.error = None

            assert "the engine logs from" in (await asyncio.to_thread(command, "log-level", "--api", api)).stdout
            with Client(api) as client:
                found = await asyncio.to_thread(read_figures, client)
            assert_live(found)
            await asyncio.to_thread(assert_leaves_by_key, api)

    run(main())


def assert_screen(done: Done, api: str) -> None:
    lines = done.stdout.splitlines()
    assert re.fullmatch(rf"well: engine \S+ at {api}, running for \d+ s", lines[0])
    assert lines[1].startswith("  data      DEMO, not a market: ")
    names = [line.split()[0] for line in lines[1:]]
    assert [name for name in names if name != "warning"] == [
        "data", "market", "streams", "holes", "queue", "REST", "pairs", "alerts", "paper",
    ]  # fmt: skip
    assert len(lines) < 24


def assert_live(found: EngineFigures) -> None:
    """The screen is never wider than a terminal, and says so when the engine goes away."""
    now = [100.0]
    screen = TopScreen("http://127.0.0.1:1", clock=lambda: now[0])
    assert "asking the engine at http://127.0.0.1:1" in drawn(screen)
    many = [msgspec.structs.replace(found.pairs[0], pair=f"{name}/BBBUSDT", z=float(name)) for name in range(20)]
    long = Alarm(Level.ERROR, "a very long sentence of an alarm " * 5)
    status = msgspec.structs.replace(found.status, alarms=(long,))
    full = msgspec.structs.replace(found, pairs=[*found.pairs, *many], status=status)
    screen.update(lambda: full)
    text = drawn(screen)
    assert text.startswith("NOT WELL  DEMO  ")
    assert "19/BBBUSDT" in text
    assert "and 9 more" in text
    assert "alerts: none of 0 rules fires" in text
    assert "paper paper: equity 10,000.00" in text
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) <= 24

    def gone() -> EngineFigures:
        raise EngineDownError("no engine answers at http://127.0.0.1:1")

    now[0] = 107.0
    screen.update(gone)
    text = drawn(screen)
    assert text.startswith("no engine answers at http://127.0.0.1:1: trying again; what is below is 7 s old\n")
    assert "19/BBBUSDT" in text
    screen.update(lambda: found)
    assert drawn(screen).startswith("well  DEMO  ")


def assert_leaves_by_key(api: str) -> None:
    """A real terminal: it draws, q ends it, and the terminal is as before."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        [sys.executable, "-m", "spreadscope", "top", "--api", api],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 60
    try:
        while b"q or Ctrl-C" not in shown or PAIR.encode() not in shown:
            ready, _, _ = select.select([ours], [], [], 1.0)
            shown += os.read(ours, 65_536) if ready else b""
            assert time.monotonic() < deadline, shown
        os.write(ours, b"q")
        while process.poll() is None and time.monotonic() < deadline:
            ready, _, _ = select.select([ours], [], [], 0.1)
            try:
                shown += os.read(ours, 65_536) if ready else b""
            except OSError:  # the terminal's other end is closed
                break
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"\x1b[?1049l" in shown, "the screen of before is not back"


def test_without_an_engine_or_a_terminal_there_is_one_sentence() -> None:
    gone = command("status", "--api", "http://127.0.0.1:1")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert gone.stderr == (
        "spreadscope: no engine answers at http://127.0.0.1:1: start one, or name its address with --api\n"
    )
    assert command("log-level", "debug", "--api", "http://127.0.0.1:1").returncode == 2
    nowhere = command("top", "--api", "http://127.0.0.1:1")
    assert nowhere.returncode == 2
    assert "top draws on a terminal, and here is none: use spreadscope status" in nowhere.stderr
