"""Stream names, routes and control messages.

Since 2026-04-23 a stream is served on the route of its kind only; on another route a subscription is acknowledged and
nothing ever arrives. Names are lower case; an upper-case symbol is acknowledged and stays silent too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec


class Route(StrEnum):
    """The path a stream is served on."""

    PUBLIC = "public"
    MARKET = "market"


CONTRACT_INFO = "!contractInfo"  # what becomes of every contract: listed, settling, trading again
_PUBLIC_KINDS = ("bookTicker", "depth", "rpiDepth")


def agg_trade(symbol: str) -> str:
    return f"{symbol.lower()}@aggTrade"


def book_ticker(symbol: str) -> str:
    return f"{symbol.lower()}@bookTicker"


def mark_price(symbol: str) -> str:
    return f"{symbol.lower()}@markPrice@1s"


def route_of(stream: str) -> Route:
    """The route that serves ``stream`` (``btcusdt@aggTrade``, ``!bookTicker``, ``btcusdt@depth@100ms``)."""
    kind = stream.removeprefix("!") if stream.startswith("!") else stream.partition("@")[2]
    return Route.PUBLIC if kind.startswith(_PUBLIC_KINDS) or kind == "trade" else Route.MARKET


def symbol_of(stream: str) -> str:
    """The symbol of a stream name, in upper case; empty for an all-market stream."""
    return "" if stream.startswith("!") else stream.partition("@")[0].upper()


def connection_url(ws_url: str, route: Route) -> str:
    """Where to connect: the combined form, whose frames carry their stream's name.

    Streams are subscribed afterwards.
    """
    return f"{ws_url}/{route}/stream"


def shards(streams: Iterable[str], size: int) -> list[tuple[Route, tuple[str, ...]]]:
    """Streams split by route and into at most ``size`` per connection, in order."""
    by_route: dict[Route, list[str]] = {}
    for stream in dict.fromkeys(streams):
        by_route.setdefault(route_of(stream), []).append(stream)
    return [
        (route, tuple(names[start : start + size]))
        for route, names in by_route.items()
        for start in range(0, len(names), size)
    ]


def subscribe(streams: Sequence[str], request_id: int) -> bytes:
    return _request("SUBSCRIBE", streams, request_id)


def unsubscribe(streams: Sequence[str], request_id: int) -> bytes:
    return _request("UNSUBSCRIBE", streams, request_id)


def _request(method: str, streams: Sequence[str], request_id: int) -> bytes:
    return msgspec.json.encode({"method": method, "params": list(streams), "id": request_id})
