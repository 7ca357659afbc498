"""The bars that a batch of trades makes, whole: for whoever compares stored bars with the trades they were made of."""

from __future__ import annotations

import numpy as np

from spreadscope.bars.kernel import exact_volume, group
from spreadscope.model.events import Trades
from spreadscope.model.timeframe import Timeframe

BarValues = tuple[float, float, float, float, float, int]  # open, high, low, close, volume, trades


def bars_of_trades(trades: Trades, timeframe: Timeframe) -> dict[int, BarValues]:
    """Returns the bars of trades, in any order, by open time: open, high, low, close, volume and count."""
    length = timeframe.milliseconds
    # One group a bar, in whatever order the trades are.
    order = np.argsort(trades.times - trades.times % length, kind="stable")
    columns = (trades.ids[order], trades.times[order], trades.prices[order], trades.quantities[order])
    integers, numbers, _ = group(*columns, length)
    return {
        start: (o, h, low, c, exact_volume(volume_units, volume_rest), count)
        for (start, _, _, volume_units, volume_rest, count), (o, h, low, c) in zip(
            integers.tolist(), numbers.tolist(), strict=True
        )
    }
