"""An engine's live side for tests: a real WebSocket server on this machine that speaks as ``docs/api.md`` says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class Upstream:
    """Records what is asked, answers with snapshots, and sends updates on demand."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.connections: list[ServerConnection] = []
        self.refused: set[str] = set()
        self.version = 0
        self.port = 0
        self._server: Server | None = None

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await serve(self._handle, "127.0.0.1", self.port)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def asked(self, op: str, topic: str | None = None) -> list[dict[str, Any]]:
        return [each for each in self.requests if each["op"] == op and topic in {None, each["topic"]}]

    async def push(self, topic: str, data: object) -> None:
        text = json.dumps({"topic": topic, "type": "update", "data": data})
        for connection in self.connections:
            await connection.send(text)

    async def say(self, message: object) -> None:
        for connection in self.connections:
            await connection.send(json.dumps(message))

    async def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.path == "/ws"
        self.connections.append(connection)
        try:
            async for text in connection:
                request = json.loads(text)
                self.requests.append(request)
                await self._answer(connection, request)
        except ConnectionClosed:
            return  # cut on purpose by a test
        finally:
            self.connections.remove(connection)

    async def _answer(self, connection: ServerConnection, request: dict[str, Any]) -> None:
        if request["op"] == "unsubscribe":
            return
        topic, ref = request["topic"], request["ref"]
        answer: dict[str, Any] = {"topic": topic, "type": "snapshot", "ref": ref, "data": {"version": self.version}}
        if topic in self.refused:
            answer = {"topic": topic, "type": "error", "ref": ref, "message": "this pair is not followed"}
        await connection.send(json.dumps(answer))


@asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    server = Upstream()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until ``condition`` holds; fail when it never does."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in a server, which has no event to set
            await asyncio.sleep(0.005)
