"""The REST routes of Spot."""

from __future__ import annotations

import json
from typing import Any, Final

from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.exchange.local.exchange_info import spot_exchange_info
from spreadscope.exchange.local.quota import Charge
from spreadscope.exchange.local.rest_api import Query, RestApi, RestError, RestRoute, integer, limit_of, one, row_count
from spreadscope.exchange.local.spot_shapes import spot_ticker_row
from spreadscope.exchange.local.trade_log import TradeLog
from spreadscope.model.instrument import local_symbol

_MOST_ROWS: Final = 1000
_DEEPEST: Final = 5000


class SpotRestApi(RestApi):
    """Serves what has been played so far of Spot's symbols.

    Spot keeps every trade; here it is every one that the market still holds.
    """

    spot = True
    root = "/api/"
    weight_headers = ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M")

    def _make_routes(self) -> dict[str, RestRoute]:
        return {
            "/api/v3/ping": RestRoute(lambda _: {}, one),
            "/api/v3/time": RestRoute(lambda _: {"serverTime": self._now_ms()}, one),
            "/api/v3/exchangeInfo": RestRoute(self._exchange_info, lambda _: 20),
            "/api/v3/aggTrades": RestRoute(self._agg_trades, lambda _: 4),
            "/api/v3/klines": RestRoute(self._klines, lambda _: 2),
            "/api/v3/uiKlines": RestRoute(self._klines, lambda _: 2),
            "/api/v3/depth": RestRoute(self._depth, _depth_weight),
            "/api/v3/trades": RestRoute(self._trades, lambda _: 25),
            "/api/v3/historicalTrades": RestRoute(self._historical_trades, lambda _: 25),
            "/api/v3/ticker/24hr": RestRoute(self._tickers, _ticker_weight),
            "/api/v3/ticker/price": RestRoute(self._prices, lambda query: 2 if query.get("symbol") else 4),
            "/api/v3/ticker/bookTicker": RestRoute(self._quotes, lambda query: 2 if query.get("symbol") else 4),
        }

    def _slow_down(self, charge: Charge) -> str:
        advice = "Please use WebSocket Streams for live updates to avoid"
        if charge.status == 418:
            return f"Way too much request weight used; IP banned until {charge.banned_until_ms}. {advice} bans."
        limit = self._quota.limits.weight_per_minute
        return (
            f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE."
            f" {advice} polling the API."
        )

    def _exchange_info(self, query: Query) -> Any:
        named = self._named(query)
        listings = [self._feed.listings[tape.symbol] for tape in named]
        info = spot_exchange_info(listings, server_ms=self._now_ms(), description=self._feed.description)
        for row in info["symbols"]:
            row["status"] = self._status.get(spot_symbol(row["symbol"]), row["status"])
            if query.get("showPermissionSets") == "false":
                row["permissionSets"] = []
        return info

    def _agg_trades(self, query: Query) -> Any:
        tape = self._tape(query)
        limit = limit_of(query, _MOST_ROWS)
        start, end, number = integer(query, "startTime"), integer(query, "endTime"), integer(query, "fromId")
        if number is not None and (start is not None or end is not None):
            raise RestError(-1128, "Combination of optional parameters invalid.")
        if start is not None and end is not None and end < start:
            raise RestError(-1102, "Start time is greater than end time.")
        if number is not None:
            if tape.dropped > 0 and number < tape.first_id:
                raise self._nothing(f"no trade of {local_symbol(tape.symbol)} before id {tape.first_id} any more")
            rows = tape.from_id(number, limit)
        elif start is None and end is None:
            rows = tape.newest(limit)
        else:
            rows = tape.between(start, end, limit)
        return [{**{key: value for key, value in row.items() if key != "nq"}, "M": True} for row in rows]

    def _klines(self, query: Query) -> Any:
        if query.get("interval") == "1s":
            raise self._nothing("bars of a minute and longer: ask for aggTrades and make those of a second from them")
        if query.get("timeZone", "0") not in {"0", "00:00", "+00:00", "0:00"}:
            raise self._nothing("bars of days that begin at midnight UTC alone")
        return self._lines(self._tape(query).update_bars, query, _MOST_ROWS)

    def _depth(self, query: Query) -> Any:
        tape = self._tape(query)
        limit = integer(query, "limit")
        limit = 100 if limit is None else limit
        if limit < 1:
            raise RestError(-1130, "Data sent for parameter 'limit' is not valid.")
        return self._book(tape.symbol, self._now_ms()).spot_row(min(limit, _DEEPEST))

    def _trades(self, query: Query) -> Any:
        return _spot_rows(self._raw(query).newest(limit_of(query, _MOST_ROWS)))

    def _historical_trades(self, query: Query) -> Any:
        raw = self._raw(query)
        limit, number = limit_of(query, _MOST_ROWS), integer(query, "fromId")
        return _spot_rows(raw.newest(limit) if number is None else raw.from_id(number, limit))

    def _tickers(self, query: Query) -> Any:
        now = self._now_ms()
        rows = [spot_ticker_row(tape, self._feed.quote(tape.symbol, now), now) for tape in self._named(query)]
        return rows[0] if query.get("symbol") else rows

    def _prices(self, query: Query) -> Any:
        priced = ((local_symbol(tape.symbol), tape.last_price()) for tape in self._named(query))
        rows = [{"symbol": symbol, "price": price} for symbol, price in priced if price is not None]
        if not query.get("symbol"):
            return rows
        if not rows:
            raise self._nothing("no trades of this symbol up to now")
        return rows[0]

    def _quotes(self, query: Query) -> Any:
        now = self._now_ms()
        quotes = [self._feed.quote(tape.symbol, now) for tape in self._named(query)]
        rows = [quote.spot_row() for quote in quotes if quote is not None]
        if not rows:
            raise self._nothing("no quotes of this symbol up to now" if query.get("symbol") else "no quotes up to now")
        return rows[0] if query.get("symbol") else rows

    def _named(self, query: Query) -> list[TradeLog]:
        """The symbols that a request is about: ``symbol``, those of ``symbols`` (a JSON array), or all."""
        if query.get("symbol") and query.get("symbols"):
            raise RestError(-1128, "Combination of optional parameters invalid.")
        if query.get("symbol"):
            return [self._tape(query)]
        text = query.get("symbols")
        return list(self.tapes.values()) if text is None else [self._tape({"symbol": name}) for name in _names(text)]


def _names(text: str) -> list[str]:
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise RestError(
            -1100, "Illegal characters found in parameter 'symbols'; legal range is a JSON array of symbols."
        )
    if len(set(names)) < len(names):
        raise RestError(-1151, "Symbol is present multiple times in the list.")
    return names


def _spot_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Raw trades as Spot writes them."""
    return [{**{key: value for key, value in row.items() if key != "isRPITrade"}, "isBestMatch": True} for row in rows]


def _depth_weight(query: Query) -> int:
    limit = row_count(query, 100)
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1000 else 250


def _ticker_weight(query: Query) -> int:
    if query.get("symbol"):
        return 2
    count = query.get("symbols", "").count(",") + 1
    return 80 if not query.get("symbols") or count > 100 else 40 if count > 20 else 2
