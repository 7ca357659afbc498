"""The client secret: from the environment or a private file, and in no error, text or setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from spreadscope.app.oidc.client_secret import read_client_secret
from spreadscope.app.oidc.oidc_service import OidcService
from spreadscope.model.errors import ConfigError
from spreadscope.model.oidc_section import OidcConfig

ISSUER = "http://127.0.0.1:9"
BY_ENV = {"client_secret_env": "THE_SECRET"}


def config(**given: str) -> OidcConfig:
    return OidcConfig.model_validate({"issuer": ISSUER, "audience": "a", "people": {"sub:a": ["read"]}, **given})


def test_it_is_read_of_the_environment_or_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_client_secret(config()) is None
    read = read_client_secret(config(**BY_ENV), {"THE_SECRET": " hidden\n"})
    assert read is not None
    assert (read.reveal(), f"{read!r} {read}") == ("hidden", "**** ****")
    path = tmp_path / "secret"
    path.write_text("hidden\n")
    path.chmod(0o600)
    read = read_client_secret(config(client_secret_file=str(path)))
    assert read is not None
    assert read.reveal() == "hidden"
    monkeypatch.setenv("THE_SECRET", "hidden")
    service = OidcService.of(config(**BY_ENV))
    assert "hidden" not in f"{service!r} {vars(service)}"


@pytest.mark.parametrize("content", ["", "two\nlines hidden", "hidden" * 1_000])
def test_what_is_no_secret_is_refused_and_not_shown(content: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(content)
    path.chmod(0o600)
    for given, environment in (
        ({"client_secret_file": str(path)}, {}),
        (BY_ENV, {"THE_SECRET": content}),
    ):
        with pytest.raises(ConfigError, match=r"access\.oidc\.client_secret") as refused:
            read_client_secret(config(**given), environment)
        assert "hidden" not in str(refused.value)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("hidden")
    for mode in (0o644, 0o640, 0o604):
        path.chmod(mode)
        with pytest.raises(ConfigError, match=r"client_secret_file: others may read .*chmod 600"):
            read_client_secret(config(client_secret_file=str(path)))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_client_secret(config(client_secret_file=str(tmp_path / "nowhere")))
