"""A socket that the other side has reset is known to be gone at once, not when its silence is noticed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.websocket import Socket
from spreadscope.model.clock import SystemClock
from spreadscope.tasks import Tasks
from tests.e2e.line import run

# Of resets that came while the client was at work, its transport once missed one in thirty.
RESETS = 150


@pytest.fixture
def port() -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("resetting.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        yield int(server.stdout.readline())


def test_every_reset_is_heard_of(port: int) -> None:
    async def main() -> None:
        read = 0

        def work(frames: list[bytes]) -> None:
            nonlocal read
            read += sum(frame.count(b"x") for frame in frames for _ in range(20))  # as long as decoding takes

        tasks = await Tasks().__aenter__()
        for _ in range(RESETS):
            socket = Socket("one", DEFAULT, SystemClock(), work, tasks)
            assert await socket.open(f"ws://127.0.0.1:{port}/", 60)
            async with asyncio.timeout(10):
                await socket.ended()
            assert socket.detail == "connection lost"
            await socket.close()
        assert read > 0

    run(main())


def test_requests_that_cannot_go_out_are_bounded_and_the_socket_is_made_anew() -> None:
    async def main() -> None:
        socket = Socket("one", DEFAULT, SystemClock(), lambda _: None, Tasks())
        for number in range(1_000):
            socket.request("SUBSCRIBE", [f"s{number}@aggTrade"])
        assert socket._requests.qsize() == 256
        assert socket.detail == "256 requests wait: a fresh socket asks for what is wanted now"

    run(main())
