"""A small OpenID Connect provider on loopback, with real keys: discovery, JWKS, authorize, token and UserInfo.

It is as strict as a real one (client, secret, redirect address, PKCE, codes that are good once), and a test may let it
say whatever it likes instead.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.dashboard.served import served

CLIENT, SECRET, AUDIENCE = "spreadscope", "p%4+s: word", "spreadscope-api"
SigningKey = RSAKey | ECKey


@cache
def rsa_key(kid: str) -> RSAKey:
    """A key, the same for all tests of a process: it takes a while to make one."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def ec_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


def signed(claims: dict[str, Any], key: SigningKey, alg: str, **header: Any) -> str:
    """Returns a token; a part of the header that is None is left out."""
    named = {name: value for name, value in {"kid": key.kid, **header}.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jwt.encode({"alg": alg, **named}, claims, key, registry=registry)


def unsigned(claims: dict[str, Any]) -> str:
    """A token with ``alg: none``, as an attacker writes it."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def with_shared_secret(claims: dict[str, Any], secret: bytes, kid: str) -> str:
    """A token signed by HS256, made by hand: the library refuses a public key as a secret."""
    signed_part = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{_part(claims)}"
    return f"{signed_part}.{_encoded(hmac.digest(secret, signed_part.encode(), 'sha256'))}"


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class SmallProvider:
    """What it knows and says. ``url`` is its address, which is its issuer."""

    url: str = ""
    redirect_url: str = ""
    expects: str = SECRET
    """The secret of its client."""
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "u-1", "email": "Ada@example.org", "email_verified": True}
    )
    key: SigningKey = field(default_factory=lambda: rsa_key("first"))
    alg: str = "RS256"
    published: list[SigningKey] = field(default_factory=list)
    discovery: dict[str, Any] = field(default_factory=dict)
    """What the description says otherwise; None leaves a name out."""
    id_claims: dict[str, Any] = field(default_factory=dict)
    """What the ID token says otherwise; None leaves a claim out."""
    user_info: dict[str, Any] | None = None
    answers: dict[str, Response] = field(default_factory=dict)
    """Answers of paths in place of its own."""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def rotate(self, kid: str) -> None:
        """Sign with another key from now on, and publish it alone."""
        self.key, self.alg = rsa_key(kid), "RS256"
        self.published = [self.key]

    def claims(self, **others: Any) -> dict[str, Any]:
        now = int(time.time())
        made = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + 300, **self.person, **others}
        return {name: value for name, value in made.items() if value is not None}

    def token(self, **others: Any) -> str:
        """An access token for a program."""
        return signed(self.claims(**others), self.key, self.alg)

    def description(self) -> dict[str, Any]:
        made = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
            **({"userinfo_endpoint": f"{self.url}/userinfo"} if self.user_info is not None else {}),
            **self.discovery,
        }
        return {name: value for name, value in made.items() if value is not None}

    async def route(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/jwks":
            return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published or [self.key]]})
        if path == "/authorize":
            return self._authorize(dict(request.query_params))
        if path == "/token":
            return self._token(request, {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()})
        if path == "/userinfo":
            return JSONResponse(self.user_info)
        return JSONResponse(self.description())

    def _authorize(self, asked: dict[str, str]) -> Response:
        as_due = {
            "client_id": CLIENT, "redirect_uri": self.redirect_url, "response_type": "code",
            "code_challenge_method": "S256",
        }  # fmt: skip
        if any(asked.get(name) != value for name, value in as_due.items()) or "openid" not in asked["scope"].split():
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.url}
        return RedirectResponse(f"{self.redirect_url}?{urlencode(answer)}", 302)

    def _token(self, request: Request, form: dict[str, str]) -> Response:
        login = base64.b64decode(request.headers.get("authorization", "Basic ").partition(" ")[2]).decode()
        client, _, secret = login.partition(":")
        shown = (
            (unquote_plus(client), unquote_plus(secret))
            if login
            else (form.get("client_id"), form.get("client_secret"))
        )
        if shown != (CLIENT, self.expects):
            return JSONResponse({"error": "invalid_client", "error_description": f"not {secret}"}, 401)
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _encoded(digest)
        if asked is None or challenge != asked["code_challenge"] or form.get("redirect_uri") != self.redirect_url:
            return JSONResponse({"error": "invalid_grant"}, 400)
        said = self.claims(**{"aud": CLIENT, "nonce": asked.get("nonce"), **self.id_claims})
        return JSONResponse(
            {"id_token": signed(said, self.key, self.alg), "access_token": "opaque", "token_type": "Bearer"}
        )


@asynccontextmanager
async def small_provider(**given: Any) -> AsyncIterator[SmallProvider]:
    """Serve a provider until the block ends."""
    made = SmallProvider(**given)
    app = Starlette(routes=[Route("/{path:path}", made.route, methods=["GET", "POST"])])
    async with served(app) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made
