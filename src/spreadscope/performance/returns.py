"""Performance figures of a strategy's returns: ratios, falls, turnover, risk.

``returns`` are simple returns of equity over equal periods (daily UTC unless said otherwise, 365 a year).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.performance._checks import MOST_PERIODS, as_returns, compounded, is_flat, tail_of
from spreadscope.performance.figure import PerformanceFigure
from spreadscope.stats._arrays import check_number, check_positive
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats.ols import ols

PERIODS = 365.0


@dataclass(frozen=True, slots=True)
class Drawdown(Result, title="The deepest fall of equity"):
    """A deepest fall of equity from an earlier high, as a negative share of that high.

    ``peak`` and ``trough`` are rows of the equity curve, where row 0 is the start.
    """

    depth: float | None
    peak: int
    trough: int
    n: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class BetaToMarket(Result, title="Regression on the market's returns"):
    """A regression of a strategy's returns on the market's (BTC), with intercept."""

    beta: float | None
    alpha: float | None
    r_squared: float | None
    n: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class ReturnMoments(Result, title="Moments of returns"):
    """The moments of returns: ``sd`` with ddof 1; ``skewness`` and ``kurtosis`` are population moments, not excess."""

    mean: float | None
    sd: float | None
    skewness: float | None
    kurtosis: float | None
    downside_deviation: float | None
    total: float | None
    n: int
    reason: Reason | None


@labelled
def return_moments(returns: ArrayLike) -> ReturnMoments:
    """Returns mean, sd, skewness, kurtosis, downside deviation (target 0, over all periods) and compounded total.

    >>> round(return_moments([0.01, -0.02, 0.03, 0.00]).total, 6)
    0.019494
    """
    r = as_returns(returns)
    if is_flat(r):
        reason = Reason.TOO_FEW_ROWS if r.size < 2 else Reason.CONSTANT_SPREAD
        return ReturnMoments(None, None, None, None, None, None, r.size, reason)
    centred = r - r.mean()
    variance = float((centred**2).mean())
    total = compounded(r) - 1.0
    return ReturnMoments(
        mean=float(r.mean()),
        sd=float(r.std(ddof=1)),
        skewness=float((centred**3).mean()) / variance**1.5,
        kurtosis=float((centred**4).mean()) / variance**2,
        downside_deviation=math.sqrt(float((np.minimum(r, 0.0) ** 2).mean())),
        total=total if math.isfinite(total) else None,
        n=r.size,
        reason=None,
    )


@labelled
def sharpe(returns: ArrayLike, *, periods: float = PERIODS) -> PerformanceFigure:
    """Returns the Sharpe ratio, mean / sd (ddof 1) × √periods. Undefined: fewer than 2 periods, constant returns.

    >>> round(sharpe([0.01, -0.005, 0.02, 0.0]).value, 3)
    10.77
    """
    r, periods = as_returns(returns), check_positive(periods, "periods")
    if is_flat(r):
        return PerformanceFigure(None, r.size, Reason.TOO_FEW_ROWS if r.size < 2 else Reason.CONSTANT_SPREAD)
    return PerformanceFigure(float(r.mean() / r.std(ddof=1)) * math.sqrt(periods), r.size, None)


@labelled
def sortino(returns: ArrayLike, *, periods: float = PERIODS) -> PerformanceFigure:
    """Returns the Sortino ratio, mean / √mean(min(r, 0)²) × √periods; the downside is averaged over **all** periods.

    Undefined: fewer than 2 periods, no losing period.

    >>> sortino([0.01, 0.02]).reason
    <Reason.CONSTANT_SPREAD: 'constant spread'>
    """
    r, periods = as_returns(returns), check_positive(periods, "periods")
    if r.size < 2:
        return PerformanceFigure(None, r.size, Reason.TOO_FEW_ROWS)
    downside = math.sqrt(float((np.minimum(r, 0.0) ** 2).mean()))
    if downside == 0.0:
        return PerformanceFigure(None, r.size, Reason.CONSTANT_SPREAD)
    return PerformanceFigure(float(r.mean()) / downside * math.sqrt(periods), r.size, None)


@labelled
def max_drawdown(returns: ArrayLike) -> Drawdown:
    """Returns the deepest fall of the compounded equity from an earlier high; the start counts as a high.

    >>> max_drawdown([-0.1, 0.2, -0.25]).depth
    -0.25
    """
    r = as_returns(returns)
    if r.size == 0:
        return Drawdown(None, 0, 0, 0, Reason.TOO_FEW_ROWS)
    with np.errstate(over="ignore", invalid="ignore"):
        equity = np.concatenate(([1.0], np.cumprod(1.0 + r)))
    if not np.isfinite(equity).all():
        return Drawdown(None, 0, 0, r.size, Reason.NOT_FINITE)
    falls = equity / np.maximum.accumulate(equity) - 1.0
    trough = int(np.argmin(falls))
    peak = int(np.argmax(equity[: trough + 1]))
    return Drawdown(float(falls[trough]), peak, trough, r.size, None)


@labelled
def calmar(returns: ArrayLike, *, periods: float = PERIODS) -> PerformanceFigure:
    """Returns the compounded annual return over the depth of the maximum drawdown. Undefined without a drawdown.

    >>> round(calmar([0.01, -0.02, 0.03, 0.01], periods=4).value, 3)
    1.484
    """
    r, periods = as_returns(returns), check_number(periods, "periods", least=1.0, most=MOST_PERIODS)
    depth = max_drawdown(r).depth
    if depth is None:
        return PerformanceFigure(None, r.size, Reason.NOT_FINITE if r.size else Reason.TOO_FEW_ROWS)
    if depth == 0.0:
        return PerformanceFigure(None, r.size, Reason.CONSTANT_SPREAD)
    growth = compounded(r)
    # In logarithms: what a few periods compound to in a year may be beyond every float.
    power = periods / r.size * math.log(growth) if growth > 0 else -math.inf
    if power > math.log(1e300):
        return PerformanceFigure(None, r.size, Reason.UNREACHABLE)
    annual = math.expm1(power)
    return PerformanceFigure(annual / -depth, r.size, None)


@labelled
def hit_rate(returns: ArrayLike) -> PerformanceFigure:
    """Returns the share of periods (or of trades) with a gain, among those with a non-zero return.

    >>> hit_rate([0.01, 0.0, -0.01, 0.02]).value.__round__(4)
    0.6667
    """
    r = as_returns(returns)
    moved = int(np.count_nonzero(r))
    if moved == 0:
        return PerformanceFigure(None, r.size, Reason.TOO_FEW_ROWS)
    return PerformanceFigure(float(np.count_nonzero(r > 0)) / moved, r.size, None)


@labelled
def turnover(traded: ArrayLike, equity: ArrayLike, *, periods: float = PERIODS) -> PerformanceFigure:
    """Returns the notional traded in a year over mean equity; ``traded`` (absolute, per period) and ``equity`` in one
    currency.

    >>> turnover([100.0, 300.0], [1000.0, 1000.0], periods=365).value
    73.0
    """
    traded_values, equity_values, periods = as_returns(traded), as_returns(equity), check_positive(periods, "periods")
    if traded_values.size != equity_values.size:
        raise StatisticsError(
            f"traded has {traded_values.size} periods and equity {equity_values.size}; give both for the same ones"
        )
    if traded_values.size == 0:
        return PerformanceFigure(None, int(traded_values.size), Reason.TOO_FEW_ROWS)
    mean = float(equity_values.mean())
    if not mean > 0:
        return PerformanceFigure(None, int(traded_values.size), Reason.CONSTANT_SPREAD)
    return PerformanceFigure(float(np.abs(traded_values).mean()) / mean * periods, int(traded_values.size), None)


@labelled
def exposure(positions: ArrayLike) -> PerformanceFigure:
    """Returns the share of periods with an open (non-zero) position.

    >>> exposure([0, 1, 1, 0]).value
    0.5
    """
    position_values = as_returns(positions)
    if position_values.size == 0:
        return PerformanceFigure(None, 0, Reason.TOO_FEW_ROWS)
    return PerformanceFigure(
        float(np.count_nonzero(position_values)) / position_values.size, int(position_values.size), None
    )


def break_even_fee(gross: float, traded: float) -> PerformanceFigure:
    """Returns the fee per side in basis points at which a rule's gross profit is 0: gross / traded notional · 10⁴.

    ``traded`` sums |quantity| · price over every fill of both legs. Compare with what is really paid before looking at
    any z: on real 5-minute bars it was 0.4–4.5 bps, below most fees. A losing rule has a negative one.

    >>> break_even_fee(120.0, 1_000_000.0).value
    1.2
    """
    if not (math.isfinite(gross) and math.isfinite(traded) and traded >= 0):
        raise StatisticsError(f"gross {gross} and traded {traded} must be finite, traded 0 or more")
    if traded == 0:
        return PerformanceFigure(None, 0, Reason.TOO_FEW_ROWS)
    return PerformanceFigure(gross / traded * 1e4, 1, None)


@labelled
def value_at_risk(returns: ArrayLike, *, level: float = 0.95) -> PerformanceFigure:
    """Returns the historical value at risk as a **return** (negative for a loss): the 1 − level quantile, type 7.

    >>> value_at_risk([-0.04, -0.01, 0.0, 0.01, 0.02], level=0.75).value
    -0.01
    """
    r = as_returns(returns)
    tail = tail_of(level)
    if r.size < 2:
        return PerformanceFigure(None, r.size, Reason.TOO_FEW_ROWS)
    return PerformanceFigure(float(np.quantile(r, tail)), r.size, None)


@labelled
def expected_shortfall(returns: ArrayLike, *, level: float = 0.95) -> PerformanceFigure:
    """Returns the mean of the returns at or below the value at risk.

    >>> expected_shortfall([-0.04, -0.01, 0.0, 0.01, 0.02], level=0.75).value
    -0.025
    """
    r = as_returns(returns)
    bound = value_at_risk(r, level=level).value
    if bound is None:
        return PerformanceFigure(None, r.size, Reason.TOO_FEW_ROWS)
    return PerformanceFigure(float(r[r <= bound].mean()), r.size, None)


@labelled
def beta_to_market(returns: ArrayLike, market: ArrayLike) -> BetaToMarket:
    """Returns β of returns to the market's (BTC), by OLS with intercept. Undefined: fewer than 3 rows, a constant
    market.

    >>> beta_to_market([0.02, -0.01, 0.04], [0.01, -0.005, 0.02]).beta.__round__(6)
    2.0
    """
    fit = ols(returns, market)
    return BetaToMarket(fit.beta, fit.alpha, fit.r_squared, fit.n, fit.reason)
