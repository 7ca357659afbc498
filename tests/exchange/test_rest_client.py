"""The REST client: the weight budget, refusals, retries; no real exchange and no real sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import httpx
import pytest

from spreadscope.exchange.binance_futures.client import BinanceFuturesClient
from spreadscope.exchange.governor import WeightBudget
from spreadscope.exchange.rest_client import Retries
from spreadscope.model.clock import ManualClock
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.timeframe import Timeframe

T = TypeVar("T")
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
NOON = 28_000_000 * MINUTE
TIME = b'{"serverTime":5}'


class SleepingClock(ManualClock):
    """A clock on which every sleep of the client passes at once."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(int(seconds * SECOND))


@pytest.fixture
def clock() -> SleepingClock:
    return SleepingClock()


@pytest.fixture
def slept(clock: SleepingClock) -> list[float]:
    """Every sleep of the client."""
    return clock.slept


Answer = httpx.Response | Exception


def ask(
    clock: SleepingClock, answers: list[Answer], call: Callable[[BinanceFuturesClient], Awaitable[T]]
) -> tuple[T, list[httpx.Request]]:
    """Run ``call`` against an exchange that gives ``answers`` in turn, the last one for ever."""
    requests: list[httpx.Request] = []
    script: Iterator[Answer] = iter(answers)
    last: list[Answer] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        answer = next(script, None) or last[0]
        last[:] = [answer]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    async def run() -> T:
        transport, retries = httpx.MockTransport(handle), Retries(sleep=clock.sleep)
        async with BinanceFuturesClient("http://exchange.test", clock, transport=transport, retries=retries) as client:
            return await call(client)

    try:
        return asyncio.run(run()), requests
    except (ExchangeError, DecodeError) as error:
        error.args = (*error.args, len(requests))
        raise


def ok(body: bytes = TIME, used: str = "") -> httpx.Response:
    return httpx.Response(200, content=body, headers={"X-MBX-USED-WEIGHT-1M": used} if used else {})


# --- the budget -----------------------------------------------------------------------------------------------------


def test_own_count_stops_at_the_reserve(clock: SleepingClock) -> None:
    budget = WeightBudget(clock, 2_400)
    assert [budget.wait_ns(20) for _ in range(108)] == [0] * 108  # 2160 = 90% of 2400
    assert budget.used == 2160
    assert budget.wait_ns(20) == MINUTE
    clock.advance(45 * SECOND)
    assert budget.wait_ns(1) == 15 * SECOND
    clock.advance(15 * SECOND)
    assert budget.used == 0
    assert budget.wait_ns(20) == 0


def test_the_exchanges_count_beats_a_smaller_own_one(clock: SleepingClock) -> None:
    budget = WeightBudget(clock, 2_400)
    budget.wait_ns(20)
    budget.set_used(2150)
    assert budget.wait_ns(20) > 0
    assert budget.wait_ns(10) == 0
    budget.set_used(3)
    assert budget.used == 2160


def test_a_block_outlasts_the_minute_and_is_never_shortened(clock: SleepingClock) -> None:
    budget = WeightBudget(clock, 2_400)
    budget.block(90)
    budget.block(5)
    clock.advance(MINUTE)
    assert budget.wait_ns(1) == 30 * SECOND
    clock.advance(30 * SECOND)
    assert budget.wait_ns(1) == 0


def test_the_client_believes_the_header_and_waits_for_the_minute(clock: SleepingClock, slept: list[float]) -> None:
    async def twice(client: BinanceFuturesClient) -> int:
        await client.time()
        return await client.time()

    _, requests = ask(clock, [ok(used="2400"), ok()], twice)
    assert len(requests) == 2
    assert len(slept) == 1
    assert 60.01 <= slept[0] <= 60.5


@pytest.mark.parametrize("header", ["", "²", "x", "-1", "1e3", "9" * 30])
def test_a_header_that_is_no_number_is_left_aside(clock: SleepingClock, slept: list[float], header: str) -> None:
    async def used(client: BinanceFuturesClient) -> int:
        await client.time()
        return client.budget.used

    answer = httpx.Response(200, content=TIME, headers=[(b"X-MBX-USED-WEIGHT-1M", header.encode("latin-1"))])
    assert ask(clock, [answer], used)[0] == 1
    assert slept == []


# --- refusals -------------------------------------------------------------------------------------------------------


def test_429_holds_everything_for_retry_after(clock: SleepingClock, slept: list[float]) -> None:
    refusal = httpx.Response(429, headers={"Retry-After": "30"}, content=b'{"code":-1003,"msg":"Too many requests"}')
    value, requests = ask(clock, [refusal, ok()], lambda client: client.time())
    assert (value, len(requests)) == (5, 2)
    assert 30.01 <= sum(slept) <= 31.5


@pytest.mark.parametrize("after", ["soon", "²", "", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_strange_retry_after_counts_as_a_minute(clock: SleepingClock, slept: list[float], after: str) -> None:
    refusal = httpx.Response(429, headers=[(b"Retry-After", after.encode("latin-1"))])
    ask(clock, [refusal, ok()], lambda client: client.time())
    assert 60.01 <= sum(slept) <= 62


def test_a_ban_is_said_at_once_and_nothing_is_asked_during_it(clock: SleepingClock, slept: list[float]) -> None:
    async def during(client: BinanceFuturesClient) -> list[str]:
        said = []
        for _ in range(3):
            with pytest.raises(ExchangeError) as caught:
                await client.time()
            said.append(str(caught.value))
        clock.advance(259_202 * SECOND)
        await client.time()
        return said

    ban = httpx.Response(418, headers={"Retry-After": "259200"}, content=b'{"code":-1003,"msg":"banned"}')
    said, requests = ask(clock, [ban, ok()], during)
    assert len(requests) == 2
    assert slept == []
    assert all("banned" in text for text in said)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 451])
def test_what_is_wrong_for_good_is_not_asked_again(clock: SleepingClock, slept: list[float], status: int) -> None:
    with pytest.raises(ExchangeError) as caught:
        ask(clock, [httpx.Response(status, content=b"<html>")], lambda client: client.time())
    assert caught.value.status == status
    assert caught.value.args[-1] == 1
    assert slept == []


def test_the_exchanges_own_code_surfaces(clock: SleepingClock, slept: list[float]) -> None:
    refusal = httpx.Response(400, content=b'{"code":-4166,"msg":"Search window is restricted"}')
    with pytest.raises(ExchangeError, match="Search window is restricted") as caught:
        ask(clock, [refusal], lambda client: client.trades("BTCUSDT", from_id=1))
    assert (caught.value.code, caught.value.status, slept) == (-4166, 400, [])


def test_a_ban_is_told_kept_and_counted_down(clock: SleepingClock) -> None:
    told: list[int] = []
    budget = WeightBudget(clock, 2_400)
    budget.ban(120)
    budget.on_ban(told.append)
    assert told == [NOON + 120 * SECOND]
    clock.advance(20 * SECOND)
    assert budget.banned_s == budget.blocked_s == 100
    budget.ban(300)
    assert told[-1] == NOON + 320 * SECOND
    after_restart = WeightBudget(clock, 2_400)
    after_restart.restore(told[-1])
    assert after_restart.banned_s == 300
    assert after_restart.wait_ns(1) == 300 * SECOND
    clock.advance(300 * SECOND)
    assert (after_restart.banned_s, after_restart.wait_ns(1)) == (0, 0)
    after_restart.restore(told[-1])
    assert after_restart.blocked_s == 0


def test_a_short_ban_is_not_waited_for_either(clock: SleepingClock, slept: list[float]) -> None:
    async def twice(client: BinanceFuturesClient) -> str:
        for _ in range(2):
            with pytest.raises(ExchangeError) as caught:
                await client.time()
        return str(caught.value)

    ban = httpx.Response(418, headers={"Retry-After": "30"}, content=b'{"code":-1003,"msg":"banned"}')
    said, requests = ask(clock, [ban], twice)
    assert said == "the exchange has banned this address for another 30 s: wait"
    assert (len(requests), slept) == (1, [])


# --- faults of the moment -------------------------------------------------------------------------------------------

FAULTS = {
    "503": httpx.Response(503, content=b"<html>"),
    "502 with a code": httpx.Response(502, content=b'{"code":-1000,"msg":"x"}'),
    "408": httpx.Response(408),
    "html under 200": httpx.Response(200, content=b"<html>blocked</html>"),
    "empty under 200": httpx.Response(200, content=b""),
    "truncated": httpx.Response(200, content=b'{"serverTi'),
    "reset": httpx.ReadError("connection reset"),
    "cut": httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    "timeout": httpx.ReadTimeout(""),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_tried_again(clock: SleepingClock, slept: list[float], fault: Answer) -> None:
    value, requests = ask(clock, [fault, fault, ok()], lambda client: client.time())
    assert (value, len(requests)) == (5, 3)
    assert all(0.2 <= pause / 2**attempt <= 0.5 for attempt, pause in enumerate(slept))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_but_not_for_ever(clock: SleepingClock, slept: list[float], fault: Answer) -> None:
    with pytest.raises((ExchangeError, DecodeError)) as caught:
        ask(clock, [fault], lambda client: client.time())
    assert caught.value.args[-1] == 4
    assert len(slept) == 3
    assert "\n" not in caught.value.args[0]


def test_an_exchange_that_is_not_there_is_one_sentence(clock: SleepingClock, slept: list[float]) -> None:
    with pytest.raises(ExchangeError) as caught:
        ask(clock, [httpx.ConnectError("Connection refused")], lambda client: client.time())
    assert caught.value.args[0] == (
        "cannot reach the exchange at http://exchange.test (Connection refused): check the network and the address"
    )


# --- the routes -----------------------------------------------------------------------------------------------------


def test_routes_ask_as_the_exchange_wants(clock: SleepingClock, slept: list[float]) -> None:
    async def all_routes(client: BinanceFuturesClient) -> int:
        await client.trades("牛来USDT", from_id=7)
        await client.trades("BTCUSDT", start_time=1, end_time=2, limit=1)
        await client.candles("BTCUSDT", Timeframe.M5, 500)
        assert await client.newest_trade("BTCUSDT") is None
        return client.budget.used

    used, requests = ask(clock, [ok(b"[]")], all_routes)
    assert [dict(request.url.params) for request in requests] == [
        {"symbol": "牛来USDT", "limit": "1000", "fromId": "7"},
        {"symbol": "BTCUSDT", "limit": "1", "startTime": "1", "endTime": "2"},
        {"symbol": "BTCUSDT", "interval": "5m", "limit": "500"},
        {"symbol": "BTCUSDT", "limit": "1"},
    ]
    assert used == 20 + 20 + 2 + 20


@pytest.mark.parametrize("after", ["999999999", "259201", "259200.5"])
def test_a_ban_is_believed_for_three_days_at_most(clock: SleepingClock, slept: list[float], after: str) -> None:
    ban = httpx.Response(418, headers={"Retry-After": after}, content=b'{"code":-1003,"msg":"banned"}')

    async def banned(client: BinanceFuturesClient) -> float:
        with pytest.raises(ExchangeError):
            await client.time()
        return client.budget.banned_s

    seconds, _ = ask(clock, [ban], banned)
    assert seconds == 259_200
    budget = WeightBudget(clock, 2_400)
    budget.restore(clock.now_ns() + 999_999_999 * SECOND)  # what an older version stored
    assert budget.banned_s == 259_200
