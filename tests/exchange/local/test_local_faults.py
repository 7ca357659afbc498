"""Cuts, hooks and the place where seeded faults plug in, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import httpx
import pytest
import websockets

from spreadscope.exchange.local import LocalExchange, NoFaults, RestFault
from spreadscope.exchange.local.exchange_waits import ExchangeWaits
from tests.exchange.local.local_harness import ListFeed, connect, receive, rest, run, silent

STREAM = "ausdt@aggTrade"


@contextlib.asynccontextmanager
async def subscribed(exchange: LocalExchange, *streams: str, route: str = "market") -> AsyncIterator[Any]:
    async with connect(f"{exchange.ws_url}/{route}/stream?streams={'/'.join(streams)}") as socket:
        yield socket


async def collect(socket: Any, count: int) -> list[int]:
    return [(await receive(socket))["data"]["a"] for _ in range(count)]


async def closing(socket: Any) -> tuple[list[Any], int]:
    """Everything until the close, and its code."""
    messages = []
    try:
        while True:
            messages.append(await receive(socket))
    except websockets.ConnectionClosed as closed:
        return messages, closed.rcvd.code if closed.rcvd else 1006


def test_cuts_lose_frames_that_rest_gives_back() -> None:
    async def main() -> None:
        feed = ListFeed(3_000, size=2_000)
        async with LocalExchange(feed, speed="max", start="subscribed") as exchange, rest(exchange.rest_url) as client:
            ids: set[int] = set()
            cuts = 0
            while cuts < 3:
                async with subscribed(exchange, STREAM) as socket:
                    try:
                        ids.update(await collect(socket, 20))
                        exchange.cut_connections()
                        cuts += 1
                        while True:
                            ids.add((await receive(socket))["data"]["a"])
                    except (websockets.ConnectionClosed, TimeoutError):
                        if cuts < 3 and exchange.frames_played >= 3_000:
                            break
            await exchange.finished()
            rows: list[int] = []
            while page := (
                await client.get(f"/fapi/v1/aggTrades?symbol=AUSDT&limit=1000&fromId={len(rows) + 1}")
            ).json():
                rows += [row["a"] for row in page]
            assert rows == list(range(1, 3_001))
            assert ids <= set(rows)
            assert len(ids) < 3_000

    run(main())


def test_hooks_stall_and_drop() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(10), speed="max", start="subscribed") as exchange:
            exchange.drop_next(STREAM, 3)
            async with subscribed(exchange, STREAM) as socket:
                assert await collect(socket, 7) == list(range(4, 11))
                assert exchange.hooks.fired == {"drop": 3}
        async with LocalExchange(ListFeed(10), speed="max", start="subscribed") as exchange:
            exchange.stall(STREAM)
            async with subscribed(exchange, STREAM) as socket:
                await exchange.finished()
                assert await silent(socket)
                assert exchange.truth("AUSDT").ids.size == exchange.hooks.fired["stall"] == 10
                exchange.resume(STREAM)
                assert not exchange.hooks.active

    run(main())


class Chaos(NoFaults):
    """Doubles even frames, swallows every fifth, and breaks one REST route."""

    active = True

    def frame(self, connection: int, stream: str, payload: bytes) -> tuple[bytes, ...]:
        number = json.loads(payload)["a"]
        return () if number % 5 == 0 else (payload, payload) if number % 2 == 0 else (payload,)

    def request(self, path: str, now_ms: int) -> RestFault | None:
        if path.endswith("/time"):
            return RestFault(cut_after=5)
        return (
            RestFault(status=502, body=b"<html>bad</html>", content_type="text/html")
            if path.endswith("/ping")
            else None
        )


def test_faults_are_asked_per_frame_and_request() -> None:
    async def main() -> None:
        async with LocalExchange(ListFeed(10), speed="max", start="subscribed", faults=Chaos()) as exchange:
            async with subscribed(exchange, STREAM) as socket:
                assert await collect(socket, 12) == [1, 2, 2, 3, 4, 4, 6, 6, 7, 8, 8, 9]
            async with rest(exchange.rest_url) as client:
                broken = await client.get("/fapi/v1/ping")
                assert (broken.status_code, broken.headers["content-type"], broken.text) == (
                    502,
                    "text/html",
                    "<html>bad</html>",
                )
                with pytest.raises(httpx.RemoteProtocolError):
                    await client.get("/fapi/v1/time")
                assert (await client.get("/fapi/v1/exchangeInfo")).status_code == 200

    run(main())


@pytest.mark.parametrize(("verdict", "answers"), [("mute", False), ("pings-only", True), ("reset", False)])
def test_faults_take_a_connection_away(verdict: Any, answers: bool) -> None:
    class Gone(NoFaults):
        def connection(self, connection: int, age_s: float) -> Any:
            return verdict if connection == 1 else "open"

    async def main() -> None:
        async with (
            LocalExchange(ListFeed(20), speed="max", start="subscribed", faults=Gone()) as exchange,
            connect(f"{exchange.ws_url}/market/stream") as gone,
            connect(f"{exchange.ws_url}/market/stream") as fine,
        ):
            message = json.dumps({"method": "SUBSCRIBE", "params": [STREAM], "id": 1})
            with contextlib.suppress(websockets.ConnectionClosed):
                await gone.send(message)
            await fine.send(message)
            assert await receive(fine) == {"result": None, "id": 1}
            assert await collect(fine, 20) == list(range(1, 21))
            if answers:
                assert await receive(gone) == {"result": None, "id": 1}
                assert await silent(gone)
            elif verdict == "reset":
                assert (await closing(gone))[1] == 1006
            else:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(gone.recv(), 0.2)

    run(main())


def test_a_connection_that_is_being_closed_meets_no_further_fault() -> None:
    waits = ExchangeWaits(look_s=0.01, closing_s=5.0)

    class Expiring(NoFaults):
        asked: ClassVar[list[int]] = []

        def connection(self, connection: int, age_s: float) -> Any:
            self.asked.append(connection)
            return "expired" if connection == 1 and age_s else "open"

    async def main() -> None:
        async with LocalExchange(ListFeed(1), start="subscribed", faults=Expiring(), waits=waits) as exchange:
            host, port = exchange.ws_url.removeprefix("ws://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                b"GET /market/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            # A client that does not answer the close frame: it stays for as long as it is given to.
            await reader.readuntil(b"24 hours limit reached")
            async with connect(f"{exchange.ws_url}/market/stream"):
                before = len(Expiring.asked)
                async with asyncio.timeout(5):
                    while Expiring.asked[before:].count(2) < 5:  # noqa: ASYNC110 - a look raises no event
                        await asyncio.sleep(0.01)
                assert 1 not in Expiring.asked[before:]
            writer.close()

    run(main())
