"""Entry and exit levels of an Ornstein–Uhlenbeck spread, given the cost of a round trip."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import check_positive
from spreadscope.stats._results import Result
from spreadscope.stats._scipy import dawson, erfi, root

# erfi overflows beyond 26: the spread would have to wait longer than any market lives.
FARTHEST = 26.0


@dataclass(frozen=True, slots=True)
class BertramThresholds(Result, title="Optimal thresholds of an Ornstein–Uhlenbeck spread"):
    """The thresholds: enter the long spread at ``entry`` = −``exit`` and reverse at ``exit``, measured from the mean.

    ``entry_z`` is |entry| over the stationary sd; ``rate`` the expected return per unit of time and ``cycle`` the
    expected length of a full cycle, both in the unit of 1/κ.
    """

    entry: float | None
    exit: float | None
    entry_z: float | None
    rate: float | None
    cycle: float | None
    reason: Reason | None


def bertram_thresholds(kappa: float, sigma: float, cost: float) -> BertramThresholds:
    """Returns symmetric thresholds that maximise the expected return per unit of time of dX = −κX dt + σ dW.

    ``cost``: of a round trip in the unit of X (0.001 is 10 bps of a log spread). The optimum solves
    e^{κa²/σ²}(2a + c) = σ√(π/κ) erfi(a√κ/σ). With u = −a√κ/σ and Dawson's function D that is
    u − D(u) = c√κ/(2σ), which has one root and does not overflow.

    Undefined ("threshold out of reach") when the cost is so large that the entry lies beyond 36 stationary sd.
    Raises ``StatisticsError`` for κ or σ not above 0 or a cost below 0.

    Source: Bertram (2010), Physica A 389.

    >>> best = bertram_thresholds(kappa=180.967, sigma=0.1538, cost=0.001)
    >>> round(best.entry, 6), round(best.rate, 4)
    (-0.004715, 0.4924)
    """
    check_positive(kappa, "kappa")
    check_positive(sigma, "sigma")
    if not (math.isfinite(cost) and cost >= 0.0):
        raise StatisticsError(f"cost is {cost}; give the round-trip cost in the unit of the spread, 0 or more")
    scale = sigma / math.sqrt(kappa)
    half = 0.5 * cost / scale
    if half + 1.0 > FARTHEST:
        return BertramThresholds(None, None, None, None, None, Reason.UNREACHABLE)
    if half == 0.0:
        # Without costs every crossing pays: the limit is a threshold of 0 and an unbounded number of trades.
        return BertramThresholds(0.0, 0.0, 0.0, math.sqrt(kappa / math.pi) * sigma, 0.0, None)
    u = root(lambda value: value - dawson(value) - half, 0.0, half + 1.0)
    entry = -u * scale
    cycle = 2.0 * math.pi / kappa * erfi(u)
    rate = (-2.0 * entry - cost) / cycle
    return BertramThresholds(entry, -entry, u * math.sqrt(2.0), rate, cycle, None)
