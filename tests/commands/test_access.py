"""``spreadscope access`` from the command line: what it prints, and that what it prints works."""

from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from spreadscope.app.access_service import AccessService
from spreadscope.app.oidc.oidc_errors import ProviderError
from spreadscope.cli import app
from spreadscope.commands.access import owners_link
from spreadscope.model.access_section import AccessConfig
from spreadscope.model.errors import ConfigError
from tests.support.oidc_provider import small_provider


def said(data: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["access", *arguments, "--data", str(data)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout.strip()


def test_a_link_signs_in_and_the_sign_in_is_listed_and_revoked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    address = said(data, "link", "--name", "Ada", "--scope", "read", "--scope", "trade", "--page", "https://x.org/")
    assert data.stat().st_mode & 0o777 == 0o700
    assert address.startswith("https://x.org/sign-in?code=ssc_")
    (code,) = parse_qs(urlsplit(address).query)["code"]
    with AccessService(data, AccessConfig()) as access:
        token, session = access.sign_in(code, "192.0.2.1", "[bold]Firefox")
        (listed,) = json.loads(said(data, "sessions", "--json"))
        assert (listed["id"], listed["scopes"]) == (session.id, ["read", "trade"])
        assert "[bold]Firefox" in said(data, "sessions")
        assert "Ada" in said(data, "log")
        said(data, "revoke", session.id)
        assert access.identify(token) is None
    with pytest.raises(ConfigError, match="no sign-in"):
        said(data, "revoke", session.id)
    with pytest.raises(ConfigError, match="say which"):
        said(data, "revoke")
    said(data, "revoke", "--all")
    assert [entry["what"].split(" for ")[0] for entry in json.loads(said(data, "log", "--json"))] == [
        "access revoke all", f"access revoke {session.id}", "access link",
    ]  # fmt: skip


def test_a_key_is_printed_once_and_revoked_by_its_name(tmp_path: Path) -> None:
    key = said(tmp_path, "key", "create", "--name", "bot")
    with AccessService(tmp_path, AccessConfig()) as access:
        found = access.identify(key)
        assert found is not None
        assert {str(scope) for scope in found.scopes} == {"read"}
    listed = said(tmp_path, "key", "list")
    assert "bot" in listed
    assert key not in listed
    assert key not in said(tmp_path, "log")
    said(tmp_path, "key", "revoke", "bot")
    assert json.loads(said(tmp_path, "key", "list", "--json")) == []
    with pytest.raises(ConfigError, match="no API key"):
        said(tmp_path, "key", "revoke", "bot")
    with pytest.raises(ConfigError, match="unknown scope"):
        said(tmp_path, "key", "create", "--name", "other", "--scope", "everything")


@pytest.mark.parametrize(("status", "linked"), [(401, True), (200, False), (403, False)])
def test_an_owner_whom_the_pages_do_not_know_gets_a_link(tmp_path: Path, status: int, linked: bool) -> None:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing to the test's output."""

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        page = f"http://127.0.0.1:{server.server_port}"
        link = asyncio.run(owners_link(tmp_path, page))
        thread.join()
    assert bool(link) == linked
    if linked:
        assert link.startswith(f"{page}/sign-in?code=")
        code = link.partition("code=")[2]
        with AccessService(tmp_path, AccessConfig()) as access:
            token, session = access.sign_in(code, "127.0.0.1", "a browser")
            assert (session.name, session.scopes) == ("owner", ("admin",))
            assert access.identify(token) is not None
            assert [entry.what for entry in access.log(5)] == ["access link for owner (admin)"]


def test_the_provider_says_whether_it_is_there_and_who_is_named(tmp_path: Path) -> None:
    file = tmp_path / "spreadscope.toml"

    async def asked() -> tuple[str, str]:
        async with small_provider() as provider:
            file.write_text(
                f'[access.oidc]\nissuer = "{provider.url}"\naudience = "a"\n[access.oidc.people]\n'
                '"ada@example.org" = ["read", "trade"]\n[access.oidc.groups]\n"[desk]" = ["admin"]\n'
            )
            asking = (tmp_path, "provider", "--config", str(file))
            return await asyncio.to_thread(said, *asking), await asyncio.to_thread(said, *asking, "--json")

    shown, document = asyncio.run(asked())
    found = json.loads(document)
    assert found["keys"] == ["first (RSA)"]
    assert found["named"] == ["ada@example.org: read, trade", "group [desk]: admin"]
    assert "group [desk]: admin" in shown
    with pytest.raises(ProviderError, match="the provider does not answer"):
        said(tmp_path, "provider", "--config", str(file))
    file.write_text("")
    with pytest.raises(ConfigError, match="no provider is configured"):
        said(tmp_path, "provider", "--config", str(file))
