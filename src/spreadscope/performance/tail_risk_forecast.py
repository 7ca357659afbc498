"""What value at risk would have been forecast for each period from those before it, and where the loss was larger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.validity import Reason
from spreadscope.performance._checks import as_returns, tail_of
from spreadscope.performance.ewma import DECAY, check_decay, rescaled_residuals, warm_up_of
from spreadscope.performance.tail_risk import normal_tail, tails_of_rows
from spreadscope.stats._arrays import check_choice, check_window
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result

TAIL_RISK_METHODS = ("historical", "ewma", "filtered")
_AT_ONCE = 1_000  # windows; more of them would only take memory


@dataclass(frozen=True, slots=True)
class TailRiskForecast(Result, title="Value at risk, forecast one period ahead"):
    """Forecasts of one period, as returns (negative for a loss); arrays have a row for each return.

    ``violation`` is 1 where the return was below the forecast, 0 where not, NaN where there was no forecast.
    """

    value_at_risk: FloatArray
    expected_shortfall: FloatArray
    violation: FloatArray
    method: str
    level: float
    window: int
    violations: int
    expected: float
    n: int
    reason: Reason | None


@labelled
def forecast_tail_risk(
    returns: ArrayLike, method: str = "historical", *, window: int = 250, level: float = 0.95, decay: float = DECAY
) -> TailRiskForecast:
    """Returns VaR and ES forecast for each period from the ``window`` returns before it, and the violations.

    ``method``: "historical" (``historical_tail_risk``), "ewma" (``ewma_tail_risk``) or "filtered"
    (``filtered_tail_risk``); row t has what that function gives for returns[t − window : t]. ``n`` counts the
    forecasts, ``expected`` is n (1 − level). The first ``window`` rows have none, nor has a row for which the method
    is undefined. ``violation`` goes into ``kupiec_test`` and ``christoffersen_test`` as it is.

    A quantile (type 7) of w outcomes is passed by (1 + (w − 1)(1 − level)) / (w + 1) of independent ones: of 250 at 99%
    that is 1.39%, which enough forecasts show as too many violations; 1,000 rows give 1.10%.

    Undefined: no forecast at all. Errors: a missing return, an unknown method, a window that is too short (2 returns;
    by EWMA 1 / (1 − decay); filtered 2 more than that).

    >>> found = forecast_tail_risk([-0.01, 0.01] * 10 + [-0.05], window=20)
    >>> found.violations, found.n, found.value_at_risk[-1].item()
    (1, 1, -0.01)
    """
    r, method, decay = as_returns(returns), check_choice(method, "method", TAIL_RISK_METHODS), check_decay(decay)
    tail = tail_of(level)
    least = {"historical": 2, "ewma": warm_up_of(decay), "filtered": warm_up_of(decay) + 2}[method]
    window = check_window(window, minimum=least)
    bound, shortfall = np.full(r.size, np.nan), np.full(r.size, np.nan)
    if r.size > window:
        # The last window ends at the last return, which has no return after it to be judged by.
        before = np.lib.stride_tricks.sliding_window_view(r, window)[:-1]
        for at in range(0, before.shape[0], _AT_ONCE):
            rows = slice(window + at, window + min(at + _AT_ONCE, before.shape[0]))
            part = np.ascontiguousarray(before[at : at + _AT_ONCE])
            bound[rows], shortfall[rows] = _one_period(part, method, level, decay)
    known = np.isfinite(bound)
    violation = np.where(known, (r < bound).astype(np.float64), np.nan)
    n = int(known.sum())
    return TailRiskForecast(
        value_at_risk=bound,
        expected_shortfall=shortfall,
        violation=violation,
        method=method,
        level=float(level),
        window=window,
        violations=int(np.nansum(violation)),
        expected=n * tail,
        n=n,
        reason=None if n else Reason.TOO_FEW_ROWS,
    )


def _one_period(windows: FloatArray, method: str, level: float, decay: float) -> tuple[FloatArray, FloatArray]:
    """(VaR, ES) for the period after each window; NaN where the method is undefined."""
    if method == "historical":
        return tails_of_rows(windows, level)
    residuals, volatility = rescaled_residuals(windows, decay)
    if method == "filtered":
        return tails_of_rows(residuals, level)
    quantile, mean = normal_tail(level)
    volatility = np.where(volatility > 0.0, volatility, np.nan)
    return quantile * volatility, mean * volatility
