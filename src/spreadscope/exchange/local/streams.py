"""Stream names and addresses: which route carries a stream, and what a WebSocket path asks for."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote

Route = Literal["public", "market", "private"]

_ROUTES: Final[tuple[Route, ...]] = ("public", "market", "private")
_PUBLIC: Final = ("bookTicker", "depth")
_MARKET: Final = ("aggTrade", "markPrice", "kline_", "ticker", "miniTicker", "forceOrder", "contractInfo")


class Target(NamedTuple):
    """What a WebSocket address asks for. ``route`` is None on an unrouted path: acknowledged, and silent for ever."""

    route: Route | None
    wrapped: bool
    streams: tuple[str, ...]


@lru_cache(maxsize=4096)  # asked for every recorded frame, and there are few names
def route_of(stream: str) -> Route | None:
    """The route that carries a stream, or None when no route does (unknown kind, or a symbol not in lower case)."""
    if stream.startswith("!"):
        kind = stream[1:].partition("@")[0]
    else:
        symbol, separator, kind = stream.partition("@")
        if not separator or not symbol or symbol != symbol.lower():
            return None
    if kind.startswith(_PUBLIC):
        return "public"
    return "market" if kind.startswith(_MARKET) else None


def parse_target(path: str) -> Target | None:
    """Read ``/<route>/ws/<s1>/<s2>`` or ``/<route>/stream?streams=<s1>/<s2>``; None for a path that is neither."""
    place, _, query = path.partition("?")
    parts = [unquote(part) for part in place.split("/") if part]
    route: Route | None = next((known for known in _ROUTES if parts[:1] == [known]), None)
    if route is not None:
        parts = parts[1:]
    elif parts[:1] not in (["ws"], ["stream"]) and parts[1:2] in (["ws"], ["stream"]):
        parts = parts[1:]  # an unknown route: the connection opens and stays silent
    if not parts or parts[0] not in {"ws", "stream"}:
        return None
    wrapped = parts[0] == "stream"
    if wrapped:
        named = "/".join(value for key, value in parse_qsl(query) if key == "streams").split("/")
    else:
        named = parts[1:]
    return Target(route, wrapped, tuple(name for name in named if name))
