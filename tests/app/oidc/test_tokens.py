"""A token of the provider: what is accepted, and each way in which it must not be, against real keys on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from spreadscope.app.oidc.oidc_errors import NotNamedError, TokenError
from spreadscope.app.oidc.oidc_service import OidcService
from spreadscope.app.oidc.tokens import LONGEST_TOKEN
from spreadscope.guard.identity import READ, TRADE, IdentityKind
from spreadscope.model.oidc_section import OidcConfig
from tests.e2e.line import run
from tests.support.oidc_provider import (
    AUDIENCE,
    CLIENT,
    SmallProvider,
    ec_key,
    rsa_key,
    signed,
    small_provider,
    unsigned,
    with_shared_secret,
)


@asynccontextmanager
async def service(provider: SmallProvider, **others: Any) -> AsyncIterator[OidcService]:
    settings = {
        "issuer": provider.url, "audience": AUDIENCE, "people": {"ada@example.org": ["trade"], "sub:bot": ["read"]},
        **others,
    }  # fmt: skip
    async with OidcService(OidcConfig.model_validate(settings)) as made:
        yield made


async def refusal(made: OidcService, token: str) -> str:
    with pytest.raises(TokenError) as refused:
        await made.identify(token)
    said = str(refused.value)
    assert "\n" not in said
    assert not token or token not in said
    return said


def test_a_token_of_a_named_person_or_program_is_accepted_with_each_kind_of_key() -> None:
    async def main() -> None:
        async with small_provider() as provider, service(provider) as made:
            found = await made.identify(provider.token())
            assert (found.kind, found.name, found.scopes) == (IdentityKind.TOKEN, "ada@example.org", TRADE)
            provider.person = {"sub": "bot"}
            found = await made.identify(provider.token(aud=["account", AUDIENCE]))
            assert (found.name, found.id, found.scopes) == ("sub:bot", "bot", READ)
            for alg in ("RS384", "RS512", "PS256", "PS512"):
                await made.identify(signed(provider.claims(), provider.key, alg))
            await made.identify(signed(provider.claims(), provider.key, "RS256", typ="at+jwt", x5t="abc", own="header"))
        for key, alg in (
            (ec_key("curve"), "ES256"),
            (ECKey.generate_key("P-521", {"kid": "large"}), "ES512"),
        ):
            async with small_provider(key=key, alg=alg) as provider, service(provider) as made:
                assert (await made.identify(provider.token())).name == "ada@example.org"

    run(main())


def test_a_token_that_nobody_or_anybody_has_signed_is_refused() -> None:
    async def main() -> None:
        async with small_provider() as provider, service(provider) as made:
            claims = provider.claims()
            assert "'none' are not accepted" in await refusal(made, unsigned(claims))
            # The public key as the shared secret of an HMAC: the classic confusion of algorithms.
            published = json.dumps(provider.key.as_dict(private=False)).encode()
            for public in (provider.key.as_pem(private=False), published):
                forged = with_shared_secret(claims, public, "first")
                assert "'HS256' are not accepted" in await refusal(made, forged)
            other = RSAKey.generate_key(2048, {"kid": "first"})
            assert "signature of the token is not the provider's" in await refusal(made, signed(claims, other, "RS256"))
            # Its own key, or where to find one, in its header: nobody looks there.
            brought = signed(claims, other, "RS256", jwk=other.as_dict(private=False), jku="https://evil.example/jwks")
            assert "signature" in await refusal(made, brought)
            # The right kid with another kind of key.
            assert "does not publish" in await refusal(made, signed(claims, ec_key("first"), "ES256"))

            good = provider.token()
            head, body, signature = good.split(".")
            more = signed({**claims, "email": "eve@example.org"}, other, "RS256").split(".")[1]
            for damaged in (f"{head}.{more}.{signature}", f"{head}.{body}.{signature[:-8]}AAAAAAAA", f"{head}.{body}."):
                assert "signature" in await refusal(made, damaged)
            for no_token in ("", "a.b", f"{head}.{body}", f"{good}.{body}", "ü.b.c", "e30.e30.e30", "A" * 9 + ".A.A",
                             f"{head}.{'A' * LONGEST_TOKEN}.{signature}"):  # fmt: skip
                assert await refusal(made, no_token)

    run(main())


def test_a_token_for_somebody_else_of_another_time_or_kind_is_refused() -> None:
    async def main() -> None:
        async with small_provider() as provider, service(provider) as made:
            now = time.time()
            for claims, said in (
                ({"aud": "another"}, f"the token is for 'another', not for '{AUDIENCE}'"),
                ({"aud": [CLIENT, "x"]}, "access.oidc.audience"),
                ({"aud": []}, "is for nobody"),
                ({"aud": None}, "does not say what a token has to say"),
                ({"iss": "https://evil.example"}, "is of 'https://evil.example'"),
                ({"iss": provider.url + "/"}, "not of"),
                ({"exp": now - 31}, "ended at"),
                ({"exp": None}, "has to say"),
                ({"exp": "tomorrow"}, "has to say"),
                ({"iat": now + 3_600}, "set by NTP"),
                ({"nbf": now + 3_600}, "is of the future"),
                ({"sub": None}, "has to say"),
                ({"sub": ""}, "subject"),
                ({"sub": "s" * 256}, "subject"),
                ({"cnf": {"jkt": "x"}}, "bound to a key"),
            ):
                assert said in await refusal(made, provider.token(**claims)), claims
            for leeway in ({"exp": now - 20}, {"iat": now + 20}, {"nbf": now + 20}, {"iat": None}):
                await made.identify(provider.token(**leeway))
            for header in ({"typ": "logout+jwt"}, {"typ": "secevent+jwt"}, {"typ": "dpop+jwt"}):
                token = signed(provider.claims(), provider.key, "RS256", **header)
                assert "another kind" in await refusal(made, token)
            assert await refusal(made, signed(provider.claims(), provider.key, "RS256", crit=["b64"], b64=True))
        async with (
            small_provider() as provider,
            service(provider, audience="", client_id=CLIENT, redirect_url="http://127.0.0.1/sign-in/callback") as made,
        ):
            # An ID token of the pages is no key to the API.
            assert "accepts no tokens" in await refusal(made, provider.token(aud=CLIENT))

    run(main())


def test_who_is_not_named_may_nothing_and_groups_name_people_too() -> None:
    async def main() -> None:
        groups = {"traders": ["trade"], "/desk": ["alerts"]}
        async with small_provider() as provider, service(provider, groups=groups) as made:
            for person in ({"sub": "u-9"}, {"sub": "u-9", "email": "eve@example.org", "email_verified": True},
                           {"sub": "u-9", "email": "ada@example.org", "email_verified": False},
                           {"sub": "u-9", "email": "ada@example.org"}, {"sub": "ada@example.org"},
                           {"sub": "u-9", "groups": ["other", 7, None]},
                           {"sub": "u-9", "groups": {"traders": 1}}):  # fmt: skip
                provider.person = person
                with pytest.raises(NotNamedError, match="is not named"):
                    await made.identify(provider.token())
            provider.person = {"sub": "u-9", "groups": ["traders", "other", "/desk"]}
            assert (await made.identify(provider.token())).scopes == {"trade", "alerts"}
            provider.person = {"sub": "bot", "email": "ADA@example.org", "email_verified": "true", "groups": "/desk"}
            assert (await made.identify(provider.token())).scopes == {"trade", "alerts", "read"}
        async with (
            small_provider() as provider,
            service(provider, groups=groups, groups_claim="realm_access.roles") as made,
        ):
            provider.person = {"sub": "u-9", "realm_access": {"roles": ["traders"]}}
            assert (await made.identify(provider.token())).scopes == {"trade"}
            provider.person = {"sub": "u-9", "realm_access": ["traders"]}
            with pytest.raises(NotNamedError):
                await made.identify(provider.token())

    run(main())


def test_a_token_without_the_name_of_its_key_is_checked_with_the_only_one_that_fits() -> None:
    async def main() -> None:
        async with small_provider() as provider, service(provider) as made:
            token = signed(provider.claims(), provider.key, "RS256", kid=None)
            assert (await made.identify(token)).name == "ada@example.org"
        async with (
            small_provider(published=[rsa_key("first"), rsa_key("second")]) as provider,
            service(provider) as made,
        ):
            token = signed(provider.claims(), provider.key, "RS256", kid=None)
            assert "does not publish" in await refusal(made, token)

    run(main())
