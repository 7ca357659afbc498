"""Frames dated far ahead: believed once others agree, refused once others contradict."""

from __future__ import annotations

import msgspec
import pytest

from spreadscope.exchange.port import MarkMessage, TradeMessage
from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.batcher import Batcher
from spreadscope.ingest.connection import Connection
from spreadscope.ingest.feed import Feed, FeedLimits
from spreadscope.model.clock import ManualClock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.events import Event, MarketTime, Quote, Trades
from spreadscope.tasks import Tasks
from tests.e2e.line import run
from tests.support.market import START, agg, frame, ticker

YEAR = 365 * 86_400_000


def mark(symbol: str, time: int) -> MarkMessage:
    return MarkMessage(symbol, time, 100.0, 100.0, 0.0001, 0)


def ids(events: list[Event]) -> list[int]:
    return [number for event in events if isinstance(event, Trades) for number in event.ids.tolist()]


def clock(events: list[Event]) -> int:
    return max((event.time for event in events if isinstance(event, MarketTime)), default=0)


def fed(batcher: Batcher, *payloads: object) -> list[Event]:
    for payload in payloads:
        batcher.add(payload)  # type: ignore[arg-type]
    return batcher.take()


@pytest.mark.parametrize("ahead", [59_000, 3_600_000, YEAR])
@pytest.mark.parametrize("kind", ["trade", "announcement", "mark"])
def test_one_frame_ahead_is_refused_and_nothing_stops(ahead: int, kind: str) -> None:
    batcher = Batcher()
    fed(batcher, *(agg("A", i, START + i * 100, 5.0) for i in range(1, 11)))
    strange = {
        "trade": agg("A", 11, START + ahead, 5.0),
        "announcement": msgspec.structs.replace(agg("A", 11, START + 1_100, 5.0), event_time=START + ahead),
        "mark": mark("A", START + ahead),
    }[kind]
    events = fed(batcher, strange, *(agg("A", i, START + i * 100, 5.0) for i in range(12, 30)))
    assert ids(events) == list(range(12, 30))
    assert clock(events) <= START + 3_000
    ((payload, why),) = batcher.early.refused
    assert payload == strange
    assert "ahead of everything else" in why
    assert not batcher.early.waiting


def test_a_quote_ahead_changes_nothing() -> None:
    batcher = Batcher()
    fed(batcher, agg("A", 1, START, 5.0), ticker("A", START + 10, 4.9, 5.1))
    events = fed(
        batcher,
        ticker("A", START + YEAR, 4.9, 5.1),
        ticker("A", START + 1_200, 4.8, 5.2),
        agg("A", 2, START + 1_500, 5.0),
    )
    assert clock(events) == START + 1_500
    assert [event.bid for event in events if isinstance(event, Quote)] == [4.8]
    assert len(batcher.early.refused) == 1


def test_after_an_outage_everything_is_ahead_and_goes_on_in_order() -> None:
    batcher = Batcher()
    fed(batcher, agg("A", 1, START, 5.0), agg("B", 1, START + 5, 6.0))
    later = START + 600_000
    events = fed(batcher, agg("A", 9, later, 5.0), agg("B", 7, later + 20, 6.0), agg("A", 10, later + 30, 5.0))
    assert [(event.symbol, event.ids.tolist()) for event in events if isinstance(event, Trades)] == [
        ("A", [9, 10]),
        ("B", [7]),
    ]
    assert batcher.early.refused == []


def test_the_exchanges_clock_decides_at_once_where_it_is_known() -> None:
    batcher = Batcher()
    fed(batcher, agg("A", 1, START, 5.0))
    batcher.early.exchange_now = START + 600_000
    assert ids(fed(batcher, agg("A", 2, START + 600_200, 5.0))) == [2]
    strange = [agg("A", 3, START + YEAR, 5.0), agg("B", 3, START + YEAR + 10, 5.0)]  # two agree, against the exchange
    events = fed(batcher, *strange, agg("A", 4, START + 600_300, 5.0), agg("A", 5, START + 600_400, 5.0))
    assert ids(events) == [4, 5]
    assert len(batcher.early.refused) == 2


def test_a_clock_of_the_exchange_that_is_wrong_stops_nothing_for_long() -> None:
    batcher = Batcher()
    fed(batcher, agg("A", 1, START, 5.0))
    batcher.early.exchange_now = START - YEAR
    events = fed(batcher, *(agg("A", i, START + 60_000 + i, 5.0) for i in range(2, 60)))
    assert ids(events)[-1] == 59


def test_the_last_trade_before_a_long_silence_is_not_kept_for_ever() -> None:
    batcher = Batcher()
    fed(batcher, agg("A", 1, START, 5.0))
    assert ids(fed(batcher, agg("A", 2, START + 60_000, 5.0))) == []
    batcher.release()
    assert ids(batcher.take()) == [2]


def test_many_frames_at_once_take_the_same_way() -> None:
    """Frames come as columns, or one by one where a read brought few: what is refused is the same."""
    frames: list[TradeMessage] = [agg("BTCUSDT", i, START + i * 50, 5.0) for i in range(1, 200)]
    frames[100] = agg("BTCUSDT", 101, START + YEAR, 5.0)
    said: list[list[int]] = []

    async def main(few: int) -> None:
        events: list[Event] = []
        rejected: list[str] = []
        config = ExchangeConfig()
        feed = Feed(
            DEFAULT,
            "ws://x",
            config,
            ManualClock(1),
            sink=events.extend,
            reject=lambda *what: rejected.append(what[1]),
            tasks=Tasks(),
            limits=FeedLimits(few_frames=few),
        )
        feed._batcher.table.number("BTCUSDT")
        socket = Connection("m", "market", DEFAULT, "ws://x", config, ManualClock(1), lambda *_: None, Tasks())
        feed._on_frames(socket, [frame("btcusdt@aggTrade", item) for item in frames])
        feed.flush()
        assert len(rejected) == 1
        assert feed.rejected == 1
        said.append(ids(events))

    run(main(1))
    run(main(10_000))
    assert said[0] == said[1] == [i for i in range(1, 200) if i != 101]
