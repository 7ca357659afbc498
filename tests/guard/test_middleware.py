"""The guard before a server on real sockets: every route, both protocols, and how much may be sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from spreadscope.api.serve import bind
from spreadscope.guard.body_limit import BoundedBodies
from spreadscope.guard.middleware import Guard

UPLOADS: dict[str, Any] = {"uploads": {"/upload": 5_000}, "upload_seconds": 0.3}


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("welcome")
    await socket.close()


@asynccontextmanager
async def served(seconds: float = 5.0) -> AsyncIterator[int]:
    app = Starlette(
        routes=[
            Route("/length", length, methods=["GET", "POST"]),
            Route("/upload", length, methods=["POST"]),
            WebSocketRoute("/socket", greet),
        ],
        middleware=[Middleware(Guard), Middleware(BoundedBodies, largest=1_000, seconds=seconds, **UPLOADS)],
    )
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="websockets-sansio", timeout_keep_alive=75))
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await task


async def raw(port: int, request: str) -> tuple[int, bytes]:
    """Send bytes as they are; → the status and the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace("\n", "\r\n").encode("latin-1"))
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return int(answer.split(b" ")[1]), answer


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (["localhost"], 200),
        (["evil.com@127.0.0.1"], 403),
        (["localhost/evil.com"], 403),
        (["[::1]evil.com"], 403),
        (["localhost."], 403),
        ([""], 403),
        ([], 400),
        (["localhost", "localhost"], 400),
    ],
)
def test_a_host_is_read_strictly_on_the_wire(hosts: list[str], status: int) -> None:
    async def scenario() -> None:
        async with served() as port:
            lines = "".join(f"Host: {host}\n" for host in hosts)
            found, answer = await raw(port, f"GET /length HTTP/1.1\n{lines}Connection: close\n\n")
            assert found == status
            if status == 403:
                assert b"this server answers on this machine only" in answer

    asyncio.run(scenario())


def test_a_page_of_another_port_gets_no_socket_and_hears_why() -> None:
    async def scenario() -> None:
        async with served() as port:
            address = f"ws://127.0.0.1:{port}/socket"
            for origin in (None, f"http://127.0.0.1:{port}"):
                async with websockets.connect(address, origin=origin, proxy=None) as socket:  # type: ignore[arg-type]
                    assert await socket.recv() == "welcome"
            for origin in ("http://127.0.0.1:1", f"http://localhost:{port}", "null", f"https://127.0.0.1:{port}"):
                with pytest.raises(websockets.InvalidStatus) as refused:
                    await websockets.connect(address, origin=origin, proxy=None)  # type: ignore[arg-type]
                assert refused.value.response.status_code == 403
                said = json.loads(refused.value.response.body or b"")["error"]["message"]
                assert said.endswith("may not use this server: open its own page")

    asyncio.run(scenario())


def test_no_foreign_page_may_hold_a_page_in_a_frame() -> None:
    async def scenario() -> None:
        async with served() as port, httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/length")
            assert answer.headers["content-security-policy"] == "frame-ancestors 'self'"
            assert answer.headers["x-frame-options"] == "SAMEORIGIN"

    asyncio.run(scenario())


def test_a_body_has_a_length_and_a_time() -> None:
    async def scenario() -> None:
        async with served(seconds=0.3) as port, httpx.AsyncClient(trust_env=False) as client:
            url = f"http://127.0.0.1:{port}/length"
            assert (await client.post(url, content=b"x" * 1_000)).text == "1000"
            for size in (1_001, 3_000_000):
                answer = await client.post(url, content=b"x" * size)
                assert answer.status_code == 413
                assert answer.json()["error"]["message"] == (
                    "the request's body is longer than 1000 bytes: send less at once"
                )
            status, told = await raw(port, "POST /length HTTP/1.1\nHost: localhost\nContent-Length: 9\n\nhalf")
            assert status == 408
            assert b"did not come within 0.3 s" in told
            assert (await client.get(url)).text == "0"

    asyncio.run(scenario())


def test_an_upload_has_a_length_of_its_own_and_a_time() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"x"

    async def scenario() -> None:
        async with served(seconds=5.0) as port, httpx.AsyncClient(trust_env=False) as client:
            url = f"http://127.0.0.1:{port}/upload"
            assert (await client.post(url, content=b"x" * 5_000)).text == "5000"
            too_long = await client.post(url, content=b"x" * 5_001)
            assert too_long.status_code == 413
            assert too_long.json()["error"]["message"] == "what is sent is longer than 5000 bytes: send less at once"
            unsaid = await client.post(url, content=parts())
            assert unsaid.status_code == 411
            huge = f"POST /upload HTTP/1.1\nHost: localhost\nContent-Length: {10**30}\nConnection: close\n\n"
            assert (await raw(port, huge))[0] in {400, 413}
            # A half is as good as none: the one that sent it is let go.
            _, told = await raw(port, "POST /upload HTTP/1.1\nHost: localhost\nContent-Length: 9\n\nhalf")
            assert b"200" not in told[:15]

    asyncio.run(scenario())


def test_no_answer_is_for_pages_of_others_and_each_has_a_policy() -> None:
    async def main() -> None:
        theirs = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}
        own = {"Content-Security-Policy": "default-src 'none'"}
        for given, policy in ((theirs, "script-src 'self'"), (own, "default-src 'none'")):
            guard = Guard(PlainTextResponse("x", headers=given), policy="script-src 'self'")
            async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://localhost") as client:
                headers = (await client.get("/")).headers
            assert not [name for name in headers if name.startswith("access-control")]
            assert headers["content-security-policy"] == policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"

    asyncio.run(main())
