"""Walk-forward: windows in a row, a choice that sees the formation alone, a result that is that of the windows."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.contract import Estimate, Variation
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.timeframe import MINUTE, Timeframe
from spreadscope.replay import walk_forward
from spreadscope.replay.backtest_tasks import Shared, Task, TaskOutcome, TaskTrade, run_tasks
from spreadscope.replay.paper_backtest import HOUR
from spreadscope.replay.walk_forward import (
    WalkStep,
    choose,
    formation_net,
    joined,
    purge_of,
    task_of,
    warm_up_of,
    windows_of,
)
from spreadscope.store.directory import DATABASE
from spreadscope.store.reader import StoreReader
from tests.replay.backtest_market import LISTED, settings, trials

WINDOW = WalkStep(formed_from=100, formed_to=200, traded_from=220, traded_to=260)
NONE = Estimate(value=None)


def outcome(name: str, *trades: TaskTrade) -> TaskOutcome:
    found = Variation(
        kind="trial", name=name, trades=len(trades), gross=0, costs=0, net=0, sharpe=NONE, mean_return=NONE,
        significant=None,
    )  # fmt: skip
    return TaskOutcome(task=Task(kind="trial", name=name, settings=settings()), variation=found, trades=trades)


@given(
    st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 10**5), st.integers(1, 10**5), st.integers(0, 10**4)
)  # fmt: skip
def test_windows_lie_in_a_row_within_the_data(first: int, span: int, formation: int, trading: int, purge: int) -> None:
    last = first + span
    try:
        windows = windows_of(first, last, formation, trading, purge)
    except ConfigError:
        assert formation + purge + trading > span + 1
        return
    for window in windows:
        assert window.formed_to - window.formed_from == formation
        assert window.traded_from - window.formed_to == purge
        assert window.traded_to - window.traded_from == trading
        assert first <= window.formed_from < window.traded_to <= last + 1
    assert all(one.traded_to == other.traded_from for one, other in pairwise(windows))
    assert windows[-1].traded_to + trading > last + 1


def test_too_little_data_is_said_in_hours() -> None:
    with pytest.raises(ConfigError, match=r"needs 4\.5 hours with its purge, and there are 3: give shorter times"):
        windows_of(0, 3 * HOUR, 3 * HOUR, HOUR, HOUR // 2)


def test_only_what_was_decided_and_closed_in_the_formation_counts() -> None:
    trades = [
        TaskTrade(99, 120, 1, 1),
        TaskTrade(100, 199, 2, 10),
        TaskTrade(150, 200, 4, 100),
        TaskTrade(230, 240, 8, 1_000),
    ]
    assert formation_net(trades, WINDOW) == 10


def test_the_first_of_the_best_is_chosen_by_the_formation_alone() -> None:
    poor = outcome("poor", TaskTrade(110, 120, 1, 5), TaskTrade(225, 230, 1, 10**9))
    good, same = (outcome(name, TaskTrade(110, 120, 1, 7)) for name in ("good", "same"))
    assert choose([poor, good, same], WINDOW) == (good, 7)


def test_a_traded_time_begins_with_full_windows(minutes: tuple[StoreReader, Config]) -> None:
    _, config = minutes
    task = task_of(settings(), {"analytics.hedge_window": 60}, config, WalkStep(
        formed_from=0, formed_to=HOUR, traded_from=2 * HOUR, traded_to=3 * HOUR
    ))  # fmt: skip
    assert task.settings.trade_from == 2 * HOUR
    assert task.settings.end == 3 * HOUR
    assert task.settings.start == 2 * HOUR - 80 * MINUTE
    assert warm_up_of(config, Timeframe.M1) == 60 * MINUTE
    assert purge_of([config], Timeframe.M1) == 40 * MINUTE


def test_the_joined_result_is_that_of_the_windows(minutes: tuple[StoreReader, Config]) -> None:
    reader, config = minutes
    first, last = reader.ledger("AAAUSDT")[0][0].first_time, reader.ledger("AAAUSDT")[0][-1].last_time
    windows = windows_of(first, last, HOUR // 2, HOUR // 2, 40 * MINUTE)
    assert len(windows) == 3
    shared = Shared(database=str(config.data / DATABASE), config=config, instruments=LISTED)
    made = run_tasks(shared, trials(1.5, 2.5), lambda *_: None)
    chosen = [choose(made, window) for window in windows]
    tasks = [
        task_of(settings(), best.task.parameters, config, window)
        for window, (best, _) in zip(windows, chosen, strict=True)
    ]
    traded = run_tasks(msgspec.structs.replace(shared, size=HOUR), tasks, lambda *_: None)
    for window, found in zip(windows, traded, strict=True):
        assert found.trades
        assert all(window.traded_from <= trade.decided < window.traded_to for trade in found.trades)
        assert all(trade.closed <= window.traded_to + 10_000 for trade in found.trades)
    report = joined(windows, chosen, traded, HOUR, 10_000.0)
    assert report.net == sum(each.variation.net for each in traded) == sum(row.net for row in report.windows)
    assert report.periods == sum(len(each.returns) for each in traded)
    assert [row.chosen for row in report.windows] == [best.variation.name for best, _ in chosen]
    assert report.total_return.value == pytest.approx(report.net / 1e8 / 10_000, rel=1e-3)
    assert "too few" in report.words
    assert walk_forward.KIND == tasks[0].kind
