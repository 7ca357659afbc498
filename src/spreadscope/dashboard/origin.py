"""Who may use our own routes. Streamlit checks the Origin of its own socket only, so ours check for themselves.

The Host must be of this machine, which defeats DNS rebinding; an Origin, which every browser sends with a WebSocket,
must be the very page that this server serves, which defeats other sites' scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from spreadscope.dashboard.settings import LOOPBACK


def refusal(headers: Mapping[str, str]) -> str | None:
    """Why a request with these headers (lower-case names) is refused, or None when it is welcome."""
    host = headers.get("host", "")
    if _name(f"//{host}") not in LOOPBACK:
        return f"this server answers on this machine only, not as {host or 'an unnamed host'!r}"
    origin = headers.get("origin")
    if origin is not None and _address(origin) != _address(f"http://{host}"):
        return f"pages of {origin!r} may not use this server"
    return None


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _address(url: str) -> tuple[str | None, int | None]:
    """Host and port of an address, the scheme's own port filled in; a pair that equals nothing when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return (None, None)
    return (parts.hostname, port)
