"""The section ``[access.oidc]`` of the configuration file: sign-in through a provider, and who may do what by it."""

from __future__ import annotations

import re
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, field_validator, model_validator

from spreadscope.guard.identity import CALLBACK_PATH, AccessScope
from spreadscope.guard.origin import LOOPBACK
from spreadscope.model.sections import Section

SUBJECT = "sub:"

Scopes = tuple[AccessScope, ...]

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749, section 3.3
_LONGEST_NAME = 255


def is_safe_address(url: str) -> bool:
    """Returns whether nothing would be sent in clear to another machine: https, or http on loopback.

    >>> is_safe_address("https://id.example.org"), is_safe_address("http://id.example.org")
    (True, False)
    >>> is_safe_address("http://127.0.0.1:8080/realms/a"), is_safe_address("https://user@id.example.org")
    (True, False)
    """
    parts = _split(url)
    if parts is None or not parts.hostname or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def same_address(email: str) -> str:
    """Returns an e-mail address as it is compared: in lower case, where all of it is ASCII.

    Others are compared as they are, for some signs become another one in lower case, as the Kelvin sign a k.

    >>> same_address("Ada@Example.org"), same_address("\u212aim@example.org") == "kim@example.org"
    ('ada@example.org', False)
    """
    return email.lower() if email.isascii() else email


class OidcConfig(Section):
    """Sign-in through a provider that speaks OpenID Connect ([access](access.md#through-a-provider))."""

    issuer: str = ""
    """Address of the provider, exactly as it names itself, as in `https://id.example.org/realms/desk`; empty: nobody
    signs in through a provider."""
    label: str = ""
    """What the button says after *Sign in with*; empty: the provider's host."""
    client_id: str = ""
    """The name by which the provider knows the pages; empty: the provider is for the API alone."""
    client_secret_env: str = ""
    """Name of the environment variable that has the client secret; empty with `client_secret_file` empty: the client is
    public, with PKCE alone."""
    client_secret_file: str = ""
    """File that has the client secret; only its owner may read it (0600)."""
    redirect_url: str = ""
    """Where the provider sends a browser back to, exactly as it is registered there:
    `https://scope.example.org/sign-in/callback`."""
    requested_scopes: tuple[str, ...] = ("openid", "email")
    """What the pages ask the provider for."""
    audience: str = ""
    """The audience (`aud`) of the tokens that the API accepts from programs; empty: it accepts none."""
    groups_claim: str = "groups"
    """The claim that lists a person's groups."""
    session_hours: Annotated[float, Field(gt=0)] = 12.0
    """A sign-in through the provider ends after so long: the provider is asked again then."""
    clock_leeway_seconds: Annotated[float, Field(ge=0, le=300)] = 30.0
    """By how much the clocks of the provider and of this machine may differ."""
    people: dict[str, Scopes] = {}  # noqa: RUF012 - pydantic copies it
    """Who may do what, by an e-mail address that the provider has verified, or by its subject: as in
    `"ada@example.org" = ["admin"]` and `"sub:8f14e45f" = ["read"]`. Who is not named here or by a group may do
    nothing."""
    groups: dict[str, Scopes] = {}  # noqa: RUF012 - pydantic copies it
    """Who may do what, by group: as in `traders = ["trade"]`."""

    @property
    def is_set(self) -> bool:
        return bool(self.issuer)

    @property
    def for_pages(self) -> bool:
        return bool(self.issuer and self.client_id)

    @property
    def button(self) -> str:
        """What the button says after *Sign in with*."""
        return self.label or urlsplit(self.issuer).hostname or ""

    @field_validator("issuer")
    @classmethod
    def _provider(cls, issuer: str) -> str:
        parts = _split(issuer)
        if issuer and (not is_safe_address(issuer) or parts is None or parts.query or parts.fragment):
            raise ValueError(f"{issuer!r} is no provider's address: write https://host/path (http on loopback alone)")
        return issuer

    @field_validator("redirect_url")
    @classmethod
    def _own_page(cls, url: str) -> str:
        parts = _split(url)
        fits = parts is not None and parts.path.endswith(CALLBACK_PATH) and not parts.query and not parts.fragment
        if url and not (fits and is_safe_address(url)):
            raise ValueError(f"{url!r} is not where the pages are: write https://scope.example.org{CALLBACK_PATH}")
        return url

    @field_validator("client_secret_env")
    @classmethod
    def _variable(cls, name: str) -> str:
        if name and not _VARIABLE.fullmatch(name):
            # It may be the secret itself: it is not quoted.
            raise ValueError("what is given is no name of an environment variable: write OIDC_CLIENT_SECRET, say")
        return name

    @field_validator("requested_scopes")
    @classmethod
    def _requested(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in names or not all(_SCOPE_TOKEN.fullmatch(name) for name in names):
            raise ValueError('write words without blanks, "openid" among them')
        return names

    @field_validator("people")
    @classmethod
    def _people(cls, people: dict[str, Scopes]) -> dict[str, Scopes]:
        found: dict[str, Scopes] = {}
        for name, scopes in people.items():
            is_subject = name.startswith(SUBJECT) and len(name) > len(SUBJECT)
            if not is_subject and not _EMAIL.fullmatch(name):
                raise ValueError(f"{name[:80]!r} is no e-mail address, and no subject, which begins with sub:")
            key = name if is_subject else same_address(name)
            if key in found:
                raise ValueError(f"{name[:80]!r} is there twice: an e-mail address is the same in lower and upper case")
            found[key] = _some(name, scopes)
        return found

    @field_validator("groups")
    @classmethod
    def _groups(cls, groups: dict[str, Scopes]) -> dict[str, Scopes]:
        return {name: _some(name, scopes) for name, scopes in groups.items()}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.issuer:
            if self.client_id or self.audience or self.people or self.groups:
                raise ValueError("access.oidc.issuer is missing: write the address of the provider")
            return self
        if bool(self.client_id) != bool(self.redirect_url):
            missing = "redirect_url" if self.client_id else "client_id"
            raise ValueError(f"access.oidc.{missing} is missing: the pages need both client_id and redirect_url")
        if not self.client_id and not self.audience:
            raise ValueError(
                "access.oidc is for nobody: give client_id and redirect_url for the pages, or audience for the API"
            )
        if self.client_secret_env and self.client_secret_file:
            raise ValueError("access.oidc has both client_secret_env and client_secret_file: give one of them")
        if not self.people and not self.groups:
            raise ValueError("access.oidc names nobody: write who may do what into [access.oidc.people]")
        return self


def _some(name: str, scopes: Scopes) -> Scopes:
    if not name or len(name) > _LONGEST_NAME:
        raise ValueError(f"a name has 1 to {_LONGEST_NAME} characters")
    if not scopes:
        raise ValueError(f"{name[:80]!r} has no scope: choose of {', '.join(AccessScope)}, or leave the line out")
    return scopes


def _split(url: str) -> SplitResult | None:
    """Returns the parts of an address; None where it is none, or has what an address of ours cannot have."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' \\"<>'):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it raises where it is no number
    except ValueError:
        return None
    return parts
