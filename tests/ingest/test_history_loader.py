"""History from before a symbol was watched, and what a ban makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from spreadscope.exchange.port import TradeMessage
from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.history_loader import HistoryLoader
from spreadscope.model.config import HistoryConfig
from spreadscope.model.errors import ExchangeError
from spreadscope.model.events import BarRow, Event, History, Trades

HOUR = 3_600_000
NOW = 1_000 * HOUR


class Exchange:
    """REST of a symbol with a trade a second, id by id; refuses everything while ``refusal`` says why."""

    def __init__(self) -> None:
        self.budget = SimpleNamespace(banned_s=0.0)
        self.refusal = ""
        self.status: int | None = 503
        self.asked: list[str] = []
        self.waited = 0

    def _answer(self, what: str) -> None:
        if self.refusal:
            raise ExchangeError(self.refusal, status=self.status)
        self.asked.append(what)

    async def time(self) -> int:
        self._answer("time")
        return NOW

    async def candles(self, symbol: str, timeframe: Any, limit: int) -> list[BarRow]:
        self._answer(f"klines {symbol}")
        return [BarRow(NOW - HOUR, 1.0, 1.0, 1.0, 1.0, 1.0, 1)]

    async def newest_trade(self, symbol: str) -> TradeMessage:
        self._answer(f"newest {symbol}")
        return TradeMessage(symbol, NOW // 1000, 1.0, 1.0, NOW, NOW, True)

    async def trades(self, symbol: str, *, start_time: int = 0, **_: int) -> list[TradeMessage]:
        self._answer(f"trades {symbol}")
        return [TradeMessage(symbol, start_time // 1000, 1.0, 1.0, start_time, start_time, True)]

    async def complete(self, seconds: float) -> bool:
        assert seconds > 0
        self.waited += 1
        return True


class Bench:
    def __init__(self, held: dict[str, int] | None = None) -> None:
        self.exchange = Exchange()
        self.events: list[Event] = []
        self.held = held or {}
        self.past = HistoryLoader(
            self.exchange,  # type: ignore[arg-type]  # as much of a client as is needed
            DEFAULT.capabilities,
            HistoryConfig(trade_minutes=5, bars=10),
            self.exchange,  # type: ignore[arg-type]  # … and of the repair
            last_id=self.held.get,
            sink=self.take,
        )

    def take(self, events: Sequence[Event]) -> None:
        self.events += events
        for event in events:
            if isinstance(event, Trades):
                self.held[event.symbol] = max(self.held.get(event.symbol, 0), int(event.ids[-1]))

    def ids(self, symbol: str) -> list[int]:
        return [int(event.ids[0]) for event in self.events if isinstance(event, Trades) and event.symbol == symbol]


def test_a_new_tape_begins_with_its_history_and_an_older_one_goes_on() -> None:
    bench = Bench(held={"OLD": 5})
    asyncio.run(bench.past.fetch(["NEW", "OLD"]))
    newest = NOW // 1000
    assert bench.ids("NEW") == [newest - 300, newest]
    assert bench.ids("OLD") == [newest]
    assert {event.symbol for event in bench.events if isinstance(event, History)} == {"NEW", "OLD"}
    assert bench.exchange.waited == 1
    assert (bench.past.problem, bench.past.doing, bench.past.pending) == ("", "", False)


def test_what_a_ban_forbids_is_owed_and_made_up_for_once() -> None:
    bench = Bench()
    bench.exchange.refusal, bench.exchange.budget.banned_s = "banned", 60.0
    asyncio.run(bench.past.fetch(["A"]))
    assert bench.past.pending
    assert bench.past.problem == "history could not be fetched: banned"
    assert bench.events == []
    bench.held["A"] = NOW // 1000 - 100  # its live trades have begun meanwhile
    bench.exchange.refusal, bench.exchange.budget.banned_s = "", 0.0
    asyncio.run(bench.past.load_pending())
    assert bench.ids("A") == [NOW // 1000 - 300, NOW // 1000], "the tape still begins with its history"
    assert (bench.past.problem, bench.past.pending) == ("", False)
    assert bench.exchange.waited == 0, "the repair runs already"


def test_a_ban_in_the_middle_leaves_only_the_rest_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    trades = bench.exchange.trades

    async def banned_after_a(symbol: str, **arguments: int) -> list[TradeMessage]:
        rows = await trades(symbol, **arguments)
        bench.exchange.refusal, bench.exchange.budget.banned_s = "banned", 60.0
        return rows

    monkeypatch.setattr(bench.exchange, "trades", banned_after_a)
    asyncio.run(bench.past.fetch(["A", "B"]))
    bench.exchange.asked.clear()
    bench.exchange.refusal, bench.exchange.budget.banned_s = "", 0.0
    monkeypatch.setattr(bench.exchange, "trades", trades)
    asyncio.run(bench.past.load_pending())
    assert bench.exchange.asked == ["time", "klines B", "klines B", "newest B", "trades B"]


def test_another_failure_costs_history_and_is_not_tried_again() -> None:
    bench = Bench()
    bench.exchange.refusal = "status 503"
    asyncio.run(bench.past.fetch(["A"]))
    assert bench.past.problem == "history could not be fetched: status 503"
    assert not bench.past.pending
    assert bench.exchange.waited == 0


def test_what_an_exchange_out_of_reach_does_not_give_is_owed() -> None:
    bench = Bench()
    bench.exchange.refusal, bench.exchange.status = "cannot reach the exchange", None
    asyncio.run(bench.past.fetch(["A"]))
    assert bench.past.problem == "history could not be fetched: cannot reach the exchange"
    assert bench.past.pending
    bench.exchange.refusal = ""
    asyncio.run(bench.past.load_pending())
    assert (bench.past.problem, bench.past.pending) == ("", False)
