"""Bounds what is sent to a server: the length of a request's body, and how long it may take to come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from spreadscope.guard.middleware import error

LARGEST_BODY = 64 * 1024
BODY_SECONDS = 10.0
UPLOAD_SECONDS = 120.0
# What is too long is read on for a moment, or a client that is still sending would see a broken connection, not the
# answer.
_DISCARDED = 4 * 2**20
_DISCARD_SECONDS = 2.0

_LONGEST_NUMBER = 12  # digits of a length
_CLOSE = {"Connection": "close"}


class BoundedBodies:
    """ASGI middleware: hands a request on once its body is whole; 413 where it is too long, 408 if it does not come.

    ``uploads`` has the most bytes of the paths that begin so: what is sent there is handed on as it comes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        largest: int = LARGEST_BODY,
        seconds: float = BODY_SECONDS,
        uploads: Mapping[str, int] | None = None,
        upload_seconds: float = UPLOAD_SECONDS,
    ) -> None:
        self._app = app
        self._largest = largest
        self._seconds = seconds
        self._uploads = uploads or {}
        self._upload_seconds = upload_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = next((most for path, most in self._uploads.items() if scope["path"].startswith(path)), None)
        if most is not None and scope["method"] in {"POST", "PUT"}:
            await self._upload(scope, receive, send, most)
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

    async def _upload(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        """Hand a request on whose length is said beforehand; the server holds it to that length."""
        length = dict(scope["headers"]).get(b"content-length", b"")
        if not length.isdigit():
            await _discard(receive)
            text = "the length of what is sent is not said: send it with a Content-Length"
            await error(411, text, _CLOSE)(scope, receive, send)
            return
        if len(length) > _LONGEST_NUMBER or int(length) > most:
            await _discard(receive, 2 * most, self._seconds)
            text = f"what is sent is longer than {most} bytes: send less at once"
            await error(413, text, _CLOSE)(scope, receive, send)
            return
        end = asyncio.get_running_loop().time() + self._upload_seconds

        async def in_time() -> MutableMapping[str, Any]:
            try:
                async with asyncio.timeout_at(end):
                    return await receive()
            except TimeoutError:
                return {"type": "http.disconnect"}  # it is taken for what it is as good as: a client that has gone

        whole = False

        async def receiving() -> MutableMapping[str, Any]:
            nonlocal whole
            message = await (receive() if whole else in_time())  # afterwards, it is waited for the client's end
            whole = whole or not _goes_on(message)
            return message

        await self._app(scope, receiving, send)

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


async def _discard(receive: Receive, most: int = _DISCARDED, seconds: float = _DISCARD_SECONDS) -> None:
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while size < most:
                message = await receive()
                size += len(message.get("body", b""))
                if not _goes_on(message):
                    return
    except TimeoutError:
        return
