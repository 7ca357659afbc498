"""Tests of value at risk: were there as many violations as forecast, and did they come singly?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.performance._checks import tail_of
from spreadscope.stats._arrays import as_series
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats._scipy import chi2_upper


@dataclass(frozen=True, slots=True)
class KupiecTest(Result, title="Kupiec's test", decides={"pvalue": "χ² with 1 degree of freedom, large sample"}):
    """A test that violations are as frequent as the level says; ``expected`` is n (1 − level)."""

    statistic: float | None
    pvalue: float | None
    violations: int
    expected: float
    level: float
    n: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class ChristoffersenTest(
    Result,
    title="Christoffersen's tests",
    decides={"coverage_pvalue": "frequency and independence: χ² with 2 degrees of freedom, large sample"},
):
    """Tests that violations do not come in runs (independence), and of that and their frequency (coverage).

    ``after_none`` and ``after_violation`` are the shares of periods with a violation after one without and with one,
    None where no period is such a one.
    """

    independence: float | None
    independence_pvalue: float | None
    coverage: float | None
    coverage_pvalue: float | None
    after_none: float | None
    after_violation: float | None
    violations: int
    expected: float
    level: float
    n: int
    reason: Reason | None


@labelled
def kupiec_test(violations: ArrayLike, *, level: float = 0.95) -> KupiecTest:
    """Returns Kupiec's likelihood-ratio test of the proportion of failures.

    ``violations``: a series of 1 (or True) and 0, NaN where there was no forecast, which enters nothing. With x of n,
    LR = 2 ln [(1 − x/n)^(n−x) (x/n)^x] − 2 ln [level^(n−x) (1 − level)^x], 0⁰ = 1: x = 0 and x = n are numbers too.
    A p-value of a small ``expected`` (below 5) is a rough one, since x is whole. Undefined: no forecast.

    Source: Kupiec (1995), Journal of Derivatives 3.

    >>> found = kupiec_test([1] * 7 + [0] * 248, level=0.99)
    >>> round(found.statistic, 4), round(found.pvalue, 4)
    (5.3163, 0.0211)
    """
    v, tail = _violations(violations), tail_of(level)
    known = v[~np.isnan(v)]
    n, x = known.size, int(known.sum())
    if n == 0:
        return KupiecTest(None, None, 0, 0.0, float(level), 0, Reason.TOO_FEW_ROWS)
    ratio = _frequency_ratio(x, n, level)
    return KupiecTest(ratio, chi2_upper(ratio, 1.0), x, n * tail, float(level), n, None)


@labelled
def christoffersen_test(violations: ArrayLike, *, level: float = 0.95) -> ChristoffersenTest:
    """Returns Christoffersen's tests of independence and of conditional coverage.

    ``violations`` as of ``kupiec_test``; a step over a NaN is no step. Independence: a first-order Markov chain against
    one share for all, LR = 2 ln L(π₀₁, π₁₁) − 2 ln L(π); coverage: that LR plus Kupiec's. 0⁰ = 1, so without a
    violation, or with nothing else, independence has LR 0 and p 1. It sees a cluster only where violations follow one
    another directly. Undefined: no two forecasts in a row.

    Source: Christoffersen (1998), International Economic Review 39.

    >>> found = christoffersen_test(([1] * 3 + [0] * 57) * 5)
    >>> found.after_violation.__round__(4), found.independence_pvalue < 1e-6, found.coverage_pvalue < 1e-6
    (0.6667, True, True)
    """
    v, tail = _violations(violations), tail_of(level)
    known = v[~np.isnan(v)]
    n, x = known.size, int(known.sum())
    pairs = np.column_stack((v[:-1], v[1:])) if v.size > 1 else np.zeros((0, 2))
    steps = pairs[~np.isnan(pairs).any(axis=1)].astype(np.int64)
    if not len(steps):
        return ChristoffersenTest(None, None, None, None, None, None, x, n * tail, float(level), n, Reason.TOO_FEW_ROWS)
    (n00, n01), (n10, n11) = np.bincount(2 * steps[:, 0] + steps[:, 1], minlength=4).reshape(2, 2).tolist()
    apart = _best_likelihood(n01, n00) + _best_likelihood(n11, n10)
    # Rounding may leave a bit below 0 where both are equal.
    independence = max(0.0, 2.0 * (apart - _best_likelihood(n01 + n11, n00 + n10)))
    coverage = independence + _frequency_ratio(x, n, level)
    return ChristoffersenTest(
        independence=independence,
        independence_pvalue=chi2_upper(independence, 1.0),
        coverage=coverage,
        coverage_pvalue=chi2_upper(coverage, 2.0),
        after_none=n01 / (n00 + n01) if n00 + n01 else None,
        after_violation=n11 / (n10 + n11) if n10 + n11 else None,
        violations=x,
        expected=n * tail,
        level=float(level),
        n=n,
        reason=None,
    )


def _violations(violations: ArrayLike) -> FloatArray:
    array = as_series(violations, "violations")
    if not (np.isnan(array) | (array == 0.0) | (array == 1.0)).all():
        raise StatisticsError("violations must be 0, 1 or NaN; pass whether each return was below its forecast")
    return array


def _frequency_ratio(x: int, n: int, level: float) -> float:
    """Kupiec's likelihood ratio of x violations among n forecasts."""
    forecast = _log_power(level, n - x) + _log_power(tail_of(level), x)
    return max(0.0, 2.0 * (_best_likelihood(x, n - x) - forecast))


def _best_likelihood(x: int, others: int) -> float:
    """The log-likelihood of x violations and so many others at their own share."""
    n = x + others
    return _log_power(x / n, x) + _log_power(others / n, others) if n else 0.0


def _log_power(base: float, power: int) -> float:
    """ln base^power, with 0⁰ = 1."""
    return power * math.log(base) if power else 0.0
