"""The feed after a pause: the sockets are read in any order, and what the core hears must not depend on it."""

from __future__ import annotations

from spreadscope.exchange.venues import DEFAULT
from spreadscope.ingest.connection import Connection
from spreadscope.ingest.feed import Feed
from spreadscope.model.clock import ManualClock
from spreadscope.model.config import ExchangeConfig
from spreadscope.model.events import Event, MarketTime, Quote, Trades
from spreadscope.tasks import Tasks
from tests.e2e.line import run
from tests.support.market import START, agg, frame, ticker


class Line:
    """A feed that gets its frames from the test."""

    def __init__(self) -> None:
        self.clock = ManualClock(1)
        self.events: list[Event] = []
        config = ExchangeConfig()
        self.feed = Feed(
            DEFAULT, "ws://x", config, self.clock, sink=self.events.extend, reject=lambda *_: None, tasks=Tasks()
        )
        self._sockets = {
            route: Connection(route, route, DEFAULT, "ws://x", config, self.clock, lambda *_: None, Tasks())
            for route in ("market", "public")
        }

    def trade(self, number: int, second: float) -> None:
        trade = agg("BTCUSDT", number, START + int(second * 1000), 100.0)
        self._read("market", frame("btcusdt@aggTrade", trade))

    def quote(self, second: float) -> None:
        quote = ticker("BTCUSDT", START + int(second * 1000), 99.0, 101.0)
        self._read("public", frame("btcusdt@bookTicker", quote))

    def said(self) -> list[tuple[str, float]]:
        out = [
            ("trade", float(event.times[0])) if isinstance(event, Trades) else (type(event).__name__, float(event.time))
            for event in self.events
            if isinstance(event, Trades | Quote | MarketTime)
        ]
        self.events.clear()
        return [(name, (time - START) / 1000) for name, time in out]

    def _read(self, route: str, payload: bytes) -> None:
        self.feed._on_frames(self._sockets[route], [payload])
        self.feed.flush()


async def paused_line() -> Line:
    line = Line()
    line.trade(1, 0.0)
    line.quote(0.1)
    assert line.said() == [("MarketTime", 0.0), ("trade", 0.0), ("Quote", 0.1)]
    line.feed.pause()
    line.feed.resume()
    return line


def test_quotes_that_come_before_the_trades_of_their_time_close_no_bar() -> None:
    async def main() -> None:
        line = await paused_line()
        line.quote(60.0)
        assert line.said() == []
        line.trade(2, 1.0)
        assert line.said() == [("MarketTime", 1.0), ("trade", 1.0)]
        line.quote(60.5)
        line.trade(3, 60.6)
        assert line.said() == []  # a minute ahead of everything: the next one tells whether it can be
        line.trade(4, 60.7)
        line.quote(61.0)
        assert line.said() == [("MarketTime", 60.6), ("trade", 60.6), ("Quote", 61.0)]
        assert line.feed.quotes_shed == 2

    run(main())


def test_trades_that_do_not_come_at_all_are_not_waited_for() -> None:
    async def main() -> None:
        line = await paused_line()
        line.quote(60.0)
        line.clock.advance(31_000_000_000)
        line.quote(61.0)
        line.quote(61.5)
        assert line.said() == [("MarketTime", 56.5), ("Quote", 61.5)]

    run(main())


def test_without_a_pause_quotes_move_the_clock_when_trades_rest() -> None:
    async def main() -> None:
        line = Line()
        line.trade(1, 0.0)
        line.quote(60.0)
        line.quote(60.2)
        assert line.said() == [("MarketTime", 0.0), ("trade", 0.0), ("MarketTime", 55.2), ("Quote", 60.2)]

    run(main())
