"""What REST clients of all venues share: one budget of weight, bounded retries, bans respected."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

import httpx
import msgspec

from spreadscope.exchange.governor import LONGEST_BAN_S, WeightBudget
from spreadscope.exchange.port import HistoryClient, Tap
from spreadscope.model.clock import Clock
from spreadscope.model.errors import DecodeError, ExchangeError

_LONGEST_PAUSE_S = 3_600.0  # of a 429, whatever its header says: the budget is by the minute
_LONGEST_WAIT_NS = 120_000_000_000
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often a request is made at most, and what waits between two of them and for the budget."""

    attempts: int = 4
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class _Refusal(msgspec.Struct, frozen=True):
    code: int
    msg: str = ""


def decode_refusal(body: bytes) -> tuple[int, str] | None:
    """Returns the code and words of ``{"code": …, "msg": …}``; None for other bodies.

    Most venues refuse requests in this form.
    """
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return None
    return refusal.code, refusal.msg


class RestClient(HistoryClient):
    """A client whose requests are weighed, retried and judged; a venue adds its routes.

    Never returns half an answer.
    """

    used_weight_header = ""  # in which the venue says what was used in this minute

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        weight_per_minute: int,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tap: Tap | None = None,
        retries: Retries | None = None,
    ) -> None:
        self.base_url = base_url
        self._retries = retries or Retries()
        self._tap = tap
        self.budget = WeightBudget(clock, weight_per_minute)
        self._client = httpx.AsyncClient(base_url=base_url, timeout=10.0, transport=transport, trust_env=True)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()

    def refusal(self, body: bytes) -> tuple[int, str] | None:
        """Returns the code and the words of a refused request; None where the body is something else (HTML, say)."""
        return decode_refusal(body)

    async def get(self, path: str, parameters: Mapping[str, str | int], weight: int, read: Callable[[bytes], T]) -> T:
        """One answer, after as many attempts as are reasonable.

        Half an answer is a fault of the moment, like any 5xx.
        """
        problem: ExchangeError | DecodeError = ExchangeError(f"{self.base_url} does not answer")
        for attempt in range(self._retries.attempts):
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
            if attempt + 1 < self._retries.attempts:
                await self._retries.sleep(random.uniform(0.2, 0.5) * 2**attempt)  # noqa: S311 - jitter
        raise problem

    async def _wait_for_budget(self, weight: int) -> None:
        """Wait for one's turn. A ban is said at once: what waited for its end would hold up everything behind it."""
        while (wait := self.budget.wait_ns(weight)) > 0:
            if self.budget.banned_s:
                raise ExchangeError(f"the exchange has banned this address for another {_duration(wait)}: wait")
            if wait > _LONGEST_WAIT_NS:
                raise ExchangeError(f"the exchange asks to wait for another {_duration(wait)}")
            await self._retries.sleep(wait / 1e9 + self.budget.jitter())  # others may have used the budget meanwhile

    def _judge(self, path: str, response: httpx.Response) -> bytes:
        """The body of a good answer; otherwise raises what the exchange, or something before it, had to say."""
        used = response.headers.get(self.used_weight_header, "")
        if _DECIMAL.fullmatch(used):
            self.budget.set_used(int(float(used)))
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
        refusal = self.refusal(response.content)
        if refusal is not None:
            code, words = refusal
            raise ExchangeError(f"{path}: {words} ({code})", code=code, status=status)
        raise ExchangeError(f"{path} answered status {status}", status=status)


def _duration(nanoseconds: int) -> str:
    seconds = nanoseconds / 1e9
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
