"""Whether a server may listen to other machines."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from spreadscope.api.serve import bind, serving
from spreadscope.app.access_service import AccessService, parse_scopes
from spreadscope.app.exposure import certificate_files, check_exposure
from spreadscope.dashboard import page_exposure
from spreadscope.dashboard.environment import Settings, SettingsError
from spreadscope.guard.forwarded import parse_networks
from spreadscope.model.access_section import AccessConfig
from spreadscope.model.config import load_config
from spreadscope.model.errors import ConfigError
from tests.e2e.line import line, run, until, write_recording

NAMES = {"public_addresses": ("scope.example.org",)}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-out", str(files[0]), "-keyout", str(files[1])],
            check=True, capture_output=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("there is no openssl to make a certificate with")
    files[1].chmod(0o600)
    return files


def with_key(data: Path) -> None:
    with AccessService(data, AccessConfig()) as access:
        access.create_key("bot", parse_scopes(["read"]))


def test_loopback_needs_nothing(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        assert check_exposure(host, AccessConfig(), tmp_path / "nowhere") is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "127.0.0.2"])  # noqa: S104 - that they are refused
def test_another_address_needs_a_way_that_is_not_in_clear_names_and_somebody_who_can_sign_in(
    tmp_path: Path, certificate: tuple[Path, Path], host: str
) -> None:
    files = {"certificate": str(certificate[0]), "key": str(certificate[1])}
    with pytest.raises(ConfigError, match=r"in clear: set access\.certificate"):
        check_exposure(host, AccessConfig(**NAMES), tmp_path)
    with pytest.raises(ConfigError, match=r"set access\.public_addresses"):
        check_exposure(host, AccessConfig(**files), tmp_path)
    for access in (AccessConfig(**NAMES, **files), AccessConfig(**NAMES, trusted_proxies=("10.0.0.1",))):
        with pytest.raises(ConfigError, match="nobody could sign in: make a link"):
            check_exposure(host, access, tmp_path / "nowhere")
        with AccessService(tmp_path, access) as service:
            service.revoke_key("bot")
        with pytest.raises(ConfigError, match="nobody could sign in: make a link"):
            check_exposure(host, access, tmp_path)
        oidc = {"issuer": "https://id.example.org", "audience": "api", "people": {"sub:bot": ["read"]}}
        by_provider = AccessConfig.model_validate({**access.model_dump(), "oidc": oidc})
        assert check_exposure(host, by_provider, tmp_path / "nowhere") == check_exposure(host, by_provider, tmp_path)
        with_key(tmp_path)
        assert check_exposure(host, access, tmp_path) == (certificate if access.certificate else None)


def test_files_of_tls_are_both_there_and_the_key_is_private(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match="needs both"):
        certificate_files(AccessConfig(certificate=str(certificate[0])))
    with pytest.raises(ConfigError, match="cannot be read"):
        certificate_files(AccessConfig(certificate=str(certificate[0]), key=str(tmp_path / "nowhere")))
    assert certificate_files(AccessConfig()) is None


def test_the_command_ends_with_one_sentence_and_status_2(tmp_path: Path) -> None:
    command = ["-m", "spreadscope", "engine", "--host", "0.0.0.0", "--data", str(tmp_path)]  # noqa: S104
    ended = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 2
    (said,) = ended.stderr.strip().splitlines()
    assert said.startswith("spreadscope: 0.0.0.0 can be reached from other machines")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"access__host": "scope.example.org"}, "no address to listen on"),
        ({"api__host": "nowhere"}, "no address to listen on"),
        ({"access__public_addresses": ["https://scope.example.org"]}, "no host name"),
        ({"access__public_addresses": ["scope.example.org:443"]}, "no host name"),
        ({"access__trusted_proxies": ["proxy"]}, "write an address or a network"),
        ({"access__trusted_proxies": ["10.0.0.1/8"]}, "write an address or a network"),
    ],
)
def test_what_is_set_is_read_strictly(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(None, **values)


def test_pages_that_are_started_by_hand_are_held_to_it_too() -> None:
    page_exposure.check(Settings(), elsewhere=False)
    with pytest.raises(SettingsError, match="in clear"):
        page_exposure.check(Settings(), elsewhere=True)
    proxies = parse_networks(["10.0.0.1"])
    with pytest.raises(SettingsError, match="SPREADSCOPE_PUBLIC_ADDRESSES"):
        page_exposure.check(Settings(trusted_proxies=proxies), elsewhere=True)
    page_exposure.check(Settings(trusted_proxies=proxies, public_addresses=("scope.example.org",)), elsewhere=True)


def test_over_tls_a_program_shows_its_key_and_the_owner_too(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    async def main() -> None:
        recording = write_recording(tmp_path / "r.txt", seconds=20)
        options: dict[str, Any] = {"api__host": "0.0.0.0", "access__public_addresses": ["scope.example.org"]}  # noqa: S104
        async with line([recording], tmp_path / "store", symbols=("AAAUSDT",), **options) as (_, live):
            await until(lambda: not live.starting)
            with AccessService(live.config.data, live.config.access) as access:
                key, _ = access.create_key("bot", parse_scopes(["read"]))
            # The test listens on loopback, as whoever runs it may not want to be reached; what counts is what is set.
            async with serving(live, bind("127.0.0.1", 0), tls=certificate) as url:
                assert url.startswith("https://127.0.0.1:")
                trusted = ssl.create_default_context(cafile=str(certificate[0]))
                base = url.replace("127.0.0.1", "localhost")
                async with httpx.AsyncClient(base_url=base, verify=trusted, trust_env=False) as client:
                    assert (await client.get("/api/status")).status_code == 401
                    shown = {"Authorization": f"Bearer {key}"}
                    assert (await client.get("/api/status", headers=shown)).status_code == 200
                    named = {**shown, "Host": "scope.example.org"}
                    assert (await client.get("/api/status", headers=named)).status_code == 200
                    assert (await client.get("/api/status", headers={**shown, "Host": "x.org"})).status_code == 403
                with pytest.raises(httpx.HTTPError):
                    await asyncio.to_thread(httpx.get, url.replace("https", "http"), trust_env=False)

    run(main())
