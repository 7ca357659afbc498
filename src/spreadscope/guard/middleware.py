"""The guard of a whole ASGI server: it stands before every route, HTTP and WebSocket alike."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from spreadscope.guard.origin import refusal

POLICY_VIOLATION = 1008

# A page of ours within a foreign page would lend it the person's clicks.
_FRAMES = (
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"x-frame-options", b"SAMEORIGIN"),
)


class Guard:
    """ASGI middleware: refuses what is not asked on this machine by a page or a program of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        why = refusal(scope["scheme"], scope.get("method", "GET"), scope["headers"])
        if why is None:
            await self._app(scope, receive, _framed(send) if scope["type"] == "http" else send)
        elif scope["type"] == "http":
            await error(403, why)(scope, receive, send)
        else:
            await _refuse_socket(scope, receive, send, why)


async def _refuse_socket(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    await receive()  # websocket.connect
    if "websocket.http.response" in scope.get("extensions", {}):
        await error(403, why).as_handshake_answer(send)
    else:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": why[:120]})


def _framed(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            added = [header for header in _FRAMES if header[0] not in present]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return sending


class _Error(JSONResponse):
    async def as_handshake_answer(self, send: Send) -> None:
        """Answer a WebSocket's handshake in place of accepting it."""
        start = {"type": "websocket.http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": bytes(self.body)})


def error(status: int, message: str, headers: dict[str, str] | None = None) -> _Error:
    """An error as every server of ours tells it: one sentence."""
    sayable = message.encode("utf-8", "backslashreplace").decode()  # it may quote half of a surrogate pair
    return _Error({"error": {"message": sayable}}, status, headers)
