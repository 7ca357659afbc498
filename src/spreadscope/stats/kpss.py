"""The KPSS test, and the verdict of ADF and KPSS together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_series, check_choice, check_count
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, mean_and_m2
from spreadscope.stats._results import Result
from spreadscope.stats.adf import ADFResult, adf

# Kwiatkowski et al. (1992), table 1: upper tail at 10%, 5%, 2.5% and 1%.
LEVELS = (0.10, 0.05, 0.025, 0.01)
CRITICAL = {"c": (0.347, 0.463, 0.574, 0.739), "ct": (0.119, 0.146, 0.176, 0.216)}


@dataclass(frozen=True, slots=True)
class KPSSResult(
    Result,
    title="KPSS test of stationarity",
    decides={"pvalue": "interpolated in the table of 1992, within 0.01 to 0.10"},
):
    """A test whose null is stationarity. ``pvalue`` is interpolated within [0.01, 0.10].

    ``critical`` are the upper-tail values at 10%, 5%, 2.5% and 1%.
    """

    stat: float | None
    pvalue: float | None
    lags: int
    n: int
    trend: str
    critical: tuple[float, float, float, float]
    reason: Reason | None


class JointVerdict(StrEnum):
    """The joint verdict of ADF and KPSS at one level."""

    STATIONARY = "stationary"
    UNIT_ROOT = "unit root"
    CONTRADICTORY = "contradictory: both reject"
    INCONCLUSIVE = "inconclusive: neither rejects"


@dataclass(frozen=True, slots=True)
class StationarityVerdict(Result, title="ADF and KPSS together"):
    """Both tests and their four-way verdict; None with a ``reason`` when either is undefined."""

    verdict: JointVerdict | None
    adf: ADFResult
    kpss: KPSSResult
    reason: Reason | None


@labelled
def kpss(x: ArrayLike, *, trend: str = "c", lags: int | str = "auto") -> KPSSResult:
    """Returns the KPSS test of ``x`` (n values, no gaps): level ("c") or trend ("ct") stationarity.

    ``lags``: the Bartlett truncation, or "auto" (Hobijn, Franses and Ooms 1998). The long-run variance is
    divided by n. NaN rows are refused, because a partial sum over a gap means nothing.

    Undefined (with a reason): fewer than 10 rows, a NaN, a constant series.

    Source: Kwiatkowski, Phillips, Schmidt and Shin (1992), Journal of Econometrics 54.

    >>> walk = np.cumsum(np.random.default_rng(1).standard_normal(300))
    >>> kpss(walk, lags=4).pvalue, kpss(np.diff(walk), lags=4).pvalue
    (0.01, 0.1)
    """
    series = as_series(x, "x")
    check_choice(trend, "trend", ("c", "ct"))
    n = series.size
    critical = CRITICAL[trend]

    def undefined(reason: Reason) -> KPSSResult:
        return KPSSResult(None, None, 0, n, trend, critical, reason)

    if not np.isfinite(series).all():
        return undefined(Reason.NOT_FINITE)
    if n < 10:
        return undefined(Reason.TOO_FEW_ROWS)
    mean, m2, peak = mean_and_m2(series, 0, n)
    if is_constant(m2, n, peak):
        return undefined(Reason.CONSTANT_SPREAD)
    residual = series - mean
    if trend == "ct":
        time = np.arange(n) - 0.5 * (n - 1)
        residual = residual - time * float(time @ residual) / float(time @ time)
    used = _truncation(lags, residual)
    partial = np.cumsum(residual)
    variance = long_run_variance(residual, used)
    if not variance > 0:
        return undefined(Reason.CONSTANT_SPREAD)
    stat = float(partial @ partial) / (n * n * variance)
    pvalue = float(np.interp(stat, critical, LEVELS))
    return KPSSResult(stat, pvalue, used, n, trend, critical, None)


def long_run_variance(residual: FloatArray, lags: int) -> float:
    """Returns the Newey–West variance with Bartlett weights 1 − j/(lags + 1), divided by n."""
    n = residual.size
    total = float(residual @ residual)
    for j in range(1, lags + 1):
        total += 2.0 * (1.0 - j / (lags + 1.0)) * float(residual[j:] @ residual[:-j])
    return total / n


def _truncation(lags: int | str, residual: FloatArray) -> int:
    n = residual.size
    if not isinstance(lags, str):
        return check_count(lags, "lags", f"from 0 to {n - 1}, or auto", most=n - 1)
    check_choice(lags, "lags", ("auto",))
    reach = int(n ** (2.0 / 9.0))
    s0 = float(residual @ residual) / n
    s1 = 0.0
    for j in range(1, reach + 1):
        product = 2.0 * float(residual[j:] @ residual[:-j]) / n
        s0 += product
        s1 += j * product
    if s0 == 0.0:
        return 0
    gamma = 1.1447 * ((s1 / s0) ** 2) ** (1.0 / 3.0)
    return min(int(gamma * n ** (1.0 / 3.0)), n - 1)


@labelled
def stationarity(x: ArrayLike, *, trend: str = "c", level: float = 0.05) -> StationarityVerdict:
    """Returns ADF (null: unit root) and KPSS (null: stationary), as one of four verdicts.

    For a series with given weights; a spread whose β was estimated on the same rows needs ``engle_granger``.

    >>> stationarity(np.random.default_rng(1).standard_normal(400)).verdict
    <JointVerdict.STATIONARY: 'stationary'>
    """
    if not (math.isfinite(level) and 0.01 <= level <= 0.10):
        raise StatisticsError(f"level is {level}; the KPSS table covers 0.01 to 0.10")
    unit_root, stationary = adf(x, trend=trend), kpss(x, trend=trend)
    if unit_root.pvalue is None or stationary.pvalue is None:
        return StationarityVerdict(None, unit_root, stationary, unit_root.reason or stationary.reason)
    # At the edge of the table p is held at 0.01 or 0.10, so the comparison includes equality.
    rejected, doubted = unit_root.pvalue <= level, stationary.pvalue <= level
    verdict = {
        (True, False): JointVerdict.STATIONARY,
        (False, True): JointVerdict.UNIT_ROOT,
        (True, True): JointVerdict.CONTRADICTORY,
        (False, False): JointVerdict.INCONCLUSIVE,
    }[rejected, doubted]
    return StationarityVerdict(verdict, unit_root, stationary, None)
