"""The repair of holes, against a small exchange that keeps some of its trades."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from spreadscope.exchange.port import TradeMessage, TradePage
from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.backfill import Backfill, fetch_history, fetch_tape_start
from spreadscope.model.clock import ManualClock
from spreadscope.model.errors import DecodeError, ExchangeError
from spreadscope.model.events import BarRow, Event, History, Origin, Trades, UpstreamHole
from spreadscope.model.facts import Gap
from spreadscope.model.timeframe import Timeframe
from spreadscope.tape.tape import Tape
from tests.support.market import START, trades

SECOND = 1_000_000_000
NOW = START + 10_000_000
RETENTION_MS = DEFAULT.capabilities.retention_ms or 0


class Exchange:
    """Has the trades ``ids``; ``oldest`` is the first one it still gives out by id."""

    def __init__(self, ids: list[int], *, oldest: int = 0) -> None:
        self.ids, self.oldest = ids, oldest
        self.asked: list[dict[str, Any]] = []
        self.fail: list[Exception] = []

    def row(self, number: int) -> TradeMessage:
        same = trades([number])
        time, maker = int(same.times[0]), bool(same.buyer_maker[0])
        return TradeMessage("BTCUSDT", number, float(same.prices[0]), float(same.quantities[0]), time, time, maker)

    def too_old(self, code: int | None) -> bool:
        return code == -4166

    async def trades(self, symbol: str, **asked: Any) -> TradePage:
        return TradePage(self._rows(asked))

    def _rows(self, asked: dict[str, Any]) -> list[TradeMessage]:
        self.asked.append(asked)
        if self.fail:
            raise self.fail.pop(0)
        limit = asked.get("limit", 1000)
        if asked.get("from_id") is not None:
            if asked["from_id"] < self.oldest:
                raise ExchangeError("too old (-4166)", code=-4166, status=400)
            return [self.row(i) for i in self.ids if i >= asked["from_id"]][:limit]
        low, high = asked["start_time"], asked["end_time"]
        assert high - low < 3_600_000, "intervals stay under an hour"
        return [row for row in map(self.row, self.ids) if low <= row.time <= high and row.id >= self.oldest][:limit]

    async def newest_trade(self, symbol: str) -> TradeMessage | None:
        return self.row(self.ids[-1]) if self.ids else None

    async def time(self) -> int:
        return START + self.oldest * 10 + RETENTION_MS

    async def candles(self, symbol: str, timeframe: Timeframe, limit: int) -> list[BarRow]:
        newest = timeframe.open_time(NOW)
        return [BarRow(newest - i * timeframe.milliseconds, 1, 1, 1, 1, 1, 1) for i in reversed(range(limit))]


class Bench:
    """A tape with holes, and the repair at work on it."""

    def __init__(self, exchange: Exchange, *held: range) -> None:
        self.exchange, self.clock = exchange, ManualClock(SECOND)
        self.tape, self.events = Tape("BTCUSDT"), list[Event]()
        for run in held:
            self.tape.accept(trades(run))
        self.tape.flush_changes()
        self.gaps: list[tuple[int, int, str]] = []
        self.backfill = Backfill(
            exchange,  # type: ignore[arg-type]
            DEFAULT.capabilities,
            self.clock,
            symbols=lambda: ["BTCUSDT"],
            holes=lambda _: self.tape.ledger.holes(),
            sink=self.sink,
        )

    def sink(self, events: list[Event]) -> None:
        for event in events:
            self.events.append(event)
            if isinstance(event, Trades):
                assert event.origin is Origin.REST
                self.tape.accept(event)
                facts = self.tape.flush_changes()
            else:
                assert isinstance(event, UpstreamHole)
                facts = self.tape.upstream_hole(event.first, event.last, event.evidence, permanent=event.permanent)
            self.gaps += [(fact.first, fact.last, fact.state.value) for fact in facts if isinstance(fact, Gap)]

    def complete(self) -> bool:
        return asyncio.run(self.backfill.complete(60))

    @property
    def held(self) -> list[tuple[int, int]]:
        return [(r.first, r.last) for r in self.tape.ledger.ranges]


def test_a_hole_is_filled_page_by_page() -> None:
    bench = Bench(Exchange(list(range(1, 4001))), range(1, 11), range(2511, 2521))
    assert bench.complete()
    assert bench.held == [(1, 2520)]
    assert [(asked["from_id"], asked["limit"]) for asked in bench.exchange.asked] == [
        (11, 1000),
        (1011, 1000),
        (2011, 500),
    ]
    assert bench.gaps == [(11, 2510, "filled")]


def test_the_smallest_hole_comes_first() -> None:
    bench = Bench(Exchange(list(range(1, 4001))), range(1, 11), range(2511, 2521), range(2523, 2530))
    assert bench.complete()
    assert [asked["from_id"] for asked in bench.exchange.asked] == [2521, 11, 1011, 2011]


def test_what_the_exchange_itself_lacks_is_an_upstream_hole() -> None:
    ids = [*range(1, 11), *range(14, 16), *range(18, 31)]
    bench = Bench(Exchange(ids), range(1, 11), range(21, 31))
    assert not bench.complete(), "one answer is no proof"
    assert bench.held == [(1, 10), (14, 15), (18, 30)], "what it does have is taken at once"
    for _ in range(4):
        bench.clock.advance(2 * SECOND)
        bench.complete()
    holes = [(event.first, event.last, event.evidence) for event in bench.events if isinstance(event, UpstreamHole)]
    assert sorted(holes) == [
        (11, 13, "aggTrades fromId=11 begins at 14, asked twice"),
        (16, 17, "aggTrades fromId=16 begins at 18, asked twice"),
    ]
    assert bench.held == [(1, 30)]
    assert (11, 20, "filled") in bench.gaps


def test_an_answer_that_begins_behind_the_hole_closes_it() -> None:
    bench = Bench(Exchange([*range(1, 11), *range(25, 31)]), range(1, 11), range(21, 31))
    assert not bench.complete()
    bench.clock.advance(2 * SECOND)
    assert bench.complete()
    assert bench.gaps == [(11, 20, "upstream")]


def test_a_replica_that_lags_behind_makes_no_hole() -> None:
    """The first answer lacks trades that the second one has."""
    exchange = Exchange([*range(1, 11), *range(16, 31)])
    bench = Bench(exchange, range(1, 11), range(21, 31))
    assert not bench.complete()
    exchange.ids = list(range(1, 31))
    bench.clock.advance(2 * SECOND)
    assert bench.complete()
    assert bench.held == [(1, 30)]
    assert not [event for event in bench.events if isinstance(event, UpstreamHole)]


def test_only_the_part_beyond_the_retention_is_lost() -> None:
    bench = Bench(Exchange(list(range(1, 40_001)), oldest=20_000), range(1, 11), range(30_001, 30_011))
    assert bench.complete()
    lost = [(hole.first, hole.last) for hole in bench.tape.ledger.lost()]
    assert len(lost) == 1
    assert lost[0][0] == 11
    assert 20_000 <= lost[0][1] < 27_000  # a margin of a minute, which is 6,000 trades here
    assert bench.held == [(1, 10), (lost[0][1] + 1, 30_010)]
    assert bench.gaps[0] == (11, lost[0][1], "permanent")


def test_a_hole_wholly_beyond_it_is_permanent() -> None:
    bench = Bench(Exchange(list(range(1, 40_001)), oldest=30_000), range(1, 11), range(21, 31))
    assert bench.complete()
    assert bench.gaps == [(11, 20, "permanent")]


@pytest.mark.parametrize("error", [ExchangeError("503"), ExchangeError("x", code=-1003), DecodeError("half")])
def test_after_a_failure_the_hole_stays_open_and_is_tried_later(error: Exception) -> None:
    bench = Bench(Exchange(list(range(1, 100))), range(1, 11), range(21, 31))
    bench.exchange.fail = [error]
    assert not bench.complete()
    assert bench.backfill.problems == {"BTCUSDT": str(error)}
    assert bench.gaps == []
    assert not bench.complete()  # not before the pause is over
    assert len(bench.exchange.asked) == 1
    bench.clock.advance(2 * SECOND)
    assert bench.complete()
    assert bench.backfill.problems == {}
    assert bench.gaps == [(11, 20, "filled")]


@pytest.mark.parametrize("ids", [[], [1, 2, 3]])
def test_no_answer_is_no_proof(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = Exchange(ids)
    bench = Bench(exchange, range(1, 11), range(21, 31))
    if ids:  # an exchange, or a cache before it, that answers another question

        async def other(symbol: str, **asked: Any) -> list[TradeMessage]:
            exchange.asked.append(asked)
            return [exchange.row(i) for i in ids]

        monkeypatch.setattr(exchange, "trades", other)
    assert not bench.complete()
    assert len(exchange.asked) == 1
    assert (bench.gaps, bench.events) == ([], [])
    assert "from id 11" in bench.backfill.problems["BTCUSDT"]


def test_run_waits_where_nothing_is_missing() -> None:
    exchange = Exchange(list(range(1, 100)))
    bench = Bench(exchange, range(1, 11), range(21, 31))

    async def main() -> None:
        running = asyncio.create_task(bench.backfill.run())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(main())
    assert bench.held == [(1, 30)]
    assert len(exchange.asked) == 1


# --- the start of a tape --------------------------------------------------------------------------------------------


def started(exchange: Exchange, minutes: int, now: int, most: int = 1 << 30) -> list[list[int]]:
    batches = asyncio.run(
        fetch_tape_start(exchange, DEFAULT.capabilities, "BTCUSDT", minutes, now, most)  # type: ignore[arg-type]
    )
    return [batch.ids.tolist() for batch in batches]


def test_a_tape_begins_with_the_newest_trade_and_the_first_of_its_history() -> None:
    exchange = Exchange(list(range(1, 12_001)))  # two minutes of trades
    newest = START + 120_000
    assert started(exchange, 1, newest) == [[6000], [12_000]]
    assert started(exchange, 1, newest, most=100) == [[11_900], [12_000]]
    assert started(exchange, 1, newest, most=0) == [[12_000]]
    assert started(exchange, 0, newest) == [[12_000]]
    assert started(Exchange([]), 1, newest) == []
    assert started(Exchange([5]), 1, newest) == [[5]]


def test_a_quiet_symbols_history_is_looked_for_hour_by_hour() -> None:
    exchange = Exchange([1, 2_000_000])  # 5.5 hours apart
    assert started(exchange, 300, START + 20_000_000) == [[2_000_000]]
    assert 2 <= len(exchange.asked) <= 7


def test_no_history_beyond_the_exchanges_retention_is_asked_for() -> None:
    exchange = Exchange([17_280_000])
    started(exchange, 2880, START + RETENTION_MS)
    assert exchange.asked[0]["start_time"] > START


def test_unfinished_candles_are_left_out() -> None:
    events = asyncio.run(fetch_history(Exchange([]), "BTCUSDT", 3, NOW))  # type: ignore[arg-type]
    assert [(event.timeframe, len(event.bars)) for event in events if isinstance(event, History)] == [
        (Timeframe.M1, 3), (Timeframe.M5, 3),
    ]  # fmt: skip
    for event in events:
        assert isinstance(event, History)
        assert event.bars[-1].open_time == event.timeframe.open_time(NOW) - event.timeframe.milliseconds
    assert asyncio.run(fetch_history(Exchange([]), "BTCUSDT", 0, NOW)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [11, 13, 15])
def test_a_row_that_cannot_be_read_costs_no_other_and_is_lost_with_evidence(bad: int) -> None:
    exchange = Exchange(list(range(1, 31)))
    right = exchange._rows

    async def with_one_bad_row(symbol: str, **asked: Any) -> TradePage:
        exchange.asked.append(asked)
        rows = right(asked)
        return TradePage(
            [row for row in rows if row.id != bad], [(b"{}", "aggTrades: no price") for row in rows if row.id == bad]
        )

    exchange.trades = with_one_bad_row  # type: ignore[method-assign]
    bench = Bench(exchange, range(1, 11), range(16, 31))
    kept: list[tuple[str, str, bytes]] = []
    bench.backfill._reject = lambda *what: kept.append(what)
    bench.complete()
    assert bench.held == [(1, bad - 1), (bad + 1, 30)], "what can be read is taken at once"
    for _ in range(4):
        bench.clock.advance(2 * SECOND)
        bench.complete()
    assert bench.tape.ledger.holes() == []
    assert [(hole.first, hole.last) for hole in bench.tape.ledger.lost()] == [(bad, bad)]
    assert kept[0] == ("REST BTCUSDT", "aggTrades: no price", b"{}")
    (event,) = [event for event in bench.events if isinstance(event, UpstreamHole)]
    assert event.permanent
    assert "cannot be read (aggTrades: no price), asked twice" in event.evidence
    assert len(exchange.asked) < 8, "and it is not asked for without end"


def test_an_answer_that_the_tape_does_not_take_is_not_asked_for_again_at_once() -> None:
    bench = Bench(Exchange(list(range(1, 31))), range(1, 11), range(16, 31))
    bench.backfill._sink = lambda events: None  # the core failed to take it
    bench.complete()
    assert len(bench.exchange.asked) == 1
    assert "filled nothing" in bench.backfill.problems["BTCUSDT"]
