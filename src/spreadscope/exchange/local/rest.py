"""The REST routes, without HTTP: a path and its parameters in, status, headers and body out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from spreadscope.exchange.local.book import DEPTH_LIMITS, BookState
from spreadscope.exchange.local.exchange_info import exchange_info
from spreadscope.exchange.local.faults import Faults, RestFault
from spreadscope.exchange.local.feed import FrameFeed, MarkLine
from spreadscope.exchange.local.klines import INTERVALS, MinuteBars
from spreadscope.exchange.local.missing import Missing
from spreadscope.exchange.local.quota import Charge, Quota
from spreadscope.exchange.local.raw_trades import RawTrades
from spreadscope.exchange.local.tape import TradeLog
from spreadscope.exchange.local.tickers import mark_row, price_row, ticker_row

HOUR_MS: Final = 3_600_000
HISTORY_MS: Final = 48 * HOUR_MS
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


class _Route(NamedTuple):
    answer: Callable[[Query], Any]
    weight: Callable[[Query], int]
    funding: bool = False


class RestApi:
    """Serves what has been played so far. ``now_ms`` is the exchange's time, ``wall`` UTC seconds for the budget.

    ``status`` holds the contracts that are not simply trading.
    """

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
        self._routes: dict[str, _Route] = {
            "/fapi/v1/ping": _Route(lambda _: {}, _one),
            "/fapi/v1/time": _Route(lambda _: {"serverTime": now_ms()}, _one),
            "/fapi/v1/exchangeInfo": _Route(self._exchange_info, _one),
            "/fapi/v1/aggTrades": _Route(self._agg_trades, lambda _: 20),
            "/fapi/v1/klines": _Route(self._klines, _klines_weight),
            "/fapi/v1/ticker/24hr": _Route(self._tickers, lambda query: 1 if query.get("symbol") else 40),
            "/fapi/v1/premiumIndex": _Route(self._premium, lambda query: 1 if query.get("symbol") else 10),
            "/fapi/v1/continuousKlines": _Route(self._continuous_klines, _klines_weight),
            "/fapi/v1/markPriceKlines": _Route(self._mark_klines, _klines_weight),
            "/fapi/v1/indexPriceKlines": _Route(self._index_klines, _klines_weight),
            "/fapi/v1/depth": _Route(self._depth, _depth_weight),
            "/fapi/v1/trades": _Route(self._trades, lambda _: 5),
            "/fapi/v1/historicalTrades": _Route(self._historical_trades, lambda _: 20),
            "/fapi/v1/ticker/price": _Route(self._prices, lambda query: 1 if query.get("symbol") else 2),
            "/fapi/v2/ticker/price": _Route(self._prices, lambda query: 1 if query.get("symbol") else 2),
            "/fapi/v1/ticker/bookTicker": _Route(self._quotes, lambda query: 2 if query.get("symbol") else 5),
            "/fapi/v1/openInterest": _Route(self._open_interest, _one),
            "/fapi/v1/fundingRate": _Route(self._funding, lambda _: 0, funding=True),
            "/fapi/v1/fundingInfo": _Route(self._funding_info, lambda _: 0, funding=True),
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """The routes there are."""
        return tuple(self._routes)

    def answer(self, method: str, path: str, query: Query, address: str) -> RestAnswer:
        """Answer one request from an address."""
        self.requests += 1
        fault = self._faults.request(path, self._now_ms())
        route = self._routes.get(path)
        weight = (1 if route is None else route.weight(query)) + (0 if fault is None else fault.extra_weight)
        charge = self._quota.charge(address, weight, self._wall(), funding=route is not None and route.funding)
        headers: tuple[tuple[str, str], ...] = (("X-MBX-USED-WEIGHT-1M", str(charge.used)),)
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

    def _body(self, charge: Charge, route: _Route | None, method: str, path: str, query: Query) -> Any:
        if charge.status != 200:
            raise _refusal(charge, self._quota.limits.weight_per_minute)
        if route is None or method not in {"GET", "HEAD"}:
            self._missing.route(method, path)
            raise RestError(-5000, f"Path {path}, Method {method} is invalid", 404)
        try:
            return route.answer(query)
        except _NothingError as nothing:
            self._missing.data(path, nothing.why)
            raise

    def _exchange_info(self, _: Query) -> Any:
        # `?symbol=` is ignored, as on the exchange.
        feed = self._feed
        info = exchange_info(feed.listings.values(), server_ms=self._now_ms(), description=feed.description)
        for row in info["symbols"]:
            row["status"] = self._status.get(row["symbol"], row["status"])
        return info

    def _agg_trades(self, query: Query) -> Any:
        tape = self._tape(query)
        limit = _limit(query, 1000)
        start, end, number = _integer(query, "startTime"), _integer(query, "endTime"), _integer(query, "fromId")
        if number is not None and (start is not None or end is not None):
            raise RestError(-1128, "Combination of optional parameters invalid.")
        if start is not None and end is not None:
            if end < start:
                raise RestError(-1102, "Start time is greater than end time.")
            if end - start >= HOUR_MS:
                raise RestError(-1127, "Lookup interval is too big. More than 1 hours between startTime and endTime.")
        oldest = self._now_ms() - HISTORY_MS
        if number is not None:
            time = tape.time_of(number)
            left = tape.dropped > 0 and number < tape.first_id
            if left or (time is not None and time < oldest):
                raise _too_old()
            return tape.from_id(number, limit)
        if (start if start is not None else end if end is not None else oldest) < oldest:
            raise _too_old()
        if start is None and end is None:
            return tape.newest(limit)
        return tape.between(start, end, limit)

    def _klines(self, query: Query) -> Any:
        return self._lines(self._tape(query).update_bars, query)

    def _continuous_klines(self, query: Query) -> Any:
        tape = self._tape(query, "pair")
        if not query.get("contractType"):
            raise _missing("contractType")
        if query["contractType"] != "PERPETUAL":
            raise RestError(-1122, "Invalid contractType.")
        return self._lines(tape.update_bars, query)

    def _mark_klines(self, query: Query) -> Any:
        line = self._marks_of(self._tape(query))
        return self._lines(lambda: line.mark_bars, query)

    def _index_klines(self, query: Query) -> Any:
        line = self._marks_of(self._tape(query, "pair"))
        return self._lines(lambda: line.index_bars, query)

    def _marks_of(self, tape: TradeLog) -> MarkLine:
        line = self._feed.marks.get(tape.symbol)
        if line is None:
            raise self._nothing("no mark prices of this symbol")
        return line

    def _lines(self, bars: Callable[[], MinuteBars], query: Query) -> Any:
        interval = query.get("interval")
        if not interval:
            raise _missing("interval")
        if interval not in INTERVALS:
            raise RestError(-1120, "Invalid interval.")
        limit = _limit(query, 1500)
        start, end = _integer(query, "startTime"), _integer(query, "endTime")
        return bars().rows(interval, start, end, limit, self._now_ms())

    def _tickers(self, query: Query) -> Any:
        now = self._now_ms()
        if query.get("symbol"):
            return ticker_row(self._tape(query), now)
        return [ticker_row(tape, now) for tape in self._feed.tapes.values()]

    def _premium(self, query: Query) -> Any:
        now = self._now_ms()
        feed = self._feed
        if query.get("symbol"):
            tape = self._tape(query)
            return mark_row(tape, feed.marks.get(tape.symbol), now)
        return [mark_row(tape, feed.marks.get(tape.symbol), now) for tape in feed.tapes.values()]

    def _funding(self, query: Query) -> Any:
        limit = _limit(query, 1000, default=100)
        start, end = _integer(query, "startTime"), _integer(query, "endTime")
        symbols = [self._tape(query).symbol] if query.get("symbol") else list(self._feed.tapes)
        rows = [(row.time_ms, symbol, row) for symbol in symbols for row in self._feed.funding(symbol, self._now_ms())]
        rows = [row for row in rows if (start is None or row[0] >= start) and (end is None or row[0] <= end)]
        rows.sort(key=lambda row: row[:2])
        return [
            {
                "symbol": symbol, "fundingTime": time, "fundingRate": row.rate, "markPrice": row.mark_price,
                "rateType": "Regular",
            }
            for time, symbol, row in (rows[:limit] if start is not None else rows[-limit:])
        ]  # fmt: skip

    def _funding_info(self, _: Query) -> Any:
        """Only what is known of every symbol: a market without fundings has nothing to say of them."""
        now = self._now_ms()
        return [
            {
                "symbol": symbol, "adjustedFundingRateCap": "0.02000000", "adjustedFundingRateFloor": "-0.02000000",
                "fundingIntervalHours": 8, "disclaimer": False,
            }
            for symbol in self._feed.tapes
            if self._feed.funding(symbol, now)
        ]  # fmt: skip

    def _depth(self, query: Query) -> Any:
        symbol = self._tape(query).symbol
        limit = _integer(query, "limit")
        limit = 500 if limit is None else limit
        if limit not in DEPTH_LIMITS:
            raise RestError(-4021, f"{limit} is not valid depth limit.")
        now = self._now_ms()
        book = self._feed.book(symbol, now)
        if book is None:
            quote = self._feed.quote(symbol, now)
            if quote is None:
                raise self._nothing("no quotes, so there is no order book to show")
            book = BookState(
                symbol, quote.update, quote.time_ms, {quote.bid: quote.bid_size}, {quote.ask: quote.ask_size}
            )
        return book.row(limit, now)

    def _quotes(self, query: Query) -> Any:
        now = self._now_ms()
        if query.get("symbol"):
            quote = self._feed.quote(self._tape(query).symbol, now)
            if quote is None:
                raise self._nothing("no quotes of this symbol up to now")
            return quote.row()
        quotes = [quote for symbol in self._feed.tapes if (quote := self._feed.quote(symbol, now)) is not None]
        if not quotes:
            raise self._nothing("no quotes up to now")
        return [quote.row() for quote in quotes]

    def _prices(self, query: Query) -> Any:
        if query.get("symbol"):
            row = price_row(self._tape(query))
            if row is None:
                raise self._nothing("no trades of this symbol up to now")
            return row
        return [row for tape in self._feed.tapes.values() if (row := price_row(tape)) is not None]

    def _trades(self, query: Query) -> Any:
        return self._raw(query).newest(_limit(query, 1000))

    def _historical_trades(self, query: Query) -> Any:
        raw = self._raw(query)
        limit, number = _limit(query, 500, default=100), _integer(query, "fromId")
        return raw.newest(limit) if number is None else raw.from_id(number, limit)

    def _raw(self, query: Query) -> RawTrades:
        raw = self._feed.raw_trades(self._tape(query).symbol)
        if raw is None:
            raise self._nothing("aggregate trades alone and no raw ones: ask for aggTrades")
        return raw

    def _open_interest(self, query: Query) -> Any:
        symbol, now = self._tape(query).symbol, self._now_ms()
        interest = self._feed.open_interest(symbol, now)
        if interest is None:
            raise self._nothing("no open interest")
        return {"openInterest": interest, "symbol": symbol, "time": now}

    def _nothing(self, holds: str) -> RestError:
        return _NothingError(f"{self._feed.description} holds {holds}.")

    def _tape(self, query: Query, name: str = "symbol") -> TradeLog:
        symbol = query.get(name)
        if not symbol:
            raise _missing(name)
        tape = self._feed.tapes.get(symbol)
        if tape is None:
            raise RestError(-1121, "Invalid symbol.")
        return tape


def _one(_: Query) -> int:
    return 1


def _klines_weight(query: Query) -> int:
    text = query.get("limit", "")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 500
    return 1 if limit <= 100 else 2 if limit <= 500 else 5 if limit <= 1000 else 10


def _depth_weight(query: Query) -> int:
    text = query.get("limit", "")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 500
    return 2 if limit <= 50 else 5 if limit <= 100 else 10 if limit <= 500 else 20


def _integer(query: Query, name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > _LARGEST:
        raise RestError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    return int(text)


def _limit(query: Query, most: int, default: int = 500) -> int:
    limit = _integer(query, "limit")
    if limit is None:
        return default
    if not 1 <= limit <= most:
        raise RestError(-1130, "Data sent for parameter 'limit' is not valid.")
    return limit


def _missing(name: str) -> RestError:
    return RestError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def _too_old() -> RestError:
    return RestError(-4166, "Search window is restricted to recent 48 hours.")


def _refusal(charge: Charge, limit: int) -> RestError:
    if charge.status == 418:
        text = f"Way too many requests; IP banned until {charge.banned_until_ms}."
    else:
        text = f"Too many requests; current limit is {limit} requests per minute."
    return RestError(-1003, text, charge.status)
