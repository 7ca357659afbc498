"""Random frames at the sockets of both servers: each is answered or refused with a code, and the server goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import websockets

from tests.api.served import TOPIC, served, ws
from tests.dashboard.served import dashboard
from tests.e2e.line import run

CLEAN = {1000, 1001, 1003, 1007, 1008, 1009, 1013}
WORDS = (
    "op",
    "topic",
    "ref",
    "subscribe",
    "unsubscribe",
    "snapshot",
    "status",
    "alerts",
    TOPIC,
    "paper:paper",
    "watch:1s",
)


def value(rng: random.Random, depth: int = 0) -> object:
    """Anything that JSON can say, often what a request is made of."""
    kind = rng.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.choice([0, -1, 2**53, 2**63 - 1, 1e308, -0.0, rng.random()])
    if kind in {2, 3}:
        return rng.choice(WORDS)
    if kind in {4, 5}:
        return "".join(chr(rng.choice([0, 10, 65, 0x7F, 0x2028, 0xE9, 0x1F600])) for _ in range(rng.randrange(40)))
    if kind == 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(5))]
    return {str(value(rng, 9)): value(rng, depth + 1) for _ in range(rng.randrange(5))}


def frames(seed: int) -> Iterator[str | bytes]:
    """A hundred frames: requests, near requests, other JSON, broken JSON, bytes, long ones."""
    rng = random.Random(seed)
    for _ in range(100):
        kind = rng.randrange(8)
        request = {"op": rng.choice(WORDS), "topic": rng.choice(WORDS), "ref": value(rng)}
        text = msgspec.json.encode(request if kind < 4 else value(rng)).decode()
        if kind == 5:
            text = text[: rng.randrange(len(text) + 1)]
        elif kind == 6:
            text = "[" * rng.choice([10, 2_000]) + text
        elif kind == 7:
            yield rng.choice([b"", b"\x00\xff", text.encode(), rng.randbytes(300)])
            continue
        yield text


async def at(address: str, seed: int) -> int:
    """Send frames, on a new socket whenever one is ended. Returns how many sockets were ended."""
    ended = 0
    waiting = list(frames(seed))
    while waiting:
        try:
            async with websockets.connect(address, proxy=None, max_size=None, close_timeout=5) as socket:
                reader = asyncio.ensure_future(read(socket))
                while waiting and not reader.done():
                    await socket.send(waiting.pop())
                    await asyncio.sleep(0)
                reader.cancel()
        except websockets.ConnectionClosed:
            pass
        code = socket.close_code or 1006
        ended += code != 1000
        assert code in CLEAN, f"a socket was ended with {code}"
    return ended


async def read(socket: websockets.ClientConnection) -> None:
    async for _ in socket:
        pass


@pytest.mark.parametrize("seed", [1, 2])
def test_any_frame_at_the_engine_is_answered_and_ends_nothing(tmp_path: Path, seed: int) -> None:
    async def main() -> None:
        async with served(tmp_path, speed=1.0) as (_, live, client):
            ended = await at(ws(client), seed)
            assert ended == 0  # nonsense is answered in words
            assert (await client.get("/api/status")).status_code == 200
            assert not [alarm for alarm in live.alarms() if "fault" in alarm.message]

    run(main())


@pytest.mark.parametrize("seed", [3, 4])
def test_any_frame_at_the_pages_is_answered_or_ends_its_socket_alone(tmp_path: Path, seed: int) -> None:
    async def main() -> None:
        async with (
            served(tmp_path, speed=1.0) as (_, _, client),
            dashboard(str(client.base_url).rstrip("/")) as (server, port),
        ):
            ended = await at(f"ws://127.0.0.1:{port}/live", seed)
            assert ended > 0
            async with asyncio.timeout(10):
                while server.relay.tabs:  # noqa: ASYNC110 - the last one leaves as its handler ends
                    await asyncio.sleep(0.01)
            async with websockets.connect(f"ws://127.0.0.1:{port}/live", proxy=None) as socket:
                await socket.send('{"op": "subscribe", "topic": "status"}')
                async with asyncio.timeout(15):
                    while '"snapshot"' not in str(await socket.recv()):
                        pass

    run(main())
