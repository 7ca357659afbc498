"""The signals of a whole series of rows, compiled: the batch twin of ``SignalMachine`` with its time stop.

A test holds it to the machine: the same actions at the same rows.
"""

from __future__ import annotations

import math

import numpy as np

from spreadscope.jit import FloatArray, IntArray, njit
from spreadscope.model.events import Bools
from spreadscope.pairs.series_kernels import window_half_life

#: Actions, and the causes of an exit, as the kernel says them.
EXIT, BUY, SELL = 0, 1, -1
BACK_INSIDE, STOP, TIME_STOP = 1, 2, 3
_LONGEST_MS = 1e18  # the end of a longer time would not be a whole number of 64 bits


@njit
def signal_series(
    times: IntArray,
    may_enter: Bools,
    hedge: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, Bools],
    levels: tuple[float, float, float],
    time_stop: tuple[int, float, FloatArray],
    window: tuple[int, float, bool],
) -> tuple[IntArray, IntArray, IntArray]:  # pragma: no cover - compiled
    """Returns the rows of all signals, their actions and the causes of exits (0 of an entry).

    ``hedge``: z, y, x, β, α, and whether the hedge window is full; z is NaN where undefined: nothing changes there.
    ``may_enter`` is False where a leg is stale. ``levels``: entry, exit, stop. ``time_stop``: the longest time (ms, 0:
    by half-lives), half-lives (0: no time stop), and the half-life of each row (s; NaN: that of its hedge window).
    ``window``: rows of the hedge window, seconds of a row, and whether it is of prices.
    """
    z, y, x, beta, alpha, fitted = hedge
    entry, leave, stop = levels
    longest, half_lives, lives = time_stop
    rows_of_window, seconds, of_prices = window
    rows, actions, causes = np.empty(z.size, np.int64), np.empty(z.size, np.int64), np.empty(z.size, np.int64)
    count = 0
    side = 0  # of the position in the spread: +1 bought, -1 sold
    locked_out = False
    expires = np.int64(0)  # 0: never
    for t in range(z.size):
        now = z[t]
        if math.isnan(now):
            continue
        if side == 0:
            size = abs(now)
            if locked_out:
                locked_out = size >= entry
            elif may_enter[t] and entry <= size < stop:
                side = -1 if now > 0 else 1
                rows[count], actions[count], causes[count] = t, side, 0
                count += 1
                hold_for = np.int64(longest)
                if longest == 0 and half_lives > 0.0:
                    life = lives[t]
                    if math.isnan(life) and fitted[t]:
                        life = window_half_life(y, x, t, rows_of_window, beta[t], alpha[t], seconds, of_prices)
                    if not math.isnan(life):
                        hold_for = np.int64(min(half_lives * life * 1000.0, _LONGEST_MS))
                expires = times[t] + hold_for if hold_for > 0 else np.int64(0)
            continue
        against = -side * now
        cause = 0
        if against >= stop:
            cause = STOP
        elif against <= leave:
            cause = BACK_INSIDE
        elif expires > 0 and times[t] >= expires:
            cause = TIME_STOP
        if cause:
            rows[count], actions[count], causes[count] = t, EXIT, cause
            count += 1
            side = 0
            locked_out = cause != BACK_INSIDE
    return rows[:count], actions[:count], causes[:count]
