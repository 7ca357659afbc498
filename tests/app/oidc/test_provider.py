"""The provider itself: rotation of its keys, its outages, a broken description, and where it may not send us."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from spreadscope.app.oidc.bounded_transport import BoundedTransport
from spreadscope.app.oidc.oidc_errors import ProviderError, TokenError
from spreadscope.app.oidc.oidc_service import OidcService
from spreadscope.app.oidc.provider import AGAIN_SECONDS, DISCOVERY_PATH, FRESH_SECONDS, KEPT_SECONDS, Provider
from spreadscope.app.oidc.signing_keys import SigningKeys
from spreadscope.model.clock import SystemClock
from spreadscope.model.oidc_section import OidcConfig
from tests.e2e.line import run
from tests.notify.certificates import certificate, needs_openssl
from tests.support.oidc_provider import AUDIENCE, SmallProvider, ec_key, rsa_key, signed, small_provider


class Time(SystemClock):
    """A clock whose durations a test moves; what it says of the day is true."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic_ns(self) -> int:
        return round(self.passed * 1e9)


def config(provider: SmallProvider) -> OidcConfig:
    return OidcConfig(issuer=provider.url, audience=AUDIENCE, people={"ada@example.org": ("read",)})


def test_a_new_key_is_read_again_and_at_most_every_30_s() -> None:
    async def main() -> None:
        clock = Time()
        async with small_provider() as provider, OidcService(config(provider), clock=clock) as made:
            await asyncio.gather(*(made.identify(provider.token()) for _ in range(20)))
            assert provider.asked == [DISCOVERY_PATH, "/jwks"]  # once, however many ask
            old = provider.token()
            provider.rotate("second")
            stranger = signed(provider.claims(), rsa_key("never published"), "RS256")
            for _ in range(20):
                with pytest.raises(TokenError, match="does not publish"):
                    await made.identify(stranger)
            assert len(provider.asked) == 2
            clock.passed += AGAIN_SECONDS
            found = await asyncio.gather(*(made.identify(provider.token()) for _ in range(20)))
            assert {each.name for each in found} == {"ada@example.org"}
            assert len(provider.asked) == 4
            for gone in (old, stranger):  # the old key is not published any more
                with pytest.raises(TokenError, match="does not publish"):
                    await made.identify(gone)
            assert len(provider.asked) == 4
            clock.passed += FRESH_SECONDS
            await made.identify(provider.token())
            assert len(provider.asked) == 6

    run(main())


def test_while_the_provider_is_away_its_keys_are_good_for_a_day() -> None:
    async def main() -> None:
        clock = Time()
        async with small_provider() as provider, OidcService(config(provider), clock=clock) as made:
            await made.identify(provider.token())
            provider.answers[DISCOVERY_PATH] = PlainTextResponse("down for maintenance", 503)
            clock.passed += FRESH_SECONDS + 1
            for _ in range(5):
                await made.identify(provider.token())
            assert provider.asked.count(DISCOVERY_PATH) == 2  # after a failure it has a rest
            clock.passed += KEPT_SECONDS
            with pytest.raises(ProviderError, match="answers 503"):
                await made.identify(provider.token())
            del provider.answers[DISCOVERY_PATH]
            clock.passed += AGAIN_SECONDS
            await made.identify(provider.token())

    run(main())


async def problem(issuer: str, transport: httpx.AsyncBaseTransport | None = None) -> str:
    async with Provider(issuer, Time(), transport) as provider:
        with pytest.raises(ProviderError) as refused:
            await provider.metadata()
        assert "\n" not in str(refused.value)
        return str(refused.value)


def test_a_provider_that_is_not_there_is_named() -> None:
    async def main() -> None:
        assert "the provider does not answer: http://127.0.0.1:9" in await problem("http://127.0.0.1:9")

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            said = await problem(f"http://127.0.0.1:{port}", BoundedTransport(seconds=0.2))
            assert "took longer than 0.2 s" in said
            server.close()

    run(main())


@needs_openssl
def test_a_certificate_is_checked_and_an_authority_of_ones_own_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def missing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main() -> None:
        context, _ = certificate(tmp_path, "localhost")
        server = await asyncio.start_server(missing, "127.0.0.1", 0, ssl=context)
        async with server:
            url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
            assert "its certificate is not trusted" in await problem(url)
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "chain.pem"))
            assert "answers 404" in await problem(url)
            monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # which is not used
            assert "answers 404" in await problem(url)
            server.close()

    run(main())


DESCRIPTIONS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"issuer": "https://other.example"}, "calls itself 'https://other.example'"),
    ({"jwks_uri": None}, "not what its protocol says"),
    ({"jwks_uri": 7}, "not what its protocol says"),
    ({"jwks_uri": ""}, "as its jwks_uri"),
    ({"jwks_uri": "http://id.example.org/keys"}, "as its jwks_uri"),
    ({"jwks_uri": "http://169.254.169.254/latest"}, "as its jwks_uri"),
    ({"jwks_uri": "https://169.254.169.254/latest"}, "as its jwks_uri"),
    ({"jwks_uri": "https://[fd00::1]/keys"}, "as its jwks_uri"),
    ({"jwks_uri": "https://localhost/keys"}, "as its jwks_uri"),
    ({"jwks_uri": "https://intranet/keys"}, "as its jwks_uri"),
    ({"jwks_uri": "https://2130706433/keys"}, "as its jwks_uri"),
    ({"jwks_uri": "https://0x7f.0x0.0x0.0x1/keys"}, "as its jwks_uri"),
    ({"jwks_uri": "https://id.example.org./keys"}, "as its jwks_uri"),
    ({"jwks_uri": "https://user:word@id.example.org/keys"}, "as its jwks_uri"),
    ({"jwks_uri": "file:///etc/passwd"}, "as its jwks_uri"),
    ({"token_endpoint": "http://10.0.0.1/token"}, "as its token_endpoint"),
    ({"authorization_endpoint": "javascript:alert(1)"}, "as its authorization_endpoint"),
    ({"userinfo_endpoint": "http://[::ffff:10.0.0.1]/"}, "as its userinfo_endpoint"),
)


def test_a_description_that_leads_elsewhere_or_is_broken_is_refused() -> None:
    async def main() -> None:
        async with small_provider() as provider:
            for provider.discovery, said in DESCRIPTIONS:
                assert said in await problem(provider.url), provider.discovery
            assert set(provider.asked) == {DISCOVERY_PATH}

    run(main())


ANSWERS: tuple[tuple[str, Response, str], ...] = (
    (DISCOVERY_PATH, RedirectResponse("http://127.0.0.1:9/elsewhere"), "not followed"),
    (DISCOVERY_PATH, PlainTextResponse("<html>"), "not what its protocol says"),
    (DISCOVERY_PATH, PlainTextResponse("[" * 100_000), "not what its protocol says"),
    (DISCOVERY_PATH, PlainTextResponse("no", 404), "answers 404"),
    (DISCOVERY_PATH, PlainTextResponse("x" * 300_000), "more than 256 KB"),
    (DISCOVERY_PATH, Response(b"\x1f\x8b", headers={"content-encoding": "gzip"}), "packed"),
    ("/jwks", RedirectResponse("http://127.0.0.1:9/elsewhere"), "not followed"),
    ("/jwks", JSONResponse({"keys": []}), "has no key"),
    ("/jwks", JSONResponse({"keys": "none"}), "not what its protocol says"),
    ("/jwks", JSONResponse({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "first"}]}), "has no key"),
)


def test_answers_are_whole_short_and_of_the_place_that_was_asked() -> None:
    async def main() -> None:
        async with small_provider() as provider:
            for path, answer, said in ANSWERS:
                provider.answers = {path: answer}
                assert said in await problem(provider.url), said

    run(main())


def test_nothing_is_asked_in_clear_elsewhere_than_on_loopback() -> None:
    async def main() -> None:
        for url in ("http://id.example.org/", "ftp://127.0.0.1/", "https://user:word@127.0.0.1/"):
            async with httpx.AsyncClient(transport=BoundedTransport()) as client:
                with pytest.raises((ProviderError, httpx.UnsupportedProtocol), match="is not asked"):
                    await client.get(url)

    run(main())


def test_keys_that_are_weak_or_for_something_else_are_left_out() -> None:
    good: dict[str, object] = dict(rsa_key("first").as_dict(private=False))
    curve: dict[str, object] = dict(ec_key("curve").as_dict(private=False))
    weak = {**good, "kid": "weak", "n": str(good["n"])[:200]}
    others: list[dict[str, object]] = [
        weak, {**good, "use": "enc"}, {**good, "key_ops": ["encrypt"]}, {**good, "key_ops": "verify"}, {**good, "n": 7},
        {**good, "kty": "oct"}, {"kty": "RSA"}, {}, {**curve, "crv": "P-999"}, {**curve, "x": "AAAA"},
        {**good, "e": "!"}, dict(OctKey.generate_key(256).as_dict()),
    ]  # fmt: skip
    assert len(SigningKeys.of(others)) == 0
    keys = SigningKeys.of([good, curve, *others])
    assert keys.names() == ["first (RSA)", "curve (ES256)"]
    assert keys.find("first", "RS256") is not None
    assert keys.find("first", "ES256") is None
    assert keys.find("curve", "ES384") is None
    assert keys.find("curve", "none") is None
    assert keys.find("first", "HS256") is None
    assert len(SigningKeys.of([good] * 1_000)) <= 100


def test_a_description_may_have_nulls_and_more_than_we_read() -> None:
    async def main() -> None:
        nothing = {"token_endpoint_auth_methods_supported": None, "scopes_supported": ["openid"], "x": {"y": [1]}}
        async with small_provider(discovery=nothing) as provider:
            provider.answers[DISCOVERY_PATH] = JSONResponse({**provider.description(), "userinfo_endpoint": None})
            async with Provider(provider.url, Time()) as asked:
                told = (await asked.metadata()).discovery
            assert told.token_endpoint_auth_methods_supported == ("client_secret_basic",)

    run(main())
