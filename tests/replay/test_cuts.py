"""Stored trades are cut by id at each second: times follow ids but for a few milliseconds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.events import Trades
from spreadscope.replay.paper_backtest import _last_times
from spreadscope.replay.trades_source import _ends_before


def trades(times: list[int]) -> Trades:
    n = len(times)
    return Trades(
        "AAAUSDT", np.arange(n), np.array(times, dtype=np.int64), np.ones(n), np.ones(n), np.zeros(n, dtype=np.bool_)
    )


@given(
    st.lists(st.integers(0, 9_000), min_size=1, max_size=60).map(sorted), st.lists(st.integers(-40, 40), max_size=60)
)
def test_a_cut_is_after_the_last_trade_before_its_second(sorted_times: list[int], shifts: list[int]) -> None:
    times = [time + shift for time, shift in zip(sorted_times, shifts + [0] * 60, strict=False)]
    seconds = range(1_000, 11_000, 1_000)
    expected = [max((row + 1 for row, time in enumerate(times) if time < second), default=0) for second in seconds]
    assert _ends_before(trades(times), seconds) == expected


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=60).map(sorted))
def test_every_second_with_trades_counts_once(times: list[int]) -> None:
    last = {time // 1_000: time for time in times}
    assert _last_times(trades(times)).tolist() == list(last.values())
