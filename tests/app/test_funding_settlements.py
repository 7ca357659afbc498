"""Settled funding: asked for once it is due, until it is there, and booked as a correction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from spreadscope.app.core_service import CoreService
from spreadscope.app.funding_settlements import FundingSettlements
from spreadscope.exchange.port import HistoryClient
from spreadscope.exchange.settled_funding import SettledFunding
from spreadscope.model.clock import ManualClock
from spreadscope.model.errors import ExchangeError
from spreadscope.model.facts import Fact
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trading import UNIT, LedgerEntry
from spreadscope.model.trading_events import TradingEvent
from spreadscope.model.trading_states import EntryKind
from tests.support.paper_market import START, PaperMarket, X, Y, of_kind

HOUR = 60 * MINUTE
DUE = START // HOUR * HOUR + HOUR  # a full hour after the beginning
SECOND_NS = 10**9


class Venue:
    """What a venue answers: rows that a test publishes, intervals, and every question."""

    def __init__(self) -> None:
        self.rows: list[SettledFunding] = []
        self.hours: dict[str, int] = {}
        self.asked: list[tuple[str, int, int]] = []
        self.fails = False

    async def settled_funding(self, symbol: str, start_time: int, end_time: int) -> list[SettledFunding]:
        self.asked.append((symbol, start_time, end_time))
        if self.fails:
            raise ExchangeError("the exchange is away")
        return [row for row in self.rows if row.symbol == symbol and start_time <= row.time <= end_time]

    async def funding_intervals(self) -> dict[str, int]:
        return self.hours


class Core:
    """The core as the service sees it, around a market that the test moves."""

    def __init__(self, market: PaperMarket) -> None:
        self.market = market
        self.engine = type("Engine", (), {"broker": market.broker})
        self.observers: list[Callable[[list[Fact]], None]] = []

    @property
    def market_time(self) -> int:
        return self.market.now

    def apply(self, events: list[TradingEvent]) -> None:
        for event in events:
            self.tell(self.market.add(self.market.broker.on(event)))

    def tell(self, facts: list[Fact]) -> None:
        for observer in self.observers:
            observer(facts)

    def observe(self, observer: Callable[[list[Fact]], None]) -> Callable[[], None]:
        self.observers.append(observer)
        return lambda: self.observers.remove(observer)


class Line:
    def __init__(self, *, hours: int = 1) -> None:
        self.market, self.venue, self.clock = PaperMarket(), Venue(), ManualClock()
        self.venue.hours = {Y: hours, X: hours}
        self.core = Core(self.market)
        client = cast("HistoryClient", self.venue)
        self.service = FundingSettlements(cast("CoreService", self.core), lambda symbol: client, self.clock)
        self.core.observe(self.service._note)

    def step(self, seconds: float = 100.0) -> None:
        self.clock.advance(int(seconds * SECOND_NS))
        asyncio.run(self.service.step())

    def go_to(self, time: int, *, due: int = DUE, rate: float = 0.0005) -> None:
        """Let the market go on, with marks of both legs a second before the time and at it."""
        for at in (time - 1_000, time):
            self.market.now = at - 500
            for symbol in (Y, X):
                coming = due if self.market.now < due else due + HOUR
                self.market.mark(symbol, rate=rate if symbol == Y else 0.0, due=coming)
            self.core.tell(self.market.tick())

    def go_past_it(self) -> None:
        for time in (DUE - 2_000, DUE + 2_000, DUE + 10_000):
            self.go_to(time)

    def funding(self) -> list[tuple[EntryKind, int]]:
        return [
            (entry.kind, entry.amount if entry.debit == "wallet" else -entry.amount)
            for entry in of_kind(self.market.facts, LedgerEntry)
            if entry.kind in {EntryKind.FUNDING, EntryKind.FUNDING_CORRECTION}
        ]


def opened(**given: Any) -> Line:
    line = Line(**given)
    line.market.open(+1)
    line.market.ticks(2)
    return line


def rows(rate: float, time: int = DUE) -> list[SettledFunding]:
    return [SettledFunding(Y, time, rate, 100.0), SettledFunding(X, time, 0.0, 100.0)]


def test_an_estimate_is_corrected_once_the_rate_is_settled() -> None:
    line = opened()
    line.step()
    assert line.venue.asked == []  # nothing is due
    line.go_past_it()
    assert line.funding() == [(EntryKind.FUNDING, -UNIT // 2)]
    line.step()
    assert {symbol for symbol, _, _ in line.venue.asked} == {Y, X}
    assert len(line.funding()) == 1  # it is not published yet
    line.venue.rows = rows(0.0006)
    line.step()
    line.step()
    assert line.funding() == [(EntryKind.FUNDING, -UNIT // 2), (EntryKind.FUNDING_CORRECTION, -UNIT // 10)]
    asked = len(line.venue.asked)
    line.step()
    assert len(line.venue.asked) == asked == 4
    line.market.check()


def test_an_equal_rate_corrects_nothing() -> None:
    line = opened()
    line.go_past_it()
    line.venue.rows = rows(0.0005)
    line.step()
    assert line.funding() == [(EntryKind.FUNDING, -UNIT // 2)]


def test_an_interval_that_changes_while_a_trade_is_open() -> None:
    """The venue still says 8 hours; the stream has booked one hour: that time is asked for, too."""
    line = opened(hours=8)
    line.go_past_it()
    line.venue.rows = rows(0.0004)
    line.step()
    assert line.funding() == [(EntryKind.FUNDING, -UNIT // 2), (EntryKind.FUNDING_CORRECTION, UNIT // 10)]


def test_all_that_was_missed_is_booked() -> None:
    """The engine was down over three fundings of one hour, which both legs pay."""
    line = opened()
    line.market.now = DUE + 2 * HOUR + 10_000
    line.core.tell(line.market.tick())
    times = [DUE + late * HOUR for late in range(3)]
    line.venue.rows = [SettledFunding(symbol, time, 0.0005, 100.0) for time in times for symbol in (Y, X)]
    line.step()
    line.step()
    assert sorted(amount for _, amount in line.funding()) == [-UNIT // 2] * 3 + [UNIT // 2] * 3
    assert {kind for kind, _ in line.funding()} == {EntryKind.FUNDING}
    line.market.check()


def test_a_venue_that_is_away_is_asked_again_with_pauses_and_then_told() -> None:
    line = opened()
    line.go_past_it()
    line.venue.fails = True
    for _ in range(4):
        line.step(1.0)
    assert len(line.venue.asked) == 2  # the first pause is five seconds
    for _ in range(12):
        line.step()
    alarms = [alarm.message for alarm in line.service.alarms()]
    assert any(Y in words and "the exchange is away" in words for words in alarms)
    line.venue.fails, line.venue.rows = False, rows(0.0006)
    line.step()
    assert list(line.service.alarms()) == []
    assert len(line.funding()) == 2


def test_a_venue_without_funding_is_not_asked() -> None:
    market = PaperMarket()
    market.open(+1)
    market.ticks(2)
    core = Core(market)
    service = FundingSettlements(cast("CoreService", core), lambda symbol: None, ManualClock())
    market.now = DUE + 60_000
    asyncio.run(service.step())
    assert list(service.alarms()) == []
