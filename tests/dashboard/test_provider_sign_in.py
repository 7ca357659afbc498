"""Signing in at the pages through a provider: the whole flow by an HTTP client, and each way in which it must fail."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from spreadscope.app.access_service import AccessService
from spreadscope.dashboard.engine_link import SESSION_COOKIE
from spreadscope.dashboard.environment import Settings
from spreadscope.dashboard.page_server import PageServer
from spreadscope.dashboard.provider_sign_in import FLOW_COOKIE, MOST_BEGUN
from spreadscope.guard.forwarded import parse_networks
from tests.dashboard.served import free_listener, served
from tests.e2e.line import run
from tests.support.access_api import access_api
from tests.support.oidc_provider import AUDIENCE, CLIENT, SECRET, SmallProvider, small_provider

STRANGE = {"Via": "1.1 elsewhere"}  # not known as the owner's
DOCUMENT = {**STRANGE, "Accept": "text/html", "User-Agent": "Firefox"}
#: What a browser says of a way from another site's page.
FROM_ELSEWHERE = {
    **DOCUMENT,
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


@dataclass
class Desk:
    provider: SmallProvider
    access: AccessService
    browser: httpx.AsyncClient

    async def at_provider(self) -> str:
        """Begin, and sign in there. Returns the address to which the provider sends the browser."""
        begun = await self.browser.get("/sign-in/provider", headers=DOCUMENT)
        assert begun.status_code == 303, begun.text
        async with httpx.AsyncClient(trust_env=False) as elsewhere:
            there = await elsewhere.get(begun.headers["location"])
        assert there.status_code == 302, there.text
        return there.headers["location"]

    async def come_back(self, address: str) -> httpx.Response:
        return await self.browser.get(address, headers=FROM_ELSEWHERE)

    def keep(self, flow: str) -> None:
        """Give the browser what was kept of a sign-in, and nothing else."""
        self.browser.cookies.clear()
        self.browser.cookies.set(FLOW_COOKIE, flow, "127.0.0.1", "/sign-in/callback")

    async def sign_in(self) -> httpx.Response:
        return await self.come_back(await self.at_provider())


async def told(request: Request) -> JSONResponse:
    return JSONResponse(request.headers.get("spreadscope-person"))


@asynccontextmanager
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **oidc: Any) -> AsyncIterator[Desk]:
    monkeypatch.setenv("OIDC_TEST_SECRET", SECRET)
    listener = free_listener()
    page = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with small_provider(redirect_url=f"{page}/sign-in/callback") as provider:
        settings = {
            "issuer": provider.url, "label": "Desk <ID>", "client_id": CLIENT, "client_secret_env": "OIDC_TEST_SECRET",
            "redirect_url": provider.redirect_url, "audience": AUDIENCE, "people": {"ada@example.org": ["read"]},
            **oidc,
        }  # fmt: skip
        async with access_api(tmp_path, **settings) as (api, access):
            server = PageServer(
                Settings(
                    api=api, start_engine=False,
                    trusted_proxies=parse_networks(["127.0.0.1"]), public_addresses=("scope.example.org",),
                )
            )  # fmt: skip
            routes = [Route("/told", told), *server.routes()]
            app = Starlette(routes=routes, lifespan=server.lifespan, middleware=server.middleware())
            async with (
                served(app, listener),
                httpx.AsyncClient(base_url=page, timeout=30, trust_env=False) as browser,
            ):
                yield Desk(provider, access, browser)


def problem(answer: httpx.Response) -> str:
    found = re.search(r'class="problem">([^<]*)<', answer.text)
    return found[1] if found else ""


def test_a_person_signs_in_is_listed_named_and_revoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with desk(tmp_path, monkeypatch) as here:
            page = await here.browser.get("/", headers=DOCUMENT)
            assert page.status_code == 401
            assert '<a class="button" href="/sign-in/provider">Sign in with Desk &lt;ID&gt;</a>' in page.text

            begun = await here.browser.get("/sign-in/provider", headers=FROM_ELSEWHERE)
            asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
            assert begun.headers["location"].startswith(f"{here.provider.url}/authorize?")
            assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", here.provider.redirect_url)
            assert (
                len({asked["state"], asked["nonce"], asked["code_challenge"], here.browser.cookies[FLOW_COOKIE]}) == 4
            )
            kept = begun.headers["set-cookie"].lower()
            assert all(part in kept for part in ("httponly", "samesite=lax", "path=/sign-in/callback", "max-age=600"))

            done = await here.sign_in()
            assert done.status_code == 200
            # A redirect would come from the provider's page, and the cookie is not sent on such a way.
            assert '<meta http-equiv="refresh" content="0;url=/">' in done.text
            assert done.headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in done.headers["content-security-policy"]
            assert (await here.browser.get("/told", headers=STRANGE)).json() == "session"
            assert FLOW_COOKIE not in here.browser.cookies
            kept = next(each for each in done.headers.get_list("set-cookie") if SESSION_COOKIE in each).lower()
            assert all(part in kept for part in ("httponly", "samesite=strict", "path=/;"))

            (session,) = here.access.sessions()
            assert (session.name, session.scopes) == ("ada@example.org", ("read",))
            assert (session.peer, session.program) == ("127.0.0.1", "Firefox")
            assert session.expires - session.created == 12 * 3_600_000
            line = here.access.log(1)[0]
            assert (line.kind, line.who, line.peer) == ("session", "ada@example.org", "127.0.0.1")
            assert (line.what, line.status) == ("sign in through the provider", 201)
            assert here.access.revoke_session(session.id)
            answer = await here.browser.post("/sign-out", headers=DOCUMENT)
            assert SESSION_COOKIE not in here.browser.cookies
            assert answer.status_code in {200, 401}

    run(main())


def test_what_comes_back_counts_once_in_the_browser_that_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with desk(tmp_path, monkeypatch) as here:
            address = await here.at_provider()
            kept = here.browser.cookies[FLOW_COOKIE]
            here.browser.cookies.clear()
            stolen = await here.come_back(address)  # a link that somebody sends to another person
            assert (stolen.status_code, "not begun in this browser" in problem(stolen)) == (403, True)

            here.keep(kept)
            wrong = await here.come_back(re.sub(r"state=[^&]+", "state=other", address))
            assert (wrong.status_code, "its state is not ours" in problem(wrong)) == (403, True)
            here.keep(kept)
            again = await here.come_back(address)  # it was used up by the wrong one
            assert (again.status_code, "used up" in problem(again)) == (403, True)

            address = await here.at_provider()
            kept = here.browser.cookies[FLOW_COOKIE]
            assert (await here.come_back(address)).status_code == 200
            here.keep(kept)
            assert "used up" in problem(await here.come_back(address))
            # A new flow with the old code: the provider does not take it back.
            await here.at_provider()
            begun = await here.browser.get("/sign-in/provider", headers=DOCUMENT)
            state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
            replayed = await here.come_back(re.sub(r"state=[^&]+", f"state={state}", address))
            assert (replayed.status_code, "does not take its code back" in problem(replayed)) == (403, True)
            assert SESSION_COOKIE not in here.browser.cookies

            for query in ("state=a&state=b&code=c", f"state=a&code={'c' * 5_000}"):
                assert (await here.come_back(f"/sign-in/callback?{query}")).status_code == 400
            refused = [line for line in here.access.log(20) if line.status == 403]
            assert len(refused) == 4
            assert all(line.what.startswith("sign in through the provider: ") for line in refused)

    run(main())


def test_the_answer_is_of_the_provider_that_was_asked_and_leads_to_the_first_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with desk(tmp_path, monkeypatch) as here:
            address = await here.at_provider()
            mixed = await here.come_back(re.sub(r"iss=[^&]+", "iss=https://evil.example", address))
            assert "another provider" in problem(mixed)
            without = await here.come_back(re.sub(r"&iss=[^&]+", "", await here.at_provider()))
            assert "another provider" in problem(without)
            denied = re.sub(r"code=[^&]+", "error=access_denied&error_description=<b>", await here.at_provider())
            assert "did not sign you in (access_denied)" in problem(await here.come_back(denied))
            shown = re.sub(r"code=[^&]+", "error=Call+0900+now", await here.at_provider())
            assert "it does not say why" in problem(await here.come_back(shown))
            await here.browser.get("/sign-in/provider?next=https://evil.example&redirect_uri=https://evil.example")
            done = await here.come_back(await here.at_provider() + "&next=https://evil.example")
            assert (done.status_code, "evil.example" in done.text, 'url=/"' in done.text) == (200, False, True)

    run(main())


def test_who_is_not_named_gets_nothing_and_is_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with desk(tmp_path, monkeypatch) as here:
            for person, said in (
                (
                    {"sub": "u-2", "email": "mallory@example.org", "email_verified": True},
                    "mallory@example.org is not named",
                ),
                ({"sub": "u-3", "email": "ada@example.org", "email_verified": False}, "has not verified"),
                ({"sub": "ada@example.org"}, "sub:ada@example.org is not named"),
            ):
                here.provider.person = person
                answer = await here.sign_in()
                assert answer.status_code == 403
                assert said.lower() in problem(answer).lower()
            assert SESSION_COOKIE not in here.browser.cookies
            assert here.access.sessions() == []
            whom = [(line.kind, line.who, line.status) for line in here.access.log(3)]
            assert whom[2] == ("nobody", "mallory@example.org", 403)

    run(main())


def test_a_provider_that_fails_is_named_and_addresses_that_are_not_registered_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with desk(tmp_path, monkeypatch) as here:
            elsewhere = {**DOCUMENT, "Host": f"localhost:{here.browser.base_url.port}"}
            other = await here.browser.get("/sign-in/provider", headers=elsewhere)
            assert (other.status_code, here.provider.redirect_url in problem(other)) == (409, True)
            https = {**DOCUMENT, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
            assert (await here.browser.get("/sign-in/provider", headers=https)).status_code == 409

            address = await here.at_provider()
            here.provider.expects = "another"
            wrong = await here.come_back(address)
            assert wrong.status_code == 503
            assert "does not know this Spreadscope (invalid_client)" in problem(wrong)
            assert SECRET not in wrong.text
            statuses = [
                (await here.browser.get("/sign-in/provider", headers=DOCUMENT)).status_code for _ in range(MOST_BEGUN)
            ]
            assert statuses[-1] == 429

    run(main())


def test_behind_a_proxy_cookies_are_secure_and_the_person_is_where_the_proxy_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        url = "https://scope.example.org/sign-in/callback"
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")  # as where it is started: the guard alone reads these headers
        async with desk(tmp_path, monkeypatch, redirect_url=url) as here:
            here.provider.redirect_url = url
            proxied = {
                **FROM_ELSEWHERE, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "scope.example.org",
                "X-Forwarded-For": "192.0.2.7",
            }  # fmt: skip
            begun = await here.browser.get("/sign-in/provider", headers=proxied)
            flow = begun.headers["set-cookie"]
            async with httpx.AsyncClient(trust_env=False) as elsewhere:
                back = (await elsewhere.get(begun.headers["location"])).headers["location"]
            assert back.startswith(f"{url}?code=")
            shown = {**proxied, "Cookie": flow.partition(";")[0]}
            done = await here.browser.get(back.removeprefix("https://scope.example.org"), headers=shown)
            assert done.status_code == 200
            for cookie in (flow, *done.headers.get_list("set-cookie")):
                assert "secure" in cookie.lower() or "max-age=0" in cookie.lower()
            assert [each.peer for each in here.access.sessions()] == ["192.0.2.7"]

    run(main())


def test_without_a_provider_there_is_no_button_and_without_an_engine_no_sign_in(tmp_path: Path) -> None:
    async def main() -> None:
        async with access_api(tmp_path) as (api, _):
            server = PageServer(Settings(api=api, start_engine=False))
            app = Starlette(routes=server.routes(), lifespan=server.lifespan, middleware=server.middleware())
            async with served(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
                assert "/sign-in/provider" not in (await browser.get("/", headers=DOCUMENT)).text
                answer = await browser.get("/sign-in/provider", headers=DOCUMENT)
                assert (answer.status_code, "no provider" in problem(answer)) == (409, True)
        app = Starlette(routes=PageServer(Settings(api="http://127.0.0.1:9", start_engine=False)).routes())
        async with served(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
            assert (await browser.get("/sign-in/provider", headers=DOCUMENT)).status_code == 503
            browser.cookies.set(FLOW_COOKIE, "a")
            assert (await browser.get("/sign-in/callback?state=a&code=b", headers=DOCUMENT)).status_code == 503

    run(main())
