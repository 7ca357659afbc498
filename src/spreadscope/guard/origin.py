"""Judges Host and Origin of a request: only this machine, and only the server's own pages.

The Host must name this machine: a page whose name was rebound to 127.0.0.1 (DNS rebinding) still sends its own name. An
Origin, which every browser sends with a WebSocket and with whatever changes something, must be the very address that is
asked: a page of another port of this machine is a foreign page too. Programs send no Origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# A Host is parsed by what it may be, never by what it might mean: no login, no path, no trailing dot, no empty port.
_AUTHORITY = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(?::([1-9][0-9]{0,4}))?", re.ASCII | re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_SHOWN = 60

Headers = Iterable[tuple[bytes, bytes]]
Address = tuple[str, str, int]


def address(scheme: str, authority: str) -> Address | None:
    """Scheme, host and port of ``host[:port]`` where it names this machine; None for everything else."""
    found = _AUTHORITY.fullmatch(authority)
    default = _PORTS.get(scheme)
    if found is None or default is None:
        return None
    port = int(found[2]) if found[2] else default
    return (scheme, found[1].lower(), port) if port <= 65_535 else None


def refusal(scheme: str, method: str, headers: Headers) -> str | None:
    """Why a request is refused, in one sentence, or None when it is welcome. Header names are in lower case."""
    held: dict[bytes, list[str]] = {}
    for name, value in headers:
        held.setdefault(name, []).append(value.decode("latin-1"))
    hosts = held.get(b"host", [])
    own = address(_SCHEMES.get(scheme, ""), hosts[0]) if len(hosts) == 1 else None
    if own is None:
        named = f", not as {_shown(hosts[0])}" if len(hosts) == 1 and hosts[0] else ""
        return f"this server answers on this machine only{named}: open it as 127.0.0.1 or localhost"
    origins = held.get(b"origin", [])
    if origins and (len(origins) > 1 or _of_origin(origins[0]) != own):
        return f"pages of {_shown(origins[0])} may not use this server: open its own page"
    if _is_of_another_page(method, held):
        return "pages of another address may not use this server: open its own page"
    return None


def _of_origin(origin: str) -> Address | None:
    scheme, separator, authority = origin.partition("://")
    return address(scheme, authority) if separator else None


def _is_of_another_page(method: str, held: dict[bytes, list[str]]) -> bool:
    """Whether a browser says that a page of another address asks, and not a person who followed a link."""
    sites = held.get(b"sec-fetch-site", [])
    if all(site in {"same-origin", "none"} for site in sites):
        return False
    followed = held.get(b"sec-fetch-mode") == ["navigate"] and held.get(b"sec-fetch-dest") == ["document"]
    return method != "GET" or not followed


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
