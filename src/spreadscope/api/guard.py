"""Who may ask: a Host of this machine, and no foreign page (Origin)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def is_local(authority: str) -> bool:
    """Whether ``host[:port]`` names this machine. A rebound DNS name does not."""
    try:
        return (urlsplit(f"//{authority}").hostname or "") in _LOCAL
    except ValueError:
        return False


def allowed(headers: dict[bytes, bytes]) -> bool:
    """Judge the Host and, where a browser sends one, the Origin."""
    if not is_local(headers.get(b"host", b"").decode("latin-1")):
        return False
    origin = headers.get(b"origin")
    if origin is None:
        return True
    scheme, _, authority = origin.decode("latin-1").partition("://")
    return scheme in {"http", "https"} and is_local(authority)


class Guard:
    """ASGI middleware over HTTP and WebSocket alike."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or allowed(dict(scope["headers"])):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "foreign Host or Origin"})
            return
        message = "this address answers only requests from this machine (Host 127.0.0.1 or localhost)"
        await JSONResponse({"error": {"message": message}}, status_code=403)(scope, receive, send)
