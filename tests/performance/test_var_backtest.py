"""Tests of violations against 40-digit decimals, published regions, limits and simulated sizes."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2  # type: ignore[import-untyped]

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from tests.support.numbers import known


def log_likelihood(violations: int, others: int, share: Decimal) -> Decimal:
    return sum(
        (count * base.ln() for count, base in ((violations, share), (others, 1 - share)) if count), start=Decimal(0)
    )


def best(violations: int, others: int) -> Decimal:
    total = violations + others
    return log_likelihood(violations, others, Decimal(violations) / total) if total else Decimal(0)


def kupiec_by_hand(violations: int, n: int, share: str) -> float:
    with localcontext(prec=40):
        return float(
            2 * (best(violations, n - violations) - log_likelihood(violations, n - violations, Decimal(share)))
        )


def independence_by_hand(series: list[int]) -> float:
    steps = list(pairwise(series))
    n00, n01, n10, n11 = (steps.count(step) for step in ((0, 0), (0, 1), (1, 0), (1, 1)))
    with localcontext(prec=40):
        return float(2 * (best(n01, n00) + best(n11, n10) - best(n01 + n11, n00 + n10)))


# Statistic and p by mpmath with 40 digits.
KNOWN = [
    (7, 255, 0.99, 5.3163413409782041, 0.021126323789770927),
    (0, 250, 0.99, 5.0251679267507206, 0.02498150305344977),
    (21, 255, 0.95, 4.7418336036319711, 0.029437680094928184),
    (4, 1000, 0.99, 4.7059645412843042, 0.030058130684599127),
]


@pytest.mark.parametrize(("violations", "n", "level", "statistic", "pvalue"), KNOWN)
def test_kupiec_known_answers(violations: int, n: int, level: float, statistic: float, pvalue: float) -> None:
    found = performance.kupiec_test([1] * violations + [0] * (n - violations), level=level)
    assert found.statistic == pytest.approx(statistic, rel=1e-12)
    assert found.pvalue == pytest.approx(pvalue, rel=1e-12)
    assert (found.violations, found.n) == (violations, n)
    assert found.expected == pytest.approx(n * (1 - level))
    assert found.deciding_pvalue == found.pvalue


# Kupiec (1995), table 3: the violations that a test at 5% lets pass are those between the two. (Of 0 violations it says
# nothing; the limit is rejected at 255 days.)
REGIONS = [
    (0.99, 255, 0, 7), (0.99, 510, 1, 11), (0.99, 1000, 4, 17),
    (0.95, 255, 6, 21), (0.95, 510, 16, 36), (0.95, 1000, 37, 65),
]  # fmt: skip


@pytest.mark.parametrize(("level", "n", "low", "high"), REGIONS)
def test_kupiec_lets_pass_what_his_table_does(level: float, n: int, low: int, high: int) -> None:
    def passes(violations: int) -> bool:
        found = performance.kupiec_test([1] * violations + [0] * (n - violations), level=level)
        return found.pvalue is not None and found.pvalue > 0.05

    assert passes(low + 1)
    assert passes(high - 1)
    assert not passes(high)
    assert not passes(low)


def test_no_violation_and_nothing_else_are_limits() -> None:
    none, everything = performance.kupiec_test([0] * 250, level=0.99), performance.kupiec_test([1] * 10, level=0.99)
    assert none.statistic == pytest.approx(-2 * 250 * math.log(0.99), rel=1e-13)
    assert everything.statistic == pytest.approx(-2 * 10 * math.log(0.01), rel=1e-13)
    for series, kupiec in (([0] * 250, none), ([1] * 10, everything)):
        found = performance.christoffersen_test(series, level=0.99)
        assert (found.independence, found.independence_pvalue) == (0.0, 1.0)
        assert found.coverage == kupiec.statistic
        assert found.coverage_pvalue == pytest.approx(math.exp(-known(kupiec.statistic) / 2), rel=1e-12)
    assert performance.christoffersen_test([0] * 250).after_violation is None
    assert performance.christoffersen_test([1] * 10).after_none is None


def test_a_violation_in_the_last_period_alone_is_a_number() -> None:
    found = performance.christoffersen_test([0] * 99 + [1])
    assert found.independence == pytest.approx(0.0, abs=1e-12)
    assert found.coverage == pytest.approx(kupiec_by_hand(1, 100, "0.05"), rel=1e-12)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=1), min_size=2, max_size=80), st.sampled_from(["0.05", "0.01"]))
def test_both_are_what_decimals_give(series: list[int], share: str) -> None:
    level = float(1 - Decimal(share))
    kupiec = performance.kupiec_test(series, level=level)
    found = performance.christoffersen_test(series, level=level)
    frequency, independence = kupiec_by_hand(sum(series), len(series), share), independence_by_hand(series)
    assert kupiec.statistic == pytest.approx(frequency, rel=1e-11, abs=1e-12)
    assert kupiec.pvalue == pytest.approx(chi2.sf(frequency, 1), rel=1e-9, abs=1e-300)
    assert found.independence == pytest.approx(independence, rel=1e-11, abs=1e-12)
    assert found.independence_pvalue == pytest.approx(chi2.sf(independence, 1), rel=1e-5)
    assert found.coverage == pytest.approx(frequency + independence, rel=1e-11, abs=1e-12)
    assert found.coverage_pvalue == pytest.approx(math.exp(-(frequency + independence) / 2), rel=1e-9)


def test_runs_of_violations_are_seen_only_by_the_test_of_independence() -> None:
    runs, singly = ([1] * 5 + [0] * 95) * 5, ([1] + [0] * 19) * 25
    assert performance.kupiec_test(runs).pvalue == performance.kupiec_test(singly).pvalue == 1.0
    assert known(performance.christoffersen_test(runs).independence_pvalue) < 1e-9
    assert known(performance.christoffersen_test(singly).independence_pvalue) > 0.05
    assert performance.christoffersen_test(runs).after_violation == pytest.approx(20 / 25)


def test_a_missing_forecast_enters_nothing_and_nothing_steps_over_it() -> None:
    nan = math.nan
    assert performance.kupiec_test([nan, 1, nan, 0, 0]) == performance.kupiec_test([1, 0, 0])
    found = performance.christoffersen_test([1, nan, 1, 0, 0, nan])
    assert found.after_violation == 0.0
    assert (found.violations, found.n) == (2, 4)


def test_the_share_of_rejections_is_near_the_level() -> None:
    rng = np.random.default_rng(2)
    series = rng.random((1_500, 1_000)) < 0.05
    rejected = np.mean([known(performance.kupiec_test(v).pvalue) < 0.05 for v in series])
    assert 0.035 < rejected < 0.07
    both = np.mean([known(performance.christoffersen_test(v).coverage_pvalue) < 0.05 for v in series])
    assert 0.035 < both < 0.08


def test_undefined_and_wrong_series() -> None:
    assert performance.kupiec_test([]).reason is Reason.TOO_FEW_ROWS
    for series in ([], [1], [1, math.nan, 0]):
        found = performance.christoffersen_test(series)
        assert found.reason is Reason.TOO_FEW_ROWS
        assert found.deciding_pvalue is None
    for test in (performance.kupiec_test, performance.christoffersen_test):
        with pytest.raises(StatisticsError, match="0, 1 or NaN"):
            test([0.0, 0.5])
        with pytest.raises(StatisticsError, match="level"):
            test([0, 1], level=0.05)
