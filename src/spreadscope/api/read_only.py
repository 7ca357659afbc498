"""The guard of a playback: what is stored is shown, and nothing can be changed."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from spreadscope.guard.middleware import error

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
#: What is sent there changes nothing, or moves the transport.
_ALLOWED = frozenset({"/api/playback", "/api/alerts/check", "/api/alerts/preview"})
WHY = "this is a replay of what is stored: nothing can be changed here, go back to the live engine for that"


class ReadOnly:
    """ASGI middleware: answers every request that would change something with 409 and one sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        changes = scope["type"] == "http" and scope["method"] not in _READS and scope["path"] not in _ALLOWED
        await (error(409, WHY) if changes else self._app)(scope, receive, send)
