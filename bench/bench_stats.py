"""Rolling z against pandas and river, Kalman against pykalman and filterpy, and ten million updates against exact sums.

python bench/bench_stats.py [--rows 200000] [--updates 10000000]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from spreadscope import stats

WINDOW = 600


def median_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Median wall time of ``work`` after one warm-up call."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def rolling(rows: int) -> None:
    """A spike, then quiet: who is fast, and who is right."""
    import pandas as pd
    from river import stats as river_stats
    from river import utils

    rng = np.random.default_rng(1)
    x = 100.0 + 0.01 * rng.standard_normal(rows)
    x[rows // 2] *= 10.0
    x[rows // 2 + 1 :] = 100.0 + 1e-6 * (x[rows // 2 + 1 :] - 100.0)
    frame = pd.Series(x)
    ours = median_seconds(lambda: stats.rolling_moments(x, WINDOW))
    theirs = median_seconds(lambda: (frame - frame.rolling(WINDOW).mean()) / frame.rolling(WINDOW).std())
    print(f"rolling z, window {WINDOW}, {rows} rows")
    print(
        f"  batch: {ours * 1e9 / rows:.0f} ns a row; pandas {theirs * 1e9 / rows:.0f} ns a row"
        f" ({theirs / ours:.2f} times ours)"
    )
    few = x[: min(rows, 50_000)].tolist()

    def stream() -> None:
        estimator = stats.RollingMoments(WINDOW)
        for value in few:
            estimator.update(value)

    def river_stream() -> None:
        variance = utils.Rolling(river_stats.Var(), window_size=WINDOW)
        for value in few:
            variance.update(value)
            variance.get()

    own, peer = median_seconds(stream, 3), median_seconds(river_stream, 3)
    print(
        f"  stream: {own / len(few) * 1e6:.2f} us an update;"
        f" river {peer / len(few) * 1e6:.2f} us ({peer / own:.2f} times ours)"
    )
    after = slice(rows // 2 + WINDOW, rows)
    views = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[rows // 2 + 1 :]
    exact = np.array([view.std(ddof=1) for view in views])
    sd = stats.rolling_moments(x, WINDOW).sd[after]
    pandas_sd = frame.rolling(WINDOW).std().to_numpy()[after]
    estimator = utils.Rolling(river_stats.Var(), window_size=WINDOW)
    river_variance = []
    for value in x.tolist():
        estimator.update(value)
        river_variance.append(estimator.get())
    peer_variance = np.array(river_variance)[after]
    for name, got in (("ours", sd**2), ("pandas", pandas_sd**2), ("river", peer_variance)):
        error = np.abs(got / exact**2 - 1.0)
        negative = float((got < 0).mean())
        print(
            f"  variance after the spike has left, {name}: worst relative error {error.max():.1e},"
            f" negative {negative:.1%}"
        )


def kalman(rows: int) -> None:
    """One hedge filter over the same rows."""
    import pykalman
    from filterpy.kalman import KalmanFilter

    rng = np.random.default_rng(2)
    x = 4.0 + np.cumsum(0.001 * rng.standard_normal(rows))
    y = 0.5 + 1.1 * x + 0.002 * rng.standard_normal(rows)
    q, r = 1e-6, 4e-6
    settings = {"q_beta": q, "q_alpha": q, "r": r, "initial_state": (1.0, 0.0), "initial_p": 1.0}
    found = stats.kalman_hedge(y, x, **settings)
    batch = median_seconds(lambda: stats.kalman_hedge(y, x, **settings))

    def stream() -> None:
        estimator = stats.KalmanHedge(**settings)
        for a, b in zip(y.tolist(), x.tolist(), strict=True):
            estimator.update(a, b)

    streamed = median_seconds(stream, 3)
    design = np.stack([x, np.ones(rows)], axis=1)[:, None, :]

    def with_pykalman() -> np.ndarray:
        model = pykalman.KalmanFilter(
            transition_matrices=np.eye(2),
            observation_matrices=design,
            transition_covariance=q * np.eye(2),
            observation_covariance=np.array([[r]]),
            initial_state_mean=np.array([1.0, 0.0]),
            initial_state_covariance=np.eye(2),
        )
        return model.filter(y)[0]

    def with_filterpy() -> np.ndarray:
        model = KalmanFilter(dim_x=2, dim_z=1)
        model.x, model.P, model.F = np.array([[1.0], [0.0]]), np.eye(2), np.eye(2)
        model.Q, model.R = q * np.eye(2), np.array([[r]])
        out = np.empty((rows, 2))
        for t in range(rows):
            if t:
                model.predict()
            model.update(np.array([[y[t]]]), H=design[t])
            out[t] = model.x[:, 0]
        return out

    print(f"Kalman hedge, {rows} rows")
    print(f"  batch {batch / rows * 1e9:.0f} ns a row; stream {streamed / rows * 1e6:.2f} us an update")
    for name, work in (("pykalman", with_pykalman), ("filterpy", with_filterpy)):
        started = time.perf_counter()
        states = work()
        seconds = time.perf_counter() - started
        difference = float(np.abs(states[:, 0] - found.beta).max())
        print(
            f"  {name}: {seconds / rows * 1e6:.1f} us a row, {seconds / streamed:.0f} times our stream, "
            f"{seconds / batch:.0f} times our batch; largest difference in beta {difference:.1e}"
        )


def accuracy(updates: int) -> None:
    """Ten million updates with 10x spikes and a 1e8 fall in variance, against exact rational sums at checkpoints."""
    rng = np.random.default_rng(3)
    x = 100.0 + np.round(rng.standard_normal(updates) * 128.0) / 128.0
    x[updates // 3 : updates // 2] = 100.0 + np.round(rng.standard_normal(updates // 2 - updates // 3)) / 8192.0
    x[:: max(1, updates // 50)] *= 10.0
    y = 2.0 * x + np.round(rng.standard_normal(updates) * 64.0) / 8192.0
    started = time.perf_counter()
    found, fit = stats.rolling_moments(x, WINDOW), stats.rolling_ols(y, x, WINDOW)
    seconds = time.perf_counter() - started
    ew = stats.ew_moments(x, halflife=100.0)
    spikes = np.arange(0, updates, max(1, updates // 50))
    places = np.concatenate([np.linspace(WINDOW, updates - 1, 60).astype(int), spikes[1:] + WINDOW, spikes[1:] + 5])
    worst = {"variance": 0.0, "beta": 0.0, "z": 0.0}
    for i in places[(places >= WINDOW) & (places < updates)]:
        window, partner = ([Fraction(float(v)) for v in leg[i - WINDOW + 1 : i + 1]] for leg in (x, y))
        mean, partner_mean = sum(window) / WINDOW, sum(partner) / WINDOW
        sxx = sum((v - mean) ** 2 for v in window)
        sxy = sum((v - mean) * (w - partner_mean) for v, w in zip(window, partner, strict=True))
        worst["variance"] = max(worst["variance"], abs(float(Fraction(found.variance[i]) / (sxx / (WINDOW - 1)) - 1)))
        worst["beta"] = max(worst["beta"], abs(float(Fraction(fit.beta[i]) / (sxy / sxx) - 1)))
        z = float(window[-1] - mean) / float(sxx / (WINDOW - 1)) ** 0.5
        worst["z"] = max(worst["z"], abs(z - found.z_inclusive[i]))
    print(f"accuracy, {updates} updates, window {WINDOW} ({seconds:.1f} s for moments and OLS)")
    for name, error in worst.items():
        print(f"  {name}: worst error {error:.1e}")
    least = float(np.nanmin(found.variance))
    print(f"  smallest variance {least:.3g}, EW {float(np.nanmin(ew.variance)):.3g}: never negative")
    assert least >= 0.0


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--kalman-rows", type=int, default=5_000)
    parser.add_argument("--updates", type=int, default=10_000_000)
    options = parser.parse_args(arguments or [])
    warnings.simplefilter("ignore")  # peers warn about numpy's future
    rolling(options.rows)
    kalman(options.kalman_rows)
    accuracy(options.updates)


if __name__ == "__main__":
    main(sys.argv[1:])
