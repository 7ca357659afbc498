"""A socket ends when its person is signed out."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from spreadscope.guard.revoking import POLICY_VIOLATION, RevocableSocket


def test_a_socket_is_closed_soon_after_its_sign_in_has_ended() -> None:
    async def main() -> None:
        incoming: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        sent: list[MutableMapping[str, Any]] = []
        valid = [True]
        asked = [0]

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async def still_valid() -> bool:
            asked[0] += 1
            return valid[0]

        socket = RevocableSocket(incoming.get, send, still_valid, seconds=0.02)
        await incoming.put({"type": "websocket.receive", "text": "one"})
        assert (await socket.receive())["text"] == "one"
        waiting = asyncio.ensure_future(socket.receive())
        while asked[0] < 2:  # noqa: ASYNC110 - what is waited for is a count
            await asyncio.sleep(0.01)
        await incoming.put({"type": "websocket.receive", "text": "two"})  # no message is lost to a check
        assert (await waiting)["text"] == "two"
        valid[0] = False
        async with asyncio.timeout(5):
            assert await socket.receive() == {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
        assert [message["type"] for message in sent] == ["websocket.close"]
        await socket.send({"type": "websocket.send", "text": "late"})
        assert len(sent) == 1

    asyncio.run(main())


def test_who_speaks_all_the_time_is_checked_too() -> None:
    async def main() -> None:
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            await asyncio.sleep(0)
            return {"type": "websocket.receive", "text": "again"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async def still_valid() -> bool:
            return False

        socket = RevocableSocket(receive, send, still_valid, seconds=0.02)
        async with asyncio.timeout(5):
            while (await socket.receive())["type"] == "websocket.receive":
                pass
        assert sent[0]["code"] == POLICY_VIOLATION

    asyncio.run(main())
