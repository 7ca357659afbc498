"""Ordinary least squares."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray, njit
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import CONSTANT_LEG, EPS, TOO_FEW_ROWS, as_numbers, as_series, check_count, reason_of
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments, residual_ss
from spreadscope.stats._results import Result


@dataclass(frozen=True, slots=True)
class OLSResult(Result, title="Ordinary least squares"):
    """A fitted regression. With a ``reason`` every estimate is None.

    ``alpha`` is the intercept (0 without one), ``beta`` the coefficient of the first regressor: of log
    prices, the notional hedge ratio. ``coef`` and ``se`` hold all of them, intercept first.
    ``residual_sd`` has n − k in the denominator; ``r_squared`` is uncentred without an intercept.
    """

    alpha: float | None
    beta: float | None
    se_alpha: float | None
    se_beta: float | None
    r_squared: float | None
    residual_sd: float | None
    n: int
    reason: Reason | None
    coef: tuple[float, ...] = ()
    se: tuple[float, ...] = ()


def _undefined(n: int, reason: Reason) -> OLSResult:
    return OLSResult(None, None, None, None, None, None, n, reason)


@labelled
def ols(y: ArrayLike, x: ArrayLike, *, intercept: bool = True, degree: int = 1) -> OLSResult:
    """Returns least squares of y on x: ln Y = α + β ln X + ε when given log prices.

    ``y``: n values. ``x``: n values, or n × k for several regressors; ``degree`` adds powers of a single x.
    Rows in which any value is not finite are left out (pairwise-complete), and ``n`` counts the rest.
    Standard errors assume independent errors; on price levels they are descriptive.

    Undefined (with a reason): fewer rows than coefficients + 1, a constant leg, collinear regressors.
    Raises ``StatisticsError`` for shapes that do not fit.

    One regressor: two-pass centred sums, residuals formed explicitly. Several: Householder QR of the centred
    and scaled design with one step of refinement (agrees with NIST's certified Longley and Wampler values).

    >>> fit = ols([1.0, 3.0, 5.0, 7.5], [0.0, 1.0, 2.0, 3.0])
    >>> round(fit.beta, 4), round(fit.alpha, 4), fit.n
    (2.15, 0.9, 4)
    >>> ols([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]).reason
    <Reason.CONSTANT_LEG: 'constant leg'>
    """
    degree = check_count(degree, "degree", "from 1 to 20", least=1, most=20)
    target = as_series(y, "y")
    design = as_numbers(x, "x")
    if design.ndim == 1 and degree == 1 and intercept and design.size == target.size:
        return _simple(target, design)
    if design.ndim == 1:
        design = design[:, None]
    if design.ndim != 2 or design.shape[0] != target.size:
        raise StatisticsError(f"x has shape {design.shape}; it must have one row for each of the {target.size} of y")
    if degree > 1:
        if design.shape[1] != 1:
            raise StatisticsError("degree above 1 needs a single regressor")
        design = design ** np.arange(1, degree + 1)
    whole = np.isfinite(target) & np.isfinite(design).all(axis=1)
    if not whole.all():
        target, design = target[whole], design[whole]
    if design.shape[1] == 1 and intercept:
        return _simple(np.ascontiguousarray(target), np.ascontiguousarray(design[:, 0]))
    return _general(target, design, intercept=intercept)


def _simple(y: FloatArray, x: FloatArray) -> OLSResult:
    n, code, alpha, beta, se_alpha, se_beta, r_squared, variance = line_kernel(y, x)
    if code:
        return _undefined(n, reason_of(code) or Reason.NOT_FINITE)
    return OLSResult(
        alpha, beta, se_alpha, se_beta, r_squared, math.sqrt(variance), n, None, (alpha, beta), (se_alpha, se_beta)
    )


@njit
def line_kernel(y: FloatArray, x: FloatArray) -> tuple[int, int, float, float, float, float, float, float]:
    """Returns (rows, reason code, α, β, se α, se β, R², residual variance) over the rows in which both are finite."""
    n = 0
    leg_y, leg_x = np.empty(y.size), np.empty(y.size)
    for t in range(y.size):
        if math.isfinite(y[t]) and math.isfinite(x[t]):
            leg_y[n] = y[t]
            leg_x[n] = x[t]
            n += 1
    nan = math.nan
    if n < 3:
        return n, TOO_FEW_ROWS, nan, nan, nan, nan, nan, nan
    mean_y, mean_x, syy, sxx, sxy, peak_y, peak_x = pair_moments(leg_y, leg_x, 0, n)
    if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
        return n, CONSTANT_LEG, nan, nan, nan, nan, nan, nan
    beta = sxy / sxx
    sse = residual_ss(leg_y, leg_x, 0, n, mean_y, mean_x, beta)
    variance = sse / (n - 2)
    return (
        n,
        0,
        mean_y - beta * mean_x,
        beta,
        math.sqrt(variance * (1.0 / n + mean_x * mean_x / sxx)),
        math.sqrt(variance / sxx),
        1.0 - sse / syy,
        variance,
    )


def _general(y: FloatArray, x: FloatArray, *, intercept: bool) -> OLSResult:
    n, k = x.shape
    parameters = k + int(intercept)
    if n <= parameters:
        return _undefined(n, Reason.TOO_FEW_ROWS)
    centre = x.mean(axis=0) if intercept else np.zeros(k)
    mean_y = float(y.mean()) if intercept else 0.0
    centred, target = x - centre, y - mean_y
    scale = np.sqrt((centred**2).sum(axis=0))
    if (scale <= 8 * EPS * math.sqrt(n) * np.abs(x).max(axis=0)).any():
        return _undefined(n, Reason.CONSTANT_LEG)
    q, r = np.linalg.qr(centred / scale)
    diagonal = np.abs(np.diag(r))
    if diagonal.min() <= n * EPS * diagonal.max():
        return _undefined(n, Reason.COLLINEAR)
    scaled = np.linalg.solve(r, q.T @ target)
    residual = target - (centred / scale) @ scaled
    scaled += np.linalg.solve(r, q.T @ residual)
    residual = target - (centred / scale) @ scaled
    slopes = scaled / scale
    sse = float(residual @ residual)
    variance = sse / (n - parameters)
    inverse = np.linalg.inv(r)
    covariance = (inverse @ inverse.T) / np.outer(scale, scale)
    se_slopes = np.sqrt(variance * np.diag(covariance))
    total = float(target @ target)
    r_squared = 1.0 - sse / total if total > 0 else None
    if not intercept:
        coef, se = tuple(map(float, slopes)), tuple(map(float, se_slopes))
        return OLSResult(0.0, coef[0], None, se[0], r_squared, math.sqrt(variance), n, None, coef, se)
    alpha = mean_y - float(centre @ slopes)
    se_alpha = math.sqrt(variance * (1.0 / n + float(centre @ covariance @ centre)))
    coef = (alpha, *map(float, slopes))
    se = (se_alpha, *map(float, se_slopes))
    return OLSResult(alpha, coef[1], se_alpha, se[1], r_squared, math.sqrt(variance), n, None, coef, se)
