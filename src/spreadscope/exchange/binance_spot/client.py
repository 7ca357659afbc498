"""REST of Spot: history, instruments and the clock, within the weight of its own budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TypeVar

import httpx

from spreadscope.exchange.binance_spot import rest
from spreadscope.exchange.client import RestClient
from spreadscope.exchange.governor import RESERVE, WeightBudget
from spreadscope.exchange.port import HistoryClient, InstrumentList, Tap, TradePage
from spreadscope.model.clock import Clock
from spreadscope.model.events import BarRow
from spreadscope.model.instrument import local_symbol
from spreadscope.model.timeframe import Timeframe

T = TypeVar("T")


class SpotBudget(WeightBudget):
    """The weight that Spot allows, less the share that is left to others on the address."""

    @property
    def limit(self) -> int:
        """What may be used in a minute."""
        return int(rest.WEIGHT_PER_MINUTE * (1 - RESERVE))


class _Requests(RestClient):
    """Retries, waits and bans, as on futures."""

    def __init__(
        self, base_url: str, clock: Clock, *, transport: httpx.AsyncBaseTransport | None, tap: Tap | None
    ) -> None:
        super().__init__(base_url, clock, transport=transport, tap=tap)
        self.budget = SpotBudget(clock)

    async def get(self, path: str, parameters: Mapping[str, str | int], weight: int, read: Callable[[bytes], T]) -> T:
        """Returns one answer, after as many attempts as are reasonable."""
        return await self._get(path, parameters, weight, read)


class SpotClient(HistoryClient):
    """The routes the engine needs."""

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.base_url = base_url
        self._requests = _Requests(base_url, clock, transport=transport, tap=tap)
        self.budget = self._requests.budget

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._requests.__aexit__(kind, error, traceback)

    async def instruments(self) -> InstrumentList:
        """Returns what Spot lists. The sets of permissions, most of the answer, are left out of it."""
        parameters = {"showPermissionSets": "false"}
        return await self._requests.get(
            rest.EXCHANGE_INFO, parameters, rest.EXCHANGE_INFO_WEIGHT, rest.decode_exchange_info
        )

    async def time(self) -> int:
        """Returns the exchange's clock, ms."""
        return await self._requests.get(rest.TIME, {}, rest.TIME_WEIGHT, rest.decode_time)

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
        parameters: dict[str, str | int] = {
            "symbol": local_symbol(symbol),
            "limit": rest.AGG_TRADES_LIMIT if limit is None else limit,
        }
        optional = {"fromId": from_id, "startTime": start_time, "endTime": end_time}
        parameters |= {name: value for name, value in optional.items() if value is not None}
        return await self._requests.get(
            rest.AGG_TRADES, parameters, rest.AGG_TRADES_WEIGHT, lambda body: rest.decode_agg_trades(body, symbol)
        )

    async def candles(self, symbol: str, timeframe: Timeframe, limit: int) -> list[BarRow]:
        """Returns the newest candles, at most a thousand; the last one can be unfinished."""
        parameters: dict[str, str | int] = {
            "symbol": local_symbol(symbol),
            "interval": timeframe.value,
            "limit": min(limit, rest.KLINES_LIMIT),
        }
        return await self._requests.get(rest.KLINES, parameters, rest.KLINES_WEIGHT, rest.decode_klines)

    def too_old(self, code: int | None) -> bool:
        """Returns False: Spot keeps every trade."""
        del code
        return False
