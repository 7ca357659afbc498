"""How certain a Sharpe ratio is: against a benchmark, as the best of many tries, and after how many periods.

Ratios are per period, not annual; a kurtosis is not an excess one (3 for normal returns).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.performance.figure import PerformanceFigure
from spreadscope.stats._arrays import check_count, check_number
from spreadscope.stats._results import Result

EULER = 0.5772156649015329


def _phi(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _sharpe_noise(sharpe_ratio: float, skewness: float, kurtosis: float) -> float:
    """Returns the variance factor of an estimated Sharpe ratio; ``kurtosis`` is not excess (3 for normal returns)."""
    for name, value in (("skewness", skewness), ("kurtosis", kurtosis)):
        check_number(value, name)
    factor = 1.0 - skewness * sharpe_ratio + 0.25 * (kurtosis - 1.0) * sharpe_ratio**2
    if not factor > 0:
        raise StatisticsError("no distribution has this skewness and kurtosis; is the kurtosis an excess one? add 3")
    return factor


def probabilistic_sharpe(
    sharpe_ratio: float, n: int, *, skewness: float = 0.0, kurtosis: float = 3.0, benchmark: float = 0.0
) -> PerformanceFigure:
    """Returns the probability that the true Sharpe ratio exceeds ``benchmark``; both **per period**, not annual.

    Φ((SR − SR*) √(n − 1) / √(1 − skew·SR + (kurt − 1)/4·SR²)); ``kurtosis`` is not excess.

    Source: Bailey and López de Prado (2012), Journal of Risk 15.

    >>> round(probabilistic_sharpe(0.458, 24, skewness=-2.448, kurtosis=10.164).value, 4)
    0.9134
    """
    n = check_count(n, "n", "of periods")
    for name, value in (("sharpe_ratio", sharpe_ratio), ("benchmark", benchmark)):
        check_number(value, name)
    if n < 2:
        return PerformanceFigure(None, n, Reason.TOO_FEW_ROWS)
    noise = _sharpe_noise(sharpe_ratio, skewness, kurtosis)
    return PerformanceFigure(_phi((sharpe_ratio - benchmark) * math.sqrt((n - 1) / noise)), n, None)


@dataclass(frozen=True, slots=True)
class DeflatedSharpe(Result, title="Deflated Sharpe ratio"):
    """The probability that the Sharpe ratio is above ``threshold``, the best expected from ``trials`` without skill."""

    value: float | None
    threshold: float | None
    n: int
    trials: int
    reason: Reason | None


def deflated_sharpe(
    sharpe_ratio: float, n: int, *, trials: int, trials_variance: float, skewness: float = 0.0, kurtosis: float = 3.0
) -> DeflatedSharpe:
    """Returns the deflated Sharpe ratio: that of the best of ``trials`` (per period), compared with what chance would
    give.

    ``trials_variance``: variance of the tries' per-period Sharpe ratios. SR₀ = √V ((1 − γ) Φ⁻¹(1 − 1/N) +
    γ Φ⁻¹(1 − 1/(N e))), then ``probabilistic_sharpe`` against SR₀.

    Source: Bailey and López de Prado (2014), Journal of Portfolio Management 40.

    >>> d = deflated_sharpe(2.5 / 250**0.5, 1250, trials=100, trials_variance=0.5 / 250, skewness=-3, kurtosis=10)
    >>> round(d.threshold, 4), round(d.value, 4)
    (0.1132, 0.9004)
    """
    trials = check_count(trials, "trials", "at least 1", least=1)
    trials_variance = check_number(trials_variance, "trials_variance", least=0.0)
    threshold = 0.0
    if trials > 1:
        first, second = _normal_quantile(1.0 - 1.0 / trials), _normal_quantile(1.0 - 1.0 / (trials * math.e))
        threshold = math.sqrt(trials_variance) * ((1.0 - EULER) * first + EULER * second)
    probability = probabilistic_sharpe(sharpe_ratio, n, skewness=skewness, kurtosis=kurtosis, benchmark=threshold)
    return DeflatedSharpe(probability.value, threshold, n, trials, probability.reason)


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def minimum_track_record(
    sharpe_ratio: float,
    *,
    benchmark: float = 0.0,
    alpha: float = 0.05,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
) -> PerformanceFigure:
    """Returns the periods after which ``sharpe_ratio`` (per period) is above ``benchmark`` with confidence 1 − alpha.

    1 + (1 − skew·SR + (kurt − 1)/4·SR²)(z_{1−α}/(SR − SR*))². Undefined ("threshold out of reach") when the
    ratio does not exceed the benchmark. ``n`` is the value rounded up.

    Source: Bailey and López de Prado (2012), Journal of Risk 15.

    >>> round(minimum_track_record(2 / 250**0.5, benchmark=1 / 250**0.5).value / 250, 2)
    2.73
    """
    if not 0.0 < check_number(alpha, "alpha") < 0.5:
        raise StatisticsError(f"alpha is {alpha}; give the error accepted, such as 0.05")
    for name, value in (("sharpe_ratio", sharpe_ratio), ("benchmark", benchmark)):
        check_number(value, name)
    if sharpe_ratio <= benchmark:
        return PerformanceFigure(None, 0, Reason.UNREACHABLE)
    noise = _sharpe_noise(sharpe_ratio, skewness, kurtosis)
    value = 1.0 + noise * (_normal_quantile(1.0 - alpha) / (sharpe_ratio - benchmark)) ** 2
    return PerformanceFigure(value, math.ceil(value), None)
