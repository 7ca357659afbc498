"""The stored market of the tests of backtests, written once."""

from __future__ import annotations

import pytest

from spreadscope.model.config import Config
from spreadscope.replay.paper_backtest import BacktestResult
from spreadscope.store.reader import StoreReader
from tests.replay import backtest_market


@pytest.fixture(scope="package")
def minutes(tmp_path_factory: pytest.TempPathFactory) -> tuple[StoreReader, Config]:
    return backtest_market.market(tmp_path_factory.mktemp("minutes") / "store")


@pytest.fixture(scope="package")
def result(minutes: tuple[StoreReader, Config]) -> BacktestResult:
    return backtest_market.run(minutes)
