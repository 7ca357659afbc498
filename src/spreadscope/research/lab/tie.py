"""The tie of both legs over the whole range: one test, the half-life with its interval, and how certain β is."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from spreadscope.contract.lab import Correlogram, Scatter, StudyFigure
from spreadscope.model.events import Floats
from spreadscope.model.timeframe import SECOND
from spreadscope.model.validity import Reason, Value
from spreadscope.research.lab.correlograms import residual_autocorrelation
from spreadscope.research.lab.study_legs import Legs
from spreadscope.stats import SpreadHalfLife, ols, spread_half_life, surrogate_cointegration

LEVEL = 0.05
_MOST_POINTS = 1_500
_NORMAL_95 = 1.96
_COLLINEAR = 1e-9  # of the deviation of y: a residual below it is rounding


class Tie(msgspec.Struct, frozen=True):
    """What ties the legs over the range. ``uncertainty`` is half of β's 95% interval as a share of β.

    ``half_life``, ``low`` and ``high`` are in seconds.
    """

    p: Value
    beta: Value
    alpha: Value
    r_squared: Value
    uncertainty: Value
    half_life: Value
    low: Value
    high: Value
    correlation: Value
    residual: Floats
    rows: int
    seconds: float

    def figures(self) -> list[StudyFigure]:
        """Returns the figures that do not depend on windows and thresholds."""
        return [
            StudyFigure(
                key="range_p", label="p of the range", format="p", value=self.p,
                help=(
                    "One test of the whole range: the share of copies of the pair with random signs whose Engle–Granger"
                    " statistic is as small. Who tries many pairs or ranges finds a small one by chance."
                ),
            ),
            StudyFigure(
                key="range_half_life", label="Half-life", format="duration", value=self.half_life,
                help="Time in which the spread of the whole range comes half-way back, without bias.",
            ),
            StudyFigure(
                key="range_half_life_low", label="Half-life at least", format="duration", value=self.low,
                help="The lower end of the interval that holds it in 95% of cases.",
            ),
            StudyFigure(
                key="range_half_life_high", label="Half-life at most", format="duration", value=self.high,
                help="The upper end; none where a random walk cannot be excluded.",
            ),
            StudyFigure(
                key="range_beta", label="β of the range", format="fixed:4", value=self.beta,
                help="Ordinary least squares of ln Y on ln X over all rows that have both.",
            ),
            StudyFigure(
                key="range_uncertainty", label="β uncertain by", format="percent", value=self.uncertainty,
                help="Half of the 95% interval of β, as a share of β; the memory of the spread is counted in.",
            ),
            StudyFigure(
                key="range_correlation", label="Correlation of returns", format="signed:3", value=self.correlation,
                help="Pearson, of log returns from one bar to the next, over the whole range.",
            ),
        ]  # fmt: skip

    def autocorrelation(self) -> Correlogram:
        """Returns the memory of the spread."""
        return residual_autocorrelation(self.residual)


def tie_of(legs: Legs, seed: int) -> Tie:
    """Returns the tie of both legs. What cannot be computed has its reason."""
    seconds = legs.length / SECOND
    fit = ols(legs.y, legs.x)
    test = surrogate_cointegration(legs.y, legs.x, seed=seed)
    reason = fit.reason
    if fit.beta is None or fit.alpha is None:
        none = Value(None, reason or Reason.TOO_FEW_ROWS)
        return Tie(none, none, none, none, none, none, none, none, none, np.full(len(legs.y), math.nan), fit.n, seconds)
    residual = legs.y - fit.beta * legs.x - fit.alpha
    life = _life(residual, legs.y, seconds)
    no_life = Value(None, life.reason or Reason.NOT_MEAN_REVERTING)
    return Tie(
        p=Value(test.pvalue, test.reason),
        beta=Value(fit.beta),
        alpha=Value(fit.alpha),
        r_squared=Value(fit.r_squared) if fit.r_squared is not None else Value(None, Reason.CONSTANT_LEG),
        uncertainty=_uncertainty(fit.beta, fit.se_beta, residual),
        half_life=no_life if life.half_life is None else Value(life.half_life),
        low=no_life if life.low is None else Value(life.low),
        high=no_life if life.high is None else Value(life.high),
        correlation=_correlation(legs),
        residual=residual,
        rows=fit.n,
        seconds=seconds,
    )


def _life(residual: Floats, y: Floats, seconds: float) -> SpreadHalfLife:
    finite = residual[np.isfinite(residual)]
    if float(finite.std()) <= _COLLINEAR * float(np.nanstd(y)):
        return SpreadHalfLife(None, None, None, None, len(finite), Reason.COLLINEAR)
    return spread_half_life(residual, dt=seconds)


def _uncertainty(beta: float, error: float | None, residual: Floats) -> Value:
    """Returns half of the 95% interval of β over β, with the standard error widened by the memory of the spread."""
    if error is None or beta == 0.0:
        return Value(None, Reason.NO_ERROR_ESTIMATE)
    before, after = residual[:-1], residual[1:]
    both = np.isfinite(before) & np.isfinite(after)
    squares = float(before[both] @ before[both])
    if squares <= 0.0:
        return Value(None, Reason.CONSTANT_SPREAD)
    phi = float(before[both] @ after[both]) / squares
    if phi >= 1.0:
        return Value(None, Reason.NOT_MEAN_REVERTING)
    return Value(_NORMAL_95 * error * math.sqrt((1.0 + max(0.0, phi)) / (1.0 - max(0.0, phi))) / abs(beta))


def _correlation(legs: Legs) -> Value:
    dy, dx = np.diff(legs.y), np.diff(legs.x)
    both = np.isfinite(dy) & np.isfinite(dx)
    u, v = dy[both], dx[both]
    if len(u) < 3:
        return Value(None, Reason.TOO_FEW_ROWS)
    u, v = u - u.mean(), v - v.mean()
    scale = math.sqrt(float(u @ u) * float(v @ v))
    return Value(float(u @ v) / scale) if scale > 0.0 else Value(None, Reason.CONSTANT_LEG)


def scatter_of(legs: Legs, tie: Tie) -> Scatter:
    """Returns log prices of both legs and the line through them."""
    places = np.flatnonzero(legs.joint)
    if len(places) > _MOST_POINTS:
        places = places[np.linspace(0, len(places) - 1, _MOST_POINTS).astype(np.int64)]
    return Scatter(
        x=legs.x[places].tolist(),
        y=legs.y[places].tolist(),
        places=places.tolist(),
        alpha=tie.alpha,
        beta=tie.beta,
        r_squared=tie.r_squared,
        n=tie.rows,
    )
