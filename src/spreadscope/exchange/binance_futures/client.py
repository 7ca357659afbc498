"""REST of Binance USD-M futures (``/fapi/v1``)."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from spreadscope.exchange.binance_futures import rest
from spreadscope.exchange.port import InstrumentList, Tap, TradePage
from spreadscope.exchange.rest_client import RestClient, Retries
from spreadscope.exchange.settled_funding import SettledFunding
from spreadscope.model.clock import Clock
from spreadscope.model.events import BarRow
from spreadscope.model.instrument import local_symbol
from spreadscope.model.timeframe import CandleLength, Timeframe

_TOO_OLD = -4166  # "Search window is restricted to recent 48 hours"


class BinanceFuturesClient(RestClient):
    """The routes the engine needs."""

    used_weight_header = "X-MBX-USED-WEIGHT-1M"

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tap: Tap | None = None,
        retries: Retries | None = None,
    ) -> None:
        super().__init__(base_url, clock, rest.WEIGHT_PER_MINUTE, transport=transport, tap=tap, retries=retries)

    async def instruments(self) -> InstrumentList:
        return await self.get("/fapi/v1/exchangeInfo", {}, 1, rest.decode_exchange_info)

    async def time(self) -> int:
        return await self.get("/fapi/v1/time", {}, 1, rest.decode_time)

    async def trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
    ) -> TradePage:
        """Returns aggregate trades from an id, or of an interval of less than an hour."""
        most = rest.AGG_TRADES_LIMIT if limit is None else limit
        parameters: dict[str, str | int] = {"symbol": local_symbol(symbol), "limit": most}
        optional = {"fromId": from_id, "startTime": start_time, "endTime": end_time}
        parameters |= {name: value for name, value in optional.items() if value is not None}
        read: Callable[[bytes], TradePage] = lambda body: rest.decode_agg_trades(symbol, body)  # noqa: E731
        return await self.get("/fapi/v1/aggTrades", parameters, rest.AGG_TRADES_WEIGHT, read)

    async def candles(self, symbol: str, timeframe: Timeframe | CandleLength, limit: int) -> list[BarRow]:
        parameters: dict[str, str | int] = {
            "symbol": local_symbol(symbol),
            "interval": timeframe.value,
            "limit": min(limit, rest.KLINES_LIMIT),
        }
        return await self.get("/fapi/v1/klines", parameters, rest.klines_weight(limit), rest.decode_klines)

    def candles_weight(self, limit: int) -> int:
        return rest.klines_weight(limit)

    async def day_volumes(self) -> dict[str, float]:
        return await self.get("/fapi/v1/ticker/24hr", {}, rest.TICKERS_WEIGHT, rest.decode_day_volumes)

    async def settled_funding(self, symbol: str, start_time: int, end_time: int) -> list[SettledFunding]:
        """The route has a quota of its own: 500 requests in five minutes."""
        parameters: dict[str, str | int] = {
            "symbol": local_symbol(symbol), "startTime": start_time, "endTime": end_time, "limit": rest.FUNDING_LIMIT,
        }  # fmt: skip
        read: Callable[[bytes], list[SettledFunding]] = lambda body: rest.decode_settled_funding(symbol, body)  # noqa: E731
        return await self.get("/fapi/v1/fundingRate", parameters, 1, read)

    async def funding_intervals(self) -> dict[str, int]:
        return await self.get("/fapi/v1/fundingInfo", {}, 1, rest.decode_funding_intervals)

    def too_old(self, code: int | None) -> bool:
        return code == _TOO_OLD
