"""The people who use the pages: signed in and out at the engine, and known for some seconds without asking it."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

import httpx
import msgspec

from spreadscope.client import engine_headers
from spreadscope.client.certificates import trusted_certificates
from spreadscope.contract import (
    ErrorAnswer,
    Person,
    ProviderBeginBody,
    ProviderBegun,
    ProviderCompleteBody,
    SignedIn,
    SignInBody,
    SignInProvider,
)
from spreadscope.dashboard.engine_link import EngineLink
from spreadscope.guard.identity import AccessScope, Identity, IdentityKind

KNOWN_SECONDS = 5.0
WITHOUT_ENGINE_SECONDS = 300.0
MOST_KNOWN = 1_024
PROVIDER_SECONDS = 30.0
_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
_PROVIDER_TIMEOUT = httpx.Timeout(40.0, connect=2.0)  # the engine asks the provider up to four times meanwhile
T = TypeVar("T")


class EngineSilentError(Exception):
    """The error that the engine does not answer, so that nobody can be known."""


class NotSignedInError(Exception):
    """The error that a code or a sign-in is not valid, with the engine's sentence."""


class ProviderRefusedError(Exception):
    """The error that a sign-in through the provider cannot begin or did not succeed, with the engine's sentence.

    ``status`` is the engine's: 403 where it is about who asks, else about the provider or what is configured."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class _Known:
    identity: Identity | None
    at: float


class People:
    """The sign-ins that browsers have shown. Their number is bounded; tokens are kept as hashes."""

    def __init__(
        self,
        link: EngineLink,
        *,
        known_seconds: float = KNOWN_SECONDS,
        without_engine_seconds: float = WITHOUT_ENGINE_SECONDS,
    ) -> None:
        """Who was known to the engine ``known_seconds`` ago is not asked about; while it does not answer, who was
        ``without_engine_seconds`` ago goes on seeing what is on the page."""
        self._link = link
        self._known_seconds = known_seconds
        self._without_engine_seconds = without_engine_seconds
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._provider: tuple[str, float] | None = None

    async def of_token(self, token: str) -> Identity | None:
        """Returns whose sign-in it is; None where it is nobody's. Raises ``EngineSilentError``."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known, now = self._known.get(digest), time.monotonic()
        if known is not None and now - known.at < self._known_seconds:
            return known.identity
        try:
            answer = await self._ask("GET", "/api/access/person", token)
        except httpx.HTTPError:
            if known is not None and now - known.at < self._without_engine_seconds:
                return known.identity
            raise EngineSilentError from None
        identity = None
        if answer.status_code == httpx.codes.OK:
            identity = _identity(answer.content)
        elif answer.status_code != httpx.codes.UNAUTHORIZED:
            raise EngineSilentError
        self._known[digest] = _Known(identity, now)
        self._known.move_to_end(digest)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return identity

    async def sign_in(self, code: str, peer: str, program: str) -> SignedIn:
        """Exchange a code. Raises ``NotSignedInError`` or ``EngineSilentError``."""
        body = msgspec.json.encode(SignInBody(code, peer[:100], program[:300]))
        try:
            answer = await self._ask("POST", "/api/access/sign-in", None, body)
            if answer.status_code == httpx.codes.CREATED:
                return msgspec.json.decode(answer.content, type=SignedIn)
        except (httpx.HTTPError, msgspec.MsgspecError):
            raise EngineSilentError from None
        if answer.status_code in {httpx.codes.FORBIDDEN, httpx.codes.BAD_REQUEST}:
            raise NotSignedInError
        raise EngineSilentError

    async def provider(self) -> str:
        """Returns how the provider is called on the page; empty where there is none, or that is not known."""
        now = time.monotonic()
        if self._provider is None or now - self._provider[1] >= PROVIDER_SECONDS:
            try:
                answer = await self._ask("GET", "/api/access/provider", None)
                told = msgspec.json.decode(answer.content, type=SignInProvider).label if answer.is_success else ""
            except (httpx.HTTPError, msgspec.MsgspecError):
                return ""  # the page says what is wrong with the engine once somebody signs in
            self._provider = (told, now)
        return self._provider[0]

    async def begin_with_provider(self, page: str) -> ProviderBegun:
        """Returns where the browser goes, and what it keeps. Raises ``ProviderRefusedError``, ``EngineSilentError``."""
        return await self._provided("begin", ProviderBeginBody(page), ProviderBegun)

    async def sign_in_with_provider(self, body: ProviderCompleteBody) -> SignedIn:
        """Complete a sign-in. Raises ``ProviderRefusedError`` or ``EngineSilentError``."""
        return await self._provided("complete", body, SignedIn)

    async def _provided(self, step: str, body: ProviderBeginBody | ProviderCompleteBody, kind: type[T]) -> T:
        try:
            answer = await self._ask(
                "POST", f"/api/access/provider/{step}", None, msgspec.json.encode(body), _PROVIDER_TIMEOUT
            )
            if answer.status_code == httpx.codes.CREATED:
                return msgspec.json.decode(answer.content, type=kind)
            refused = msgspec.json.decode(answer.content, type=ErrorAnswer)
        except (httpx.HTTPError, msgspec.MsgspecError):
            raise EngineSilentError from None
        raise ProviderRefusedError(answer.status_code, refused.error.message)

    async def sign_out(self, token: str) -> None:
        """End a sign-in. Raises ``EngineSilentError``."""
        self._known.pop(hashlib.sha256(token.encode("utf-8", "replace")).digest(), None)
        try:
            await self._ask("DELETE", "/api/access/person", token)
        except httpx.HTTPError:
            raise EngineSilentError from None

    async def _ask(
        self,
        method: str,
        path: str,
        token: str | None,
        body: bytes | None = None,
        waits: httpx.Timeout = _TIMEOUT,
    ) -> httpx.Response:
        headers = {**self._link.own_headers()}
        if token is not None:
            if not token.isascii() or not token.isprintable():
                return httpx.Response(httpx.codes.UNAUTHORIZED)  # no header can carry it
            headers |= engine_headers(session=token)
        if body is not None:
            headers["Content-Type"] = "application/json"
        async with httpx.AsyncClient(trust_env=False, verify=trusted_certificates(), timeout=waits) as client:
            return await client.request(method, f"{self._link.address()}{path}", content=body, headers=headers)


def _identity(content: bytes) -> Identity | None:
    try:
        told = msgspec.json.decode(content, type=Person)
        kind = IdentityKind(told.kind)
    except (msgspec.MsgspecError, ValueError):
        raise EngineSilentError from None
    if kind is not IdentityKind.SESSION:
        return None
    return Identity(kind=kind, name=told.name, scopes=frozenset(map(AccessScope, told.scopes)), id=told.id)
