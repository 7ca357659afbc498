"""The REST client: one budget of weight for the process, bounded retries, bans respected."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TypeVar

import httpx

from spreadscope.exchange.binance_futures import rest
from spreadscope.exchange.governor import LONGEST_BAN_S, WeightBudget
from spreadscope.model.clock import Clock
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.events import BarRow
from spreadscope.model.timeframe import Timeframe

_ATTEMPTS = 4
_LONGEST_PAUSE_S = 3_600.0  # of a 429, whatever its header says: the budget is by the minute
_LONGEST_WAIT_NS = 120_000_000_000
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

T = TypeVar("T")


class RestClient:
    """The routes the engine needs. Raises ``ExchangeError`` with one sentence; never returns half an answer."""

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tap: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """``tap`` is shown every good answer: the request's path with its query, and the body."""
        self.base_url = base_url
        self._tap = tap
        self.budget = WeightBudget(clock)
        self._client = httpx.AsyncClient(base_url=base_url, timeout=10.0, transport=transport, trust_env=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def exchange_info(self) -> rest.ExchangeInfo:
        return await self._get("/fapi/v1/exchangeInfo", {}, 1, rest.decode_exchange_info)

    async def time(self) -> int:
        """The exchange's clock, ms."""
        return await self._get("/fapi/v1/time", {}, 1, rest.decode_time)

    async def newest_trade(self, symbol: str) -> rest.AggTradeRow | None:
        """The newest aggregate trade of a symbol; None before its first one."""
        rows = await self.agg_trades(symbol, limit=1)
        return rows[-1] if rows else None

    async def agg_trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        limit: int = rest.AGG_TRADES_LIMIT,
    ) -> rest.AggTradePage:
        """Aggregate trades from an id, or of an interval of at most an hour, ascending."""
        parameters: dict[str, str | int] = {"symbol": symbol, "limit": limit}
        optional = {"fromId": from_id, "startTime": start_time, "endTime": end_time}
        parameters |= {name: value for name, value in optional.items() if value is not None}
        return await self._get("/fapi/v1/aggTrades", parameters, rest.AGG_TRADES_WEIGHT, rest.decode_agg_trades)

    async def klines(self, symbol: str, timeframe: Timeframe, limit: int) -> list[BarRow]:
        """The newest candles of a symbol; the last one can be unfinished."""
        parameters: dict[str, str | int] = {"symbol": symbol, "interval": timeframe.value, "limit": limit}
        return await self._get("/fapi/v1/klines", parameters, rest.klines_weight(limit), rest.decode_klines)

    async def _get(self, path: str, parameters: Mapping[str, str | int], weight: int, read: Callable[[bytes], T]) -> T:
        """One answer, after as many attempts as are reasonable. Half an answer is a fault of the moment, like any 5xx."""
        problem: ExchangeError | DecodeError = ExchangeError(f"{self.base_url} does not answer")
        for attempt in range(_ATTEMPTS):
            await self._wait_for_budget(weight)
            try:
                response = await self._client.get(path, params=dict(parameters))
                body = self._judge(path, response)
                answer = read(body)
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                problem = ExchangeError(
                    f"cannot reach the exchange at {self.base_url} ({reason}): check the network and the address"
                )
            except ExchangeError as error:
                if error.status is not None and 400 <= error.status < 500 and error.status not in {408, 429}:
                    raise
                problem = error
            except DecodeError as error:
                problem = error
            else:
                if self._tap is not None:
                    self._tap(response.request.url.raw_path.decode("ascii"), body)
                return answer
            if attempt + 1 < _ATTEMPTS:
                await asyncio.sleep(random.uniform(0.2, 0.5) * 2**attempt)  # noqa: S311 - jitter
        raise problem

    async def _wait_for_budget(self, weight: int) -> None:
        """Wait for one's turn. A ban is said at once: what waited for its end would hold up everything behind it."""
        while (wait := self.budget.wait_ns(weight)) > 0:
            if self.budget.banned_s:
                raise ExchangeError(f"the exchange has banned this address for another {_duration(wait)}: wait")
            if wait > _LONGEST_WAIT_NS:
                raise ExchangeError(f"the exchange asks to wait for another {_duration(wait)}")
            await asyncio.sleep(wait / 1e9 + self.budget.jitter())  # others may have used the budget meanwhile

    def _judge(self, path: str, response: httpx.Response) -> bytes:
        """The body of a good answer; otherwise raises what the exchange, or something before it, had to say."""
        used = response.headers.get("X-MBX-USED-WEIGHT-1M", "")
        if _DECIMAL.fullmatch(used):
            self.budget.told(int(float(used)))
        status = response.status_code
        if status == 200:
            # A proxy's HTML under status 200 is told apart here; the decoder would only say that it is no JSON.
            if response.content[:1] in {b"{", b"["}:
                return response.content
            raise ExchangeError(f"{path} answered something that is not JSON", status=status)
        if status in {418, 429}:
            after = response.headers.get("Retry-After", "")
            seconds = float(after) if _DECIMAL.fullmatch(after) else 60.0
            if status == 418:
                seconds = min(seconds, LONGEST_BAN_S)
                self.budget.ban(seconds)
                raise ExchangeError(f"the exchange has banned this address for {seconds:g} s", status=status)
            seconds = min(seconds, _LONGEST_PAUSE_S)
            self.budget.block(seconds)
            raise ExchangeError(f"the exchange asks to slow down for {seconds:g} s", status=status)
        if status == 451:
            raise ExchangeError(f"the exchange does not serve this region (451 from {self.base_url})", status=status)
        error = rest.decode_error(response.content)
        if error is not None:
            raise ExchangeError(f"{path}: {error.msg} ({error.code})", code=error.code, status=status)
        raise ExchangeError(f"{path} answered status {status}", status=status)


def _duration(nanoseconds: int) -> str:
    seconds = nanoseconds / 1e9
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


__all__ = ["DecodeError", "RestClient", "WeightBudget"]
