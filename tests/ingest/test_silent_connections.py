"""What says nothing is called silent within ten seconds, and tried again as soon as the exchange is there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.watchdog import Watchdog, WatchdogLimits
from spreadscope.model.clock import ManualClock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.errors import ExchangeError
from spreadscope.model.states import SymbolState
from spreadscope.tasks import Tasks, first_ended
from tests.e2e.line import run
from tests.ingest.sockets import SYMBOLS, Socket

SECOND = 1_000_000_000


class Exchange:
    """Answers while it is ``up``."""

    def __init__(self) -> None:
        self.up = True
        self.asked = 0
        self.budget = SimpleNamespace(used=0, limit=100)

    async def time(self) -> int:
        self.asked += 1
        if not self.up:
            raise ExchangeError("cannot reach the exchange")
        return 0


def watched(socket: Socket, clock: ManualClock, exchange: Exchange, *, real_time: bool = True) -> Watchdog:
    feed: Any = SimpleNamespace(
        symbols={symbol: SimpleNamespace(last_seen_ns=1, delivered=True, lag_ms=None) for symbol in SYMBOLS},
        connection_of=lambda _: socket,
        connections=(socket,),
    )
    client: Any = exchange
    watchdog = Watchdog(
        DEFAULT,
        feed,
        client,
        clock,
        ExchangeConfig(),
        last_id=lambda _: 1,
        halted=lambda _: False,
        sink=lambda _: None,
        tasks=Tasks(),
        limits=WatchdogLimits(ask_again_seconds=0.0),
    )
    watchdog.exchange_clock = SimpleNamespace(real_time=real_time, offset_ms=None)  # type: ignore[assignment]
    return watchdog


def test_mark_prices_that_stay_away_are_a_silence_and_answers_to_pings_do_not_end_it() -> None:
    clock = ManualClock(1)
    socket: Any = Socket(clock)
    watchdog = watched(socket, clock, Exchange())
    socket.each_second = True
    clock.advance(7 * SECOND)
    assert watchdog.silent() == []
    clock.advance(5 * SECOND)
    assert watchdog.silent_s(socket) == 12
    assert watchdog._check_symbol(SYMBOLS[0]) is False  # nobody can tell by asking for one symbol what all of them lack
    assert watchdog.symbols[SYMBOLS[0]].state is SymbolState.SILENT
    assert "for 12 s" in watchdog.symbols[SYMBOLS[0]].detail
    socket.last_frame_ns = clock.monotonic_ns()
    assert watchdog.silent() == []
    assert watchdog._check_symbol(SYMBOLS[0]) is True  # what was traded meanwhile is asked for at once


def test_where_nothing_is_due_an_answer_to_a_ping_is_a_sign_of_life() -> None:
    clock = ManualClock(1)
    socket: Any = Socket(clock)
    for each_second, real_time in ((False, True), (True, False)):
        socket.each_second = each_second
        watchdog = watched(socket, clock, Exchange(), real_time=real_time)
        clock.advance(60 * SECOND)
        assert watchdog.silent() == []


def test_a_connection_that_we_do_not_read_is_not_silent() -> None:
    clock = ManualClock(1)
    socket: Any = Socket(clock)
    socket.each_second = socket.paused = True
    watchdog = watched(socket, clock, Exchange())
    clock.advance(60 * SECOND)
    assert watchdog.silent_s(socket) == 0


def test_a_connection_that_only_answers_pings_is_cut_once_a_minute() -> None:
    async def main() -> None:
        clock = ManualClock(1)
        socket: Any = Socket(clock)
        socket.each_second = True
        watchdog = await begun(watched(socket, clock, Exchange()))
        for _ in range(50):
            clock.advance(SECOND)
            watchdog._check_connections()
        assert len(socket.cuts) == 1
        assert socket.cuts[0].startswith("nothing but answers to pings came for 1")
        for _ in range(30):
            clock.advance(SECOND)
            watchdog._check_connections()
        assert len(socket.cuts) == 2
        await ended(watchdog)

    run(main())


class Deaf(Socket):
    """A connection that does not answer pings either."""

    last_received_ns = 1


def test_a_connection_that_answers_nothing_is_left_to_its_socket() -> None:
    async def main() -> None:
        clock = ManualClock(1)
        socket: Any = Deaf(clock)
        socket.each_second = True
        watchdog = await begun(watched(socket, clock, Exchange()))
        clock.advance(20 * SECOND)
        watchdog._check_connections()
        assert watchdog.silent() == [socket]
        assert socket.cuts == []
        await ended(watchdog)

    run(main())


def test_once_the_exchange_answers_again_every_connection_is_tried_at_once() -> None:
    async def main() -> None:
        clock = ManualClock(1)
        socket: Any = Socket(clock)
        socket.each_second = True
        exchange = Exchange()
        watchdog = await begun(watched(socket, clock, exchange))
        clock.advance(9 * SECOND)
        await looked(watchdog)
        assert socket.hurried == 0  # it answers: what is silent is the socket alone
        exchange.up = False
        await looked(watchdog)
        await looked(watchdog)
        assert socket.hurried == 0
        exchange.up = True
        await looked(watchdog)
        assert socket.hurried == 1
        await looked(watchdog)
        assert socket.hurried == 1
        socket.last_frame_ns = clock.monotonic_ns()
        asked = exchange.asked
        await looked(watchdog)
        assert exchange.asked == asked
        await ended(watchdog)

    run(main())


async def looked(watchdog: Watchdog) -> None:
    watchdog._check_connections()
    await first_ended(watchdog._tasks.running, every=True)


async def begun(watchdog: Watchdog) -> Watchdog:
    await watchdog._tasks.__aenter__()
    return watchdog


async def ended(watchdog: Watchdog) -> None:
    await watchdog._tasks.__aexit__(None, None, None)
