"""The base of hedge models: ``update`` takes prices of both legs and returns the traded hedge ratio with its spread and
z.

One row has one traded hedge. Everything that uses a spread (signals, rules, bands, the live preview) reads the
``Hedge`` of the row, so that all of them use the same numbers.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple, Protocol

import numpy as np

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.events import Floats
from spreadscope.model.hedge import Space
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.kernels import residual_and_moments
from spreadscope.stats import RollingMoments

#: A standard deviation below this is rounding, not movement.
TINY = 1e-12


class Prices(NamedTuple):
    """The input of a hedge model: the windows of both legs in the hedge's space (NaN: a leg is missing), the newest row
    last.

    ``skipped``: how many rows without prices precede this one. ``reason`` says why nothing may be fitted yet.
    ``newest_y`` and ``newest_x`` are the newest known prices, in the same space; None where a leg is stale.
    """

    y: Floats
    x: Floats
    skipped: int
    reason: Reason | None
    newest_y: float | None
    newest_x: float | None


class Baseline(NamedTuple):
    """A hedge and the mean and standard deviation of its spread, for z at prices that move before the next row."""

    beta: float
    alpha: float
    mean: float
    sd: float

    def at(self, y: float, x: float) -> tuple[float, float]:
        """Returns spread and z at these prices, in the hedge's space."""
        spread = y - self.beta * x - self.alpha
        return spread, (spread - self.mean) / self.sd


class LiveSpread(Protocol):
    """A way to compute spread and z of the newest row at other prices."""

    def at(self, y: float, x: float) -> tuple[float, float]: ...


class Hedge(NamedTuple):
    """The traded hedge of one row.

    ``baseline`` gives spread and z at other prices; None when there is no z. ``residual``: the spreads of the window
    with this β and α, if the model computed them.
    """

    beta: Value
    alpha: Value
    beta_se: Value
    r_squared: Value
    spread: Value
    z: Value
    spread_mean: Value
    spread_sd: Value
    baseline: LiveSpread | None = None
    residual: Floats | None = None

    @classmethod
    def undefined(cls, reason: Reason | None) -> Hedge:
        """Returns a hedge without numbers, for one reason."""
        nothing = Value(None, reason or Reason.NOT_FINITE)
        return cls(*(nothing,) * 8)


class HedgeModel(Protocol):
    """A hedge model of one pair at one timeframe, used by the tracker. ``update`` takes one row and returns its
    hedge."""

    label: ClassVar[str]

    def __init__(self, config: AnalyticsConfig) -> None: ...

    def update(self, prices: Prices) -> Hedge:
        """Returns the hedge at the newest of these rows."""
        ...


class FittedLine(NamedTuple):
    """A fitted line y = α + β x; when β is None, ``reason`` says why. Errors are those of the fit."""

    beta: float | None
    alpha: float | None
    reason: Reason | None = None
    beta_se: float | None = None
    r_squared: float | None = None


def inverted(line: FittedLine) -> FittedLine:
    """Returns a line fitted as x = a + b y in the form y = α + β x, with the standard error to first order.

    >>> inverted(FittedLine(0.5, 1.0))[:2]
    (2.0, -2.0)
    """
    if line.beta is None or line.alpha is None:
        return line
    if abs(line.beta) <= TINY:
        return FittedLine(None, None, Reason.UNCORRELATED)
    se = None if line.beta_se is None else line.beta_se / line.beta**2
    return FittedLine(1.0 / line.beta, -line.alpha / line.beta, None, se, line.r_squared)


class WindowHedge(ABC):
    """A base of models that are fitted to the whole window at every row.

    The spread of every row of the window is measured with the newest β and α, so the baseline (the mean and standard
    deviation, ddof 1, of the ``z_window`` rows **before** the newest) and the newest spread are of one line.
    """

    label: ClassVar[str] = ""
    #: Swapping the legs gives the same line, so the configured direction has no effect.
    symmetric: ClassVar[bool] = False

    def __init__(self, config: AnalyticsConfig) -> None:
        self._config = config
        self._x_on_y = config.direction == "x_on_y" and not self.symmetric

    @abstractmethod
    def line(self, y: Floats, x: Floats, *, intercept: bool) -> FittedLine:
        """Returns the line through the joint rows of a window."""

    def update(self, prices: Prices) -> Hedge:
        if prices.reason is not None:
            return Hedge.undefined(prices.reason)
        y, x = prices.y, prices.x
        intercept = self._config.intercept
        line = inverted(self.line(x, y, intercept=intercept)) if self._x_on_y else self.line(y, x, intercept=intercept)
        if line.beta is None or line.alpha is None:
            return Hedge.undefined(line.reason)
        residual, n, mean, sd = residual_and_moments(y, x, line.beta, line.alpha, self._config.z_window)
        return _measured(line, n, mean, sd, prices, self._config, residual)


class OnlineHedge(ABC):
    """A base of models whose β moves from row to row; the spread of each row uses the β of that row.

    z measures the newest spread against the mean and standard deviation (ddof 1) of the ``z_window`` spreads before it.
    """

    label: ClassVar[str] = ""

    def __init__(self, config: AnalyticsConfig) -> None:
        self._config = config
        self._x_on_y = config.direction == "x_on_y"
        self._spreads = RollingMoments(config.z_window)

    @abstractmethod
    def step(self, y: float, x: float) -> FittedLine:
        """Take one joint row (NaN: a leg is missing). Returns the line at it."""

    def update(self, prices: Prices) -> Hedge:
        y, x = (float(prices.y[-1]), float(prices.x[-1])) if len(prices.y) else (math.nan, math.nan)
        line = inverted(self.step(x, y)) if self._x_on_y else self.step(y, x)
        before = self._spreads.moments()
        if line.beta is not None and line.alpha is not None and math.isfinite(y) and math.isfinite(x):
            self._spreads.update(y - line.beta * x - line.alpha)
        if prices.reason is not None:
            return Hedge.undefined(prices.reason)
        if line.beta is None or line.alpha is None:
            return Hedge.undefined(line.reason)
        sd = math.nan if before.sd is None else before.sd
        mean = math.nan if before.mean is None else before.mean
        n = before.n if before.sd is not None else 0
        return _measured(line, n, mean, sd, prices, self._config, None)


def _measured(
    line: FittedLine, n: int, mean: float, sd: float, prices: Prices, config: AnalyticsConfig, residual: Floats | None
) -> Hedge:
    """Returns the hedge of a line whose spread had this mean and deviation in the ``n`` rows before the newest."""
    beta, alpha = float(line.beta or 0.0), float(line.alpha or 0.0)
    fitted = Value(beta), Value(alpha), _optional(line.beta_se), _optional(line.r_squared)
    if n < max(2, config.minimum_rows * config.z_window):
        few = Value(None, Reason.TOO_FEW_ROWS)
        return Hedge(*fitted, few, few, few, few, None, residual)
    if prices.newest_y is None or prices.newest_x is None:
        spread = Value(None, Reason.STALE_LEG)
    else:
        spread = Value(prices.newest_y - beta * prices.newest_x - alpha)
    if sd <= _rounding(config.space, prices):
        flat = Value(None, Reason.CONSTANT_SPREAD)
        return Hedge(*fitted, spread, flat, Value(mean), flat, None, residual)
    z = spread if spread.value is None else Value((spread.value - mean) / sd)
    return Hedge(*fitted, spread, z, Value(mean), Value(sd), Baseline(beta, alpha, mean, sd), residual)


def _rounding(space: Space, prices: Prices) -> float:
    """Returns the standard deviation that rounding alone causes; for prices it grows with the price."""
    if space is Space.LOG:
        return TINY
    largest = float(np.nanmax(np.abs(prices.y))) if len(prices.y) else 1.0
    return TINY * max(largest, 1e-300)


def _optional(number: float | None) -> Value:
    return Value(None, Reason.NO_ERROR_ESTIMATE) if number is None else Value(number)
