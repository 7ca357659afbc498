"""Sign-in through a provider: the authorization code flow with PKCE for persons, bearer tokens for programs.

OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9207 (the issuer in the answer); RFC 6750 (bearer tokens).
"""

from __future__ import annotations

import base64
import re
from typing import Self
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec

from spreadscope.app.oidc.client_secret import read_client_secret
from spreadscope.app.oidc.grants import ProvidedPerson, scopes_of, why_nothing
from spreadscope.app.oidc.oidc_errors import NotNamedError, ProviderError, TokenError
from spreadscope.app.oidc.pending_sign_ins import PendingSignIns
from spreadscope.app.oidc.provider import Discovery, Provider, decoded
from spreadscope.app.oidc.tokens import Judged, TokenJudge
from spreadscope.guard.identity import Identity, IdentityKind
from spreadscope.model.clock import Clock, SystemClock
from spreadscope.model.errors import ConfigError
from spreadscope.model.oidc_section import OidcConfig
from spreadscope.notify.secret import Secret

_ERROR = re.compile(r"[a-z0-9_.-]{1,60}")
_OUR_FAULT = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"})
_PORTS = {"http": 80, "https": 443}


class _TokenAnswer(msgspec.Struct, frozen=True):
    id_token: str = ""
    access_token: str = ""


class _TokenRefusal(msgspec.Struct, frozen=True):
    error: str = ""


class OidcService:
    """The provider of one configuration. ``async with`` ends its connections.

    What waits for an answer is in memory: after a restart a person begins again.
    """

    def __init__(
        self,
        config: OidcConfig,
        secret: Secret | None = None,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._config = config
        self._secret = secret
        self._clock = clock or SystemClock()
        self._pending = PendingSignIns(self._clock)
        self.provider = Provider(config.issuer, self._clock, transport)
        self._judge = TokenJudge(config, self.provider, self._clock)

    @classmethod
    def of(cls, config: OidcConfig) -> Self:
        """Returns the service of a configuration. Raises ``ConfigError`` where its secret cannot be read."""
        return cls(config, read_client_secret(config))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.provider.client.aclose()

    @property
    def label(self) -> str:
        """How the provider is called on the page; empty where it is for the API alone."""
        return self._config.button if self._config.for_pages else ""

    # --- persons ------------------------------------------------------------------------------------------------------

    async def begin(self, page: str) -> tuple[str, str]:
        """Returns where the browser goes, and what it keeps meanwhile. ``page`` is where it would come back to.

        Raises ``ConfigError`` where that is not the registered address, ``ProviderError``.
        """
        if not self._config.for_pages:
            raise ConfigError("the pages have no provider: set access.oidc.client_id and access.oidc.redirect_url")
        if _place(page) != _place(self._config.redirect_url):
            raise ConfigError(
                f"the provider sends you back to {self._config.redirect_url}, which is another address than this page: "
                "open the page there"
            )
        discovery = (await self.provider.metadata()).discovery
        if not discovery.authorization_endpoint or not discovery.token_endpoint:
            raise ProviderError("the provider's description has no authorization_endpoint or no token_endpoint")
        flow, pending = self._pending.begin()
        asked = {
            "response_type": "code",
            "client_id": self._config.client_id,
            "redirect_uri": self._config.redirect_url,
            "scope": " ".join(self._config.requested_scopes),
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": pending.challenge,
            "code_challenge_method": "S256",
        }
        sign = "&" if urlsplit(discovery.authorization_endpoint).query else "?"
        return f"{discovery.authorization_endpoint}{sign}{urlencode(asked)}", flow

    async def complete(self, flow: str, state: str, code: str, error: str, issuer: str) -> ProvidedPerson:
        """Returns whom the provider has signed in. ``flow`` is what the browser kept, all else what it was sent.

        Raises ``TokenError`` or ``ProviderError``.
        """
        pending = self._pending.take(flow, state)
        discovery = (await self.provider.metadata()).discovery
        if (issuer or discovery.authorization_response_iss_parameter_supported) and issuer != self._config.issuer:
            raise TokenError("the answer is of another provider than the one that was asked (its iss): begin again")
        if error or not code:
            raise TokenError(f"the provider did not sign you in ({_shown_error(error)})")
        answer = await self._exchange(discovery, code, pending.verifier)
        judged = await self._judge.id_token(answer.id_token, pending.nonce)
        return self._judge.person(await self._with_user_info(discovery, judged, answer.access_token))

    async def _exchange(self, discovery: Discovery, code: str, verifier: str) -> _TokenAnswer:
        url, config = discovery.token_endpoint, self._config
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": config.redirect_url,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        if self._secret is not None and "client_secret_basic" in discovery.token_endpoint_auth_methods_supported:
            login = f"{quote_plus(config.client_id)}:{quote_plus(self._secret.reveal())}"  # RFC 6749, section 2.3.1
            headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        else:
            form["client_id"] = config.client_id
            if self._secret is not None:
                form["client_secret"] = self._secret.reveal()
        answer = await self.provider.client.post(url, data=form, headers=headers)
        if answer.status_code != httpx.codes.OK:
            raise _refused(answer, url)
        told = decoded(answer.content, _TokenAnswer, url)
        if not told.id_token:
            raise ProviderError('the provider sent no ID token: "openid" belongs into access.oidc.requested_scopes')
        return told

    async def _with_user_info(self, discovery: Discovery, judged: Judged, access_token: str) -> Judged:
        """Returns the claims with those that the provider tells at its UserInfo endpoint alone."""
        wanted = {"email", "email_verified"}
        if self._config.groups:
            wanted.add(self._config.groups_claim.partition(".")[0])
        url = discovery.userinfo_endpoint
        if not url or not access_token or all(name in judged.all for name in wanted):
            return judged
        if not access_token.isascii() or not access_token.isprintable():
            raise ProviderError("the provider sent an access token that no header can carry")
        answer = await self.provider.client.get(url, headers={"Authorization": f"Bearer {access_token}"})
        if answer.status_code != httpx.codes.OK:
            raise ProviderError(f"the provider answers {answer.status_code} to {url}, where it tells of people")
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return judged  # signed answers are not read: what is in the ID token counts
        told = decoded(answer.content, dict[str, object], url)
        if told.get("sub") != judged.claims.sub:
            raise TokenError("the provider tells of another person than the one who signed in: begin again")
        if judged.claims.email is not None and told.get("email") != judged.claims.email:
            wanted.discard("email_verified")  # it is said of another address
        return judged.completed_by({name: told[name] for name in wanted if name in told})

    # --- programs -----------------------------------------------------------------------------------------------------

    async def identify(self, token: str) -> Identity:
        """Returns whose token it is. Raises ``TokenError``, ``NotNamedError`` or ``ProviderError``."""
        person = self._judge.person(await self._judge.access_token(token))
        scopes = scopes_of(person, self._config)
        if not scopes:
            raise NotNamedError(person.name, why_nothing(person))
        return Identity(kind=IdentityKind.TOKEN, name=person.name, scopes=scopes, id=person.subject)


def _refused(answer: httpx.Response, url: str) -> TokenError | ProviderError:
    """Returns the error of a token endpoint's refusal; what it says in words is left out, as it may quote us."""
    try:
        error = msgspec.json.decode(answer.content, type=_TokenRefusal).error
    except (msgspec.MsgspecError, RecursionError, ValueError):
        error = ""
    if error == "invalid_grant":
        return TokenError("the provider does not take its code back: it is used up or too old: begin again")
    if error in _OUR_FAULT or answer.status_code == httpx.codes.UNAUTHORIZED:
        return ProviderError(
            f"the provider does not know this Spreadscope ({_shown_error(error)}): see access.oidc.client_id, the "
            "client secret, and what is registered there"
        )
    return ProviderError(f"the provider answers {answer.status_code} ({_shown_error(error)}) to {url}")


def _shown_error(error: str) -> str:
    """Returns a code of OAuth as it is; anybody may write what comes by a browser, so nothing else is shown."""
    return error if _ERROR.fullmatch(error) else "it does not say why"


def _place(url: str) -> tuple[str, str, int, str] | None:
    """Returns scheme, host, port and path of an address; None where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port, parts.path
