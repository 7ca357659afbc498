"""The start of the Streamlit dashboard as a child, on a free port, without prompts and usage statistics."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import webbrowser
from pathlib import Path

import httpx

from spreadscope.commands.child import Child, ChildError, start

_READY_SECONDS = 60.0
_CHECK_SECONDS = 0.1


def script() -> Path:
    """Returns the file that Streamlit runs, inside the installed package."""
    spec = importlib.util.find_spec("spreadscope.dashboard")
    if spec is None or spec.origin is None:
        raise ChildError("the dashboard is not installed: install spreadscope again")
    return Path(spec.origin).with_name("app.py")


def free_port(preferred: int) -> int:
    """Returns ``preferred`` where it is free (0: any), else any free port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ChildError("there is no free port on 127.0.0.1")


async def start_dashboard(api_url: str, port: int, notes: Path) -> tuple[Child, str]:
    """Returns the child and its address, once it answers. In the file ``notes`` it finds messages about the engine."""
    free = free_port(port)
    page = script()
    arguments = [
        "streamlit",
        "run",
        str(page),
        "--server.address=127.0.0.1",
        f"--server.port={free}",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
    ]
    environment = {
        "SPREADSCOPE_ENGINE": api_url,
        "SPREADSCOPE_START_ENGINE": "0",
        "SPREADSCOPE_ENGINE_NOTES": str(notes),
    }
    # In the package's folder: a .streamlit/ in the user's folder belongs to another program.
    child = await start("dashboard", arguments, environment, quiet=True, folder=page.parent)
    try:
        return child, await _wait_for_address(child, free)
    except BaseException:
        await child.stop()
        raise


async def _wait_for_address(child: Child, port: int) -> str:
    url = f"http://127.0.0.1:{port}"
    deadline = asyncio.get_running_loop().time() + _READY_SECONDS
    async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
        while child.running and asyncio.get_running_loop().time() < deadline:
            if await _is_ready(client, f"{url}/_stcore/health"):
                return url
            await asyncio.sleep(_CHECK_SECONDS)
    raise ChildError("the dashboard did not start: see its message above")


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False  # not listening yet


def open_browser(url: str) -> None:
    """Open the page in a browser, where there is one."""
    webbrowser.open(url)
