"""Judges Host and Origin of a request: only this machine, and only the server's own pages.

The Host must name this machine, or be one of the names under which the server may be called (``public``): a page whose
name was rebound to 127.0.0.1 (DNS rebinding) still sends its own name. An Origin, which every browser sends with a
WebSocket and with whatever changes something, must be the very address that is asked: a page of another port of this
machine is a foreign page too. Programs send no Origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# A Host is parsed by what it may be, never by what it might mean: no login, no path, no trailing dot, no empty port.
_AUTHORITY = re.compile(
    r"(127\.0\.0\.1|localhost|\[::1\]|[a-z0-9][a-z0-9.-]{0,252}|\[[0-9a-f:]{2,39}\])(?::([1-9][0-9]{0,4}))?",
    re.ASCII | re.IGNORECASE,
)
_OWN = frozenset({"127.0.0.1", "localhost", "[::1]"})
_PORTS = {"http": 80, "https": 443}
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_SHOWN = 60

Headers = Iterable[tuple[bytes, bytes]]
Address = tuple[str, str, int]


def is_public_name(name: str) -> bool:
    """Returns whether a text is a host name or an address by which a server may be called: no scheme, no port.

    >>> is_public_name("scope.example.org"), is_public_name("[2001:db8::1]"), is_public_name("example.org:443")
    (True, True, False)
    """
    found = _AUTHORITY.fullmatch(name)
    return found is not None and found[2] is None and not name.endswith(".")


def address(scheme: str, authority: str, public: frozenset[str] = frozenset()) -> Address | None:
    """Scheme, host and port of ``host[:port]`` where it names this machine or one of ``public`` (in lower case).

    None for everything else.
    """
    found = _AUTHORITY.fullmatch(authority)
    default = _PORTS.get(scheme)
    if found is None or default is None:
        return None
    host = found[1].lower()
    port = int(found[2]) if found[2] else default
    return (scheme, host, port) if port <= 65_535 and (host in _OWN or host in public) else None


def refusal(scheme: str, method: str, headers: Headers, public: frozenset[str] = frozenset()) -> str | None:
    """Why a request is refused, in one sentence, or None when it is welcome. Header names are in lower case.

    ``public`` are further names (in lower case) under which the server may be called.
    """
    held: dict[bytes, list[str]] = {}
    for name, value in headers:
        held.setdefault(name, []).append(value.decode("latin-1"))
    hosts = held.get(b"host", [])
    own = address(_SCHEMES.get(scheme, ""), hosts[0], public) if len(hosts) == 1 else None
    if own is None:
        named = f", not as {_shown(hosts[0])}" if len(hosts) == 1 and hosts[0] else ""
        if public:
            return f"this server is not called so{named}: use one of {', '.join(sorted(public))}"
        return f"this server answers on this machine only{named}: open it as 127.0.0.1 or localhost"
    origins = held.get(b"origin", [])
    if origins and (len(origins) > 1 or _of_origin(origins[0], public) != own):
        return f"pages of {_shown(origins[0])} may not use this server: open its own page"
    if _is_of_another_page(method, held):
        return "pages of another address may not use this server: open its own page"
    return None


def _of_origin(origin: str, public: frozenset[str]) -> Address | None:
    scheme, separator, authority = origin.partition("://")
    return address(scheme, authority, public) if separator else None


def _is_of_another_page(method: str, held: dict[bytes, list[str]]) -> bool:
    """Whether a browser says that a page of another address asks, and not a person who followed a link."""
    sites = held.get(b"sec-fetch-site", [])
    if all(site in {"same-origin", "none"} for site in sites):
        return False
    followed = held.get(b"sec-fetch-mode") == ["navigate"] and held.get(b"sec-fetch-dest") == ["document"]
    return method != "GET" or not followed


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
