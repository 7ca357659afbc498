"""Weights by risk: equal contributions to a portfolio's variance, and the scale that meets a target volatility."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.performance._checks import as_returns
from spreadscope.performance.figure import PerformanceFigure
from spreadscope.performance.returns import PERIODS
from spreadscope.stats._arrays import check_positive
from spreadscope.stats._labels import labelled, labelled_but
from spreadscope.stats._results import Result

TOLERANCE = 1e-10
_STEPS = 200


@dataclass(frozen=True, slots=True)
class RiskContributions(Result, title="Contributions to a portfolio's risk"):
    """Weights, each one's share of the variance (they sum to 1), and the volatility, in the period of the covariance.

    The arrays have a row for each position, NaN where there is a reason.
    """

    weights: FloatArray
    contributions: FloatArray
    volatility: float | None
    n: int
    reason: Reason | None


@labelled_but("weights")
def risk_contributions(weights: ArrayLike, covariance: ArrayLike) -> RiskContributions:
    """Returns each position's share of the variance, wᵢ (Σw)ᵢ / w'Σw; a hedge has a negative one.

    ``weights``: k, ``covariance``: k × k of returns. Undefined: a portfolio without variance. Errors: a covariance that
    is not symmetric or has a negative eigenvalue, unlike sizes, a missing number.

    >>> risk_contributions([1.0, 1.0], [[0.04, 0.0], [0.0, 0.01]]).contributions.round(9).tolist()
    [0.8, 0.2]
    """
    matrix = _covariance(covariance)
    w = _weights(weights, matrix)
    return _contributions(w, matrix)


@labelled
def equal_risk_weights(covariance: ArrayLike) -> RiskContributions:
    """Returns the long-only weights, of sum 1, with which every position contributes the same to the variance.

    The minimum of ½ x'Cx − Σ ln xᵢ / n over x > 0 (convex, so it is the only one; C the correlations) by damped
    Newton steps; w ∝ xᵢ / σᵢ. Contributions are 1/n to 1e-10 or there is a reason.

    Undefined: a position without variance; one that others hedge away with nothing left, so that no weights have equal
    contributions ("collinear legs"). Errors: as of ``risk_contributions``.

    Source: Maillard, Roncalli and Teiletche (2010), Journal of Portfolio Management 36; Spinu (2013), An Algorithm for
    Computing Risk Parity Weights.

    >>> equal_risk_weights([[0.04, 0.0], [0.0, 0.01]]).weights.round(9).tolist()
    [0.333333333, 0.666666667]
    """
    matrix = _covariance(covariance)
    n = matrix.shape[0]
    sd = np.sqrt(np.diag(matrix))
    if not (sd > 0.0).all():
        return _undefined(n, Reason.CONSTANT_LEG)
    w = _spinu(matrix / np.outer(sd, sd)) / sd * sd.min()
    found = _contributions(w / w.sum(), matrix)
    if not (np.abs(found.contributions - 1.0 / n) <= TOLERANCE).all():
        return _undefined(n, Reason.COLLINEAR)
    return found


@labelled_but("weights")
def volatility_scale(
    weights: ArrayLike, covariance: ArrayLike, target: float, *, periods: float = PERIODS
) -> PerformanceFigure:
    """Returns the factor for all weights with which the portfolio's annual volatility is ``target`` (0.2 is 20%).

    target / √(w'Σw · periods), ``covariance`` of one period's returns, ``periods`` a year. ``n`` counts the positions.
    Undefined: a portfolio without variance. Errors: as of ``risk_contributions``, a target that is not above 0.

    >>> round(volatility_scale([0.5, 0.5], [[4e-4, 0.0], [0.0, 4e-4]], 0.2, periods=365).value, 6)
    0.740233
    """
    matrix = _covariance(covariance)
    found = _contributions(_weights(weights, matrix), matrix)
    target, periods = check_positive(target, "target"), check_positive(periods, "periods")
    if found.volatility is None:
        return PerformanceFigure(None, found.n, found.reason)
    return PerformanceFigure(target / (found.volatility * math.sqrt(periods)), found.n, None)


def _contributions(w: FloatArray, matrix: FloatArray) -> RiskContributions:
    size = float(np.abs(w * np.sqrt(np.diag(matrix))).sum())
    each = w * (matrix @ w)
    variance = float(each.sum())
    # What is left of a perfect hedge is rounding.
    if not variance > 1e-15 * size * size:
        return _undefined(w.size, Reason.CONSTANT_SPREAD)
    return RiskContributions(w, each / variance, math.sqrt(variance), w.size, None)


def _undefined(n: int, reason: Reason) -> RiskContributions:
    return RiskContributions(np.full(n, np.nan), np.full(n, np.nan), None, n, reason)


def _spinu(correlation: FloatArray) -> FloatArray:
    """The minimum of ½ x'Cx − Σ ln xᵢ / n; where a mix has no risk there is none, and the last x is no solution."""
    n = correlation.shape[0]
    share = 1.0 / n
    x = np.ones(n) / math.sqrt(max(float(correlation.sum()), share))
    for _ in range(_STEPS):
        slope = x * (correlation @ x) - share
        # A mix with nearly no risk grows without bound, until its curvature is rounding.
        if (np.abs(slope) <= 1e-13).all() or x.max() > 1e6:
            return x
        # In units of x the curvature is near 1 for every position, however unlike the weights are.
        step = np.linalg.solve(correlation * np.outer(x, x) + share * np.eye(n), slope)
        decrement = math.sqrt(max(0.0, float(step @ slope)) / share)
        # The function over 1/n is self-concordant: shortened so, a step leaves x above 0 and always goes down.
        x = x * (1.0 - step * (1.0 if decrement < 0.25 else 1.0 / (1.0 + decrement)))
    return x


def _covariance(covariance: ArrayLike) -> FloatArray:
    matrix = np.ascontiguousarray(covariance, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise StatisticsError(f"covariance must be a square matrix, but its shape is {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise StatisticsError("covariance holds a NaN or an infinity; leave out the series without one")
    largest = float(np.abs(matrix).max())
    if (np.abs(matrix - matrix.T) > 1e-12 * largest).any():
        raise StatisticsError("covariance is not symmetric; pass the covariance matrix of returns")
    if float(np.linalg.eigvalsh(matrix)[0]) < -1e-10 * largest:
        raise StatisticsError("covariance has a negative eigenvalue; estimate all of it on the same rows")
    return matrix


def _weights(weights: ArrayLike, matrix: FloatArray) -> FloatArray:
    w = as_returns(weights, "weights")
    if w.size != matrix.shape[0]:
        raise StatisticsError(f"there are {w.size} weights for {matrix.shape[0]} positions; give one for each")
    return w
