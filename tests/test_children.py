"""A child process: its start, given up at any step, leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import sys

import psutil
import pytest

from spreadscope import children

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


@pytest.mark.parametrize("steps", range(6))
def test_a_start_that_is_given_up_leaves_no_process(steps: int) -> None:
    before = {child.pid for child in psutil.Process().children()}

    async def main() -> None:
        starting = asyncio.create_task(children.spawn(SLEEPS, os.environ))
        for _ in range(steps):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    asyncio.run(asyncio.wait_for(main(), 20))
    assert [child for child in psutil.Process().children() if child.pid not in before] == []


def test_a_stop_that_is_cancelled_twice_still_ends_the_process() -> None:
    before = {child.pid for child in psutil.Process().children()}

    async def main() -> None:
        process = await children.spawn([sys.executable, "-c", DEAF], os.environ)
        assert process.stdout is not None
        await process.stdout.readline()
        stopping = asyncio.create_task(children.stop(process, 0.3))
        for _ in range(2):
            await asyncio.sleep(0.02)
            stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        assert process.returncode == -9

    asyncio.run(asyncio.wait_for(main(), 20))
    assert [child for child in psutil.Process().children() if child.pid not in before] == []


def test_a_command_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="no-such-program"):
        asyncio.run(children.spawn(["/no-such-program"], os.environ))


def test_the_last_bytes_of_a_pipe_are_kept() -> None:
    async def main() -> bytes:
        process = await children.spawn([sys.executable, "-c", "print('x' * 100_000 + 'end')"], os.environ)
        assert process.stdout is not None
        kept = await children.last_bytes(process.stdout, 8)
        await process.wait()
        return kept

    assert asyncio.run(asyncio.wait_for(main(), 20)) == b"xxxxend\n"
