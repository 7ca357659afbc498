"""Tokens of a provider at the API: beside keys, with their scopes, in the log, on sockets, and each refusal."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest
import websockets
from starlette.responses import PlainTextResponse

from spreadscope.api.limits import ApiLimits
from spreadscope.app.access_service import AccessService, parse_scopes
from spreadscope.app.oidc.provider import DISCOVERY_PATH
from tests.api.served import served, ws
from tests.e2e.line import run
from tests.support.access_api import access_api
from tests.support.oidc_provider import AUDIENCE, small_provider

STRANGE = {"Via": "1.1 elsewhere"}
RULE = {"text": "z > 2", "subject": "AAAUSDT/BBBUSDT", "name": "Far"}


def bearer(token: str) -> dict[str, str]:
    return {**STRANGE, "Authorization": f"Bearer {token}"}


def error(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["message"])


async def to_the_end(socket: websockets.ClientConnection) -> None:
    while True:
        await socket.recv()


def test_a_token_may_what_the_table_says_and_each_change_is_in_the_log(tmp_path: Path) -> None:
    async def main() -> None:
        async with small_provider() as provider:
            settings = {"issuer": provider.url, "audience": AUDIENCE, "people": {"ada@example.org": ["alerts"]}}
            async with served(tmp_path, speed=1.0, limits=ApiLimits(recheck_seconds=0.2), access__oidc=settings) as (
                _,
                live,
                client,
            ):
                shown = bearer(provider.token())
                assert (await client.get("/api/access/person", headers=shown)).json() == {
                    "kind": "token", "name": "ada@example.org", "scopes": ["alerts"], "id": "u-1",
                }  # fmt: skip
                made = await client.post("/api/alerts/rules", json=RULE, headers=shown)
                assert made.status_code in {201, 202}, made.text
                refused = await client.put("/api/settings", json={}, headers=shown)
                assert (refused.status_code, "needs the scope admin" in error(refused)) == (403, True)
                assert (await client.delete("/api/access/person", headers=shown)).status_code == 409
                with AccessService(live.config.data, live.config.access, live.clock) as access:
                    lines = {(line.kind, line.who, line.peer, line.what, line.status) for line in access.log(5)}
                    key, _ = access.create_key("bot", parse_scopes(["read"]))
                who = ("token", "ada@example.org", "127.0.0.1")
                assert {(*who, "POST /api/alerts/rules", made.status_code), (*who, "PUT /api/settings", 403)} <= lines
                assert (await client.get("/api/status", headers=bearer(key))).status_code == 200

                # A socket ends with its token, whose leeway is 30 s.
                short = bearer(provider.token(exp=time.time() - 28))
                async with websockets.connect(ws(client), additional_headers=short, proxy=None) as socket:
                    with pytest.raises(websockets.ConnectionClosed):
                        await asyncio.wait_for(to_the_end(socket), 20)
                # It is nobody's session, and carries none.
                assert (
                    await client.get("/api/status", headers={"Spreadscope-Session": provider.token()})
                ).status_code == 401
                assert error(await client.get("/api/settings", headers=bearer("a.b.c")))

    run(main())


def test_each_refusal_is_one_sentence_and_counts_but_not_the_providers_faults(tmp_path: Path) -> None:
    async def main() -> None:
        async with small_provider() as provider:
            settings = {"issuer": provider.url, "audience": AUDIENCE, "people": {"ada@example.org": ["read"]}}
            provider.answers[DISCOVERY_PATH] = PlainTextResponse("no", 500)
            async with access_api(tmp_path, **settings) as (api, _), httpx.AsyncClient(base_url=api) as client:
                for _ in range(12):
                    answer = await client.get("/api/access/person", headers=bearer(provider.token()))
                    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
                    assert "the provider answers 500" in error(answer)
            provider.answers.clear()
            async with access_api(tmp_path, **settings) as (api, _), httpx.AsyncClient(base_url=api) as client:
                for claims, status, said in (
                    ({"aud": "other"}, 401, "not for 'spreadscope-api'"),
                    ({"exp": 1}, 401, "ended at 1970-01-01"),
                    ({"iat": time.time() + 900}, 401, "set by NTP"),
                    ({"email": "eve@example.org"}, 403, "eve@example.org is not named"),
                ):
                    answer = await client.get("/api/access/person", headers=bearer(provider.token(**claims)))
                    assert (answer.status_code, said in error(answer)) == (status, True)
                    assert ("www-authenticate" in answer.headers) == (status == 401)
                twice = [("Via", "1.1 x"), *(("Authorization", f"Bearer {provider.token()}") for _ in range(2))]
                assert (await client.get("/api/access/person", headers=twice)).status_code == 401
                for _ in range(5):
                    await client.get("/api/access/person", headers=bearer("e30.e30.e30"))
                answer = await client.get("/api/access/person", headers=bearer(provider.token()))
                assert (answer.status_code, "too many attempts" in error(answer)) == (429, True)
            # Without a provider it is a wrong key, as before.
            async with access_api(tmp_path) as (api, _), httpx.AsyncClient(base_url=api) as client:
                answer = await client.get("/api/access/person", headers=bearer(provider.token()))
                assert (answer.status_code, "API key is not valid" in error(answer)) == (401, True)

    run(main())


def test_the_steps_of_a_sign_in_are_for_a_known_dashboard_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with access_api(tmp_path) as (api, _), httpx.AsyncClient(base_url=api) as client:
            bodies = {"begin": {"page": "https://a"}, "complete": {"flow": "a", "state": "b"}}
            for step, body in bodies.items():
                path = f"/api/access/provider/{step}"
                assert (await client.post(path, json=body, headers=STRANGE)).status_code == 401
                answer = await client.post(path, json=body)
                assert (answer.status_code, "there is no provider" in error(answer)) == (409, True)
                for wrong in ({}, {**body, "more": 1}, dict.fromkeys(body, "x" * 5000), dict.fromkeys(body, 1)):
                    assert (await client.post(path, json=wrong)).status_code == 400
            assert (await client.get("/api/access/provider")).json() == {"label": ""}

    run(main())
