"""The cost of a pair's row by the length of its windows, and the longest stretch that the looks of the evidence take.

Processor time of one thread, so that other programs count little.
"""

from __future__ import annotations

import time

import numpy as np

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.pairs.legs import Leg
from spreadscope.pairs.tracker import PairTracker

WINDOWS = (120, 240, 400, 720, 1_440)
ROWS = 1_500
ROUNDS = 3
WATCHED = 12_000  # rows of a tied pair: its looks need the most surrogates


def _legs(rows: int, inertia: float) -> list[tuple[Leg, Leg]]:
    rng = np.random.default_rng(1)
    x = 8.0 + np.cumsum(rng.standard_normal(rows)) * 1e-4
    spread = np.zeros(rows)
    for t, shock in enumerate(rng.standard_normal(rows) * 1e-4):
        spread[t] = inertia * spread[t - 1] + shock
    prices = np.exp(np.column_stack([1.2 + 0.7 * x + spread, x])).tolist()
    return [(Leg(y, y, 0, complete=True), Leg(x, x, 0, complete=True)) for y, x in prices]


def _seconds(config: AnalyticsConfig, timeframe: Timeframe, legs: list[tuple[Leg, Leg]]) -> np.ndarray:
    """Returns the processor time of each row, of the fastest of a few rounds."""
    rounds = []
    for _ in range(ROUNDS):
        tracker = PairTracker(Pair("AUSDT", "BUSDT"), timeframe, config)
        spent = np.empty(len(legs))
        for row, (y, x) in enumerate(legs):
            started = time.thread_time()
            tracker.step(row * timeframe.milliseconds, y, x, halted=False, state=SignalState.FLAT)
            spent[row] = time.thread_time() - started
        rounds.append(spent)
    return np.min(rounds, axis=0)


def main() -> None:
    print(f"a row with all statistics, {ROWS} rows, the fastest of {ROUNDS} rounds")
    for window in WINDOWS:
        config = AnalyticsConfig(hedge_window=window, z_window=window // 2, correlation_window=window // 2)
        spent = _seconds(config, Timeframe.S1, _legs(2 * window + ROWS, 0.95))[2 * window :] * 1e6
        print(
            f"  window {window:5d}: median {np.median(spent):6.1f} us, mean {spent.mean():6.1f},"
            f" 99% {np.quantile(spent, 0.99):6.1f}"
        )
    print(f"the longest row while the evidence of a tied pair is looked at, {WATCHED} rows")
    for timeframe in (Timeframe.S1, Timeframe.M1, Timeframe.M5):
        spent = _seconds(AnalyticsConfig(), timeframe, _legs(WATCHED, 0.0)) * 1e3
        start = AnalyticsConfig().hedge_window
        print(
            f"  {timeframe}: {spent[start:].max():.2f} ms; the row on which the Kalman filter is fitted"
            f" {spent[:start].max():.2f} ms"
        )


if __name__ == "__main__":
    main()
