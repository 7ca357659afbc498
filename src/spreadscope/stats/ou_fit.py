"""The Ornstein–Uhlenbeck process of a spread, and its half-life."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import (
    CONSTANT_SPREAD,
    NOT_MEAN_REVERTING,
    NOT_OU,
    TOO_FEW_ROWS,
    as_series,
    check_choice,
    check_positive,
    reason_of,
)
from spreadscope.stats._kalman_step import LOG_2_PI
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments, residual_ss
from spreadscope.stats._results import Result
from spreadscope.stats._scipy import minimise_bounded

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class OUFit(Result, title="Ornstein–Uhlenbeck process"):
    """dX = κ(θ − X)dt + σ dW, time in the unit of ``dt``. With a ``reason`` the process is undefined.

    ``phi`` = e^(−κ dt), its standard error and Kendall's bias-corrected value stay visible; ``n`` counts the
    transitions. ``half_life`` = ln 2/κ; ``half_life_low`` and ``half_life_high`` bound it at 95%, from φ corrected
    for bias ± 1.96 se; a high end of None means no upper bound: a random walk cannot be excluded. A random walk
    has a finite half-life too, so none of this is a gate.
    """

    phi: float | None
    phi_unbiased: float | None
    se_phi: float | None
    kappa: float | None
    theta: float | None
    sigma: float | None
    sd_stationary: float | None
    half_life: float | None
    half_life_low: float | None
    half_life_high: float | None
    loglik: float | None
    n: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class HalfLife(Result, title="Half-life of an AR(1)"):
    """Half-life in the unit of ``dt`` with its 95% interval; ``high`` None: no upper bound. See ``OUFit``."""

    half_life: float | None
    low: float | None
    high: float | None
    phi: float | None
    n: int
    reason: Reason | None


def _undefined(n: int, reason: Reason | None, phi: float | None = None, se: float | None = None) -> OUFit:
    unbiased = None if phi is None else min(phi + (1.0 + 3.0 * phi) / n, 1.0)
    return OUFit(phi, unbiased, se, None, None, None, None, None, None, None, None, n, reason)


@labelled
def ou_fit(x: ArrayLike, *, dt: float = 1.0, method: str = "conditional") -> OUFit:
    """Fit an Ornstein–Uhlenbeck process to ``x`` (n values, ``dt`` apart) by its exact discretisation, an AR(1).

    ``method``: "conditional" (least squares of x_t on x_{t−1}; σ²_ε = SSE/(n − 1)) or "exact" (the first value
    counts with its stationary density). σ² = 2κ σ²_ε/(1 − φ²). A transition with a NaN end is left out.
    Never the Euler form −ln 2/(φ − 1), which is 3% long already at φ = 0.94.

    Undefined (with a reason): fewer than 5 transitions, a constant series, φ ≥ 1 (not mean reverting),
    φ ≤ 0 (no Ornstein–Uhlenbeck process has it).

    Source: Phillips (1972), Econometrica 40; bias of φ: Kendall (1954), Biometrika 41.

    >>> rng = np.random.default_rng(4)
    >>> x = [0.0]
    >>> for shock in rng.standard_normal(4000):
    ...     x.append(0.9 * x[-1] + shock)
    >>> fit = ou_fit(x)
    >>> fit.half_life_low < math.log(2) / -math.log(0.9) < fit.half_life_high
    True
    """
    series = as_series(x, "x")
    check_positive(dt, "dt")
    check_choice(method, "method", ("conditional", "exact"))
    later, earlier = _transitions(series)
    n = later.size
    code, phi, mean_y, mean_x, sxx = _first_order(later, earlier)
    if code in {TOO_FEW_ROWS, CONSTANT_SPREAD}:
        return _undefined(n, reason_of(code))
    sse = residual_ss(later, earlier, 0, n, mean_y, mean_x, phi)
    se = math.sqrt(sse / (n - 2) / sxx)
    if code:
        return _undefined(n, reason_of(code), phi, se)
    theta = (mean_y - phi * mean_x) / (1.0 - phi)
    variance = sse / n
    loglik = -0.5 * n * (LOG_2_PI + math.log(variance) + 1.0) if variance > 0 else None
    if method == "exact" and variance > 0:
        phi, theta, variance, loglik = _exact(series[np.isfinite(series)][0], later, earlier, phi)
    kappa = -math.log(phi) / dt
    stationary = variance / (1.0 - phi * phi)
    low, high = _interval(phi, se, n, dt)
    return OUFit(
        phi,
        min(phi + (1.0 + 3.0 * phi) / n, 1.0),
        se,
        kappa,
        theta,
        math.sqrt(2.0 * kappa * stationary),
        math.sqrt(stationary),
        math.log(2.0) / kappa,
        low,
        high,
        loglik,
        n,
        None,
    )


@njit
def _transitions(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Returns the later and the earlier values of all steps of which both are finite."""
    later, earlier = np.empty(x.size), np.empty(x.size)
    n = 0
    for t in range(1, x.size):
        if math.isfinite(x[t]) and math.isfinite(x[t - 1]):
            later[n] = x[t]
            earlier[n] = x[t - 1]
            n += 1
    return later[:n], earlier[:n]


@njit
def _first_order(later: FloatArray, earlier: FloatArray) -> tuple[int, float, float, float, float]:
    """Returns (reason code, φ, mean of the later values, mean of the earlier ones, their sum of squares)."""
    n = later.size
    if n < 5:
        return TOO_FEW_ROWS, math.nan, math.nan, math.nan, math.nan
    mean_y, mean_x, _, sxx, sxy, _, peak = pair_moments(later, earlier, 0, n)
    if is_constant(sxx, n, peak):
        return CONSTANT_SPREAD, math.nan, mean_y, mean_x, sxx
    phi = sxy / sxx
    code = NOT_MEAN_REVERTING if phi >= 1.0 else NOT_OU if phi <= 0.0 else 0
    return code, phi, mean_y, mean_x, sxx


@njit
def half_life_kernel(x: FloatArray, dt: float) -> tuple[int, float]:
    """Returns (reason code, half-life) as ``half_life`` has them, without the interval, which costs more."""
    later, earlier = _transitions(x)
    code, phi, _, _, _ = _first_order(later, earlier)
    return code, math.nan if code else math.log(2.0) / (-math.log(phi) / dt)


def _interval(phi: float, se: float, n: int, dt: float) -> tuple[float, float | None]:
    centre = phi + (1.0 + 3.0 * phi) / n
    low, high = centre - Z_95 * se, centre + Z_95 * se
    shortest = math.log(2.0) * dt / -math.log(low) if 0.0 < low < 1.0 else 0.0
    # Where even the low end of φ is a random walk, the estimate itself is the shortest that can be said.
    if low >= 1.0:
        shortest = math.log(2.0) * dt / -math.log(phi)
    return shortest, math.log(2.0) * dt / -math.log(high) if 0.0 < high < 1.0 else None


def _exact(first: float, later: FloatArray, earlier: FloatArray, start: float) -> tuple[float, float, float, float]:
    """Returns (φ, θ, σ²_ε, log-likelihood) with the stationary density of the first value; θ and σ² profiled out."""
    n = later.size + 1

    def profile(phi: float) -> tuple[float, float, float]:
        weight = 1.0 - phi * phi
        theta = (weight * first + (1.0 - phi) * float((later - phi * earlier).sum())) / (
            weight + later.size * (1.0 - phi) ** 2
        )
        error = (later - theta) - phi * (earlier - theta)
        variance = (weight * (first - theta) ** 2 + float(error @ error)) / n
        return theta, variance, -0.5 * n * (LOG_2_PI + math.log(variance) + 1.0) + 0.5 * math.log(weight)

    low, high = max(1e-6, start - 0.2), 1.0 - 1e-9
    phi, _ = minimise_bounded(lambda value: -profile(value)[2], low, high)
    return phi, *profile(phi)


@labelled
def half_life(x: ArrayLike, *, dt: float = 1.0) -> HalfLife:
    """Returns the time in which a gap to the mean halves: ln 2/κ of ``ou_fit``, in the unit of ``dt``.

    Undefined: "not mean reverting" for φ ≥ 1 (infinite), "not an Ornstein-Uhlenbeck process" for φ ≤ 0.

    >>> half_life([1, 1.1, 1.23, 1.37, 1.55, 1.8]).reason
    <Reason.NOT_MEAN_REVERTING: 'not mean reverting'>
    >>> half_life([1, -1, 1.1, -0.9, 1, -1.05, 0.97, -1]).reason
    <Reason.NOT_OU: 'not an Ornstein-Uhlenbeck process'>
    """
    fit = ou_fit(x, dt=dt)
    return HalfLife(fit.half_life, fit.half_life_low, fit.half_life_high, fit.phi, fit.n, fit.reason)
