"""Value at risk and expected shortfall of the positions of today, each with the tests of its own forecasts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spreadscope.jit import FloatArray
from spreadscope.performance import (
    TAIL_RISK_METHODS,
    TailRisk,
    christoffersen_test,
    ewma_tail_risk,
    filtered_tail_risk,
    historical_tail_risk,
    kupiec_test,
)
from spreadscope.trading.risk.price_history import PriceHistory, known

LEVELS = (0.95, 0.99)
LEAST_FORECASTS = 20
ROUGH_BELOW = 5.0
"""Expected violations below which the p-values of the tests are rough, since violations are whole."""


@dataclass(frozen=True, slots=True)
class TailTest:
    """The test of an estimate: forecasts made from the first half of the periods on, a horizon each, none overlapping.

    ``kupiec_pvalue`` tests that there are as many violations as the level says, ``independence_pvalue``
    (Christoffersen) that they do not follow one another, ``coverage_pvalue`` both; ``rough``: fewer than 5 are
    expected. A small p-value speaks against the estimate.
    """

    forecasts: int
    violations: int
    expected: float
    kupiec_pvalue: float | None
    independence_pvalue: float | None
    coverage_pvalue: float | None
    rough: bool
    reason: str


@dataclass(frozen=True, slots=True)
class TailEstimate:
    """VaR and ES (USDT, negative for a loss) over a ``horizon`` by one ``method`` at one ``level``.

    ``periods`` counts the periods that are known, ``outcomes`` those sums over the horizon that it rests on (they
    overlap), ``independent`` how many of them do not overlap.
    """

    horizon: str
    method: str
    level: float
    value_at_risk: float | None
    expected_shortfall: float | None
    periods: int
    outcomes: int
    independent: int
    reason: str
    test: TailTest


@dataclass(frozen=True, slots=True)
class PnlSeries:
    """What positions would have earned: in each period, and over ``horizon`` periods from each on. NaN at holes.

    ``unit`` names horizons, such as hours.
    """

    each: FloatArray
    summed: FloatArray
    horizon: int
    unit: str

    def window(self, start: int, end: int) -> PnlSeries:
        """Returns the periods ``start`` to ``end``, with the outcomes that had ended by then."""
        outcomes = self.summed[start : max(start, end - self.horizon + 1)]
        return PnlSeries(self.each[start:end], outcomes, self.horizon, self.unit)


def tail_estimates(
    name: str, unit: str, history: PriceHistory, values: Mapping[str, float], horizon: int
) -> tuple[TailEstimate, ...]:
    """Returns the estimates of one horizon (``horizon`` steps of the history; ``unit``: hours, days), by method
    and level."""
    lacking = history.lacking([symbol for symbol, value in values.items() if value])
    series = PnlSeries(history.pnl(values), history.pnl(values, horizon), horizon, unit)
    found = []
    for method in TAIL_RISK_METHODS:
        for level in LEVELS:
            periods = len(known(series.each))
            estimate, reason = _estimate(series, method, level)
            if not any(values.values()):
                estimate, reason = None, "nothing is held"
            elif lacking:
                estimate, reason = None, f"no bars of {', '.join(lacking)} are stored"
            test = _test(series, method, level) if estimate is not None else _no_test(reason)
            found.append(
                TailEstimate(
                    horizon=name, method=method, level=level,
                    value_at_risk=estimate.value_at_risk if estimate is not None else None,
                    expected_shortfall=estimate.expected_shortfall if estimate is not None else None,
                    periods=periods, outcomes=estimate.n if estimate is not None else 0,
                    independent=periods // horizon, reason=reason, test=test,
                )
            )  # fmt: skip
    return tuple(found)


def _estimate(series: PnlSeries, method: str, level: float) -> tuple[TailRisk | None, str]:
    """Returns the estimate, or None and why there is none."""
    each, horizon = known(series.each), series.horizon
    independent = len(each) // horizon
    # A quantile that is beyond every outcome is not seen by counting outcomes.
    needed = round(1 / (1 - level))
    if method != "ewma" and independent < needed:
        return None, f"{needed} whole {series.unit} are needed, there are {independent}"
    if method == "historical":
        found = historical_tail_risk(known(series.summed), level=level)
    elif method == "ewma":
        found = ewma_tail_risk(each, level=level, horizon=horizon)
    else:
        found = filtered_tail_risk(each, level=level, horizon=horizon)
    if found.value_at_risk is None:
        return None, str(found.reason or "")
    return found, ""


def _test(series: PnlSeries, method: str, level: float) -> TailTest:
    window = len(series.each) // 2
    violations: list[float] = []
    reason = ""
    for start in range(window, len(series.summed), series.horizon):
        came = float(series.summed[start])
        forecast, why = _estimate(series.window(start - window, start), method, level)
        reason = why or reason
        bound = forecast.value_at_risk if forecast is not None else None
        violations.append(math.nan if bound is None or math.isnan(came) else float(came < bound))
    n = len(known(np.array(violations)))
    if n < LEAST_FORECASTS:
        return _no_test(reason or f"{LEAST_FORECASTS} forecasts are needed, there are {n}", n)
    kupiec, runs = kupiec_test(violations, level=level), christoffersen_test(violations, level=level)
    return TailTest(
        forecasts=n, violations=kupiec.violations, expected=kupiec.expected, kupiec_pvalue=kupiec.pvalue,
        independence_pvalue=runs.independence_pvalue, coverage_pvalue=runs.coverage_pvalue,
        rough=kupiec.expected < ROUGH_BELOW, reason=str(runs.reason or ""),
    )  # fmt: skip


def _no_test(reason: str, n: int = 0) -> TailTest:
    return TailTest(n, 0, 0.0, None, None, None, rough=False, reason=reason)
