"""Ends a WebSocket whose person may not use it any more: a handshake is judged once, a sign-in may end later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.types import Receive, Send

CHECK_SECONDS = 5.0
POLICY_VIOLATION = 1008
_WHY = "you are signed out: sign in again"


class RevocableSocket:
    """The ``receive`` and ``send`` of a WebSocket for the application behind the guard.

    ``still_valid`` is asked every ``seconds``; once it says no, the socket is closed, and the application hears that
    the client has left.
    """

    def __init__(
        self,
        receive: Receive,
        send: Send,
        still_valid: Callable[[], Awaitable[bool]],
        seconds: float = CHECK_SECONDS,
    ) -> None:
        self._receive = receive
        self._send = send
        self._still_valid = still_valid
        self._seconds = seconds
        self._next_check = time.monotonic() + seconds
        self._closed = False

    async def receive(self) -> MutableMapping[str, Any]:
        while not self._closed:
            if time.monotonic() >= self._next_check:
                await self._check()
                continue
            try:
                async with asyncio.timeout(self._next_check - time.monotonic()):
                    return await self._receive()
            except TimeoutError:
                continue
        return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if not self._closed:
            self._closed = message["type"] == "websocket.close"
            await self._send(message)

    async def _check(self) -> None:
        self._next_check = time.monotonic() + self._seconds
        if not await self._still_valid():
            self._closed = True
            await self._send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": _WHY})
