"""Maximum likelihood of the Kalman hedge's variances, and of the local level model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_pair, as_series
from spreadscope.stats._kalman_step import LOG_2_PI, concentrated_loglik
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, mean_and_m2
from spreadscope.stats._results import Result
from spreadscope.stats._scipy import minimise, minimise_bounded

# Rows of the diffuse start that the likelihood does not count: two are enough in theory, but legs that have
# hardly moved yet leave β unknown for longer.
SKIP = 10
# ln(q/R): from "constant" to "the level is all noise"; the fit says when it stops at a bound.
LOWEST, HIGHEST = -30.0, 8.0
SMALLEST_BURN_IN = 30
DIFFUSE = 1e7


@dataclass(frozen=True, slots=True)
class KalmanFit(Result, title="Variances of a Kalman hedge, maximum likelihood"):
    """Variances of a Kalman hedge. With a ``reason`` they are None.

    ``q_beta``, ``q_alpha``: variance of a step of β and of the level; ``r``: of the observation; ``center``: the
    mean of x the level refers to. ``loglik`` is at the maximum over the ``n`` rows counted. ``at_bound`` says
    that a ratio ran into the edge of the search, as when the spread is itself a random walk.
    """

    q_beta: float | None
    q_alpha: float | None
    r: float | None
    center: float | None
    loglik: float | None
    n: int
    at_bound: bool
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class LocalLevelFit(Result, title="Random walk plus noise, maximum likelihood"):
    """Random walk plus noise: y = μ + ε, μ' = μ + η. With a ``reason`` every estimate is None.

    ``loglik`` leaves out the first observation (diffuse start); ``steady_p`` is the predicted variance of μ in
    the long run, the root of P² − P·σ²_η − σ²_η·σ²_ε = 0.
    """

    sigma2_eps: float | None
    sigma2_eta: float | None
    loglik: float | None
    steady_p: float | None
    n: int
    reason: Reason | None


@labelled
def kalman_fit(y: ArrayLike, x: ArrayLike, *, intercept: bool = True) -> KalmanFit:
    """Returns the maximum likelihood of (q_β, q_α, R) on a burn-in of n joint rows (log prices); rows with NaN are left
    out.

    Without ``intercept`` the level is held at 0 (q_α = 0) and x is not centred: y = β x + e.

    The usual preset (δ = 1e-4, R = 1e-3) knows nothing of the scale of the data: on log prices it gives z with
    a standard deviation of 0.0006. Here R is concentrated out and the two ratios q/R are searched by
    Nelder–Mead from a grid, on x centred and scaled. A few milliseconds at n = 500.

    Undefined (with a reason): fewer than 30 joint rows, a constant leg.

    Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, ch. 3.4.

    >>> rng = np.random.default_rng(5)
    >>> x = np.cumsum(0.01 * rng.standard_normal(600))
    >>> fit = kalman_fit(0.5 + 1.2 * x + 0.02 * rng.standard_normal(600), x)
    >>> 0.0003 < fit.r < 0.0005 and fit.q_beta < 1e-4  # the truth: 0.0004 and a constant β
    True
    """
    leg_y, leg_x = as_pair(y, x)
    whole = np.isfinite(leg_y) & np.isfinite(leg_x)
    leg_y, leg_x = np.ascontiguousarray(leg_y[whole]), np.ascontiguousarray(leg_x[whole])
    n = leg_y.size
    if n < SMALLEST_BURN_IN:
        return KalmanFit(None, None, None, None, None, n, at_bound=False, reason=Reason.TOO_FEW_ROWS)
    center, m2, peak = mean_and_m2(leg_x, 0, n)
    _, m2_y, peak_y = mean_and_m2(leg_y, 0, n)
    if is_constant(m2, n, peak) or is_constant(m2_y, n, peak_y):
        return KalmanFit(None, None, None, None, None, n, at_bound=False, reason=Reason.CONSTANT_LEG)
    if not intercept:
        return _through_origin(leg_y, leg_x)
    scale, unit = math.sqrt(m2 / n), math.sqrt(m2_y / n)
    u, v = (leg_x - center) / scale, (leg_y - leg_y.mean()) / unit

    def cost(logs: FloatArray) -> float:
        if logs.min() < LOWEST or logs.max() > HIGHEST:
            return math.inf
        return -concentrated_loglik(v, u, math.exp(logs[0]), math.exp(logs[1]), SKIP, DIFFUSE)[0]

    grid = [np.array([b, a]) for b in (-25.0, -15.0, -10.0, -6.0, -2.0) for a in (-25.0, -12.0, -7.0, -3.0, 1.0, 5.0)]
    best = minimise(cost, min(grid, key=cost), tolerance=1e-8)
    ratio_beta, ratio_alpha = (math.exp(value) for value in best.x)
    loglik, r = concentrated_loglik(v, u, ratio_beta, ratio_alpha, SKIP, DIFFUSE)
    r *= unit * unit
    counted = n - SKIP
    edge = bool(best.x.max() > HIGHEST - 0.1)
    return KalmanFit(
        ratio_beta * r / (scale * scale),
        ratio_alpha * r,
        r,
        center,
        loglik - counted * math.log(unit),
        counted,
        at_bound=edge,
        reason=None,
    )


def _through_origin(y: FloatArray, x: FloatArray) -> KalmanFit:
    """Returns the same with the level fixed at 0: one ratio, found on a grid and then by Brent's method."""
    n = y.size
    scale, unit = math.sqrt(float(x @ x) / n), math.sqrt(float(y @ y) / n)
    u, v = x / scale, y / unit

    def cost(log: float) -> float:
        return -concentrated_loglik(v, u, math.exp(log), 0.0, SKIP, 0.0)[0]

    grid = np.linspace(LOWEST, HIGHEST, 20).tolist()
    best = min(grid, key=cost)
    step = grid[1] - grid[0]
    place, _ = minimise_bounded(cost, max(LOWEST, best - step), min(HIGHEST, best + step))
    ratio = math.exp(place)
    loglik, r = concentrated_loglik(v, u, ratio, 0.0, SKIP, 0.0)
    r *= unit * unit
    counted = n - SKIP
    return KalmanFit(
        ratio * r / (scale * scale),
        0.0,
        r,
        0.0,
        loglik - counted * math.log(unit),
        counted,
        at_bound=place > HIGHEST - 0.1,
        reason=None,
    )


@njit
def _local_level(y: FloatArray, ratio: float) -> tuple[float, float]:
    level, p = y[0], 1.0 + ratio
    squares = logs = 0.0
    for t in range(1, y.size):
        s = p + 1.0
        e = y[t] - level
        gain = p / s
        level += gain * e
        p = (1.0 - gain) * (1.0 - gain) * p + gain * gain + ratio
        squares += e * e / s
        logs += math.log(s)
    count = y.size - 1
    r = max(squares / count, 1e-300)
    return -0.5 * (count * (LOG_2_PI + math.log(r) + 1.0) + logs), r


@labelled
def local_level_fit(y: ArrayLike) -> LocalLevelFit:
    """Returns the maximum likelihood of (σ²_ε, σ²_η) of a random walk seen through noise, diffuse start.

    ``y``: n values; NaN rows are left out. Undefined (with a reason): fewer than 10 rows, a constant series.

    Source: Durbin and Koopman (2012), Time Series Analysis by State Space Methods, ch. 2.

    >>> rng = np.random.default_rng(2)
    >>> walk = np.cumsum(rng.standard_normal(2000))
    >>> fit = local_level_fit(walk + 2.0 * rng.standard_normal(2000))
    >>> abs(fit.sigma2_eps - 4.0) < 0.5, abs(fit.sigma2_eta - 1.0) < 0.3
    (True, True)
    """
    series = as_series(y, "y")
    series = series[np.isfinite(series)]
    n = series.size
    if n < 10:
        return LocalLevelFit(None, None, None, None, n, Reason.TOO_FEW_ROWS)
    mean, m2, peak = mean_and_m2(series, 0, n)
    if is_constant(m2, n, peak):
        return LocalLevelFit(None, None, None, None, n, Reason.CONSTANT_SPREAD)
    unit = math.sqrt(m2 / n)
    scaled = (series - mean) / unit
    place, _ = minimise_bounded(lambda log: -_local_level(scaled, math.exp(log))[0], LOWEST, HIGHEST + 12.0)
    loglik, r = _local_level(scaled, math.exp(place))
    eps = r * unit * unit
    eta = math.exp(place) * eps
    steady = 0.5 * (eta + math.sqrt(eta * eta + 4.0 * eta * eps))
    return LocalLevelFit(eps, eta, loglik - (n - 1) * math.log(unit), steady, n, None)
