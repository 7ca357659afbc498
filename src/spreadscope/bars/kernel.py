"""Compiled grouping of a batch of trades by bar.

Groups can be merged: first and last are decided by aggregate id, and the volume is a pair of integers (whole units and
hundred-millionths), so groups merged in any order give the same bar to the last bit.
"""

from __future__ import annotations

import numpy as np

from spreadscope.jit import njit
from spreadscope.model.events import Floats, Ints

FRACTION = 100_000_000
_Int = np.int64


@njit
def group(
    ids: Ints, times: Ints, prices: Floats, quantities: Floats, length: int
) -> tuple[Ints, Floats, Ints]:  # pragma: no cover - compiled
    """Returns for each group: integers (open_time, first_id, last_id, whole, fraction, count), floats (open, high, low,
    close), and the time of its last trade.

    ``length`` is the bar length in ms. Rows may be in any order; a group is a run of rows of one bar, so one bar can
    have several groups. A row without a price or a quantity is no trade and belongs to no bar.
    """
    n = len(ids)
    whole_numbers = np.empty((n, 6), dtype=np.int64)
    numbers = np.empty((n, 4), dtype=np.float64)
    last_times = np.empty(n, dtype=np.int64)
    count = 0
    # The current group is kept in variables; with its start and end no row needs a division.
    start = end = first_id = last_id = whole = fraction = rows = last_time = np.int64(0)
    opened = high = low = close = 0.0
    for i in range(n):
        price, quantity = prices[i], quantities[i]
        if not (price > 0.0 and quantity > 0.0):
            continue
        trade_id, time = ids[i], times[i]
        floor = np.floor(quantity)
        if rows > 0 and start <= time < end:
            if trade_id < first_id:
                first_id, opened = trade_id, price
            if trade_id > last_id:
                last_id, close = trade_id, price
            high = max(high, price)
            low = min(low, price)
            last_time = max(last_time, time)
        else:
            if rows > 0:
                _store_group(whole_numbers, numbers, last_times, count,
                    (start, first_id, last_id, whole, fraction, rows),
                     (opened, high, low, close), last_time)  # fmt: skip
                count += 1
            start = time - time % length
            end = start + length
            first_id, last_id, last_time = trade_id, trade_id, time
            opened, high, low, close = price, price, price, price
            whole, fraction, rows = np.int64(0), np.int64(0), np.int64(0)
        whole += np.int64(floor)
        fraction += np.int64(np.rint((quantity - floor) * 100_000_000))
        rows += 1
    if rows > 0:
        _store_group(whole_numbers, numbers, last_times, count, (start, first_id, last_id, whole, fraction, rows),
             (opened, high, low, close), last_time)  # fmt: skip
        count += 1
    return whole_numbers[:count], numbers[:count], last_times[:count]


@njit
def _store_group(
    whole_numbers: Ints, numbers: Floats, last_times: Ints, place: int,
    integers: tuple[_Int, _Int, _Int, _Int, _Int, _Int], prices: tuple[float, float, float, float], last_time: _Int,
) -> None:  # fmt: skip # pragma: no cover - compiled
    for column in range(6):
        whole_numbers[place, column] = integers[column]
    for column in range(4):
        numbers[place, column] = prices[column]
    last_times[place] = last_time


def exact_volume(whole: int, fraction: int) -> float:
    """Returns the float64 nearest to the exact sum of the quantities (Python rounds a division of integers
    correctly)."""
    return (whole * FRACTION + fraction) / FRACTION
