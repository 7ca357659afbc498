"""The checks of a backtest pass on ours, and find what they look for where it is planted."""

from __future__ import annotations

from unittest import mock

import msgspec
import pytest

from spreadscope.contract import MoneyParts
from spreadscope.model.config import Config
from spreadscope.model.facts import PairRow
from spreadscope.model.instrument import Pair
from spreadscope.model.validity import Value
from spreadscope.replay import backtest_checks
from spreadscope.replay.backtest_checks import check_lag, check_prefix, check_recursion, lagged
from spreadscope.replay.paper_backtest import BacktestResult, Variant
from spreadscope.store.reader import StoreReader
from tests.replay.backtest_market import ACCOUNT, LISTED, run

Stored = tuple[StoreReader, Config]


def parts(gross: int) -> MoneyParts:
    return MoneyParts(
        gross=gross, spread=gross, imbalance=0, drift=0, slippage=0, fees=0, funding=0, liquidation=0, net=gross
    )


def test_ours_knows_nothing_of_what_comes_later(minutes: Stored, result: BacktestResult) -> None:
    found = check_prefix(*minutes, result, LISTED)
    assert found.passed is True
    assert "are the same without the second half" in found.words


def test_a_leak_is_found(minutes: Stored, result: BacktestResult) -> None:
    """A run whose first trade knows what only the whole data have."""
    closed = result.record.trades_closed
    leaky = msgspec.structs.replace(closed[0], z=9.0)
    record = msgspec.structs.replace(result.record, trades_closed=(leaky, *closed[1:]))
    found = check_prefix(*minutes, msgspec.structs.replace(result, record=record), LISTED)
    assert found.passed is False
    assert found.words.startswith("1 of the ")


def test_without_trades_nothing_is_claimed(minutes: Stored) -> None:
    reader, config = minutes
    quiet = config.model_copy(update={"signals": config.signals.model_copy(update={"entry": 50.0, "stop": 60.0})})
    result = run((reader, quiet))
    assert check_prefix(reader, quiet, result, LISTED).passed is None


@pytest.mark.parametrize(("later", "passed"), [(60, True), (0, False), (-10, False)])
def test_what_is_left_one_bar_later(later: int, passed: bool) -> None:
    found = check_lag(parts(100 * 10**8), parts(later * 10**8))
    assert found.passed is passed
    assert f"{later}% of it remains" in found.words


def test_a_loss_has_nothing_to_lose() -> None:
    assert check_lag(parts(-5), parts(3)).passed is None
    assert check_lag(parts(0), parts(3)).passed is None


def test_the_lagged_account_waits_a_bar() -> None:
    found = lagged(Variant(name="", account=ACCOUNT), 60_000)
    assert found.account.latency_ms == ACCOUNT.latency_ms + 60_000


def test_rows_need_no_beginning(minutes: Stored) -> None:
    reader, config = minutes
    shorter = {"hedge_window": 30, "z_window": 10, "correlation_window": 10}
    short = config.model_copy(update={"analytics": config.analytics.model_copy(update=shorter)})
    result = run((reader, short))
    found = check_recursion(reader, short, result)
    assert found.passed is True, found.words
    assert "are equal to the last digit" in found.words
    original, calls = backtest_checks._last_rows, []

    def planted(reader: StoreReader, config: Config, whole: BacktestResult, start: int) -> dict[Pair, PairRow]:
        """The rows, of which the second ones have another beta."""
        rows = original(reader, config, whole, start)
        calls.append(start)
        if len(calls) == 1:
            return rows
        return {
            pair: msgspec.structs.replace(
                row, statistics={**row.statistics, "beta": Value((row.beta.value or 0.0) + 1e-6)}
            )
            for pair, row in rows.items()
        }

    with mock.patch.object(backtest_checks, "_last_rows", planted):
        moved = check_recursion(reader, short, result)
    assert moved.passed is False
    assert "beta of AAAUSDT/BBBUSDT" in moved.words


def test_short_data_cannot_show_it(minutes: Stored, result: BacktestResult) -> None:
    assert check_recursion(*minutes, result).passed is None
