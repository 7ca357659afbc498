"""The start of the Streamlit dashboard as a child, on a free port, without prompts and usage statistics."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import webbrowser
from dataclasses import dataclass
from pathlib import Path

import httpx

from spreadscope.app.exposure import CertificateFiles
from spreadscope.commands.child import Child, ChildError, start

DASHBOARD_PORT = 8501
_READY_SECONDS = 60.0
_CHECK_SECONDS = 0.1
# Who listens at all addresses of a machine listens at these.
_ANY = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what was asked for is only looked up


def script() -> Path:
    """Returns the file that Streamlit runs, inside the installed package."""
    spec = importlib.util.find_spec("spreadscope.dashboard")
    if spec is None or spec.origin is None:
        raise ChildError("the dashboard is not installed: install spreadscope again")
    return Path(spec.origin).with_name("app.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAccess:
    """Where the pages listen, and who may come there. ``key_file`` has what the dashboard shows the engine."""

    host: str = "127.0.0.1"
    tls: CertificateFiles | None = None
    public_addresses: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    key_file: str = ""

    def arguments(self) -> list[str]:
        """Returns the options of Streamlit."""
        given = [f"--server.address={self.host}"]
        if self.tls is not None:
            given += [f"--server.sslCertFile={self.tls[0]}", f"--server.sslKeyFile={self.tls[1]}"]
        if self.public_addresses:
            # The guard judges every Origin. Streamlit's own rule, and its greeting where it knows no name, ask another
            # server for the address of this machine.
            given += ["--server.enableCORS=false", "--server.enableXsrfProtection=false"]
            given.append(f"--browser.serverAddress={self.public_addresses[0]}")
        return given

    def environment(self) -> dict[str, str]:
        """Returns the variables of the dashboard."""
        return {
            "SPREADSCOPE_PUBLIC_ADDRESSES": ",".join(self.public_addresses),
            "SPREADSCOPE_TRUSTED_PROXIES": ",".join(self.trusted_proxies),
            "SPREADSCOPE_API_KEY_FILE": self.key_file,
            # The guard reads what proxies tell, of those that are named; uvicorn would believe all of this machine.
            "FORWARDED_ALLOW_IPS": "",
        }


def free_port(preferred: int, host: str = "127.0.0.1") -> int:
    """Returns ``preferred`` where it is free (0: any), else any free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (preferred, 0):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ChildError(f"there is no free port on {host}")


async def start_dashboard(api_url: str, port: int, notes: Path, access: PageAccess | None = None) -> tuple[Child, str]:
    """Returns the child and its address, once it answers. In the file ``notes`` it finds messages about the engine."""
    access = access or PageAccess()
    free = free_port(port, access.host)
    page = script()
    arguments = [
        "streamlit",
        "run",
        str(page),
        *access.arguments(),
        f"--server.port={free}",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
    ]
    environment = {
        "SPREADSCOPE_ENGINE": api_url,
        "SPREADSCOPE_START_ENGINE": "0",
        "SPREADSCOPE_ENGINE_NOTES": str(notes),
        **access.environment(),
    }
    # In the package's folder: a .streamlit/ in the user's folder belongs to another program.
    child = await start("dashboard", arguments, environment, quiet=True, folder=page.parent)
    try:
        return child, await _wait_for_address(child, free, access)
    except BaseException:
        await child.stop()
        raise


async def _wait_for_address(child: Child, port: int, access: PageAccess) -> str:
    host = _ANY.get(access.host, f"[{access.host}]" if ":" in access.host else access.host)
    url = f"{'https' if access.tls else 'http'}://{host}:{port}"
    deadline = asyncio.get_running_loop().time() + _READY_SECONDS
    # Whether the certificate has the right name is for browsers to say: here it is asked whether the child listens.
    async with httpx.AsyncClient(timeout=2.0, trust_env=False, verify=access.tls is None) as client:
        while child.running and asyncio.get_running_loop().time() < deadline:
            if await _is_ready(client, f"{url}/_stcore/health"):
                return url
            await asyncio.sleep(_CHECK_SECONDS)
    raise ChildError("the dashboard did not start: see its message above")


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        # At an address of this machine that is none of its names the guard answers 403: it listens.
        return (await client.get(url)).status_code in {200, 403}
    except httpx.HTTPError:
        return False  # not listening yet


def open_browser(url: str) -> None:
    """Open the page in a browser, where there is one."""
    webbrowser.open(url)
