"""Confidence intervals by the stationary block bootstrap, which keeps what returns owe to those before them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spreadscope.jit import FloatArray, IntArray, njit_array
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.performance._checks import as_returns, compounded, is_flat
from spreadscope.performance.returns import PERIODS, sharpe
from spreadscope.stats._arrays import MOST, check_count, check_number, check_positive
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result

LEAST_PERIODS = 20
_AT_ONCE = 64  # resamples; part of what a seed means


@dataclass(frozen=True, slots=True)
class BootstrapInterval(Result, title="An estimate with its interval"):
    """An estimate with the quantiles of its resamples; ``significant`` is False where the interval holds 0."""

    estimate: float | None
    low: float | None
    high: float | None
    significant: bool | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class BootstrapIntervals(Result, title="Intervals by the stationary bootstrap"):
    """The mean return of a period, the annual Sharpe ratio and the compounded total return, with intervals."""

    mean: BootstrapInterval
    sharpe: BootstrapInterval
    total: BootstrapInterval
    confidence: float
    block_length: float | None
    resamples: int
    seed: int
    n: int
    reason: Reason | None


@labelled
def block_bootstrap(
    returns: ArrayLike,
    *,
    confidence: float = 0.95,
    resamples: int = 2_000,
    block_length: float | None = None,
    periods: float = PERIODS,
    seed: int = 0,
) -> BootstrapIntervals:
    """Returns percentile intervals of mean, Sharpe ratio and total return by the stationary bootstrap.

    A resample is made of blocks of returns in a row, which go on at the start after the last one, of geometric length
    with the mean ``block_length``; None is ``optimal_block_length``. ``periods`` a year scale the Sharpe ratio, which
    is 0 in a resample in which nothing moved. One seed, one result.

    Undefined: fewer than 20 returns, constant returns; a total that is beyond every float. Errors: a missing return, a
    confidence outside [0.5, 1), fewer than 100 resamples, a block shorter than 1 or longer than the returns.

    Source: Politis and Romano (1994), Journal of the American Statistical Association 89.

    >>> found = block_bootstrap(0.01 * np.random.default_rng(3).standard_normal(500))
    >>> found.mean.significant, found.mean.low < 0 < found.mean.high
    (False, True)
    """
    r, periods = as_returns(returns), check_positive(periods, "periods")
    if not 0.5 <= check_number(confidence, "confidence") < 1.0:
        raise StatisticsError(f"confidence is {confidence}; give a share from 0.5 to below 1, such as 0.95")
    resamples = check_count(resamples, "resamples", "at least 100", least=100)
    seed = check_count(seed, "seed", "0 or more", most=2**63 - 1)
    if block_length is not None:
        block_length = check_number(block_length, "block_length", least=1.0, most=float(max(1, min(r.size, MOST))))
    if r.size < LEAST_PERIODS or is_flat(r):
        reason = Reason.TOO_FEW_ROWS if r.size < LEAST_PERIODS else Reason.CONSTANT_SPREAD
        none = BootstrapInterval(None, None, None, None, reason)
        return BootstrapIntervals(none, none, none, confidence, block_length, resamples, seed, r.size, reason)
    length = _optimal(r) if block_length is None else block_length
    found = np.concatenate(_resampled(r, length, resamples, seed))
    found[:, 1] *= math.sqrt(periods)
    estimates = (float(r.mean()), sharpe(r, periods=periods).value, compounded(r) - 1.0)
    mean, ratio, total = (
        _interval(estimate, found[:, column], confidence) for column, estimate in enumerate(estimates)
    )
    return BootstrapIntervals(mean, ratio, total, confidence, length, resamples, seed, r.size, None)


@labelled
def optimal_block_length(returns: ArrayLike) -> float | None:
    """Returns the mean block length (1 or more rows) with which the stationary bootstrap estimates the variance of a
    mean best.

    b = (2 G² / D)^⅓ n^⅓ with G = Σ λ(k/M) |k| R(k), D = 2 (Σ λ(k/M) R(k))², R autocovariances, λ the flat-top window,
    M = 2m, m the first of K = max(5, √log₁₀ n) autocorrelations in a row that are within ±2 √(log₁₀ n / n) (where
    there are none, the last lag that is not); at most min(3√n, n/3). None: fewer than 20 rows, constant ones.

    Source: Politis and White (2004), Econometric Reviews 23, with the correction of Patton, Politis and White (2009),
    Econometric Reviews 28; m as in Patton's program.

    >>> noise = np.random.default_rng(5).standard_normal(2_000)
    >>> walk = np.convolve(noise, 0.9 ** np.arange(60))[:2_000]
    >>> optimal_block_length(noise) < 5 < 30 < optimal_block_length(walk)
    True
    """
    r = as_returns(returns)
    return None if r.size < LEAST_PERIODS or is_flat(r) else _optimal(r)


def _optimal(r: FloatArray) -> float:
    n = r.size
    run = max(5, math.ceil(math.sqrt(math.log10(n))))
    most = min(math.ceil(math.sqrt(n)) + run, n - 1)
    # In units of the largest return: squares of tiny ones would be 0.
    centred = r / np.abs(r).max()
    centred = centred - centred.mean()
    covariance = np.array([float(centred[k:] @ centred[: n - k]) for k in range(most + 1)]) / n
    within = np.abs(covariance[1:]) / covariance[0] < 2.0 * math.sqrt(math.log10(n) / n)
    runs = np.lib.stride_tricks.sliding_window_view(within, run).all(axis=1)
    first = int(np.argmax(runs)) + 1 if runs.any() else int(np.flatnonzero(~within)[-1]) + 1
    lags = min(2 * first, most)
    k = np.arange(1, lags + 1)
    weights = np.where(k <= lags / 2.0, 1.0, 2.0 * (1.0 - k / lags))
    g = 2.0 * float((weights * k) @ covariance[1 : lags + 1])
    long_run = float(covariance[0]) + 2.0 * float(weights @ covariance[1 : lags + 1])
    longest = math.ceil(min(3.0 * math.sqrt(n), n / 3.0))
    if long_run == 0.0:
        return float(longest)
    best: float = ((g / long_run) ** 2 * n) ** (1.0 / 3.0)
    return min(max(1.0, best), float(longest))


def _resampled(r: FloatArray, length: float, resamples: int, seed: int) -> list[FloatArray]:
    """Parts of (mean, Sharpe ratio per period, total return) of each resample."""
    rng = np.random.default_rng(seed)
    centre, parts = float(r.mean()), []
    for at in range(0, resamples, _AT_ONCE):
        shape = (min(_AT_ONCE, resamples - at), r.size)
        restarts = rng.random(shape) < 1.0 / length
        parts.append(_of_blocks(r, centre, restarts, rng.integers(0, r.size, size=shape)))
    return parts


@njit_array
def _of_blocks(
    r: FloatArray, centre: float, restarts: NDArray[np.bool_], starts: IntArray
) -> FloatArray:  # pragma: no cover - compiled
    n = r.size
    found = np.empty((starts.shape[0], 3))
    for i in range(starts.shape[0]):
        place = starts[i, 0]
        total, square, growth, moved = 0.0, 0.0, 1.0, False
        for t in range(n):
            if t > 0:
                place = starts[i, t] if restarts[i, t] else place + 1
                if place == n:
                    place = 0
            value = r[place]
            apart = value - centre
            total += apart
            square += apart * apart
            growth *= 1.0 + value
            moved |= value != 0.0
        mean = centre + total / n
        around = square - total * total / n
        if not moved:
            mean, ratio = 0.0, 0.0
        elif around <= 1e-12 * square:
            ratio = math.copysign(math.inf, mean)
        else:
            ratio = mean / math.sqrt(around / (n - 1))
        found[i, 0], found[i, 1], found[i, 2] = mean, ratio, growth - 1.0
    return found


def _interval(estimate: float | None, values: FloatArray, confidence: float) -> BootstrapInterval:
    side = (1.0 - confidence) / 2.0
    ordered = np.sort(values)
    low, high = _quantile(ordered, side), _quantile(ordered, 1.0 - side)
    if estimate is None or not all(map(math.isfinite, (estimate, low, high))):
        return BootstrapInterval(None, None, None, None, Reason.NOT_FINITE)
    return BootstrapInterval(estimate, low, high, not low <= 0.0 <= high, None)


def _quantile(ordered: FloatArray, share: float) -> float:
    """The quantile (type 7) of sorted numbers, of which those at the ends may be infinite."""
    place = share * (ordered.size - 1)
    low = int(place)
    if low == place or ordered[low] == ordered[min(low + 1, ordered.size - 1)]:
        return float(ordered[low])
    return float(ordered[low] + (place - low) * (ordered[low + 1] - ordered[low]))
