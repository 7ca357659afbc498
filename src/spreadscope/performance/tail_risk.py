"""Value at risk and expected shortfall over one or more periods: historical, by EWMA, by filtered simulation.

All are **returns** (negative for a loss), in the unit of what is given: of returns a return, of P&L the currency.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.performance._checks import as_return_matrix, as_returns, tail_of
from spreadscope.performance.ewma import DECAY, check_decay, ewma_volatility, rescaled_residuals, warm_up_of
from spreadscope.stats._arrays import check_count
from spreadscope.stats._labels import labelled, labelled_but
from spreadscope.stats._results import Result


@dataclass(frozen=True, slots=True)
class TailRisk(Result, title="Value at risk and expected shortfall"):
    """What is lost at a confidence ``level`` over ``horizon`` periods, as a return (negative for a loss).

    ``n`` counts the outcomes on which it rests (overlapping sums over the horizon; returns where it is by EWMA).
    """

    value_at_risk: float | None
    expected_shortfall: float | None
    level: float
    horizon: int
    n: int
    reason: Reason | None


@labelled
def historical_tail_risk(returns: ArrayLike, *, level: float = 0.95, horizon: int = 1) -> TailRisk:
    """Returns VaR and ES of the sums of ``horizon`` returns in a row (they overlap).

    VaR is the 1 − level quantile (type 7), ES the mean of the sums at or below it. Undefined: fewer than 2 sums.
    Errors: a missing return, a level outside (0.5, 1), a horizon below 1.

    >>> historical_tail_risk([-0.04, 0.01, 0.0, -0.01, 0.02], level=0.75, horizon=2).value_at_risk
    -0.015
    """
    r, level, horizon = as_returns(returns), _level(level), _horizon(horizon)
    return _of_outcomes(_sums(r, horizon), level, horizon)


@labelled
def ewma_tail_risk(returns: ArrayLike, *, level: float = 0.95, horizon: int = 1, decay: float = DECAY) -> TailRisk:
    """Returns VaR and ES of normal returns with mean 0 and the volatility σ of ``ewma_volatility``.

    VaR = σ√h · Φ⁻¹(1 − level), ES = −σ√h · φ(Φ⁻¹(1 − level)) / (1 − level). Undefined: fewer than 1 / (1 − decay)
    returns (17 at 0.94), returns that never moved. Errors as of ``historical_tail_risk``, and a decay outside (0, 1).

    Source: J.P. Morgan, RiskMetrics Technical Document (1996).

    >>> round(ewma_tail_risk([0.01, -0.01] * 20).value_at_risk, 6)
    -0.016449
    """
    r, level, horizon, decay = as_returns(returns), _level(level), _horizon(horizon), check_decay(decay)
    if r.size < warm_up_of(decay):
        return TailRisk(None, None, level, horizon, r.size, Reason.TOO_FEW_ROWS)
    volatility = float(ewma_volatility(r, decay=decay)[-1])
    if not (math.isfinite(volatility) and volatility > 0.0):
        reason = Reason.NOT_FINITE if volatility != 0.0 else Reason.CONSTANT_SPREAD
        return TailRisk(None, None, level, horizon, r.size, reason)
    quantile, mean = normal_tail(level)
    scale = volatility * math.sqrt(horizon)
    return TailRisk(quantile * scale, mean * scale, level, horizon, r.size, None)


@labelled
def filtered_tail_risk(returns: ArrayLike, *, level: float = 0.95, horizon: int = 1, decay: float = DECAY) -> TailRisk:
    """Returns VaR and ES by filtered historical simulation: past returns, rescaled to the volatility of now.

    Each return is divided by the EWMA volatility forecast for it and multiplied by the one for the next period; then as
    ``historical_tail_risk``. Over a horizon rescaled returns in a row are summed: an EWMA's forecast of the variance is
    the same for every period ahead. The first 1 / (1 − decay) returns (17 at 0.94) only start the volatility.

    Undefined: fewer than 2 sums, returns that never moved. Errors as of ``ewma_tail_risk``.

    Source: Hull and White (1998), Journal of Risk 1; Barone-Adesi, Giannopoulos and Vosper (1999), Journal of Futures
    Markets 19.

    >>> wild_then_calm = [0.02, -0.02] * 20 + [0.001, -0.001] * 60
    >>> historical_tail_risk(wild_then_calm).value_at_risk, round(filtered_tail_risk(wild_then_calm).value_at_risk, 4)
    (-0.02, -0.0011)
    """
    return joint_filtered_tail_risk(as_returns(returns)[:, None], [1.0], level=level, horizon=horizon, decay=decay)


@labelled_but("weights")
def joint_filtered_tail_risk(
    returns: ArrayLike, weights: ArrayLike, *, level: float = 0.95, horizon: int = 1, decay: float = DECAY
) -> TailRisk:
    """Returns VaR and ES of several positions by filtered historical simulation.

    ``returns``: periods × k, ``weights``: k (notionals, signed; or shares of equity). Each column is filtered by its
    own volatility; a period of the past is taken whole, so what moved together does so here too. The result has the
    unit of weights × returns. A column of weight 0 or that never moved adds nothing.

    Undefined: fewer than 2 sums, no column that moved. Errors as of ``ewma_tail_risk``; a weight for each column.

    Source: Barone-Adesi, Giannopoulos and Vosper (1999), Journal of Futures Markets 19.

    >>> wave = [[0.01, 0.01], [-0.01, -0.01]] * 30
    >>> joint_filtered_tail_risk(wave, [1000.0, -1000.0]).value_at_risk
    0.0
    >>> round(joint_filtered_tail_risk(wave, [1000.0, 500.0]).value_at_risk, 6)
    -15.0
    """
    matrix, level, horizon, decay = as_return_matrix(returns), _level(level), _horizon(horizon), check_decay(decay)
    of_each = as_returns(weights, "weights")
    if of_each.size != matrix.shape[1]:
        raise StatisticsError(f"there are {of_each.size} weights for {matrix.shape[1]} columns; give one for each")
    if matrix.shape[0] < warm_up_of(decay) + horizon + 1:
        n = max(0, matrix.shape[0] - warm_up_of(decay) - horizon + 1)
        return TailRisk(None, None, level, horizon, n, Reason.TOO_FEW_ROWS)
    held = (of_each != 0.0) & (matrix != 0.0).any(axis=0)
    if not held.any():
        return TailRisk(None, None, level, horizon, 0, Reason.CONSTANT_SPREAD)
    residuals, _ = rescaled_residuals(np.ascontiguousarray(matrix[:, held].T), decay)
    # Added in order, not by BLAS: legs that cancel then do so to the last bit, on every machine.
    outcomes = (of_each[held][:, None] * residuals).sum(axis=0)
    return _of_outcomes(_sums(outcomes, horizon), level, horizon)


def normal_tail(level: float) -> tuple[float, float]:
    """Returns (quantile, mean of what is below it) of a standard normal at 1 − level."""
    tail, normal = tail_of(level), NormalDist()
    quantile = normal.inv_cdf(tail)
    return quantile, -normal.pdf(quantile) / tail


def tails_of_rows(outcomes: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Returns (VaR, ES) of each row of outcomes; NaN enters nothing, and a row of fewer than 2 outcomes has NaN."""
    tail = tail_of(level)
    if outcomes.shape[1] < 2:
        return np.full(outcomes.shape[0], np.nan), np.full(outcomes.shape[0], np.nan)
    bound = np.quantile(outcomes, tail, axis=1)
    below = outcomes <= bound[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        shortfall = np.where(below, outcomes, 0.0).sum(axis=1) / below.sum(axis=1)
    for i in np.flatnonzero(np.isnan(bound)):
        known = outcomes[i][~np.isnan(outcomes[i])]
        if known.size >= 2:
            bound[i : i + 1], shortfall[i : i + 1] = tails_of_rows(known[None, :], level)
    return bound, shortfall


def _of_outcomes(outcomes: FloatArray, level: float, horizon: int) -> TailRisk:
    known = outcomes[~np.isnan(outcomes)]
    if known.size < 2:
        return TailRisk(None, None, level, horizon, known.size, Reason.TOO_FEW_ROWS)
    if not np.isfinite(known).all():
        return TailRisk(None, None, level, horizon, known.size, Reason.NOT_FINITE)
    bound, shortfall = tails_of_rows(known[None, :], level)
    return TailRisk(float(bound[0]), float(shortfall[0]), level, horizon, known.size, None)


def _sums(values: FloatArray, horizon: int) -> FloatArray:
    """The sums of ``horizon`` values in a row; NaN where one of them is."""
    if values.size < horizon:
        return np.zeros(0)
    # Each is summed anew: differences of cumulated sums would keep the rounding of all that went before.
    with np.errstate(over="ignore", invalid="ignore"):
        summed: FloatArray = np.lib.stride_tricks.sliding_window_view(values, horizon).sum(axis=1)
    return summed


def _level(level: float) -> float:
    tail_of(level)
    return float(level)


def _horizon(horizon: int) -> int:
    return check_count(horizon, "horizon", "at least 1 period", least=1)
