"""Making the service of a provider: where there is none, and where its packages are not installed."""

from __future__ import annotations

import sys

import pytest

from spreadscope.app.oidc.make_service import make_oidc
from spreadscope.model.errors import ConfigError
from spreadscope.model.oidc_section import OidcConfig

MODULES = ("oidc_service", "tokens", "signing_keys", "provider")


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    config = OidcConfig(issuer="http://127.0.0.1:9", audience="a", people={"sub:a": ("read",)})
    assert make_oidc(OidcConfig()) is None
    for name in list(sys.modules):
        if name.partition(".")[0] == "joserfc" or name in {f"spreadscope.app.oidc.{each}" for each in MODULES}:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "joserfc", None)
    with pytest.raises(ConfigError, match=r"pip install 'spreadscope\[oidc\]'"):
        make_oidc(config)
    assert make_oidc(OidcConfig()) is None
