"""The REST client: one budget of weight for the process, bounded retries, bans respected."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TypeVar

import httpx

from spreadscope.exchange.binance import rest
from spreadscope.model.clock import Clock
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.events import BarRow
from spreadscope.model.timeframe import Timeframe

WEIGHT_PER_MINUTE = 2_400
RESERVE = 0.10
_MINUTE_NS = 60_000_000_000
_ATTEMPTS = 4
_LONGEST_WAIT_NS = 2 * _MINUTE_NS
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

T = TypeVar("T")


class WeightBudget:
    """Weight used in the current UTC minute: the larger of our own count and what the exchange's header says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute = 0
        self._used = 0
        self.blocked_until_ns = 0

    @property
    def used(self) -> int:
        self._roll()
        return self._used

    def wait_ns(self, weight: int) -> int:
        """How long to wait before a request of ``weight`` may go (0: at once, and it is counted)."""
        self._roll()
        now = self._clock.now_ns()
        if now < self.blocked_until_ns:
            return self.blocked_until_ns - now
        if self._used + weight > WEIGHT_PER_MINUTE * (1 - RESERVE):
            return _MINUTE_NS - now % _MINUTE_NS
        self._used += weight
        return 0

    def told(self, used: int) -> None:
        """The exchange's own count, which others on this address add to."""
        self._roll()
        self._used = max(self._used, used)

    def block(self, seconds: float) -> None:
        """No request before ``seconds`` from now."""
        self.blocked_until_ns = max(self.blocked_until_ns, self._clock.now_ns() + int(seconds * 1e9))

    def _roll(self) -> None:
        minute = self._clock.now_ns() // _MINUTE_NS
        if minute != self._minute:
            self._minute, self._used = minute, 0


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
    ) -> list[rest.AggTradeRow]:
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
        while (wait := self.budget.wait_ns(weight)) > 0:
            if wait > _LONGEST_WAIT_NS:
                raise ExchangeError(f"the exchange has banned this address for another {wait / 6e10:.0f} min: wait")
            await asyncio.sleep(wait / 1e9 + 0.01)  # others may have used the budget meanwhile

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
            self.budget.block(seconds + random.uniform(0.1, 1.0))  # noqa: S311 - jitter
            what = "has banned this address" if status == 418 else "asks to slow down"
            raise ExchangeError(f"the exchange {what} for {seconds:g} s", status=status)
        if status == 451:
            raise ExchangeError(f"the exchange does not serve this region (451 from {self.base_url})", status=status)
        error = rest.decode_error(response.content)
        if error is not None:
            raise ExchangeError(f"{path}: {error.msg} ({error.code})", code=error.code, status=status)
        raise ExchangeError(f"{path} answered status {status}", status=status)


__all__ = ["DecodeError", "RestClient", "WeightBudget"]
