"""A peer that is silent is pinged and given up; silence that is our own is not the peer's."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.websocket import Socket
from spreadscope.model.clock import SystemClock
from spreadscope.tasks import Tasks
from tests.e2e.line import run

DEAD_AFTER = 0.8
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PONG, TEXT = 0x8A, 0x81


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line.split(": ")[1] for line in head.splitlines() if line.lower().startswith("sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1((key + GUID).encode(), usedforsecurity=False).digest()).decode()
    writer.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )


@asynccontextmanager
async def peer(*, greets: bool = True, answers_pings: bool = False) -> AsyncIterator[str]:
    """A server that says nothing of itself; the address."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if greets:
                await shake_hands(reader, writer)
            while answers_pings and await reader.read(1024):
                writer.write(bytes((PONG, 0)))
            await done.wait()
        finally:
            writer.transport.abort()  # also where it is cancelled: a socket left behind fails some later test

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        done.set()
        server.close()


@contextmanager
def speaker() -> Iterator[str]:
    """A server in a thread of its own that sends a frame ten times a second; the address."""
    ports: list[int] = []
    started = threading.Event()
    done = threading.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await shake_hands(reader, writer)
            while not done.is_set():
                writer.write(bytes((TEXT, 1)) + b"x")
                await asyncio.sleep(0.1)
        finally:
            writer.transport.abort()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        started.set()
        while not done.is_set():  # noqa: ASYNC110 - the other thread has no loop to wake this one by
            await asyncio.sleep(0.05)
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    started.wait(5)
    try:
        yield f"ws://127.0.0.1:{ports[0]}/"
    finally:
        done.set()
        thread.join()


async def opened(url: str) -> Socket:
    socket = Socket("one", DEFAULT, SystemClock(), lambda _: None, await Tasks().__aenter__())
    assert await socket.open(url, DEAD_AFTER)
    return socket


async def lives(socket: Socket, seconds: float) -> bool:
    """Whether a socket is still there after so long."""
    try:
        async with asyncio.timeout(seconds):
            await socket.ended()
    except TimeoutError:
        return True
    return False


def test_a_peer_that_answers_nothing_is_given_up() -> None:
    async def main() -> None:
        async with peer() as url:
            socket = await opened(url)
            began = time.monotonic()
            assert not await lives(socket, 10 * DEAD_AFTER)
            assert time.monotonic() - began >= 0.9 * DEAD_AFTER
            assert socket.detail == "half-open: nothing came for 1 s, not even an answer to a ping"
            await socket.close()

    run(main())


def test_a_quiet_peer_that_answers_pings_lives_and_counts_as_heard() -> None:
    async def main() -> None:
        async with peer(answers_pings=True) as url:
            socket = await opened(url)
            connected = socket.last_received_ns
            assert await lives(socket, 3 * DEAD_AFTER)
            assert socket.last_received_ns - connected > DEAD_AFTER * 1e9
            await socket.close()

    run(main())


def test_what_we_do_not_read_ourselves_is_not_called_silent() -> None:
    async def main() -> None:
        async with peer() as url:
            socket = await opened(url)
            socket.pause()
            assert await lives(socket, 3 * DEAD_AFTER)
            socket.resume()
            assert await lives(socket, DEAD_AFTER / 2)  # it is given the whole time from here on
            await socket.close()

    run(main())


def test_a_peer_is_not_given_up_because_we_were_busy() -> None:
    async def main() -> None:
        with speaker() as url:
            socket = await opened(url)
            for _ in range(3):
                await asyncio.sleep(0.01)
                time.sleep(1.5 * DEAD_AFTER)  # noqa: ASYNC251 - the loop is kept busy
            assert await lives(socket, DEAD_AFTER / 2)
            assert socket.frames > 0
            await socket.close()

    run(main())


def test_an_address_that_accepts_and_says_nothing_is_not_waited_for() -> None:
    async def main() -> None:
        async with peer(greets=False) as url:
            socket = Socket("one", DEFAULT, SystemClock(), lambda _: None, await Tasks().__aenter__())
            began = time.monotonic()
            assert not await socket.open(url, DEAD_AFTER)
            assert time.monotonic() - began < 3 * DEAD_AFTER
            assert socket.detail == "cannot connect: no answer in time"
            assert socket.last_received_ns == 0

    run(main())
