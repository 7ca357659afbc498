"""The legs of a scan, each tested by itself: one that hardly moves, or reverts alone, is no leg of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from spreadscope.jit import FloatArray
from spreadscope.model.validity import Reason
from spreadscope.stats._results import Result
from spreadscope.stats.adf import adf


class LegVerdict(StrEnum):
    """The reason why a symbol is, or is not, a candidate leg."""

    CANDIDATE = "candidate"
    PEGGED = "pegged: hardly moves"
    STATIONARY = "stationary by itself"
    INACTIVE = "mostly without trades"
    INCOMPLETE = "too many missing bars"


@dataclass(frozen=True, slots=True)
class ScannedLeg(Result, title="A leg of a scan"):
    """A symbol as tested before the pairs. ``volatility`` is the sd of its log returns a bar; ``still`` the share of
    zero returns."""

    symbol: str
    verdict: LegVerdict
    adf_pvalue: float | None
    volatility: float
    still: float


def check_legs(
    log_prices: FloatArray,
    symbols: Sequence[str],
    *,
    level: float = 0.05,
    max_missing: float = 0.05,
    keep: Sequence[str] = (),
) -> tuple[ScannedLeg, ...]:
    """Test each leg by itself: a pegged or stationary one makes every pair with it "cointegrated".

    Pegged: returns with less than a tenth of the universe's median sd. Stationary: ADF with constant at ``level``.
    Inactive: more than half of the returns are exactly zero. Incomplete: more than ``max_missing`` of the bars missing,
    or too few of them neighbours. Those of ``keep`` stay whatever these tests find, unless they are incomplete: the
    test of a stationary leg itself drops 5% of true random walks. Missing bars stay holes: no difference over a gap is
    ever one step.
    """
    returns = np.diff(log_prices, axis=0)
    known = np.isfinite(returns)
    volatility = np.array([float(r[k].std()) if k.sum() > 1 else 0.0 for r, k in zip(returns.T, known.T, strict=True)])
    typical = float(np.median(volatility[volatility > 0])) if (volatility > 0).any() else 0.0
    legs = []
    for i, symbol in enumerate(symbols):
        values = returns[known[:, i], i]
        still = float((values == 0.0).mean()) if values.size else 1.0
        found = adf(log_prices[:, i], lags="aic")
        too_few = found.reason is Reason.TOO_FEW_ROWS
        if too_few or not np.isfinite(log_prices[:, i]).mean() >= 1.0 - max_missing:
            verdict = LegVerdict.INCOMPLETE
        elif volatility[i] < 0.1 * typical or found.pvalue is None:
            verdict = LegVerdict.PEGGED
        elif still > 0.5:
            verdict = LegVerdict.INACTIVE
        elif found.pvalue <= level:
            verdict = LegVerdict.STATIONARY
        else:
            verdict = LegVerdict.CANDIDATE
        if symbol in keep and verdict is not LegVerdict.INCOMPLETE:
            verdict = LegVerdict.CANDIDATE
        legs.append(ScannedLeg(symbol, verdict, found.pvalue, float(volatility[i]), still))
    return tuple(legs)
