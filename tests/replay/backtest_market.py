"""A stored market of three hours with two tied pairs, and a backtest of it at 1 m, for the tests of backtests."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spreadscope.contract import BacktestBody
from spreadscope.model.config import Config
from spreadscope.model.instrument import Instrument, parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import AccountSettings
from spreadscope.replay.backtest_tasks import Task
from spreadscope.replay.paper_backtest import BacktestResult, BacktestSettings, Variant, backtest
from spreadscope.store.reader import StoreReader
from tests.support.market_store import market_config, tied_walks, walk, write_market

PAIR = "AAAUSDT/BBBUSDT"
ROWS = 3 * 3_600
WINDOWS = {"analytics__hedge_window": 40, "analytics__z_window": 20, "analytics__correlation_window": 20}
ACCOUNT = AccountSettings(daily_loss_percent=0.0, drawdown_percent=0.0)
LISTED = tuple(
    Instrument(symbol, "TRADING", "PERPETUAL", symbol[:3], "USDT", "0.0001", "0.001", "5")
    for symbol in ("AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT")
)


def market(folder: Path) -> tuple[StoreReader, Config]:
    """Returns the reader of a store with four symbols, of which the first two are tied, and a configuration."""
    prices = tied_walks(ROWS, seed=5, noise=5e-4)
    prices |= {"CCCUSDT": walk(ROWS, seed=6), "DDDUSDT": walk(ROWS, seed=7, start=20.0)}
    return write_market(folder, prices), market_config(folder, **WINDOWS)


def body(**changes: object) -> BacktestBody:
    """Returns what is asked of the backtest; costs and latencies vary only where a test says so."""
    plain = BacktestBody(pairs=(PAIR,), timeframe=Timeframe.M1, costs=(), latencies=())
    return msgspec.structs.replace(plain, **changes)


def settings(**changes: object) -> BacktestSettings:
    plain = BacktestSettings(pairs=(parse_pair(PAIR),), timeframe=Timeframe.M1, account=ACCOUNT)
    return msgspec.structs.replace(plain, **changes)


def trials(*entries: float) -> list[Task]:
    """Returns a run for each threshold of entry."""
    return [
        Task(kind="trial", name=f"{entry}", settings=settings(), parameters={"signals.entry": entry})
        for entry in entries
    ]


def run(
    stored: tuple[StoreReader, Config],
    *,
    variants: tuple[Variant, ...] = (),
    every_second: bool = False,
    **changes: object,
) -> BacktestResult:
    reader, config = stored
    return backtest(reader, config, settings(**changes), LISTED, variants=variants, every_second=every_second)
