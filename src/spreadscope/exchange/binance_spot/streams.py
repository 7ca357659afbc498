"""Stream names of Spot, and the two kinds of socket that carry them.

Spot serves every stream on one address. Quotes get sockets of their own all the same: under load their frames are
dropped unread, and they never stand between two trades.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.model.instrument import local_symbol


class SpotRoute(StrEnum):
    """What a socket is for."""

    TRADES = "trades"
    QUOTES = "quotes"


def agg_trade(symbol: str) -> str:
    """Returns the stream of a symbol's aggregate trades; ``symbol`` may be the product's name or Spot's own."""
    return f"{local_symbol(symbol).lower()}@aggTrade"


def book_ticker(symbol: str) -> str:
    """Returns the stream of a symbol's best bid and ask."""
    return f"{local_symbol(symbol).lower()}@bookTicker"


def route_of(stream: str) -> SpotRoute:
    """Returns the kind of socket for a stream."""
    return SpotRoute.QUOTES if stream.partition("@")[2].startswith(("bookTicker", "depth")) else SpotRoute.TRADES


def symbol_of(stream: str) -> str:
    """Returns the instrument of a stream; empty for a stream of the whole market.

    >>> symbol_of("btcusdt@aggTrade"), symbol_of("!miniTicker@arr")
    ('binance-spot:BTCUSDT', '')
    """
    return "" if stream.startswith("!") else spot_symbol(stream.partition("@")[0].upper())


def shards(streams: Iterable[str], size: int) -> list[tuple[str, tuple[str, ...]]]:
    """Returns streams by route, at most ``size`` a socket, in order."""
    by_route: dict[SpotRoute, list[str]] = {}
    for stream in dict.fromkeys(streams):
        by_route.setdefault(route_of(stream), []).append(stream)
    return [
        (route.value, tuple(names[start : start + size]))
        for route, names in by_route.items()
        for start in range(0, len(names), size)
    ]
