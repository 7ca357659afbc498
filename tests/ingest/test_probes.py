"""A silent stream is probed by REST, and its connection cut if the exchange trades: once for all its symbols."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.watchdog import Watchdog
from spreadscope.model.clock import ManualClock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.states import SymbolState
from spreadscope.tasks import Tasks
from tests.e2e.line import run
from tests.ingest.sockets import SYMBOLS, Socket
from tests.support.market import START, agg


async def probed(answers: dict[str, int]) -> tuple[Socket, Watchdog]:
    """Both symbols are probed at once; ``answers``: the newest id that the exchange has of each.

    The tape holds id 1.
    """
    clock = ManualClock(1)
    socket = Socket(clock)
    feed: Any = SimpleNamespace(
        symbols={symbol: SimpleNamespace(last_seen_ns=1, delivered=True) for symbol in SYMBOLS},
        connection_of=lambda _: socket,
    )

    async def newest_trade(symbol: str) -> object:
        await asyncio.sleep(0)
        return agg(symbol, answers[symbol], START, 1.0)

    client: Any = SimpleNamespace(newest_trade=newest_trade, budget=SimpleNamespace(used=0, limit=100))
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
    )
    clock.advance(60_000_000_000)
    assert [watchdog._check_symbol(symbol) for symbol in SYMBOLS] == [True, True]
    await asyncio.gather(*(watchdog._probe(symbol) for symbol in SYMBOLS))
    return socket, watchdog


def test_a_connection_of_silent_streams_is_cut_once() -> None:
    async def main() -> None:
        socket, _ = await probed({"AAAUSDT": 5, "BBBUSDT": 5})
        assert socket.cuts == ["AAAUSDT is silent although it trades"]

    run(main())


def test_what_does_not_trade_is_quiet() -> None:
    async def main() -> None:
        socket, watchdog = await probed({"AAAUSDT": 1, "BBBUSDT": 1})
        assert socket.cuts == []
        assert {watchdog.symbols[symbol].state for symbol in SYMBOLS} == {SymbolState.QUIET}

    run(main())
