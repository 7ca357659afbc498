"""Every pair at once: the panel against loops over statsmodels and arch, and the per-bar update.

    python bench/bench_panel.py [--symbols 500] [--rows 1000] [--sample 60]

Peers are measured in the same run on a sample of the same pairs; their totals are extrapolated and say so.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from spreadscope.stats import engle_granger
from spreadscope.stats.panel import MovingPanel, engle_granger_all

MAX_LAGS = 10


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Median wall time of ``work`` after one warm-up call."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def prices(rows: int, symbols: int, seed: int = 1) -> np.ndarray:
    """Log prices of a market: one common factor and walks of their own."""
    rng = np.random.default_rng(seed)
    factor = np.cumsum(rng.standard_normal((rows, 1)), axis=0) * 0.002
    own = np.cumsum(rng.standard_normal((rows, symbols)), axis=0) * 0.001
    return 5.0 + factor * rng.uniform(0.5, 1.5, symbols) + own


def scan(symbols: int, rows: int, sample: int) -> None:
    """Engle–Granger AIC of the unordered and of the ordered pairs, and the peers."""
    import statsmodels.tsa.stattools as peer
    from arch.unitroot.cointegration import engle_granger as arch_engle_granger

    panel = prices(rows, symbols)
    pairs = symbols * (symbols - 1) // 2
    print(f"Engle-Granger, constant, AIC over 0..{MAX_LAGS}, {rows} bars")
    one = 0.0
    for threads in (1, 2):
        seconds = median_seconds(lambda t=threads: engle_granger_all(panel, "aic", MAX_LAGS, both=False, threads=t), 5)
        one = one or seconds
        print(
            f"  panel, {pairs} unordered pairs, {threads} thread(s):"
            f" {seconds:.3f} s ({seconds / pairs * 1e6:.2f} us a pair)"
        )
    seconds = median_seconds(lambda: engle_granger_all(panel, "aic", MAX_LAGS), 3)
    print(f"  panel, {2 * pairs} ordered pairs, 1 thread: {seconds:.3f} s")
    seconds = median_seconds(lambda: engle_granger_all(panel, 1, both=False), 3)
    print(f"  panel, {pairs} unordered pairs at one lag, 1 thread: {seconds:.3f} s")

    found = engle_granger_all(panel, "aic", MAX_LAGS)
    rng = np.random.default_rng(2)
    chosen = [tuple(rng.choice(symbols, 2, replace=False)) for _ in range(sample)]
    worst = worst_own = 0.0
    started = time.perf_counter()
    for i, j in chosen:
        theirs = peer.coint(panel[:, i], panel[:, j], maxlag=MAX_LAGS, autolag="aic", return_results=True)
        worst = max(worst, abs(theirs[0] - found.stat[i, j]), abs(theirs[1] - found.pvalue[i, j]))
    each = (time.perf_counter() - started) / sample
    print(
        f"  statsmodels coint: {each * 1e6:.0f} us a pair on {sample} sampled pairs, {each * pairs:.0f} s for all "
        f"(extrapolated): {each * pairs / one:.0f} times the panel; largest difference {worst:.1e}"
    )
    few = chosen[: max(5, sample // 4)]
    started = time.perf_counter()
    for i, j in few:
        arch_engle_granger(panel[:, i], panel[:, j], trend="c", max_lags=MAX_LAGS, method="aic")
    each_arch = (time.perf_counter() - started) / len(few)
    print(
        f"  arch engle_granger: {each_arch * 1e6:.0f} us a pair on {len(few)} sampled pairs, "
        f"{each_arch * pairs:.0f} s for all (extrapolated): {each_arch * pairs / one:.0f} times the panel"
    )
    engle_granger(panel[:, 0], panel[:, 1], lags="aic", max_lags=MAX_LAGS)
    started = time.perf_counter()
    for i, j in chosen:
        own = engle_granger(panel[:, i], panel[:, j], lags="aic", max_lags=MAX_LAGS)
        worst_own = max(worst_own, abs((own.stat or 0.0) - found.stat[i, j]))
    each_own = (time.perf_counter() - started) / sample
    print(f"  engle_granger (one pair): {each_own * 1e6:.0f} us a pair; largest difference {worst_own:.1e}")


def updates(symbols: int, window: int, bars: int) -> None:
    """One bar of every pair: β, z, correlation, half-life, standard errors; then the Kalman filters."""
    walk = prices(window + bars + 50, symbols, seed=3)
    panel = MovingPanel(symbols, window)
    times, filters = [], []
    for t, bar in enumerate(walk):
        started = time.perf_counter()
        panel.update(bar)
        middle = time.perf_counter()
        if t == window:
            panel.start_kalman()
        if t > window:
            panel.update_kalman(bar)
        if t >= window + 50:
            times.append(middle - started)
            filters.append(time.perf_counter() - middle)
    total = np.array(times) + np.array(filters)
    print(f"per-bar update of every pair of {symbols} symbols, window {window}, {bars} bars, 1 thread")
    for name, values in (("moments", np.array(times)), ("Kalman", np.array(filters)), ("both", total)):
        p50, p99, most = np.percentile(values * 1e3, [50, 99, 100])
        print(f"  {name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, longest (a rebuild) {most:.1f} ms")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--window", type=int, default=600)
    parser.add_argument("--bars", type=int, default=900)
    options = parser.parse_args(arguments or [])
    # One BLAS thread for everyone: the peers' small regressions only lose by a second one, and ours bounds its own.
    with threadpool_limits(1):
        scan(options.symbols, options.rows, options.sample)
        updates(options.symbols, options.window, options.bars)


if __name__ == "__main__":
    main(sys.argv[1:])
