"""The section ``[access.oidc]``: what is taken, and one sentence for each mistake."""

from __future__ import annotations

from typing import Any

import pytest

from spreadscope.model.config import config_from
from spreadscope.model.errors import ConfigError

WHOLE: dict[str, Any] = {
    "issuer": "https://id.example.org/realms/desk",
    "client_id": "spreadscope",
    "redirect_url": "https://scope.example.org/sign-in/callback",
    "people": {"Ada@Example.org": ["admin"], "sub:8f14e45f": ["read", "alerts"]},
}


def section(**changed: Any) -> dict[str, Any]:
    given = {name: value for name, value in {**WHOLE, **changed}.items() if value is not None}
    return {"access": {"public_addresses": ["scope.example.org"], "oidc": given}}


def test_a_whole_section_is_taken_and_addresses_are_in_lower_case() -> None:
    oidc = config_from(section()).access.oidc
    assert dict(oidc.people) == {"ada@example.org": ("admin",), "sub:8f14e45f": ("read", "alerts")}
    assert (oidc.button, oidc.for_pages) == ("id.example.org", True)
    assert not config_from({}).access.oidc.is_set
    for loopback in ("http://127.0.0.1:8080/realms/a", "http://localhost:9", "http://[::1]:9"):
        assert config_from(section(issuer=loopback)).access.oidc.issuer == loopback
    programs = section(client_id=None, redirect_url=None, audience="api")
    assert not config_from(programs).access.oidc.for_pages


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"issuer": "http://id.example.org"}, "access.oidc.issuer"),
        ({"issuer": "id.example.org"}, "write https://host/path"),
        ({"issuer": "https://user:word@id.example.org"}, "is no provider's address"),
        ({"issuer": "https://id.example.org?a=b"}, "is no provider's address"),
        ({"issuer": "https://id.example.org:port"}, "is no provider's address"),
        ({"issuer": "https://"}, "is no provider's address"),
        ({"issuer": ""}, "access.oidc.issuer is missing"),
        ({"redirect_url": "https://scope.example.org/"}, "write https://scope.example.org/sign-in/callback"),
        ({"redirect_url": "http://scope.example.org/sign-in/callback"}, "is not where the pages are"),
        ({"redirect_url": "https://scope.example.org/sign-in/callback?next=x"}, "is not where the pages are"),
        ({"redirect_url": "https://other.example/sign-in/callback"}, "add it to access.public_addresses"),
        ({"redirect_url": None}, "access.oidc.redirect_url is missing"),
        ({"client_id": None}, "access.oidc.client_id is missing"),
        ({"client_id": None, "redirect_url": None}, "is for nobody"),
        ({"people": {}}, "names nobody"),
        ({"people": {"ada": ["read"]}}, "'ada' is no e-mail address"),
        ({"people": {"sub:": ["read"]}}, "is no e-mail address"),
        ({"people": {"ada@example.org": []}}, "has no scope: choose of read, alerts, trade, admin"),
        ({"people": {"ada@example.org": ["root"]}}, "access.oidc.people"),
        ({"people": {"ada@example.org": ["read"], "ADA@example.org": ["admin"]}}, "is there twice"),
        ({"groups": {"": ["read"]}}, "1 to 255 characters"),
        ({"requested_scopes": ["email"]}, '"openid" among them'),
        ({"requested_scopes": ["openid", "a b"]}, "words without blanks"),
        ({"client_secret_env": "A", "client_secret_file": "b"}, "give one of them"),
        ({"client_secret_env": "the secret itself"}, "no name of an environment variable"),
        ({"client_secret": "the secret itself"}, "unknown configuration key 'access.oidc.client_secret'"),
        ({"clock_leeway_seconds": 301}, "access.oidc.clock_leeway_seconds"),
        ({"session_hours": 0}, "access.oidc.session_hours"),
    ],
)
def test_every_mistake_is_one_sentence(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config_from(section(**changed))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "the secret itself" not in str(refused.value)
