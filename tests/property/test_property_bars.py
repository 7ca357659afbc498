"""Bars do not depend on how and in which order the trades came, and equal a plain computation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.bars.series import BarSeries
from spreadscope.model.facts import Bar
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe
from tests.support.market import START, trades

Row = tuple[int, Decimal, Decimal]  # time after START, price, quantity

rows = st.lists(
    st.tuples(
        st.integers(0, 320_000),
        st.decimals("0.01", "99999", places=2),
        st.decimals("0.00000001", "9000", places=8),
    ),
    min_size=1,
    max_size=40,
)


def plain(given_rows: list[Row], timeframe: Timeframe) -> list[tuple[float, ...]]:
    groups: dict[int, list[int]] = {}
    for number, (time, _, _) in enumerate(given_rows):
        groups.setdefault((START + time) // timeframe.milliseconds * timeframe.milliseconds, []).append(number)
    out = []
    for start, ids in sorted(groups.items()):
        prices = [given_rows[i][1] for i in ids]
        volume = sum((given_rows[i][2] for i in ids), Decimal(0))
        out.append((start, *map(float, (prices[0], max(prices), min(prices), prices[-1], volume)), len(ids)))
    return out


def shown(bars: Mapping[int, Bar]) -> list[tuple[float, ...]]:
    return [(b.open_time, b.open, b.high, b.low, b.close, b.volume, b.trades) for _, b in sorted(bars.items())]


@given(rows, st.randoms(use_true_random=False), st.lists(st.integers(1, 39), max_size=6), st.booleans())
@settings(max_examples=80)
def test_any_order_and_chunking(given_rows: list[Row], random: object, cuts: list[int], early: bool) -> None:
    whole = trades(
        range(len(given_rows)),
        [START + time for time, _, _ in given_rows],
        [float(price) for _, price, _ in given_rows],
        [float(quantity) for _, _, quantity in given_rows],
    )
    order = list(range(len(given_rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    series = BarSeries("BTCUSDT")
    for part in np.split(np.array(order), sorted(c for c in cuts if c < len(order))):
        changed, forgotten = series.add(whole.take(part))
        assert not forgotten
        for timeframe in TIMEFRAMES:
            for start in sorted(changed.get(timeframe, ())):
                series.revise(timeframe, start, complete=False)
        if early:  # close what there is; the rest comes late
            for timeframe in TIMEFRAMES:
                for start in series.due(timeframe, 1 << 60):
                    series.close(timeframe, start, complete=False)
    for timeframe in TIMEFRAMES:
        for start in series.due(timeframe, 1 << 60):
            series.close(timeframe, start, complete=False)
        assert shown(series.bars(timeframe)) == plain(given_rows, timeframe)
        assert list(series.bars(timeframe)) == sorted(series.bars(timeframe))
