"""The way to a playback: what is asked below its path is asked of its process, over HTTP and over the socket."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from spreadscope.app.playback_service import PlaybackService
from spreadscope.client.certificates import trusted_certificates
from spreadscope.guard.middleware import error
from spreadscope.model.errors import SpreadscopeError
from spreadscope.tasks import Policy, Tasks, first_ended

_SECONDS = 60.0
_LARGEST_MESSAGE = 64 * 2**20  # a snapshot is about 2 MB
_TRY_AGAIN_LATER = 1013
_PASSED_ON = frozenset({"content-type", "content-disposition", "spreadscope-not-on-disk", "allow", "retry-after"})


class PlaybackGateway:
    """An ASGI application, mounted where playbacks are: the first part of a path is the playback's ``id``."""

    def __init__(self, playbacks: PlaybackService, token: str = "") -> None:
        """``token`` is what a playback knows the engine by, where the kernel does not tell it."""
        self._playbacks = playbacks
        self._shown = {"authorization": f"Bearer {token}"} if token else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        key, _, rest = path.lstrip("/").partition("/")
        try:
            address = await self._playbacks.begin_use(key)
        except SpreadscopeError as problem:
            if scope["type"] == "http":
                await error(404, str(problem))(scope, receive, send)
            else:
                await _refuse(WebSocket(scope, receive, send), str(problem))
            return
        try:
            if scope["type"] == "http":
                await _forward(Request(scope, receive), send, f"{address}/{rest}", self._shown)
            else:
                await _join(WebSocket(scope, receive, send), f"{address.replace('http', 'ws', 1)}/{rest}", self._shown)
        finally:
            self._playbacks.end_use(key)


async def _refuse(socket: WebSocket, why: str) -> None:
    await socket.accept()
    await socket.close(_TRY_AGAIN_LATER, why[:120])


async def _forward(request: Request, send: Send, url: str, shown: dict[str, str]) -> None:
    kind = request.headers.get("content-type")
    headers = shown | ({"content-type": kind} if kind else {})
    client = httpx.AsyncClient(trust_env=False, verify=trusted_certificates(), timeout=_SECONDS)
    try:
        query = request.url.query
        outgoing = client.build_request(
            request.method, f"{url}?{query}" if query else url, content=await request.body(), headers=headers
        )
        answer = await client.send(outgoing, stream=True)
    except httpx.HTTPError as problem:
        await client.aclose()
        await error(503, f"the playback does not answer ({type(problem).__name__}): try again")(
            request.scope, request.receive, send
        )
        return

    async def close() -> None:
        await answer.aclose()
        await client.aclose()

    passed = {name: value for name, value in answer.headers.items() if name in _PASSED_ON}
    response = StreamingResponse(
        answer.aiter_bytes(), answer.status_code, headers=passed, background=BackgroundTask(close)
    )
    await response(request.scope, request.receive, send)


async def _join(socket: WebSocket, url: str, shown: dict[str, str]) -> None:
    await socket.accept()
    try:
        async with (
            connect(
                url, proxy=None, compression=None, max_size=_LARGEST_MESSAGE, open_timeout=10, additional_headers=shown
            ) as upstream,
            Tasks() as tasks,
        ):
            up = tasks.start("to the playback", Policy.ONCE, partial(_up, socket, upstream))
            down = tasks.start("from the playback", Policy.ONCE, partial(_down, socket, upstream))
            await first_ended([up, down])
    except (OSError, InvalidHandshake, ConnectionClosed):
        pass  # it ends below, and the other side asks again
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(_TRY_AGAIN_LATER, "the playback has ended, or does not answer")


async def _up(socket: WebSocket, upstream: ClientConnection) -> None:
    # KeyError: a binary frame, which is no request.
    with suppress(WebSocketDisconnect, WebSocketDisconnected, ConnectionClosed, KeyError):
        while True:
            await upstream.send(await socket.receive_text())


async def _down(socket: WebSocket, upstream: ClientConnection) -> None:
    with suppress(WebSocketDisconnect, ConnectionClosed, RuntimeError):
        async for message in upstream:
            await socket.send_text(message if isinstance(message, str) else message.decode())
