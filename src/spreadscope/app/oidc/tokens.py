"""Judges a token: its signature by the provider's keys, and whom it is of, for whom, and when."""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import dataclass
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from spreadscope.app.oidc.grants import ProvidedPerson
from spreadscope.app.oidc.oidc_errors import TokenError
from spreadscope.app.oidc.provider import Provider
from spreadscope.app.oidc.signing_keys import ALGORITHMS
from spreadscope.model.clock import Clock
from spreadscope.model.oidc_section import OidcConfig, same_address

LONGEST_TOKEN = 16_384
LONGEST_SUBJECT = 255
_LONGEST_HEADER = 2_048
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
# Security events, logout tokens and the like are signed with the same keys, and are for something else.
_TYPES = frozenset({"", "jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_CLOCK = "the clock of this machine or of the provider is wrong: let both be set by NTP"
_NANO = 1e9


class Claims(msgspec.Struct, frozen=True):
    """What a token says, as far as it is judged (RFC 7519, OpenID Connect Core 1.0 section 2). Times are s."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float | None = None
    nbf: float | None = None
    nonce: str | None = None
    azp: str | None = None
    email: str | None = None
    email_verified: bool | str | None = None
    cnf: Any = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The claims of a token that is valid, and all of them as they were sent."""

    claims: Claims
    all: dict[str, Any]

    def completed_by(self, told: dict[str, object]) -> Judged:
        """Returns the claims with others that the token does not have. Raises ``TokenError``."""
        everything = {**told, **self.all}
        try:
            return Judged(msgspec.convert(everything, Claims), everything)
        except msgspec.ValidationError as error:
            raise TokenError(f"what the provider tells of the person cannot be ({str(error)[:120]})") from None


def looks_like_jwt(token: str) -> bool:
    """Returns whether a text has the form of a signed token.

    >>> looks_like_jwt("eyJh.eyJp.c2ln"), looks_like_jwt("ssk_1a2b3c4d_x")
    (True, False)
    """
    return len(token) <= LONGEST_TOKEN and _JWT.fullmatch(token) is not None


class TokenJudge:
    """Judges the tokens of one provider."""

    def __init__(self, config: OidcConfig, provider: Provider, clock: Clock) -> None:
        self._config = config
        self._provider = provider
        self._clock = clock
        self._registry = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        self._registry.max_header_length = _LONGEST_HEADER

    async def id_token(self, token: str, nonce: str) -> Judged:
        """Returns what the ID token of a sign-in says. Raises ``TokenError`` or ``ProviderError``."""
        judged = await self._signed(token)
        claims, client = judged.claims, self._config.client_id
        self._check_audience(claims, client, "access.oidc.client_id")
        if (claims.azp is not None and claims.azp != client) or (len(_audiences(claims)) > 1 and claims.azp is None):
            raise TokenError(f"the ID token was issued to another client than {client!r}: see access.oidc.client_id")
        self._check_times(claims, new=True)
        if claims.nonce is None or not hmac.compare_digest(claims.nonce.encode(), nonce.encode()):
            raise TokenError("the ID token belongs to another sign-in (its nonce is not ours): begin again")
        return judged

    async def access_token(self, token: str) -> Judged:
        """Returns what a program's token says. Raises ``TokenError`` or ``ProviderError``."""
        if not self._config.audience:
            raise TokenError("the API accepts no tokens of the provider: set access.oidc.audience (docs/access.md)")
        judged = await self._signed(token)
        self._check_audience(judged.claims, self._config.audience, "access.oidc.audience")
        if judged.claims.cnf is not None:
            raise TokenError("the token is bound to a key of its holder, which is not checked here: get a plain one")
        self._check_times(judged.claims, new=False)
        return judged

    def person(self, judged: Judged) -> ProvidedPerson:
        """Returns whom a token is of. Of its groups, those that the configuration names are kept."""
        claims = judged.claims
        verified = claims.email_verified in {True, "true"}  # some providers write it as a text
        return ProvidedPerson(
            issuer=claims.iss,
            subject=claims.sub,
            email=same_address(claims.email) if claims.email and verified else "",
            groups=tuple(
                name for name in _groups(judged.all, self._config.groups_claim) if name in self._config.groups
            ),
            unverified_email=bool(claims.email) and not verified,
        )

    async def _signed(self, token: str) -> Judged:
        if not looks_like_jwt(token):
            raise TokenError("this is no signed token (JWT): send the access token that the provider gave")
        try:
            signed = jws.extract_compact(token.encode(), registry=self._registry)
            header = signed.headers()
            algorithm, kid = header.get("alg"), header.get("kid")
            if algorithm not in ALGORITHMS:
                raise TokenError(f"tokens signed with {str(algorithm)[:20]!r} are not accepted: use {_ACCEPTED}")
            if "crit" in header or "b64" in header or str(header.get("typ") or "").lower() not in _TYPES:
                raise TokenError("the token is of another kind than those that are accepted here")
            key = await self._provider.key(kid if isinstance(kid, str) else None, algorithm)
            if not jws.validate_compact(signed, key, registry=self._registry):
                raise TokenError("the signature of the token is not the provider's")
        except (JoseError, ValueError, TypeError, RecursionError):
            raise TokenError("the token is damaged: its signature cannot be checked") from None
        return self._read(signed.payload or b"")

    def _read(self, payload: bytes) -> Judged:
        try:
            everything = msgspec.json.decode(payload, type=dict[str, Any])
            claims = msgspec.convert(everything, Claims)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise TokenError(f"the token does not say what a token has to say ({str(error)[:120]})") from None
        if claims.iss != self._config.issuer:
            raise TokenError(f"the token is of {claims.iss[:200]!r}, not of {self._config.issuer!r}")
        if not 0 < len(claims.sub) <= LONGEST_SUBJECT:
            raise TokenError(f"the token's subject has {len(claims.sub)} characters, not 1 to {LONGEST_SUBJECT}")
        return Judged(claims, everything)

    def _check_audience(self, claims: Claims, wanted: str, setting: str) -> None:
        if wanted not in _audiences(claims):
            given = ", ".join(map(repr, _audiences(claims)))[:200] or "nobody"
            raise TokenError(f"the token is for {given}, not for {wanted!r}: let the provider put that in ({setting})")

    def _check_times(self, claims: Claims, *, new: bool) -> None:
        now, leeway = self._clock.now_ns() / _NANO, self._config.clock_leeway_seconds
        if now >= claims.exp + leeway:
            if new:
                raise TokenError(f"the provider's new ID token ended at {_utc(claims.exp)} already: {_CLOCK}")
            raise TokenError(f"the token ended at {_utc(claims.exp)}, {now - claims.exp:.0f} s ago: get a new one")
        for begins in (claims.nbf, claims.iat):
            if begins is not None and now < begins - leeway:
                raise TokenError(f"the token is of the future: it begins in {begins - now:.0f} s: {_CLOCK}")


_ACCEPTED = ", ".join(ALGORITHMS)


def _audiences(claims: Claims) -> list[str]:
    return [claims.aud] if isinstance(claims.aud, str) else claims.aud


def _groups(claims: dict[str, Any], name: str) -> list[str]:
    """Returns the groups of a claim: ``groups``, or within another as ``realm_access.roles``."""
    found: object = claims.get(name)
    if found is None and "." in name:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, str):
        return [found]
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _utc(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f} s"
