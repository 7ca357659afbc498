"""REST of Binance Spot (``/api/v3``)."""

from __future__ import annotations

import httpx

from spreadscope.exchange.binance_spot import rest
from spreadscope.exchange.port import InstrumentList, Tap, TradePage
from spreadscope.exchange.rest_client import RestClient, Retries
from spreadscope.model.clock import Clock
from spreadscope.model.events import BarRow
from spreadscope.model.instrument import local_symbol
from spreadscope.model.timeframe import CandleLength, Timeframe


class BinanceSpotClient(RestClient):
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
        """Returns what Spot lists. The sets of permissions, most of the answer, are left out of it."""
        parameters = {"showPermissionSets": "false"}
        return await self.get(rest.EXCHANGE_INFO, parameters, rest.EXCHANGE_INFO_WEIGHT, rest.decode_exchange_info)

    async def time(self) -> int:
        """Returns the exchange's clock, ms."""
        return await self.get(rest.TIME, {}, rest.TIME_WEIGHT, rest.decode_time)

    async def trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int | None = None,
    ) -> TradePage:
        """Returns trades from an id, or of an interval (its oldest ones), ascending."""
        most = rest.AGG_TRADES_LIMIT if limit is None else limit
        parameters: dict[str, str | int] = {"symbol": local_symbol(symbol), "limit": most}
        optional = {"fromId": from_id, "startTime": start_time, "endTime": end_time}
        parameters |= {name: value for name, value in optional.items() if value is not None}
        return await self.get(
            rest.AGG_TRADES, parameters, rest.AGG_TRADES_WEIGHT, lambda body: rest.decode_agg_trades(symbol, body)
        )

    async def candles(self, symbol: str, timeframe: Timeframe | CandleLength, limit: int) -> list[BarRow]:
        """Returns the newest candles, at most a thousand; the last one can be unfinished."""
        parameters: dict[str, str | int] = {
            "symbol": local_symbol(symbol),
            "interval": timeframe.value,
            "limit": min(limit, rest.KLINES_LIMIT),
        }
        return await self.get(rest.KLINES, parameters, rest.KLINES_WEIGHT, rest.decode_klines)

    def too_old(self, code: int | None) -> bool:
        """Returns False: Spot keeps every trade."""
        del code
        return False
