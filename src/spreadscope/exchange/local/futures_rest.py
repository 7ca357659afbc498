"""The REST routes of USD-M futures."""

from __future__ import annotations

from typing import Any, Final

from spreadscope.exchange.local.book import DEPTH_LIMITS
from spreadscope.exchange.local.exchange_info import exchange_info
from spreadscope.exchange.local.frame_feed import MarkLine
from spreadscope.exchange.local.quota import Charge
from spreadscope.exchange.local.rest_api import (
    Query,
    RestApi,
    RestError,
    RestRoute,
    integer,
    limit_of,
    missing_parameter,
    one,
    row_count,
)
from spreadscope.exchange.local.tickers import mark_row, price_row, ticker_row
from spreadscope.exchange.local.trade_log import TradeLog

HOUR_MS: Final = 3_600_000
HISTORY_MS: Final = 48 * HOUR_MS
_KLINES_LIMIT: Final = 1500


class FuturesRestApi(RestApi):
    """Serves what has been played so far of the futures' symbols, as far back as the exchange keeps trades."""

    spot = False
    root = "/fapi/"

    def _make_routes(self) -> dict[str, RestRoute]:
        return {
            "/fapi/v1/ping": RestRoute(lambda _: {}, one),
            "/fapi/v1/time": RestRoute(lambda _: {"serverTime": self._now_ms()}, one),
            "/fapi/v1/exchangeInfo": RestRoute(self._exchange_info, one),
            "/fapi/v1/aggTrades": RestRoute(self._agg_trades, lambda _: 20),
            "/fapi/v1/klines": RestRoute(self._klines, _klines_weight),
            "/fapi/v1/ticker/24hr": RestRoute(self._tickers, lambda query: 1 if query.get("symbol") else 40),
            "/fapi/v1/premiumIndex": RestRoute(self._premium, lambda query: 1 if query.get("symbol") else 10),
            "/fapi/v1/continuousKlines": RestRoute(self._continuous_klines, _klines_weight),
            "/fapi/v1/markPriceKlines": RestRoute(self._mark_klines, _klines_weight),
            "/fapi/v1/indexPriceKlines": RestRoute(self._index_klines, _klines_weight),
            "/fapi/v1/depth": RestRoute(self._depth, _depth_weight),
            "/fapi/v1/trades": RestRoute(self._trades, lambda _: 5),
            "/fapi/v1/historicalTrades": RestRoute(self._historical_trades, lambda _: 20),
            "/fapi/v1/ticker/price": RestRoute(self._prices, lambda query: 1 if query.get("symbol") else 2),
            "/fapi/v2/ticker/price": RestRoute(self._prices, lambda query: 1 if query.get("symbol") else 2),
            "/fapi/v1/ticker/bookTicker": RestRoute(self._quotes, lambda query: 2 if query.get("symbol") else 5),
            "/fapi/v1/openInterest": RestRoute(self._open_interest, one),
            "/fapi/v1/fundingRate": RestRoute(self._funding, lambda _: 0, funding=True),
            "/fapi/v1/fundingInfo": RestRoute(self._funding_info, lambda _: 0, funding=True),
        }

    def _slow_down(self, charge: Charge) -> str:
        if charge.status == 418:
            return f"Way too many requests; IP banned until {charge.banned_until_ms}."
        return f"Too many requests; current limit is {self._quota.limits.weight_per_minute} requests per minute."

    def _exchange_info(self, _: Query) -> Any:
        # `?symbol=` is ignored, as on the exchange.
        feed = self._feed
        listings = [feed.listings[symbol] for symbol in self.tapes]
        info = exchange_info(listings, server_ms=self._now_ms(), description=feed.description)
        for row in info["symbols"]:
            row["status"] = self._status.get(row["symbol"], row["status"])
        return info

    def _agg_trades(self, query: Query) -> Any:
        tape = self._tape(query)
        limit = limit_of(query, 1000)
        start, end, number = integer(query, "startTime"), integer(query, "endTime"), integer(query, "fromId")
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
        return self._lines(self._tape(query).update_bars, query, _KLINES_LIMIT)

    def _continuous_klines(self, query: Query) -> Any:
        tape = self._tape(query, "pair")
        if not query.get("contractType"):
            raise missing_parameter("contractType")
        if query["contractType"] != "PERPETUAL":
            raise RestError(-1122, "Invalid contractType.")
        return self._lines(tape.update_bars, query, _KLINES_LIMIT)

    def _mark_klines(self, query: Query) -> Any:
        line = self._marks_of(self._tape(query))
        return self._lines(lambda: line.mark_bars, query, _KLINES_LIMIT)

    def _index_klines(self, query: Query) -> Any:
        line = self._marks_of(self._tape(query, "pair"))
        return self._lines(lambda: line.index_bars, query, _KLINES_LIMIT)

    def _marks_of(self, tape: TradeLog) -> MarkLine:
        line = self._feed.marks.get(tape.symbol)
        if line is None:
            raise self._nothing("no mark prices of this symbol")
        return line

    def _tickers(self, query: Query) -> Any:
        now = self._now_ms()
        if query.get("symbol"):
            return ticker_row(self._tape(query), now)
        return [ticker_row(tape, now) for tape in self.tapes.values()]

    def _premium(self, query: Query) -> Any:
        now = self._now_ms()
        feed = self._feed
        if query.get("symbol"):
            tape = self._tape(query)
            return mark_row(tape, feed.marks.get(tape.symbol), now)
        return [mark_row(tape, feed.marks.get(tape.symbol), now) for tape in self.tapes.values()]

    def _funding(self, query: Query) -> Any:
        limit = limit_of(query, 1000, default=100)
        start, end = integer(query, "startTime"), integer(query, "endTime")
        symbols = [self._tape(query).symbol] if query.get("symbol") else list(self.tapes)
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
            for symbol in self.tapes
            if self._feed.funding(symbol, now)
        ]  # fmt: skip

    def _depth(self, query: Query) -> Any:
        tape = self._tape(query)
        limit = integer(query, "limit")
        limit = 500 if limit is None else limit
        if limit not in DEPTH_LIMITS:
            raise RestError(-4021, f"{limit} is not valid depth limit.")
        now = self._now_ms()
        return self._book(tape.symbol, now).row(limit, now)

    def _quotes(self, query: Query) -> Any:
        now = self._now_ms()
        if query.get("symbol"):
            quote = self._feed.quote(self._tape(query).symbol, now)
            if quote is None:
                raise self._nothing("no quotes of this symbol up to now")
            return quote.row()
        quotes = [quote for symbol in self.tapes if (quote := self._feed.quote(symbol, now)) is not None]
        if not quotes:
            raise self._nothing("no quotes up to now")
        return [quote.row() for quote in quotes]

    def _prices(self, query: Query) -> Any:
        if query.get("symbol"):
            row = price_row(self._tape(query))
            if row is None:
                raise self._nothing("no trades of this symbol up to now")
            return row
        return [row for tape in self.tapes.values() if (row := price_row(tape)) is not None]

    def _trades(self, query: Query) -> Any:
        return self._raw(query).newest(limit_of(query, 1000))

    def _historical_trades(self, query: Query) -> Any:
        raw = self._raw(query)
        limit, number = limit_of(query, 500, default=100), integer(query, "fromId")
        return raw.newest(limit) if number is None else raw.from_id(number, limit)

    def _open_interest(self, query: Query) -> Any:
        symbol, now = self._tape(query).symbol, self._now_ms()
        interest = self._feed.open_interest(symbol, now)
        if interest is None:
            raise self._nothing("no open interest")
        return {"openInterest": interest, "symbol": symbol, "time": now}


def _klines_weight(query: Query) -> int:
    limit = row_count(query)
    return 1 if limit <= 100 else 2 if limit <= 500 else 5 if limit <= 1000 else 10


def _depth_weight(query: Query) -> int:
    limit = row_count(query)
    return 2 if limit <= 50 else 5 if limit <= 100 else 10 if limit <= 500 else 20


def _too_old() -> RestError:
    return RestError(-4166, "Search window is restricted to recent 48 hours.")
