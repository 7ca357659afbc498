"""Group a batch of trades into bars.

A group is mergeable: first and last are decided by aggregate id, and the volume is a pair of integers (whole units and
hundred-millionths), so groups joined in any order give the same bar to the last bit.
"""

from __future__ import annotations

import numpy as np

from spreadscope.jit import njit
from spreadscope.model.events import Floats, Ints

FRACTION = 100_000_000


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
    count = -1
    current = np.int64(-1)
    for i in range(n):
        if not (prices[i] > 0.0 and quantities[i] > 0.0):
            continue
        start = times[i] - times[i] % length
        units = np.int64(np.floor(quantities[i]))
        fraction = np.int64(np.rint((quantities[i] - units) * 100_000_000))
        price = prices[i]
        if count < 0 or start != current:
            count += 1
            current = start
            whole_numbers[count, 0] = start
            whole_numbers[count, 1] = ids[i]
            whole_numbers[count, 2] = ids[i]
            whole_numbers[count, 3] = units
            whole_numbers[count, 4] = fraction
            whole_numbers[count, 5] = 1
            numbers[count, 0] = price
            numbers[count, 1] = price
            numbers[count, 2] = price
            numbers[count, 3] = price
            last_times[count] = times[i]
            continue
        if ids[i] < whole_numbers[count, 1]:
            whole_numbers[count, 1] = ids[i]
            numbers[count, 0] = price
        if ids[i] > whole_numbers[count, 2]:
            whole_numbers[count, 2] = ids[i]
            numbers[count, 3] = price
        numbers[count, 1] = max(numbers[count, 1], price)
        numbers[count, 2] = min(numbers[count, 2], price)
        whole_numbers[count, 3] += units
        whole_numbers[count, 4] += fraction
        whole_numbers[count, 5] += 1
        last_times[count] = max(last_times[count], times[i])
    return whole_numbers[: count + 1], numbers[: count + 1], last_times[: count + 1]


def exact_volume(whole: int, fraction: int) -> float:
    """The float64 nearest to the exact sum of the quantities (Python divides integers correctly rounded)."""
    return (whole * FRACTION + fraction) / FRACTION
