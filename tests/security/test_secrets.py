"""Credentials are in no answer, log, status, error or listing; secrets come from the environment or private files."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from spreadscope.app.access_service import AccessService, parse_scopes
from spreadscope.app.exposure import certificate_files
from spreadscope.client import Client
from spreadscope.commands.doctor import run_doctor
from spreadscope.dashboard import environment
from spreadscope.dashboard.engine_process import EngineProcess
from spreadscope.dashboard.environment import Settings, SettingsError
from spreadscope.guard.secret_files import SecretFileError, read_secret_file
from spreadscope.model.access_section import AccessConfig
from spreadscope.model.errors import ConfigError
from tests.api.served import served
from tests.e2e.line import run


def test_no_credential_is_in_an_answer_a_log_or_an_error(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets: list[str] = ["hidden-client-secret"]
    monkeypatch.setenv("THE_CLIENT_SECRET", secrets[0])
    oidc = {
        "issuer": "http://127.0.0.1:9", "client_id": "pages", "client_secret_env": "THE_CLIENT_SECRET",
        "redirect_url": "http://127.0.0.1/sign-in/callback", "people": {"sub:a": ["read"]},
    }  # fmt: skip

    async def main() -> None:
        async with served(tmp_path, speed=1.0, access__oidc=oidc) as (_, live, client):
            with AccessService(live.config.data, live.config.access, live.clock) as access:
                key, made = access.create_key("bot", parse_scopes(["admin"]))
                code = access.make_code("Ada", parse_scopes(["admin"]), 5)
            signed_in = (await client.post("/api/access/sign-in", json={"code": code})).json()["token"]
            local = (live.config.data / "access.key").read_text().strip()
            # The secret itself may have a line in it, and what stands behind the last one may be a single letter.
            secrets.append(key.split("_", 2)[2])
            secrets.extend(each.split("_", 1)[1] for each in (code, signed_in, local))
            assert all(len(secret) > 12 for secret in secrets)
            shown = {"Authorization": f"Bearer {key}", "Spreadscope-Session": signed_in}
            said = ""
            for path in ("/api/status", "/api/settings", "/api/access/keys", "/api/access/sessions", "/api/access/log",
                         "/api/access/log/export", "/metrics", "/api/alerts/channels", "/api/access/person", "/docs",
                         "/openapi.json", "/api/sessions", "/nowhere"):  # fmt: skip
                said += (await client.get(path, headers=shown)).text
            said += (await client.put("/api/settings", headers=shown, content=b"{")).text
            for wrong in ({"Authorization": f"Bearer {key}x"}, {"Spreadscope-Session": f"{signed_in}x"}):
                said += (await client.get("/api/status", headers=wrong)).text
            said += (await client.post("/api/access/sign-in", json={"code": code})).text
            said += (await client.post("/api/access/provider/begin", json={"page": oidc["redirect_url"]})).text
            assert "THE_CLIENT_SECRET" in said  # the name of the variable, which is a setting
            assert made.prefix in said  # which names the key, and opens nothing
            assert not [secret for secret in secrets if secret in said]

    run(main())
    run_doctor(tmp_path / "store", repair=False, shrink=False, as_json=True)
    printed = "".join(capfd.readouterr())
    assert secrets
    assert not [secret for secret in secrets if secret in caplog.text + printed]


def test_what_holds_a_key_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPREADSCOPE_API_KEY", "ssk_hidden")
    settings = environment.load()
    assert settings.key == "ssk_hidden"
    with Client(api_key="ssk_hidden", session="sss_hidden") as client:
        shown = f"{settings!r} {settings} {EngineProcess(settings)!r} {client!r} {client}"
    assert "hidden" not in shown


def test_secrets_in_files_are_the_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    path.write_text("ssk_abc\n")
    for mode in (0o644, 0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(SecretFileError, match="chmod 600"):
            read_secret_file(path)
        monkeypatch.setenv("SPREADSCOPE_API_KEY_FILE", str(path))
        with pytest.raises(SettingsError, match="SPREADSCOPE_API_KEY_FILE: others may read"):
            environment.load()
        with pytest.raises(ConfigError, match="chmod 600"):
            certificate_files(AccessConfig(certificate=str(path), key=str(path)))
    path.chmod(0o600)
    assert read_secret_file(path) == "ssk_abc"
    assert environment.load().key == "ssk_abc"
    with pytest.raises(SecretFileError, match="cannot be read"):
        read_secret_file(tmp_path / "nowhere")


def test_a_program_shows_its_key_where_the_environment_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPREADSCOPE_API_KEY", "ssk_env")
    assert Client()._http.headers["authorization"] == "Bearer ssk_env"
    assert Client(api_key="ssk_given")._http.headers["authorization"] == "Bearer ssk_given"
    monkeypatch.delenv("SPREADSCOPE_API_KEY")
    assert "authorization" not in Client()._http.headers
    assert Settings().key == ""
