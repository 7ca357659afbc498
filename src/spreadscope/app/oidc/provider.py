"""What a provider says of itself: its addresses and its keys, asked once and again when they are old or not enough."""

from __future__ import annotations

import asyncio
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog

from spreadscope.app.oidc.bounded_transport import TIMEOUT, BoundedTransport
from spreadscope.app.oidc.oidc_errors import ProviderError, TokenError
from spreadscope.app.oidc.signing_keys import Key, SigningKeys
from spreadscope.guard.origin import LOOPBACK
from spreadscope.model.clock import Clock
from spreadscope.model.oidc_section import is_safe_address

log = structlog.get_logger()
T = TypeVar("T")

DISCOVERY_PATH = "/.well-known/openid-configuration"
FRESH_SECONDS = 3_600.0
#: For how long keys are good while the provider does not answer.
KEPT_SECONDS = 86_400.0
#: At most so often are keys read again, whoever shows whatever token.
AGAIN_SECONDS = 30.0
_NANO = 1e9


class Discovery(msgspec.Struct, frozen=True):
    """The provider's own description (OpenID Connect Discovery 1.0, section 3); what we do not use is left out."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, object]]


class Metadata(msgspec.Struct, frozen=True):
    """The addresses and the keys of a provider, as they were at one moment."""

    discovery: Discovery
    keys: SigningKeys


class Provider:
    """A provider, asked over HTTP. ``with`` ends its connections.

    However many ask at once, it is asked once; and after a failure it has a rest.
    """

    def __init__(self, issuer: str, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._issuer = issuer
        self._clock = clock
        self.client = httpx.AsyncClient(transport=transport or BoundedTransport(), timeout=TIMEOUT, trust_env=False)
        self._lock = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._read_at = 0.0
        self._tried_at: float | None = None
        self._problem = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def metadata(self) -> Metadata:
        """Returns what the provider says of itself, at most an hour old. Raises ``ProviderError``.

        While it does not answer, what it said within a day is good.
        """
        known = self._metadata
        if known is not None and self._now() - self._read_at < FRESH_SECONDS:
            return known
        try:
            return await self._again(known)
        except ProviderError as problem:
            if known is None or self._now() - self._read_at >= KEPT_SECONDS:
                raise
            log.warning("the provider of sign-ins cannot be asked again: what it said before is used", why=str(problem))
            return known

    async def key(self, kid: str | None, algorithm: str) -> Key:
        """Returns the key of a token. Raises ``TokenError`` where there is none, ``ProviderError`` where that is not
        known.

        A key that is not known makes the provider be asked again, at most every 30 s.
        """
        known = await self.metadata()
        found = known.keys.find(kid, algorithm)
        if found is None:
            found = (await self._again(known)).keys.find(kid, algorithm)
        if found is None:
            raise TokenError(
                "the token is signed with a key that the provider does not publish (its keys are read again at most "
                f"every {AGAIN_SECONDS:.0f} s): is it of {self._issuer}?"
            )
        return found

    async def _again(self, known: Metadata | None) -> Metadata:
        """Ask the provider, unless somebody else just has. Raises ``ProviderError``."""
        async with self._lock:
            if self._metadata is not None and self._metadata is not known:
                return self._metadata
            if self._tried_at is not None and self._now() - self._tried_at < AGAIN_SECONDS:
                if self._problem:
                    raise ProviderError(self._problem)
                if self._metadata is not None:
                    return self._metadata
            self._tried_at = self._now()
            try:
                self._metadata = await self._read()
            except ProviderError as problem:
                self._problem = str(problem)
                raise
            self._problem, self._read_at = "", self._now()
            return self._metadata

    async def _read(self) -> Metadata:
        url = self._issuer.rstrip("/") + DISCOVERY_PATH
        told = await self._get(url, dict[str, object])
        discovery = decoded(
            msgspec.json.encode({name: value for name, value in told.items() if value is not None}), Discovery, url
        )
        if discovery.issuer != self._issuer:
            raise ProviderError(
                f"the provider calls itself {discovery.issuer[:200]!r}, not {self._issuer!r}: write exactly that into "
                "access.oidc.issuer, if it is the one you mean"
            )
        for name in ("jwks_uri", "authorization_endpoint", "token_endpoint", "userinfo_endpoint"):
            self._check(name, getattr(discovery, name))
        keys = SigningKeys.of((await self._get(discovery.jwks_uri, _KeySet)).keys)
        if not keys:
            raise ProviderError(f"{discovery.jwks_uri} has no key with which we check signatures: see docs/access.md")
        return Metadata(discovery, keys)

    def _check(self, name: str, url: str) -> None:
        """Raises ``ProviderError`` for an address to which a description should not send us."""
        if not url and name != "jwks_uri":
            return
        host = urlsplit(url).hostname if is_safe_address(url) else None
        own = urlsplit(self._issuer).hostname
        # Elsewhere than at the issuer's own host it is a name with a domain: not this machine, nor a bare address,
        # whose last part always begins with a digit.
        elsewhere = host is not None and host not in LOOPBACK and host.rpartition(".")[2][:1].isalpha() and "." in host
        if host is None or not (host == own or elsewhere):
            raise ProviderError(
                f"the provider's description names {url[:200]!r} as its {name}, which is not asked: it is neither at "
                f"{own} nor https at a public name"
            )

    async def _get(self, url: str, kind: type[T]) -> T:
        answer = await self.client.get(url, headers={"Accept": "application/json"})
        if answer.status_code != httpx.codes.OK:
            raise ProviderError(f"the provider answers {answer.status_code} to {url}: is access.oidc.issuer right?")
        return decoded(answer.content, kind, url)

    def _now(self) -> float:
        return self._clock.monotonic_ns() / _NANO


def decoded(content: bytes, kind: type[T], url: str) -> T:
    """Returns a JSON answer of a provider. Raises ``ProviderError``."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise ProviderError(f"what {url} answers is not what its protocol says ({str(error)[:120]})") from None
