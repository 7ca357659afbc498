"""Bounds what is sent to a server: the length of a request's body, and how long it may take to come."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from spreadscope.guard.middleware import error

LARGEST_BODY = 64 * 1024
BODY_SECONDS = 10.0
# What is too long is read on for a moment, or a client that is still sending would see a broken connection, not the
# answer.
_DISCARDED = 4 * 2**20
_DISCARD_SECONDS = 2.0

_CLOSE = {"Connection": "close"}


class BoundedBodies:
    """ASGI middleware: hands a request on once its body is whole; 413 where it is too long, 408 if it does not come."""

    def __init__(self, app: ASGIApp, *, largest: int = LARGEST_BODY, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._largest = largest
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                messages, size = await self._read(receive)
        except TimeoutError:
            text = f"the request's body did not come within {self._seconds:g} s: send it again"
            await error(408, text, _CLOSE)(scope, receive, send)
            return
        if size > self._largest:
            if _goes_on(messages[-1]):
                await _discard(receive)
            text = f"the request's body is longer than {self._largest} bytes: send less at once"
            await error(413, text, _CLOSE)(scope, receive, send)
            return
        if messages[-1]["type"] == "http.disconnect":
            return  # there is nobody left to answer

        async def replay() -> MutableMapping[str, Any]:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> tuple[list[MutableMapping[str, Any]], int]:
        """The messages of a body and its length, up to where it is too long."""
        messages = [await receive()]
        size = len(messages[0].get("body", b""))
        while size <= self._largest and _goes_on(messages[-1]):
            messages.append(await receive())
            size += len(messages[-1].get("body", b""))
        return messages, size


def _goes_on(message: MutableMapping[str, Any]) -> bool:
    return message["type"] == "http.request" and bool(message.get("more_body", False))


async def _discard(receive: Receive) -> None:
    size = 0
    try:
        async with asyncio.timeout(_DISCARD_SECONDS):
            while size < _DISCARDED:
                message = await receive()
                size += len(message.get("body", b""))
                if not _goes_on(message):
                    return
    except TimeoutError:
        return
