"""Our routes on a real server: the tabs' socket and the downloads, and who may use them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from spreadscope.dashboard import deep_links
from spreadscope.dashboard.downloads import link
from tests.dashboard.fake_upstream import Upstream, until, upstream
from tests.dashboard.served import dashboard, served

ROWS = 200_000


def live(port: int, **options: str) -> connect:
    origin = options.get("origin", f"http://127.0.0.1:{port}")
    return connect(f"ws://127.0.0.1:{port}/live", proxy=None, origin=Origin(origin))


@pytest.mark.parametrize("ref", ["r1", 7, 10**30, None])
def test_a_tab_follows_topics_through_the_socket(ref: str | int | None) -> None:
    async def scenario() -> None:
        async with upstream() as engine, dashboard(engine.api) as (_, port), live(port) as tab:
            await tab.send(json.dumps({"op": "subscribe", "topic": "status", "ref": ref}))
            messages = [json.loads(await tab.recv())]
            while messages[-1].get("type") != "snapshot":
                messages.append(json.loads(await tab.recv()))
            assert messages[-1] == {"topic": "status", "type": "snapshot", "ref": ref, "data": {"version": 0}}
            await engine.push("status", {"version": 5})
            assert json.loads(await tab.recv())["data"] == {"version": 5}

    asyncio.run(scenario())


def test_a_tab_that_closes_ends_its_subscription() -> None:
    async def scenario() -> None:
        async with upstream() as engine, dashboard(engine.api) as (server, port):
            async with live(port) as tab:
                await tab.send(json.dumps({"op": "subscribe", "topic": "status"}))
                await until(lambda: engine.asked("subscribe", "status"))
            await until(lambda: engine.asked("unsubscribe", "status"))
            await until(lambda: not server.relay._tabs)

    asyncio.run(scenario())


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", "https://127.0.0.1"])
def test_another_sites_page_is_refused(origin: str) -> None:
    async def scenario() -> None:
        async with upstream() as engine, dashboard(engine.api) as (server, port):
            with pytest.raises(InvalidStatus) as refusal:
                await live(port, origin=origin).__aenter__()
            assert refusal.value.response.status_code == 403
            assert not server.relay._tabs

    asyncio.run(scenario())


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    async def scenario() -> None:
        async with (
            upstream() as engine,
            dashboard(engine.api) as (_, port),
            httpx.AsyncClient(trust_env=False) as client,
        ):
            url = f"http://127.0.0.1:{port}/download/bars"
            assert (await client.get(url, headers={"Host": "rebound.example"})).status_code == 403
            assert (
                await client.get(url, headers={"Host": f"localhost:{port}"})
            ).status_code == 426  # let in to the fake engine

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "nonsense",
    ["not json", '{"op": "erase", "topic": "x"}', "[]", b"\x00\x01", "[" * 60_000, '{"op": {}}', "x" * 70_000],
)
def test_a_tab_that_speaks_nonsense_is_closed_alone(nonsense: str | bytes) -> None:
    async def scenario() -> None:
        async with upstream() as engine, dashboard(engine.api) as (_, port), live(port) as good, live(port) as bad:
            await bad.send(nonsense)
            async with asyncio.timeout(3):
                await bad.wait_closed()
            assert (bad.close_code, bad.close_reason) == (1008, "this is no request: send what docs/api.md says")
            await good.send(json.dumps({"op": "subscribe", "topic": "status", "ref": "r"}))
            while json.loads(await good.recv()).get("type") != "snapshot":
                pass

    asyncio.run(scenario())


def test_the_server_stops_at_once_with_tabs_open() -> None:
    async def scenario() -> None:
        async with upstream() as engine:
            async with dashboard(engine.api) as (_, port):
                tabs = [await live(port).__aenter__() for _ in range(3)]
                for tab in tabs:
                    await tab.send(json.dumps({"op": "subscribe", "topic": "status"}))
                await until(lambda: engine.asked("subscribe", "status"))
            await until(lambda: not engine.connections)
            for tab in tabs:
                await tab.wait_closed()

    asyncio.run(scenario())


def exporting() -> Starlette:
    async def export(request: Request) -> Response:
        kind, query = request.path_params["kind"], dict(request.query_params)
        if kind == "analytics":
            return JSONResponse({"error": {"message": "no such pair"}}, 404)

        async def lines() -> AsyncIterator[bytes]:
            yield f"# {json.dumps(query)}\n".encode()
            for start in range(0, ROWS, 1000):
                yield b"".join(b"%d,1.5\n" % number for number in range(start, start + 1000))

        headers = {"Content-Disposition": 'attachment; filename="DEMO-bars.csv"'}
        return StreamingResponse(lines(), media_type="text/csv", headers=headers)

    async def statement(request: Request) -> Response:
        told = json.dumps([request.path_params["account"], dict(request.query_params)])
        return Response(told, media_type="application/pdf")

    return Starlette(
        routes=[Route("/api/export/{kind}", export), Route("/api/paper/accounts/{account}/statement.pdf", statement)]
    )


def test_downloads_are_streamed_through_with_their_name() -> None:
    async def scenario() -> None:
        async with (
            served(exporting()) as engine,
            dashboard(f"http://127.0.0.1:{engine}") as (_, port),
            httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as client,
        ):
            answer = await client.get(link("bars", symbol="BTCUSDT", timeframe="1m", format="csv") + "&evil=1")
            assert answer.status_code == 200
            assert answer.headers["content-disposition"] == 'attachment; filename="DEMO-bars.csv"'
            assert answer.headers["content-type"].startswith("text/csv")
            head, *rows = answer.text.splitlines()
            assert json.loads(head[2:]) == {"symbol": "BTCUSDT", "timeframe": "1m", "format": "csv"}
            assert len(rows) == ROWS
            of_account = await client.get(link("statement", account="my account_2", **{"from": "5"}))
            assert of_account.headers["content-type"] == "application/pdf"
            assert of_account.json() == ["my account_2", {"from": "5"}]
            elsewhere = await client.get(link("statement", account="../../../status?x="))
            assert elsewhere.status_code == 404
            missing = await client.get(link("analytics", pair="A/B"))
            assert missing.status_code == 404
            assert missing.json()["error"]["message"] == "no such pair"
            assert (await client.get("/download/secrets")).status_code == 404

    asyncio.run(scenario())


def test_a_download_without_an_engine_says_so() -> None:
    async def scenario() -> None:
        stopped = Upstream()
        stopped.port = 9
        async with dashboard(stopped.api) as (_, port), httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/download/ticks?symbol=BTCUSDT")
            assert answer.status_code == 503
            assert "does not answer" in answer.text

    asyncio.run(scenario())


def test_pages_that_are_opened_directly_are_told_where_the_server_is() -> None:
    async def scenario() -> None:
        async with (
            upstream() as engine,
            dashboard(engine.api) as (_, port),
            httpx.AsyncClient(trust_env=False) as client,
        ):
            for path in deep_links.PATHS:
                answer = await client.get(f"http://127.0.0.1:{port}{path}")
                assert answer.headers["content-type"].startswith("text/html")
                assert answer.headers["cache-control"] == "no-cache"
                told = answer.text.index('BACKEND_BASE_URL: new URL("/", window.location.origin).href')
                assert told < answer.text.index('<script type="module"')  # Streamlit reads it as it starts
            # The first page has its name in the bar, but its address is the root.
            answer = await client.get(f"http://127.0.0.1:{port}/live?pair=AUSDT%2FBUSDT")
            assert (answer.status_code, answer.headers["location"]) == (307, "/?pair=AUSDT%2FBUSDT")

    asyncio.run(scenario())
