"""The sign-in of a person at the service: the ID token, the code, UserInfo, and what waits meanwhile."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from spreadscope.app.oidc.grants import ProvidedPerson
from spreadscope.app.oidc.oidc_errors import OidcError, ProviderError, TokenError
from spreadscope.app.oidc.oidc_service import OidcService
from spreadscope.app.oidc.pending_sign_ins import MINUTES, PendingSignIns
from spreadscope.model.clock import ManualClock
from spreadscope.model.errors import ConfigError
from spreadscope.model.oidc_section import OidcConfig
from spreadscope.notify.secret import Secret
from tests.e2e.line import run
from tests.support.oidc_provider import CLIENT, SECRET, SmallProvider, rsa_key, signed, small_provider

PAGE = "https://scope.example.org/sign-in/callback"


@asynccontextmanager
async def desk(
    secret: str | None = SECRET, settings: dict[str, Any] | None = None, **given: Any
) -> AsyncIterator[tuple[SmallProvider, OidcService]]:
    async with small_provider(redirect_url=PAGE, **given) as provider:
        config = OidcConfig.model_validate(
            {"issuer": provider.url, "client_id": CLIENT, "redirect_url": PAGE, "people": {"sub:u-1": ["read"]}}
            | (settings or {})
        )
        async with OidcService(config, Secret(secret) if secret is not None else None) as service:
            yield provider, service


async def sign_in(service: OidcService, **changed: str) -> ProvidedPerson:
    address, flow = await service.begin(PAGE)
    async with httpx.AsyncClient(trust_env=False) as browser:
        there = await browser.get(address)
    told = {name: values[0] for name, values in parse_qs(urlsplit(there.headers["location"]).query).items()}
    answer = {"flow": flow, "state": told["state"], "code": told["code"], "error": "", "issuer": told["iss"]} | changed
    return await service.complete(**answer)


async def refusal(service: OidcService, kind: type[OidcError] = TokenError) -> str:
    with pytest.raises(kind) as refused:
        await sign_in(service)
    assert "\n" not in str(refused.value)
    assert SECRET not in str(refused.value)
    return str(refused.value)


def test_a_person_is_who_the_id_token_says() -> None:
    async def main() -> None:
        for supported in (["client_secret_basic"], ["client_secret_post"], ["private_key_jwt"], None):
            async with desk(discovery={"token_endpoint_auth_methods_supported": supported}) as (provider, service):
                found = await sign_in(service)
                assert (found.issuer, found.subject, found.email) == (provider.url, "u-1", "ada@example.org")
                assert found.name == "ada@example.org"

    run(main())


NOT_FOR_US: tuple[tuple[dict[str, Any], str], ...] = (
    ({"nonce": "another"}, "its nonce is not ours"),
    ({"nonce": None}, "its nonce is not ours"),
    ({"aud": "another"}, "access.oidc.client_id"),
    ({"aud": [CLIENT, "another"]}, "issued to another client"),
    ({"aud": [CLIENT, "another"], "azp": "another"}, "issued to another client"),
    ({"azp": "another"}, "issued to another client"),
    ({"iss": "https://evil.example"}, "is of 'https://evil.example'"),
    ({"exp": time.time() - 3_600}, "ended at"),
    ({"iat": time.time() + 3_600}, "the clock of this machine or of the provider is wrong"),
    ({"sub": None}, "does not say"),
)


def test_an_id_token_that_is_not_for_this_sign_in_is_refused() -> None:
    async def main() -> None:
        async with desk() as (provider, service):
            for claims, said in NOT_FOR_US:
                provider.id_claims = claims
                assert said in await refusal(service), claims
            provider.id_claims = {"aud": [CLIENT, "another"], "azp": CLIENT}
            assert (await sign_in(service)).subject == "u-1"

    run(main())


def test_an_id_token_that_another_has_signed_is_refused() -> None:
    async def main() -> None:
        async with desk() as (provider, service):
            provider.published = [rsa_key("first")]
            provider.key = rsa_key("second")
            assert "does not publish" in await refusal(service)
            forged = signed(provider.claims(aud=CLIENT), rsa_key("second"), "RS256", kid="first")
            provider.answers["/token"] = JSONResponse({"id_token": forged})
            assert "signature" in await refusal(service)

    run(main())


def test_what_the_token_endpoint_answers_is_judged() -> None:
    async def main() -> None:
        async with desk() as (provider, service):
            answer: Response
            for answer, said in (
                (JSONResponse({"error": "invalid_grant"}, 400), "used up or too old"),
                (JSONResponse({"id_token": "x"}), "no signed token"),
            ):
                provider.answers["/token"] = answer
                assert said in await refusal(service)
            for answer, said in (
                (JSONResponse({"access_token": "a"}), "no ID token"),
                (JSONResponse({"error": "invalid_client", "error_description": SECRET}, 401), "the client secret"),
                (JSONResponse({"error": SECRET}, 400), "it does not say why"),
                (PlainTextResponse("<html>", 502), "answers 502"),
                (PlainTextResponse("<html>"), "not what its protocol says"),
                (JSONResponse(["x"]), "not what its protocol says"),
            ):
                provider.answers["/token"] = answer
                assert said in await refusal(service, ProviderError)
        async with desk("wrong") as (_, service):
            assert "does not know this Spreadscope (invalid_client)" in await refusal(service, ProviderError)
        async with desk(None) as (_, service):  # a public client, which this provider does not know
            assert "does not know this Spreadscope" in await refusal(service, ProviderError)
        async with desk(discovery={"token_endpoint": None}) as (_, service):
            assert "no token_endpoint" in await refusal(service, ProviderError)

    run(main())


def test_what_the_id_token_leaves_out_is_asked_of_the_provider() -> None:
    async def main() -> None:
        settings = {"groups": {"traders": ["trade"]}}
        told = {"sub": "u-1", "email": "Ada@example.org", "email_verified": True, "groups": ["traders", "others"]}
        async with desk(settings=settings, person={"sub": "u-1"}, user_info=told) as (provider, service):
            found = await sign_in(service)
            assert (found.email, found.groups) == ("ada@example.org", ("traders",))
            # What the ID token says counts: nobody's address is verified by what is said of another one.
            provider.id_claims = {"email": "eve@example.org"}
            found = await sign_in(service)
            assert (found.email, found.unverified_email, found.groups) == ("", True, ("traders",))
            provider.id_claims = {}
            provider.user_info = {**told, "sub": "u-2"}
            assert "tells of another person" in await refusal(service)
            provider.user_info = {**told, "email_verified": [1]}
            assert "cannot be" in await refusal(service)
            provider.answers["/userinfo"] = PlainTextResponse("no", 500)
            assert "answers 500" in await refusal(service, ProviderError)
            provider.answers["/userinfo"] = PlainTextResponse("eyJ.eyJ.c2ln")  # signed: it is left out
            assert (await sign_in(service)).email == ""

    run(main())


def test_it_begins_at_the_registered_address_alone_and_only_where_pages_have_a_provider() -> None:
    async def main() -> None:
        async with desk() as (_, service):
            assert await service.begin("HTTPS://SCOPE.example.org:443/sign-in/callback")
            for page in ("http://scope.example.org/sign-in/callback", "https://scope.example.org/x/sign-in/callback",
                         "https://scope.example.org:8443/sign-in/callback", "https://evil.example/sign-in/callback",
                         "https://scope.example.org:x/", "//", ""):  # fmt: skip
                with pytest.raises(ConfigError, match="open the page there"):
                    await service.begin(page)
        only_api = OidcConfig(issuer="http://127.0.0.1:9", audience="a", people={"sub:a": ("read",)})
        async with OidcService(only_api) as service:
            assert service.label == ""
            with pytest.raises(ConfigError, match="the pages have no provider"):
                await service.begin(PAGE)

    run(main())


def test_what_waits_is_bounded_ends_and_is_shown_nowhere() -> None:
    clock = ManualClock(0)
    waiting = PendingSignIns(clock, most=3)
    flows = [waiting.begin() for _ in range(4)]
    assert len(waiting) == 3
    (oldest, first), (flow, second) = flows[0], flows[1]
    with pytest.raises(TokenError, match="used up"):
        waiting.take(oldest, first.state)
    assert waiting.take(flow, second.state) is second
    with pytest.raises(TokenError, match="used up"):
        waiting.take(flow, second.state)
    with pytest.raises(TokenError, match="state is not ours"):
        waiting.take(flows[2][0], "\ud800")
    clock.advance((MINUTES * 60 + 1) * 10**9)
    with pytest.raises(TokenError, match="more than 10 minutes ago"):
        waiting.take(flows[3][0], flows[3][1].state)
    shown = repr(second)
    assert not any(secret in shown for secret in (second.state, second.nonce, second.verifier))
