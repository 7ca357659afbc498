"""An id for each request: it stands in every line of the log that the request causes, and in its answer.

A well-formed ``X-Request-ID`` of the client is taken, so that one id can be followed through several programs; without
one it is drawn.
"""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

HEADER = "X-Request-ID"
_NAME = HEADER.lower().encode()
_WELL_FORMED = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class RequestIds:
    """ASGI middleware, the outermost: whatever a request logs has its id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        began = time.monotonic()
        status: int | None = None

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] in {"http.response.start", "websocket.accept", "websocket.http.response.start"}:
                status = message.get("status", 101)
                message = {**message, "headers": [*message.get("headers", ()), (_NAME, request_id.encode())]}
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, receive, answering)
            finally:
                log.debug(
                    "request", method=scope.get("method", "WEBSOCKET"), path=scope["path"], status=status,
                    seconds=round(time.monotonic() - began, 4),
                )  # fmt: skip


def _id_of(scope: Scope) -> str:
    found = [value for name, value in scope["headers"] if name == _NAME]
    if len(found) == 1 and _WELL_FORMED.fullmatch(found[0]):
        return bytes(found[0]).decode()
    return secrets.token_hex(8)
