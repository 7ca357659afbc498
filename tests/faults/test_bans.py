"""Row 16, a ban: REST rests, the sockets go on, and a start during one is a start.

What could not be asked for is asked for after.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from spreadscope.api.status import StatusMaker
from spreadscope.app.live_engine import LiveEngine
from spreadscope.exchange.binance_futures.streams import agg_trade
from spreadscope.exchange.local import FaultSeverity, LocalExchange, RecordingFeed, SeededFaults
from spreadscope.model.clock import SystemClock
from spreadscope.model.errors import ExchangeError, SymbolError
from spreadscope.model.instrument import Pair
from spreadscope.model.states import GapState
from spreadscope.model.timeframe import Timeframe
from spreadscope.store.directory import DATABASE
from tests.e2e.line import assert_store_equals_truth, config, run, until, whole, write_recording
from tests.faults.bench import under
from tests.faults.run import PATIENCE

PAIR = Pair("AAAUSDT", "BBBUSDT")
BAN_S = 3600


class Skipping(SystemClock):
    """The machine's clocks, but the wall clock can skip the rest of a ban."""

    def __init__(self) -> None:
        self.ahead_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.ahead_ns

    def skip(self) -> None:
        self.ahead_ns += (BAN_S + 1) * 10**9


class Market:
    """Two symbols that trade when they are let; a ban lasts for an hour, and happens when it is asked for."""

    def __init__(self, exchange: LocalExchange) -> None:
        self.exchange = exchange
        self._turns = asyncio.Semaphore(0)
        exchange._player._rested = self._turns.acquire  # type: ignore[assignment, method-assign]

    async def trade(self, batches: int = 2) -> None:
        """Play so many batches of 256 frames, whoever listens."""
        before = self.exchange.frames_played
        for _ in range(batches):
            self._turns.release()
        await until(lambda: self.exchange.frames_played == before + batches * 256)

    async def to_the_end(self) -> None:
        for _ in range(1_000):
            self._turns.release()
        await self.exchange.finished()

    async def ban(self, live: LiveEngine) -> None:
        self.exchange.faults.ask("418=1@0.99")  # type: ignore[attr-defined]
        with pytest.raises(ExchangeError, match="has banned this address"):
            await live.markets.default.client.time()
        await live.store.writer.flush()


@asynccontextmanager
async def market(folder: Path) -> AsyncIterator[Market]:
    recording = write_recording(folder / "market.txt", seconds=120)
    faults = SeededFaults("", 1, severity=FaultSeverity(ban=(BAN_S, BAN_S)))
    async with LocalExchange(RecordingFeed([recording]), speed="max", faults=faults) as exchange:
        yield Market(exchange)


def engine(exchange: LocalExchange, folder: Path, clock: Skipping, **options: Any) -> LiveEngine:
    wanted = {**PATIENCE, "exchange__quotes": False, "pairs": (str(PAIR),), **options}
    return LiveEngine(config(exchange, folder / "store", **wanted), clock)


def alarms(live: LiveEngine) -> str:
    return "\n".join(alarm.message for alarm in StatusMaker(live).status().alarms)


def test_a_ban_stops_rest_and_shows_a_countdown(tmp_path: Path) -> None:
    async def main() -> None:
        severity = FaultSeverity(ban=(3, 3))
        async with under(tmp_path, "", severity=severity) as bench:
            await until(lambda: bench.live.core.trades > 100)
            bench.faults.ask("418=1@0.99,drop=3@0.2")
            await until(lambda: bench.fired["418"] == 1)
            await until(lambda: bench.live.markets.default.client.budget.banned_s > 0)
            status = StatusMaker(bench.live).status()
            assert 0 < status.rest.banned_seconds <= 3
            assert any("has banned this address from REST until 20" in alarm.message for alarm in status.alarms)
            (connection,) = status.connections
            assert connection.state == "connected"  # the socket stays
            await bench.live.store.writer.flush()
            assert int(bench.live.store.reader.meta()["rest_banned_until_ns"]) > SystemClock().now_ns()
            await bench.whole()

    run(main())


async def subscribed(live: LiveEngine) -> None:
    """Wait until the trades of both legs are asked for."""

    def asked() -> set[str]:
        return {stream for connection in live.markets.default.feed.connections for stream in connection.subscribed_ns}

    await until(lambda: {agg_trade(symbol) for symbol in PAIR.symbols} <= asked())


async def hear_and_be_banned(played: Market, live: LiveEngine) -> None:
    """Some live trades, and then the ban."""
    await subscribed(live)
    await played.trade()
    await until(lambda: live.core.trades > 100)
    await played.ban(live)


def test_an_engine_started_during_a_ban_takes_live_trades_and_repairs_when_it_ends(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Skipping()
        async with market(tmp_path) as played:
            exchange = played.exchange
            async with engine(exchange, tmp_path, clock) as live:
                await hear_and_be_banned(played, live)
                held = live.core.engine.tapes[PAIR.y].ledger.last
                bars = len(live.store.reader.bars(PAIR.y, Timeframe.S1))
            asked = exchange.requests
            await played.trade()  # what no engine hears
            async with engine(exchange, tmp_path, clock) as live:
                await subscribed(live)
                await played.trade()
                await until(lambda: live.core.trades > 100)
                assert live.markets.source is not None
                assert live.markets.source.mode == "demo"
                assert live.starting == ""
                assert len(live.store.reader.bars(PAIR.y, Timeframe.S1)) >= bars > 0
                assert live.markets.default.catalog.info.instruments[PAIR.y].tick_size
                assert PAIR in live.core.engine.pairs
                assert "has banned this address from REST until" in alarms(live)
                assert "what the exchange lists is as it was on" in alarms(live)
                assert live.core.engine.open_holes(PAIR.y)
                await played.to_the_end()
                assert exchange.requests == asked, "a request during a ban would prolong it"
                clock.skip()
                await until(lambda: whole(exchange, live), 60)
                await until(lambda: alarms(live) == "")
                assert live.markets.default.catalog.fresh
                await live.store.writer.flush()
                stored, truth = live.store.reader.trades(PAIR.y), exchange.truth(PAIR.y)
                assert stored.ids.tolist() == truth.ids[truth.ids >= stored.ids[0]].tolist()
                (gap,) = [gap for gap in live.store.reader.gaps(PAIR.y) if gap.first == (held or 0) + 1]
                assert gap.state is GapState.FILLED

    run(main())


def test_without_any_stored_list_an_engine_waits_for_the_end_of_the_ban(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Skipping()
        async with market(tmp_path) as played:
            exchange = played.exchange
            exchange.faults.ask("418=1@0.99")  # type: ignore[attr-defined]
            for _ in range(3):
                async with engine(exchange, tmp_path, clock) as live:
                    await until(lambda: live.starting == "waiting for the end of the ban")
                    await until(lambda: f"{PAIR.y} waits for the end of the ban" in alarms(live))
                    assert "what the exchange lists is not known" in alarms(live)
                    assert live.markets.source is None
                    assert live.core.engine.tapes == {}
                    with pytest.raises(SymbolError, match="AAAUSDT waits for the end of the ban"):
                        await live.watch_list.add_symbols(["AAAUSDT"])
            assert exchange.requests == 1, "every further one would have prolonged the ban"
            async with engine(exchange, tmp_path, clock) as live:
                clock.skip()
                await played.to_the_end()
                await until(lambda: whole(exchange, live), 60)
                assert live.starting == ""
                await until(lambda: alarms(live) == "")
                await live.store.writer.flush()
                assert assert_store_equals_truth(exchange, live) > 500
                assert live.store.reader.meta()["mode"] == "demo"

    run(main())


def test_a_symbol_that_was_not_listed_then_is_taken_up_when_the_ban_ends(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Skipping()
        async with market(tmp_path) as played:
            exchange = played.exchange
            async with engine(exchange, tmp_path, clock, pairs=(), symbols=(PAIR.y,)) as live:
                await until(lambda: PAIR.y in live.markets.default.feed.symbols)
                await played.ban(live)
            edit_listing(tmp_path, lambda document: document["instruments"].pop(PAIR.x))
            async with engine(exchange, tmp_path, clock) as live:
                await until(lambda: PAIR.y in live.markets.default.feed.symbols)
                assert "BBBUSDT was not listed on" in alarms(live)
                assert live.core.engine.pairs == {}
                clock.skip()
                await played.to_the_end()
                await until(lambda: whole(exchange, live), 60)
                assert PAIR in live.core.engine.pairs
                await until(lambda: alarms(live) == "")

    run(main())


def test_another_market_at_the_same_address_is_not_written_to_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        clock = Skipping()
        async with market(tmp_path) as played:
            exchange = played.exchange
            async with engine(exchange, tmp_path, clock) as live:
                await hear_and_be_banned(played, live)
            monkeypatch.setattr(RecordingFeed, "description", "another market")
            async with engine(exchange, tmp_path, clock) as live:
                await subscribed(live)
                await played.trade()
                await until(lambda: live.core.trades > 0)
                clock.skip()
                await until(lambda: "not demo data (another market)" in alarms(live))
                trades = live.core.trades
                await played.to_the_end()
                assert live.core.trades == trades

    run(main())


def edit_listing(folder: Path, edit: Any) -> None:
    with closing(sqlite3.connect(folder / "store" / DATABASE)) as store, store:
        ((text,),) = store.execute("SELECT document FROM instrument_lists").fetchall()
        document = json.loads(text)
        edit(document)
        store.execute("UPDATE instrument_lists SET document = ?", (json.dumps(document),))
