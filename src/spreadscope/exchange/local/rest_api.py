"""REST without HTTP: a path and its parameters in, status, headers and body out.

What the venues share; their routes are beside it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from spreadscope.exchange.binance_spot.spot_names import is_spot, spot_symbol
from spreadscope.exchange.local.book import BookState
from spreadscope.exchange.local.faults import Faults, RestFault
from spreadscope.exchange.local.frame_feed import FrameFeed
from spreadscope.exchange.local.klines import INTERVALS, MinuteBars
from spreadscope.exchange.local.missing import Missing
from spreadscope.exchange.local.quota import Charge, Quota
from spreadscope.exchange.local.raw_trades import RawTrades
from spreadscope.exchange.local.trade_log import TradeLog

_LARGEST: Final = (1 << 63) - 1

Query = Mapping[str, str]


class RestAnswer(NamedTuple):
    """An HTTP answer; ``fault`` may delay or cut it on its way."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fault: RestFault | None = None


class RestError(Exception):
    """An error body ``{code, msg}`` under a status."""

    def __init__(self, code: int, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status


class _NothingError(RestError):
    """The route exists and the feed has nothing to answer it from: said, never invented."""

    def __init__(self, why: str) -> None:
        super().__init__(-1016, f"This service is not available here: {why}")
        self.why = why


class RestRoute(NamedTuple):
    """What answers a path, and what it costs."""

    answer: Callable[[Query], Any]
    weight: Callable[[Query], int]
    funding: bool = False


class RestApi(ABC):
    """Serves what has been played so far of one venue's symbols.

    ``now_ms`` is the exchange's time, ``wall`` UTC seconds for the budget.

    ``status`` holds the contracts that are not simply trading.
    """

    spot: bool
    root: str
    weight_headers: tuple[str, ...] = ("X-MBX-USED-WEIGHT-1M",)

    def __init__(
        self,
        feed: FrameFeed,
        quota: Quota,
        faults: Faults,
        *,
        now_ms: Callable[[], int],
        wall: Callable[[], float],
        status: Mapping[str, str] | None = None,
        missing: Missing | None = None,
    ) -> None:
        self.requests = 0
        self._status: Mapping[str, str] = {} if status is None else status
        self._feed = feed
        self._quota = quota
        self._faults = faults
        self._now_ms = now_ms
        self._wall = wall
        self._missing = Missing((), feed.description, lambda _: True) if missing is None else missing
        self._routes = self._make_routes()

    @abstractmethod
    def _make_routes(self) -> dict[str, RestRoute]:
        """Returns the routes by path."""

    @abstractmethod
    def _slow_down(self, charge: Charge) -> str:
        """Returns the text of a refusal over the budget, or of a ban."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The routes there are."""
        return tuple(self._routes)

    @property
    def tapes(self) -> dict[str, TradeLog]:
        """The trades of this venue's symbols."""
        return {symbol: tape for symbol, tape in self._feed.tapes.items() if is_spot(symbol) == self.spot}

    def answer(self, method: str, path: str, query: Query, address: str) -> RestAnswer:
        """Answer one request from an address."""
        self.requests += 1
        fault = self._faults.request(path, self._now_ms())
        route = self._routes.get(path)
        weight = (1 if route is None else route.weight(query)) + (0 if fault is None else fault.extra_weight)
        charge = self._quota.charge(address, weight, self._wall(), funding=route is not None and route.funding)
        headers = tuple((name, str(charge.used)) for name in self.weight_headers)
        if fault is not None and fault.status is not None:
            kind = ("Content-Type", fault.content_type)
            return RestAnswer(fault.status, (*headers, kind, *fault.headers), fault.body or b"", fault)
        if charge.status != 200:
            headers = (*headers, ("Retry-After", str(charge.retry_after)))
        try:
            status, body = 200, msgspec.json.encode(self._body(charge, route, method, path, query))
        except RestError as error:
            status, body = error.status, msgspec.json.encode({"code": error.code, "msg": error.text})
        return RestAnswer(status, (*headers, ("Content-Type", "application/json")), body, fault)

    def _body(self, charge: Charge, route: RestRoute | None, method: str, path: str, query: Query) -> Any:
        if charge.status != 200:
            raise RestError(-1003, self._slow_down(charge), charge.status)
        if route is None or method not in {"GET", "HEAD"}:
            self._missing.route(method, path)
            raise RestError(-5000, f"Path {path}, Method {method} is invalid", 404)
        try:
            return route.answer(query)
        except _NothingError as nothing:
            self._missing.data(path, nothing.why)
            raise

    def _lines(self, bars: Callable[[], MinuteBars], query: Query, most: int) -> Any:
        """The klines of a query."""
        interval = query.get("interval")
        if not interval:
            raise missing_parameter("interval")
        if interval not in INTERVALS:
            raise RestError(-1120, "Invalid interval.")
        limit = limit_of(query, most)
        start, end = integer(query, "startTime"), integer(query, "endTime")
        return bars().rows(interval, start, end, limit, self._now_ms())

    def _raw(self, query: Query) -> RawTrades:
        raw = self._feed.raw_trades(self._tape(query).symbol)
        if raw is None:
            raise self._nothing("aggregate trades alone and no raw ones: ask for aggTrades")
        return raw

    def _book(self, symbol: str, now_ms: int) -> BookState:
        """The order book, or as much of it as the newest quote tells."""
        book = self._feed.book(symbol, now_ms)
        if book is not None:
            return book
        quote = self._feed.quote(symbol, now_ms)
        if quote is None:
            raise self._nothing("no quotes, so there is no order book to show")
        return BookState(symbol, quote.update, quote.time_ms, {quote.bid: quote.bid_size}, {quote.ask: quote.ask_size})

    def _nothing(self, holds: str) -> RestError:
        return _NothingError(f"{self._feed.description} holds {holds}.")

    def _tape(self, query: Query, name: str = "symbol") -> TradeLog:
        local = query.get(name)
        if not local:
            raise missing_parameter(name)
        symbol = spot_symbol(local) if self.spot else local
        tape = self._feed.tapes.get(symbol) if is_spot(symbol) == self.spot else None
        if tape is None:
            raise RestError(-1121, "Invalid symbol.")
        return tape


def one(_: Query) -> int:
    """Returns the weight of a cheap route."""
    return 1


def row_count(query: Query, default: int = 500) -> int:
    """Returns the limit a request asks for, as far as its weight depends on it; bad ones are refused elsewhere."""
    text = query.get("limit", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def integer(query: Query, name: str) -> int | None:
    """Returns a number among the parameters, or None where it is not there."""
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > _LARGEST:
        raise RestError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    return int(text)


def limit_of(query: Query, most: int, default: int = 500) -> int:
    """Returns how many rows are asked for."""
    limit = integer(query, "limit")
    if limit is None:
        return default
    if not 1 <= limit <= most:
        raise RestError(-1130, "Data sent for parameter 'limit' is not valid.")
    return limit


def missing_parameter(name: str) -> RestError:
    """Returns the refusal of a request without a mandatory parameter."""
    return RestError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
