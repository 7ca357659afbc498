"""Stream names and addresses: what a name asks for, which route carries it, and what a WebSocket path asks for.

Inside the local exchange a stream of Spot is named with its venue before it (``binance-spot:btcusdt@aggTrade``), for
futures have the same names; on the wire the venue is left out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote

from spreadscope.exchange.binance_spot.spot_names import NAME as SPOT
from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.exchange.local.klines import INTERVALS

# "unrouted" is the address without a route: since 2026-04-23 it carries what /public carries, and no more. Where the
# exchange has a spot market, that address is Spot's ("spot"), which carries everything of Spot.
LocalRoute = Literal["public", "market", "private", "unrouted", "spot"]
Kind = Literal[
    "bookTicker", "trade", "depth", "partialDepth", "rpiDepth", "aggTrade", "markPrice", "kline", "continuousKline",
    "ticker", "miniTicker", "forceOrder", "contractInfo", "compositeIndex", "assetIndex", "tradingSession",
    "rollingTicker", "avgPrice", "blockTrade", "referencePrice",
]  # fmt: skip

_ROUTES: Final[tuple[LocalRoute, ...]] = ("public", "market", "private")
_PUBLIC: Final[frozenset[Kind]] = frozenset({"bookTicker", "trade", "depth", "partialDepth", "rpiDepth"})
_LONGEST: Final = 128  # characters: no stream has a longer name, and what clients send is not kept
_EVERY: Final = "|".join(INTERVALS)
_SPEED: Final = r"(?:@(?P<speed>0ms|100ms|250ms|500ms))?"
# What stands behind the symbol's ``@``; then the streams of the whole market, which stand behind a ``!``.
_OF_A_SYMBOL: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("aggTrade", re.compile("aggTrade")),
    ("bookTicker", re.compile("bookTicker")),
    ("trade", re.compile("trade")),
    ("depth", re.compile(f"depth{_SPEED}")),
    ("partialDepth", re.compile(f"depth(?P<argument>5|10|20){_SPEED}")),
    ("rpiDepth", re.compile("rpiDepth(?:@(?P<speed>500ms))?")),
    ("markPrice", re.compile("markPrice(?:@(?P<speed>1s))?")),
    ("kline", re.compile(f"kline_(?P<argument>{_EVERY})")),
    ("continuousKline", re.compile(f"continuousKline_(?P<argument>{_EVERY})")),
    ("ticker", re.compile("ticker")),
    ("miniTicker", re.compile("miniTicker")),
    ("forceOrder", re.compile("forceOrder")),
    ("compositeIndex", re.compile("compositeIndex")),
    ("assetIndex", re.compile("assetIndex")),
)
_OF_THE_MARKET: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("bookTicker", re.compile("bookTicker")),
    ("markPrice", re.compile("markPrice@arr(?:@(?P<speed>1s))?")),
    ("ticker", re.compile("ticker@arr")),
    ("miniTicker", re.compile("miniTicker@arr")),
    ("forceOrder", re.compile("forceOrder@arr")),
    ("contractInfo", re.compile("contractInfo")),
    ("assetIndex", re.compile("assetIndex@arr")),
)
_WINDOW: Final = "(?P<argument>1h|4h|1d)"
_SPOT_SPEED: Final = r"(?:@(?P<speed>100ms|1000ms))?"
_OF_A_SPOT_SYMBOL: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("aggTrade", re.compile("aggTrade")),
    ("bookTicker", re.compile("bookTicker")),
    ("trade", re.compile("trade")),
    ("depth", re.compile(f"depth{_SPOT_SPEED}")),
    ("partialDepth", re.compile(f"depth(?P<argument>5|10|20){_SPOT_SPEED}")),
    ("kline", re.compile(rf"kline_(?P<argument>1s|{_EVERY})(?:@(?P<speed>\+08:00))?")),
    ("ticker", re.compile("ticker")),
    ("miniTicker", re.compile("miniTicker")),
    ("rollingTicker", re.compile(f"ticker_{_WINDOW}")),
    ("avgPrice", re.compile("avgPrice")),
    ("blockTrade", re.compile("blockTrade")),
    ("referencePrice", re.compile("referencePrice")),
)
_OF_THE_SPOT_MARKET: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("miniTicker", re.compile("miniTicker@arr")),
    ("rollingTicker", re.compile(f"ticker_{_WINDOW}@arr")),
)


class StreamName(NamedTuple):
    """A stream name taken apart. ``symbol`` is the instrument's name, and empty for a stream of the whole market.

    ``argument`` is the interval of a kline or the levels of a partial depth, ``speed`` what stands behind the last
    ``@`` where the name gives one.
    """

    kind: Kind
    symbol: str = ""
    argument: str = ""
    speed: str = ""
    spot: bool = False

    @property
    def route(self) -> LocalRoute:
        """The route that carries this kind."""
        if self.spot:
            return "spot"
        return "public" if self.kind in _PUBLIC else "market"


class SocketAddress(NamedTuple):
    """What a WebSocket address asks for. ``route`` is None on an unknown path: acknowledged, and silent for ever."""

    route: LocalRoute | None
    wrapped: bool
    streams: tuple[str, ...]


_SPOT_PREFIX: Final = f"{SPOT}:"


def wire_name(stream: str) -> str:
    """Returns a stream's name as clients know it, without its venue."""
    return stream.removeprefix(_SPOT_PREFIX)


def stream_on(route: LocalRoute | None, name: str) -> str:
    """Returns the stream that a client of a route means by a name."""
    return f"{_SPOT_PREFIX}{name}" if route == "spot" else name


def parse_stream(stream: str) -> StreamName | None:
    """Take a name apart; None where the exchange has no such stream (misspelt, or a symbol not in lower case)."""
    return None if len(stream) > _LONGEST else _parsed(stream)


@lru_cache(maxsize=4096)  # asked for every recorded frame, and there are few names
def _parsed(stream: str) -> StreamName | None:
    spot = stream.startswith(_SPOT_PREFIX)
    stream = wire_name(stream)
    if stream.startswith("!"):
        symbol, rest, known = "", stream[1:], _OF_THE_SPOT_MARKET if spot else _OF_THE_MARKET
    else:
        symbol, _, rest = stream.partition("@")
        known = _OF_A_SPOT_SYMBOL if spot else _OF_A_SYMBOL
        if not symbol or symbol != symbol.lower() or ":" in symbol:
            return None
    for kind, pattern in known:
        found = pattern.fullmatch(rest)
        if found is not None:
            parts = found.groupdict()
            name = spot_symbol(symbol.upper()) if spot and symbol else symbol.upper()
            return StreamName(kind, name, parts.get("argument") or "", parts.get("speed") or "", spot)
    return None


def route_of(stream: str) -> LocalRoute | None:
    """The route that carries a stream, or None when no route does."""
    name = parse_stream(stream)
    return None if name is None else name.route


def serves(route: LocalRoute | None, stream: str) -> bool:
    """Whether a stream is delivered on a route; on the others it is acknowledged and stays silent."""
    carried = route_of(stream)
    return carried is not None and (carried == route or (route == "unrouted" and carried == "public"))


def parse_target(path: str, *, spot: bool = False) -> SocketAddress | None:
    """Read ``/<route>/ws/<s1>/<s2>`` or ``/<route>/stream?streams=<s1>/<s2>``; None for a path that is neither.

    ``spot``: there is a spot market, whose address is the one without a route.
    """
    place, _, query = path.partition("?")
    parts = [unquote(part) for part in place.split("/") if part]
    route: LocalRoute | None = next((known for known in _ROUTES if parts[:1] == [known]), None)
    if route is not None:
        parts = parts[1:]
    elif parts[:1] in (["ws"], ["stream"]):
        route = "spot" if spot else "unrouted"
    elif parts[1:2] in (["ws"], ["stream"]):
        parts = parts[1:]  # an unknown route: the connection opens and stays silent
    if not parts or parts[0] not in {"ws", "stream"}:
        return None
    wrapped = parts[0] == "stream"
    if wrapped:
        named = "/".join(value for key, value in parse_qsl(query) if key == "streams").split("/")
    else:
        named = parts[1:]
    return SocketAddress(route, wrapped, tuple(name for name in named if name))
