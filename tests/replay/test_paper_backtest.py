"""A backtest over stored trades: the same core, the books balance, and it says what it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from spreadscope.model.config import Config
from spreadscope.model.instrument import Instrument, parse_pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import UNIT, AccountSettings
from spreadscope.model.trading_states import TradeState
from spreadscope.replay.paper_backtest import BacktestResult, BacktestSettings, Fidelity, backtest
from spreadscope.replay.trades_source import NoTradesError
from spreadscope.store.reader import StoreReader
from spreadscope.trading.money_ledger import balances_of
from tests.support.sessions import PAIR, settings, stored_session

LISTED = [
    Instrument(symbol, "TRADING", "PERPETUAL", symbol[:3], "USDT", "0.01", "0.001", "5") for symbol in PAIR.split("/")
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[StoreReader, Config]:
    folder = tmp_path_factory.mktemp("backtest")
    reader, _ = stored_session(folder, seconds=420)
    return reader, settings(folder / "store")


def run(stored: tuple[StoreReader, Config], **changes: object) -> BacktestResult:
    reader, config = stored
    account = AccountSettings(daily_loss_percent=0.0, drawdown_percent=0.0)
    chosen = {"pairs": (parse_pair(PAIR),), "account": account} | changes
    return backtest(reader, config, BacktestSettings(**chosen), LISTED)  # type: ignore[arg-type]


def test_signals_are_traded_and_every_cent_is_booked(stored: tuple[StoreReader, Config]) -> None:
    result = run(stored)
    assert result.faults == ()
    assert len(result.record.trades_closed) >= 2
    balances = balances_of(result.record.entries)
    assert sum(balances.values()) == 0
    nets = [trade.attribution.net for trade in result.record.trades_closed if trade.attribution is not None]
    assert balances["wallet"] == 10_000 * UNIT + sum(nets)
    assert all(trade.state is TradeState.CLOSED for trade in result.record.trades_closed)
    assert result.record.trades_failed == ()
    assert result.fidelity is Fidelity.STORED_QUOTES
    assert any("displayed sizes are not stored" in words for words in result.assumptions)


def test_the_same_input_gives_the_same_hash(stored: tuple[StoreReader, Config]) -> None:
    first, second = run(stored), run(stored)
    assert (first.hash, first.record.trades_closed) == (second.hash, second.record.trades_closed)
    assert run(stored, account=AccountSettings(latency_ms=1_500)).hash != first.hash


def test_costs_are_what_is_between_gross_and_net(stored: tuple[StoreReader, Config]) -> None:
    def parts(result: BacktestResult) -> tuple[int, int, int]:
        found = [trade.attribution for trade in result.record.trades_closed if trade.attribution is not None]
        return sum(each.fees for each in found), sum(each.slippage for each in found), sum(each.net for each in found)

    free, once, twice = (
        parts(run(stored, cost_factor=factor, assumed_half_spread_bps=1.0)) for factor in (0.0, 1.0, 2.0)
    )
    assert free[0] == 0
    assert twice[0] > once[0] > 0
    assert free[2] > once[2] > twice[2]


def test_a_time_without_trades_is_an_error(stored: tuple[StoreReader, Config]) -> None:
    with pytest.raises(NoTradesError, match="no trades"):
        run(stored, start=1, end=2)


def test_what_comes_later_changes_nothing_before(stored: tuple[StoreReader, Config], tmp_path: Path) -> None:
    """The trades of the first part are the same, whether the rest of the data is there or not."""
    whole = run(stored)
    middle = (whole.first_time + whole.last_time) // 2
    part = run(stored, end=middle)
    before = [trade.decided for trade in whole.record.trades_closed if trade.closed < middle - 3_000]
    assert before == [trade.decided for trade in part.record.trades_closed][: len(before)]
    assert before


def test_rows_of_a_minute_trade_too(stored: tuple[StoreReader, Config]) -> None:
    result = run(stored, timeframe=Timeframe.M1)
    assert result.record.trades_closed == ()  # seven rows are no window
    assert result.faults == ()
