"""The REST server: an ASGI application around :class:`RestApi`, and a uvicorn that leaves signals to its host."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from spreadscope.exchange.local.rest_api import RestApi

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def application(apis: Sequence[RestApi]) -> Application:
    """The ASGI application: each API answers what is under its root, the first one what is under none."""

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        del receive  # no route reads a body
        if scope["type"] != "http":
            return
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        client = scope.get("client") or ("unknown", 0)
        path = scope["path"]
        api = next((api for api in apis if path.startswith(api.root)), apis[0])
        answer = api.answer(scope["method"], path, query, client[0])
        fault = answer.fault
        if fault is not None and fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        headers.append((b"content-length", b"%d" % len(answer.body)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if fault is not None and fault.cut_after is not None:
            # An answer shorter than announced: the server ends the connection, as a broken exchange does.
            await send({"type": "http.response.body", "body": answer.body[: fault.cut_after], "more_body": True})
            return
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    return app


class EmbeddedServer(uvicorn.Server):
    """A uvicorn inside another program: no signal handlers, and it says when it listens."""

    def __init__(self, app: Application) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                timeout_graceful_shutdown=1,
                timeout_keep_alive=75,  # clients keep their pool; an earlier end would race with their next request
                server_header=False,
            )
        )
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGINT and SIGTERM to the program around."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and tell whoever waits."""
        await super().startup(sockets=sockets)
        self.listening.set()
