"""The API of a real engine on real sockets, for whoever asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import websockets

from spreadscope.api import application
from spreadscope.api.disk import Disk
from spreadscope.api.hub import Hub
from spreadscope.api.limits import ApiLimits
from spreadscope.api.serve import bind, serving
from spreadscope.api.status import StatusMaker
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.tasks import Policy, Tasks
from tests.e2e.line import line, until, whole, write_recording

PAIR = "AAAUSDT/BBBUSDT"
TOPIC = f"pair:{PAIR}:1s"


@asynccontextmanager
async def served(
    tmp_path: Path, *, speed: float | str = "max", limits: ApiLimits | None = None, **options: Any
) -> AsyncIterator[tuple[LocalExchange, LiveEngine, httpx.AsyncClient]]:
    recording = write_recording(tmp_path / "r.txt", symbols=("AAAUSDT", "BBBUSDT", "CCCUSDT"), seconds=200, a_second=4)
    options.setdefault("symbols", ("CCCUSDT",))
    options.setdefault("pairs", (PAIR,))
    async with (
        line([recording], tmp_path / "store", speed=speed, **options) as (exchange, live),
        serving(live, bind("127.0.0.1", 0), limits) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        await until(lambda: not live.starting)
        yield exchange, live, client


@asynccontextmanager
async def hub_of(live: LiveEngine, limits: ApiLimits | None = None) -> AsyncIterator[Hub]:
    """A hub without a server."""
    async with Tasks() as tasks:
        hub = application.make_hub(live, StatusMaker(live), Disk(live.store.writer, tasks, limits), tasks, limits)
        tasks.start("hub", Policy.RESTART, hub.run)
        yield hub
        hub.close()


async def settled(exchange: LocalExchange, live: LiveEngine) -> None:
    await exchange.finished()
    await until(lambda: whole(exchange, live))
    await live.store.writer.flush()


async def message(socket: websockets.ClientConnection, **wanted: object) -> dict[str, Any]:
    """The next message whose fields are as wanted."""
    async with asyncio.timeout(15):
        while True:
            document: dict[str, Any] = msgspec.json.decode(await socket.recv())
            if all(document.get(key) == value for key, value in wanted.items()):
                return document


def ws(client: httpx.AsyncClient) -> str:
    return str(client.base_url).replace("http", "ws").rstrip("/") + "/ws"
