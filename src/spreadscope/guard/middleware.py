"""The guard of a whole ASGI server: it stands before every route, HTTP and WebSocket alike."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from spreadscope.guard.origin import refusal

POLICY_VIOLATION = 1008

# A page of ours within a foreign page would lend it the person's clicks; what is text is not taken for a program.
FRAMES = "frame-ancestors 'self'"
_HEADERS = (
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
_OF_OTHERS = frozenset({b"access-control-allow-origin", b"access-control-allow-credentials"})


class Guard:
    """ASGI middleware: refuses what is not asked on this machine by a page or a program of it.

    ``public`` are further names under which the server may be called; ``policy`` is the content security policy of
    answers that have none of their own. No answer is for pages of other addresses, whatever the application says.
    """

    def __init__(self, app: ASGIApp, public: Iterable[str] = (), policy: str = FRAMES) -> None:
        self._app = app
        self._public = frozenset(name.lower() for name in public)
        self._headers = ((b"content-security-policy", policy.encode()), *_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        why = refusal(scope["scheme"], scope.get("method", "GET"), scope["headers"], self._public)
        if why is None:
            await self._app(scope, receive, self._framed(send) if scope["type"] == "http" else send)
        elif scope["type"] == "http":
            await error(403, why)(scope, receive, send)
        else:
            await refuse_socket(scope, receive, send, error(403, why), why)

    def _framed(self, send: Send) -> Send:
        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = [header for header in message.get("headers", ()) if header[0].lower() not in _OF_OTHERS]
                present = {name.lower() for name, _ in given}
                added = [header for header in self._headers if header[0] not in present]
                message = {**message, "headers": [*given, *added]}
            await send(message)

        return sending


async def refuse_socket(scope: Scope, receive: Receive, send: Send, answer: GuardAnswer, why: str) -> None:
    """Refuse a WebSocket at its handshake, with ``answer`` where the server can send one."""
    await receive()  # websocket.connect
    if "websocket.http.response" in scope.get("extensions", {}):
        await answer.as_handshake_answer(send)
    else:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": why[:120]})


class GuardAnswer(JSONResponse):
    async def as_handshake_answer(self, send: Send) -> None:
        """Answer a WebSocket's handshake in place of accepting it."""
        start = {"type": "websocket.http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": bytes(self.body)})


def error(status: int, message: str, headers: dict[str, str] | None = None) -> GuardAnswer:
    """An error as every server of ours tells it: one sentence."""
    sayable = message.encode("utf-8", "backslashreplace").decode()  # it may quote half of a surrogate pair
    return GuardAnswer({"error": {"message": sayable}}, status, headers)
