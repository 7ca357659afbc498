"""The risk of a paper account on a stored market: what is read, what is kept, and copies of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from spreadscope import contract
from spreadscope.app.core_service import CoreService
from spreadscope.app.risk_service import RiskService
from spreadscope.app.store_service import StoreService
from spreadscope.app.trading_history import TradingHistory
from spreadscope.app.trading_service import TradingService
from spreadscope.contract import AddedPair, ScaledTrade, WhatIfBody
from spreadscope.model.clock import SystemClock
from spreadscope.model.config import Config, load_config
from spreadscope.model.errors import ConfigError, SymbolError, UnknownAccountError
from spreadscope.model.events import Mark, MarketTime, WatchPair
from spreadscope.model.facts import Bar
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import UNIT, AccountSettings, AccountState, PairTrade, TradeLeg
from spreadscope.model.trading_events import ResumeAccount
from spreadscope.model.trading_states import Execution, TradeOrigin, TradeState
from spreadscope.tasks import Tasks
from spreadscope.trading.risk.price_history import PriceHistory
from tests.support.risk_market import NOW, seeded

PAIR = Pair("ETHUSDT", "BTCUSDT")
HOUR = 3_600_000
DAYS = 3


def leg(symbol: str, quantity: int) -> TradeLeg:
    """A leg that was entered at 100."""
    return TradeLeg(
        symbol=symbol, planned=quantity * UNIT, held=quantity * UNIT, cost=quantity * 100 * UNIT,
        entered=quantity * UNIT, entered_notional=quantity * 100 * UNIT, entered_mid=quantity * 100 * UNIT,
    )  # fmt: skip


def account(*, held: bool = True) -> AccountState:
    trade = PairTrade(
        account="paper", id=7, pair=PAIR, timeframe=Timeframe.M1, side=1, origin=TradeOrigin.TICKET,
        execution=Execution.BOTH_MARKET, state=TradeState.OPEN, space=Space.LOG, beta=1.2, alpha=0.0, mean=0.0,
        sd=0.01, z=-2.0, half_life=60.0, y=leg("ETHUSDT", 10), x=leg("BTCUSDT", -12), decided=NOW - HOUR,
        opened=NOW - HOUR,
    )  # fmt: skip
    return AccountState(
        account="paper", settings=AccountSettings(), time=NOW, opened=NOW - HOUR, next_id=8,
        trades=(trade,) if held else (), balances={"wallet": 10_000 * UNIT, "capital": -10_000 * UNIT},
        peak_equity=10_000 * UNIT, day=NOW // (24 * HOUR), day_equity=10_000 * UNIT,
    )  # fmt: skip


def bars_of(timeframe: Timeframe, prices: PriceHistory) -> list[Bar]:
    """Bars with a volume of 50 each, as they would be stored."""
    return [
        Bar(symbol, timeframe, int(end) - timeframe.milliseconds, close, close, close, close, 50.0, 9, complete=True)
        for symbol, closes in prices.closes.items()
        for end, close in zip(prices.times, closes.tolist(), strict=True)
    ]


class Risk:
    """The service on a store, with a clock that the test moves."""

    def __init__(self, config: Config, core: CoreService, trading: TradingService, store: StoreService) -> None:
        self.seconds = 0.0
        self.reads: list[tuple[str, Timeframe]] = []
        self.core, self.trading, self.store = core, trading, store
        self.service = RiskService(config, core, trading, store.reader, lambda: self.seconds)
        read = store.reader.closes

        def counted(symbol: str, timeframe: Timeframe, start: int, end: int) -> object:
            self.reads.append((symbol, timeframe))
            return read(symbol, timeframe, start, end)

        store.reader.closes = counted  # type: ignore[method-assign, assignment]


@asynccontextmanager
async def running(folder: Path, *, held: bool = True, stored: bool = True) -> AsyncIterator[Risk]:
    config = load_config(None, data=folder, store__flush_seconds=0.01)
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        store = StoreService(config, clock)
        store.open(stack)
        store.begin(stack, clock.now_ns())
        tasks = await stack.enter_async_context(Tasks())
        core = CoreService(config, clock, store.writer, str)
        trading = TradingService(config, core, store, tasks)
        marks = [
            Mark(symbol, NOW - 500, price, price, 0.0001, NOW + 2 * HOUR)
            for symbol, price in (("ETHUSDT", 100.0), ("BTCUSDT", 100.0))
        ]
        core.apply([WatchPair(PAIR), *marks, MarketTime(NOW), ResumeAccount(account(held=held))])
        if stored:
            store.writer.submit(bars_of(Timeframe.M5, seeded(300_000, DAYS * 24 * HOUR)), {})
            store.writer.submit(bars_of(Timeframe.M1, seeded(60_000, 6 * HOUR, seed=2)), {})
        await store.writer.flush()
        yield Risk(config, core, trading, store)


def test_the_figures_are_of_the_stored_bars_and_the_positions_of_now(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as risk:
            found = await risk.service.risk("paper")
            assert (found.equity, found.time, found.bars_until) == (10_000.0, NOW, NOW - NOW % 300_000)
            assert {each.symbol: each.value for each in found.exposures.symbols} == {
                "BTCUSDT": -1_200.0, "ETHUSDT": 1_000.0,
            }  # fmt: skip
            eth = next(each for each in found.exposures.symbols if each.symbol == "ETHUSDT")
            assert eth.beta.value == pytest.approx(1.2, abs=0.1)
            assert eth.beta.n == DAYS * 24 - 1
            assert found.exposures.leverage.value == pytest.approx(0.22)
            hour = found.tail[0]
            assert (hour.horizon, hour.method, hour.periods) == ("1 h", "historical", DAYS * 288 - 1)
            assert (hour.value_at_risk or 0.0) < 0
            day = next(each for each in found.tail if (each.horizon, each.method) == ("1 d", "historical"))
            assert day.reason == f"20 whole days are needed, there are {DAYS - 1}"
            exits = {each.symbol: each for each in found.exits}
            closes = seeded(60_000, 6 * HOUR, seed=2).closes["ETHUSDT"]
            assert exits["ETHUSDT"].traded_a_minute.value == pytest.approx(float(np.median(closes)) * 50)
            assert exits["ETHUSDT"].minutes.n == 360
            funding = {each.symbol: each for each in found.funding}
            assert funding["ETHUSDT"].payments == 3
            assert funding["ETHUSDT"].amount.value == pytest.approx(-0.3)
            assert {each.reason for each in found.stress if each.pnl is None} == {
                "the store has no bars of every leg on that day"
            }

    asyncio.run(main())


def test_it_is_worked_out_once_a_minute_and_anew_for_other_positions(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as risk:
            first = await risk.service.risk("paper")
            reads = len(risk.reads)
            assert reads == 2 * 2 + 2 * 4  # 1 m and 5 m of both symbols, and four bad days
            assert await risk.service.risk("paper") is first
            twice = await risk.service.what_if("paper", WhatIfBody(scaled=(ScaledTrade(trade=7, percent=200),)))
            assert twice.exposures.gross == 2 * first.exposures.gross
            assert len(risk.reads) == reads
            risk.seconds = 60.0
            assert await risk.service.risk("paper") is not first
            assert len(risk.reads) == 2 * reads

    asyncio.run(main())


def test_a_copy_can_leave_trades_out_and_add_pairs_that_have_a_hedge(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as risk:
            gone = await risk.service.what_if("paper", WhatIfBody(scaled=(ScaledTrade(trade=7, percent=0),)))
            assert (gone.exposures.pairs, gone.stress, gone.exposures.gross) == ([], [], 0.0)
            assert {each.reason for each in gone.tail} == {"nothing is held"}
            with pytest.raises(UnknownAccountError, match="trade 8 of paper holds nothing"):
                await risk.service.what_if("paper", WhatIfBody(scaled=(ScaledTrade(trade=8, percent=50),)))

            def adding(pair: str) -> WhatIfBody:
                return WhatIfBody(added=(AddedPair(pair=pair, timeframe=Timeframe.M1, side=1, notional=500.0),))

            with pytest.raises(SymbolError, match="SOLUSDT/BTCUSDT is not tracked"):
                await risk.service.what_if("paper", adding("SOLUSDT/BTCUSDT"))
            with pytest.raises(ConfigError, match="no hedge ratio at 1m yet"):
                await risk.service.what_if("paper", adding(str(PAIR)))
            with pytest.raises(UnknownAccountError, match="no paper account"):
                await risk.service.risk("nobody")

    asyncio.run(main())


def test_nothing_held_reads_nothing_and_nothing_stored_has_reasons(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path / "empty", held=False) as risk:
            found = await risk.service.risk("paper")
            assert (risk.reads, found.exposures.pairs, found.bars_until) == ([], [], 0)
            assert found.not_included
        async with running(tmp_path / "bare", stored=False) as risk:
            found = await risk.service.risk("paper")
            assert found.exposures.beta_adjusted.reason == "β of ETHUSDT: no bars of ETHUSDT, BTCUSDT are stored"
            assert {each.reason for each in found.tail} == {"no bars of ETHUSDT, BTCUSDT are stored"}
            assert {each.minutes.reason for each in found.exits} == {"30 minutes are needed, there are 0"}
            funding_at_cap = next(each for each in found.stress if each.name.startswith("Funding"))
            assert funding_at_cap.pnl == pytest.approx(-132.0)

    asyncio.run(main())


def test_who_changed_a_setting_is_stored(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as risk:
            risk.trading.put_account("paper", {"max_leverage": 2.0, "kill_flattens": False})
            risk.trading.put_account("paper", {"max_leverage": 2.0})
            risk.trading.put_account("paper", {"max_leverage": 1.5})
            await risk.store.writer.flush()
            found = await TradingHistory(risk.trading, risk.store.reader).setting_changes("paper", 10)
            assert [(each.key, each.before, each.after, each.by) for each in found] == [
                ("max_leverage", 2.0, 1.5, "a person"),
                ("kill_flattens", True, False, "a person"),
                ("max_leverage", 3.0, 2.0, "a person"),
            ]
            assert {each.time for each in found} == {NOW}
            assert isinstance(found[0], contract.SettingChange)

    asyncio.run(main())
