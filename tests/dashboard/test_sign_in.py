"""Signing in at the pages: the button, the cookie, who may what through every way to the engine, and signing out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from spreadscope.app.access_service import AccessService, parse_scopes
from spreadscope.app.live_engine import LiveEngine
from spreadscope.dashboard import content_policy, sign_in
from spreadscope.dashboard.engine_link import SESSION_COOKIE
from spreadscope.dashboard.environment import Settings
from spreadscope.dashboard.page_server import PageServer
from spreadscope.guard.forwarded import parse_networks
from tests.api.served import PAIR
from tests.api.served import served as served_engine
from tests.dashboard.served import served
from tests.e2e.line import run

STRANGE = {"Via": "1.1 elsewhere"}  # not known as the owner's
DOCUMENT = {**STRANGE, "Accept": "text/html"}
RULE = {"text": "z > 2", "subject": PAIR, "name": "Far"}


async def told(request: Request) -> JSONResponse:
    """What the page script would see of who asks."""
    return JSONResponse({"person": request.headers.get("spreadscope-person"), "cookie": request.headers.get("cookie")})


@asynccontextmanager
async def pages(api: str, **settings: object) -> AsyncIterator[httpx.AsyncClient]:
    server = PageServer(Settings(api=api, start_engine=False, **settings))  # type: ignore[arg-type]  # as named
    app = Starlette(
        routes=[Route("/told", told), *server.routes()], lifespan=server.lifespan, middleware=server.middleware()
    )
    async with (
        served(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client,
    ):
        yield client


def link_code(live: LiveEngine, *scopes: str) -> str:
    with AccessService(live.config.data, live.config.access, live.clock) as access:
        return access.make_code("Ada", parse_scopes(scopes), 5)


async def sign_in_with(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post("/sign-in", data={"code": code}, headers=DOCUMENT)


async def handshake(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> int:
    address = str(client.base_url).replace("http", "ws", 1).rstrip("/") + path
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    shown = headers | ({"Cookie": cookie} if cookie else {})
    try:
        async with websockets.connect(address, additional_headers=shown, proxy=None):
            return 101
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


def test_a_stranger_gets_the_page_to_sign_in_and_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            served_engine(tmp_path, speed=1.0) as (_, _, engine),
            pages(str(engine.base_url).rstrip("/")) as client,
        ):
            page = await client.get("/", headers=DOCUMENT)
            assert page.status_code == 401
            assert "spreadscope access link" in page.text
            assert "script" not in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
            for path in ("/alerts", "/download/bars?symbol=AAAUSDT", "/ask/vocabulary", "/playback/ab", "/told",
                         "/assets/1/live.js", "/_stcore/host-config", "/sign-out", "/sign-in/", "//x"):  # fmt: skip
                answer = await client.get(path, headers=STRANGE)
                assert answer.status_code == 401, path
                assert "sign in first" in answer.json()["error"]["message"]
            for path in ("/live", "/_stcore/stream"):
                assert await handshake(client, path, STRANGE) == 401
            # The account that runs the server is not asked.
            assert (await client.get("/ask/vocabulary")).status_code == 200
            assert (await client.get("/told")).json() == {"person": "owner", "cookie": None}
            assert await handshake(client, "/live", {}) == 101

    run(main())


def test_a_link_signs_in_once_by_its_button_and_the_cookie_is_for_this_server_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            served_engine(tmp_path, speed=1.0) as (_, live, engine),
            pages(str(engine.base_url).rstrip("/")) as client,
        ):
            code = link_code(live, "read")
            for _ in range(3):  # whoever previews the link uses it not
                shown = await client.get("/sign-in", params={"code": code}, headers=DOCUMENT)
                assert shown.status_code == 200
                assert f'value="{code}"' in shown.text
                assert shown.headers["cache-control"] == "no-store"
            answer = await sign_in_with(client, code)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            cookie = answer.headers["set-cookie"].lower()
            assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/"))
            assert "secure" not in cookie  # there is no TLS here
            assert (await client.get("/ask/vocabulary", headers=STRANGE)).status_code == 200
            person = (await client.get("/told", headers={**STRANGE, "Spreadscope-Person": "owner"})).json()
            assert person["person"] == "session"
            assert await handshake(client, "/live", STRANGE) == 101
            again = await sign_in_with(client, code)
            assert again.status_code == 403
            assert "used up or too old" in again.text

    run(main())


def test_what_a_person_may_not_the_engine_refuses_whichever_way_it_comes(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            served_engine(tmp_path, speed=1.0) as (_, live, engine),
            pages(str(engine.base_url).rstrip("/")) as client,
        ):
            await sign_in_with(client, link_code(live, "read"))
            moved = await client.put("/playback/ab", json={"op": "play"}, headers=STRANGE)
            assert moved.status_code == 403
            assert "needs the scope alerts or trade" in moved.text
            assert (await client.post("/ask/check", json={"text": "z > 2"}, headers=STRANGE)).status_code != 403
            download = await client.get("/download/bars?symbol=AAAUSDT", headers=STRANGE)
            assert download.status_code == 200
            with AccessService(live.config.data, live.config.access, live.clock) as access:
                assert access.log(1)[0].who == "Ada"
                assert (access.log(1)[0].what, access.log(1)[0].status) == ("PUT /playbacks/ab/api/playback", 403)

    run(main())


def test_signing_out_and_revoking_end_it_on_the_page_and_on_its_sockets(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            served_engine(tmp_path, speed=1.0) as (_, live, engine),
            pages(str(engine.base_url).rstrip("/")) as client,
        ):
            await sign_in_with(client, link_code(live, "admin"))
            token = client.cookies[SESSION_COOKIE]
            address = str(client.base_url).replace("http", "ws", 1).rstrip("/") + "/live"
            shown = {**STRANGE, "Cookie": f"{SESSION_COOKIE}={token}"}
            async with websockets.connect(address, additional_headers=shown, proxy=None) as socket:
                out = await client.post("/sign-out", headers=DOCUMENT)
                assert "signed out" in out.text
                assert SESSION_COOKIE not in client.cookies
                with pytest.raises(websockets.ConnectionClosed):
                    await asyncio.wait_for(to_the_end(socket), 20)
            assert (await client.get("/told", headers=shown)).status_code == 401
            # An old cookie does not stand in the way of the account that runs the server, and is told to nobody.
            old = {"Cookie": f"a=b; {SESSION_COOKIE}={token}; c=d"}
            assert (await client.get("/told", headers=old)).json() == {"person": "owner", "cookie": "a=b; c=d"}

    run(main())


async def to_the_end(socket: websockets.ClientConnection) -> None:
    while True:
        await socket.recv()


def test_a_foreign_page_can_neither_sign_in_nor_use_the_sign_in(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            served_engine(tmp_path, speed=1.0) as (_, live, engine),
            pages(str(engine.base_url).rstrip("/")) as client,
        ):
            code = link_code(live, "admin")
            for origin in ("http://evil.example", "null", f"http://127.0.0.1:{engine.base_url.port}"):
                answer = await client.post("/sign-in", data={"code": code}, headers={**STRANGE, "Origin": origin})
                assert answer.status_code == 403
            await sign_in_with(client, code)
            foreign = {**STRANGE, "Origin": "http://evil.example"}
            assert (await client.post("/sign-out", headers=foreign)).status_code == 403
            assert (await client.post("/ask/check", json={"text": "z > 2"}, headers=foreign)).status_code == 403
            assert (await client.put("/playback/ab", json={"op": "play"}, headers=foreign)).status_code == 403
            assert await handshake(client, "/live", foreign) == 403

    run(main())


def test_who_tries_codes_has_to_wait_and_others_do_not(tmp_path: Path) -> None:
    async def main() -> None:
        proxies = parse_networks(["127.0.0.1"])
        async with (
            served_engine(tmp_path, speed=1.0) as (_, live, engine),
            pages(str(engine.base_url).rstrip("/"), trusted_proxies=proxies) as client,
        ):
            code = link_code(live, "read")
            one, other = ({"X-Forwarded-For": host, "Accept": "text/html"} for host in ("192.0.2.1", "192.0.2.2"))
            statuses = []
            for number in range(12):
                guess = {"code": f"ssc_{number:043d}"}
                statuses.append((await client.post("/sign-in", data=guess, headers=one)).status_code)
            assert statuses == [403] * 10 + [429] * 2
            assert (await client.post("/sign-in", data={"code": code}, headers=one)).status_code == 429
            https = {**other, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost"}
            answer = await client.post("/sign-in", data={"code": code}, headers=https)
            assert answer.status_code == 303
            assert "secure" in answer.headers["set-cookie"].lower()
            # A program of this account is not trusted through a proxy, nor where one is named at its address.
            assert (await client.get("/told", headers={"Cookie": ""})).status_code == 401

    run(main())


@pytest.mark.parametrize(
    "body", [b"", b"code=", b"code=a&code=b", b"code=" + b"a" * 10_000, b"\xff\xfe", b"a=b&" * 100]
)
def test_what_is_no_form_signs_nobody_in(body: bytes) -> None:
    async def main() -> None:
        async with pages("http://127.0.0.1:9") as client:
            answer = await client.post("/sign-in", content=body, headers=DOCUMENT)
            assert answer.status_code == 400

    run(main())


def test_a_code_is_shown_as_text() -> None:
    page = sign_in.page("", status=200, code='"><script>alert(1)</script>')
    assert b"<script" not in page.body


def test_without_an_engine_nobody_signs_in_and_who_was_known_stays_for_a_while(tmp_path: Path) -> None:
    async def main() -> None:
        async with pages("http://127.0.0.1:9") as client:
            answer = await sign_in_with(client, "ssc_" + "a" * 43)
            assert answer.status_code == 503
            shown = {**STRANGE, "Cookie": f"{SESSION_COOKIE}=sss_x"}
            answer = await client.get("/told", headers=shown)
            assert (answer.status_code, "does not answer" in answer.text) == (503, True)
            assert (await client.get("/told", headers={"Cookie": shown["Cookie"]})).json()["person"] == "owner"
        async with served_engine(tmp_path, speed=1.0) as (_, live, engine):
            server = PageServer(Settings(api=str(engine.base_url).rstrip("/"), start_engine=False))
            signed_in = await server.people.sign_in(link_code(live, "read"), "", "")
            assert (await server.people.of_token(signed_in.token)) is not None
        server.people._known_seconds = 0.0
        known = await server.people.of_token(signed_in.token)
        assert known is not None
        assert known.name == "Ada"

    run(main())


def test_the_policy_names_each_script_of_the_document() -> None:
    policy = content_policy.policy()
    assert "unsafe-eval" not in policy
    assert re.search(r"script-src 'self'( 'sha256-[A-Za-z0-9+/=]{44}'){2};", policy)
    for rule in ("object-src 'none'", "base-uri 'self'", "frame-ancestors 'self'", "default-src 'self'"):
        assert rule in policy
