"""Group a batch of trades into bars.

A group is mergeable: first and last are decided by aggregate id, and the volume is a pair of integers (whole units and
hundred-millionths), so groups joined in any order give the same bar to the last bit.
"""

from __future__ import annotations

import numpy as np

from spreadscope.jit import njit
from spreadscope.model.events import Floats, Ints

FRACTION = 100_000_000
_Whole = np.int64


@njit
def group(
    ids: Ints, times: Ints, prices: Floats, quantities: Floats, length: int
) -> tuple[Ints, Floats, Ints]:  # pragma: no cover - compiled
    """→ per group: integers (open_time, first_id, last_id, whole, fraction, count), floats (open, high, low, close), last time.

    ``length`` is the bar length in ms. Rows may be in any order; a group is a run of rows of one bar, so the same bar can
    come in several groups. A row without a price or a quantity is no trade of the market and belongs to no bar.
    """
    n = len(ids)
    whole_numbers = np.empty((n, 6), dtype=np.int64)
    numbers = np.empty((n, 4), dtype=np.float64)
    last_times = np.empty(n, dtype=np.int64)
    count = 0
    # The group that grows stands in variables, and its two ends spare each row a division.
    start = end = first_id = last_id = whole = fraction = rows = last_time = np.int64(0)
    opened = high = low = close = 0.0
    for i in range(n):
        price, quantity = prices[i], quantities[i]
        if not (price > 0.0 and quantity > 0.0):
            continue
        number, time = ids[i], times[i]
        floor = np.floor(quantity)
        if rows > 0 and start <= time < end:
            if number < first_id:
                first_id, opened = number, price
            if number > last_id:
                last_id, close = number, price
            high = max(high, price)
            low = min(low, price)
            last_time = max(last_time, time)
        else:
            if rows > 0:
                _put(whole_numbers, numbers, last_times, count, (start, first_id, last_id, whole, fraction, rows),
                     (opened, high, low, close), last_time)  # fmt: skip
                count += 1
            start = time - time % length
            end = start + length
            first_id, last_id, last_time = number, number, time
            opened, high, low, close = price, price, price, price
            whole, fraction, rows = np.int64(0), np.int64(0), np.int64(0)
        whole += np.int64(floor)
        fraction += np.int64(np.rint((quantity - floor) * 100_000_000))
        rows += 1
    if rows > 0:
        _put(whole_numbers, numbers, last_times, count, (start, first_id, last_id, whole, fraction, rows),
             (opened, high, low, close), last_time)  # fmt: skip
        count += 1
    return whole_numbers[:count], numbers[:count], last_times[:count]


@njit
def _put(
    whole_numbers: Ints, numbers: Floats, last_times: Ints, place: int,
    integers: tuple[_Whole, _Whole, _Whole, _Whole, _Whole, _Whole], prices: tuple[float, float, float, float], last_time: _Whole,
) -> None:  # fmt: skip # pragma: no cover - compiled
    for column in range(6):
        whole_numbers[place, column] = integers[column]
    for column in range(4):
        numbers[place, column] = prices[column]
    last_times[place] = last_time


def exact_volume(whole: int, fraction: int) -> float:
    """The float64 nearest to the exact sum of the quantities (Python divides integers correctly rounded)."""
    return (whole * FRACTION + fraction) / FRACTION
