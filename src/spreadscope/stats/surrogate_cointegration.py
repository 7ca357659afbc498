"""Engle–Granger with a p-value from surrogates of the pair: its size holds in storms, bounce and with bad bars.

Tables of critical values are of legs whose changes have one variance for ever and no bounce. Here the null is made from
the pair: the changes of each leg get random signs, block by block, so that a surrogate has the volatility of every
moment, the bounce within a block and the bad bar where the pair has them, and nothing else ties its legs. The p-value
is the share of surrogates whose statistic is as small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_pair, check_count
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats._results import Result
from spreadscope.stats.engle_granger import COLLINEAR_LIMIT

FEWEST_ROWS = 60
BLOCK = 10
_MOST_SURROGATES = 100_000


@dataclass(frozen=True, slots=True)
class SurrogateResult(
    Result,
    title="Cointegration test by surrogates of the pair",
    decides={"pvalue": "{surrogates} surrogates, both directions"},
):
    """The test of one window.

    ``stat`` is the smaller Engle–Granger statistic of the two directions (one lag), ``pvalue`` its p by surrogates.

    ``surrogates`` says how many were made: fewer than asked for where it was clear early that the p-value is large.
    ``n`` counts the joint rows. With a ``reason`` both are None.
    """

    stat: float | None
    pvalue: float | None
    surrogates: int
    n: int
    reason: Reason | None


@labelled
def surrogate_cointegration(
    y: ArrayLike,
    x: ArrayLike,
    *,
    block: int = BLOCK,
    surrogates: int = 999,
    enough: int = 20,
    seed: int = 0,
) -> SurrogateResult:
    """Test whether two legs of log prices are tied, at a size that holds whatever their volatility does.

    ``y``, ``x``: n rows each; rows without both are left out. ``block``: rows whose changes get one sign.
    ``surrogates``: how many are made at the most; after ``enough`` of them were as extreme as the pair the rest is not
    made (Besag and Clifford 1991), and the p-value is valid all the same. ``seed``: the same seed gives the same
    p-value. Both directions count in one statistic, so nothing is to be multiplied.

    The smallest p-value is 1 / (surrogates + 1). Raises ``StatisticsError`` for arguments that make no test. Source:
    sign randomisation after Lehmann and Romano (2005), chapter 15; wild bootstrap of unit-root tests: Cavaliere and
    Taylor (2008).

    >>> rng = np.random.default_rng(3)
    >>> x = np.cumsum(rng.standard_normal(500))
    >>> surrogate_cointegration(x + rng.standard_normal(500), x).pvalue
    0.001
    >>> surrogate_cointegration(np.cumsum(rng.standard_normal(500)), x).pvalue > 0.05
    True
    """
    block = check_count(block, "block", "at least 1 row", least=1)
    enough = check_count(enough, "enough", "at least 1", least=1)
    surrogates = check_count(
        surrogates, "surrogates", f"at least 1 and at most {_MOST_SURROGATES}", least=1, most=_MOST_SURROGATES
    )
    seed = check_count(seed, "seed", "from 0 to 2^62", most=2**62)
    leg_y, leg_x = as_pair(y, x)
    joint = np.isfinite(leg_y) & np.isfinite(leg_x)
    leg_y, leg_x = leg_y[joint], leg_x[joint]
    n = int(leg_y.size)
    if n < FEWEST_ROWS:
        return SurrogateResult(None, None, 0, n, Reason.TOO_FEW_ROWS)
    _, _, syy, sxx, _, peak_y, peak_x = pair_moments(leg_y, leg_x, 0, n)
    if is_constant(syy, n, peak_y) or is_constant(sxx, n, peak_x):
        return SurrogateResult(None, None, 0, n, Reason.CONSTANT_LEG)
    stat, unexplained = _statistic(leg_y, leg_x)
    if unexplained < COLLINEAR_LIMIT**2 or not np.isfinite(stat):
        return SurrogateResult(None, None, 0, n, Reason.COLLINEAR)
    pvalue, made = _pvalue(leg_y, leg_x, stat, block, surrogates, enough, seed)
    return SurrogateResult(stat, pvalue, made, n, None)


@njit
def _statistic(y: FloatArray, x: FloatArray) -> tuple[float, float]:  # pragma: no cover - compiled
    """Returns the smaller τ of the two directions (ADF of the residual, one lag, no constant; or inf), and 1 − R²."""
    n = y.size
    mean_y, mean_x = 0.0, 0.0
    for t in range(n):
        mean_y += y[t]
        mean_x += x[t]
    mean_y /= n
    mean_x /= n
    syy, sxx, sxy = 0.0, 0.0, 0.0
    for t in range(n):
        a, b = y[t] - mean_y, x[t] - mean_x
        syy += a * a
        sxx += b * b
        sxy += a * b
    if not (syy > 0.0 and sxx > 0.0):
        return np.inf, 0.0
    smallest = np.inf
    for direction in range(2):
        beta = sxy / sxx if direction == 0 else sxy / syy
        # Δe_t on e_{t−1} and Δe_{t−1}
        aa, ab, bb, ca, cb, cc = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        last, change = 0.0, 0.0
        for t in range(n):
            if direction == 0:
                e = y[t] - mean_y - beta * (x[t] - mean_x)
            else:
                e = x[t] - mean_x - beta * (y[t] - mean_y)
            step = e - last
            if t >= 2:
                aa += last * last
                ab += last * change
                bb += change * change
                ca += last * step
                cb += change * step
                cc += step * step
            change, last = step, e
        determinant = aa * bb - ab * ab
        if determinant <= 1e-14 * aa * bb:
            continue
        rho = (ca * bb - cb * ab) / determinant
        gamma = (cb * aa - ca * ab) / determinant
        squares = cc - rho * ca - gamma * cb
        if squares <= 0.0:
            continue
        smallest = min(smallest, rho / np.sqrt(squares / (n - 4) * bb / determinant))
    return smallest, 1.0 - sxy * sxy / (sxx * syy)


@njit
def _next(state: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    """Returns the next state of a 64-bit xorshift generator: a state of its own, so that nothing else is disturbed."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@njit
def _pvalue(
    y: FloatArray, x: FloatArray, stat: float, block: int, surrogates: int, enough: int, seed: int
) -> tuple[float, int]:  # pragma: no cover - compiled
    n = y.size
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x2545F4914F6CDD1D)
    if state == np.uint64(0):
        state = np.uint64(1)
    for _ in range(16):
        state = _next(state)
    other_y, other_x = np.zeros(n), np.zeros(n)
    as_small = 0
    for made in range(1, surrogates + 1):
        state = _next(state)
        offset = int((state >> np.uint64(33)) % np.uint64(block))
        sign_y, sign_x = 1.0, 1.0
        for t in range(1, n):
            if t == 1 or (t + offset) % block == 0:
                state = _next(state)
                sign_y = 1.0 if (state >> np.uint64(40)) & np.uint64(1) else -1.0
                sign_x = 1.0 if (state >> np.uint64(52)) & np.uint64(1) else -1.0
            other_y[t] = other_y[t - 1] + sign_y * (y[t] - y[t - 1])
            other_x[t] = other_x[t - 1] + sign_x * (x[t] - x[t - 1])
        found, _ = _statistic(other_y, other_x)
        if found <= stat:
            as_small += 1
            if as_small >= enough:
                return as_small / made, made
    return (as_small + 1) / (surrogates + 1), surrogates
