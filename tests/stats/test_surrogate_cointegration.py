"""Surrogates of the pair itself: the size holds where tables fail, and a tie is found.

Counts are of seeded draws, so they stand.
"""

from __future__ import annotations

import numpy as np
import pytest

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats import engle_granger, surrogate_cointegration
from spreadscope.stats.surrogate_cointegration import SurrogateTest
from spreadscope.stats.synthetic_pairs import storm, tied, unrelated, with_bad_bar, with_bounce

DRAWS = 150


@pytest.mark.parametrize("kind", [unrelated, storm, with_bad_bar, with_bounce])
def test_the_size_holds_whatever_the_volatility_does(kind) -> None:  # type: ignore[no-untyped-def]
    small = sum(
        (surrogate_cointegration(*kind(500, seed), surrogates=199, seed=seed).pvalue or 1.0) <= 0.05
        for seed in range(DRAWS)
    )
    assert small <= 15, "10% of 150: two standard errors above 5% and a little"


def test_a_storm_fools_the_tables_and_not_the_surrogates() -> None:
    draws = [storm(500, seed) for seed in range(DRAWS)]
    tables = sum((engle_granger(y, x).pvalue or 1.0) <= 0.05 for y, x in draws)
    ours = sum((surrogate_cointegration(y, x, surrogates=199).pvalue or 1.0) <= 0.05 for y, x in draws)
    assert tables > 2 * ours


def test_a_tie_is_found() -> None:
    found = sum((surrogate_cointegration(*tied(1_440, 10, seed)).pvalue or 1.0) <= 0.001 for seed in range(20))
    assert found == 20
    slow = sum((surrogate_cointegration(*tied(1_440, 30, seed)).pvalue or 1.0) <= 0.05 for seed in range(40))
    assert slow >= 30


def test_the_same_seed_gives_the_same_answer_and_both_directions_are_one() -> None:
    y, x = tied(300, 20, 5)
    assert surrogate_cointegration(y, x, seed=7) == surrogate_cointegration(y, x, seed=7)
    assert surrogate_cointegration(y, x).stat == surrogate_cointegration(x, y).stat
    assert surrogate_cointegration(3 + 2 * y, x - 1).stat == pytest.approx(surrogate_cointegration(y, x).stat, rel=1e-9)


def test_an_early_end_is_no_other_test() -> None:
    y, x = unrelated(300, 1)
    early, late = (surrogate_cointegration(y, x, enough=enough) for enough in (20, 10_000))
    assert early.surrogates < 300 < late.surrogates == 999
    assert early.pvalue == pytest.approx(late.pvalue, abs=0.15)


def test_missing_rows_are_left_out() -> None:
    y, x = tied(400, 5, 3)
    y, x = y.copy(), x.copy()
    y[::5], x[3::7] = np.nan, np.inf
    joint = np.isfinite(y) & np.isfinite(x)
    assert surrogate_cointegration(y, x) == surrogate_cointegration(y[joint], x[joint])
    assert surrogate_cointegration(y, x).n == joint.sum()


@pytest.mark.parametrize(
    ("y", "x", "reason"),
    [
        (np.arange(10.0), np.arange(10.0) ** 2, Reason.TOO_FEW_ROWS),
        (np.ones(100), np.arange(100.0), Reason.CONSTANT_LEG),
        (np.arange(100.0), np.full(100, 1e-300), Reason.CONSTANT_LEG),
        (2 * np.sin(np.arange(100.0)) + 1, np.sin(np.arange(100.0)), Reason.COLLINEAR),
        (np.full(100, np.nan), np.arange(100.0), Reason.TOO_FEW_ROWS),
    ],
)
def test_what_is_no_pair_has_a_reason(y: np.ndarray, x: np.ndarray, reason: Reason) -> None:
    found = surrogate_cointegration(y, x)
    assert (found.stat, found.pvalue, found.reason) == (None, None, reason)


@pytest.mark.parametrize("wrong", [{"block": 0}, {"surrogates": 0}, {"surrogates": 10**9}, {"enough": 0}])
def test_wrong_arguments_are_named(wrong: dict[str, int]) -> None:
    with pytest.raises(StatisticsError, match="at least 1"):
        surrogate_cointegration(*unrelated(100, 1), **wrong)


@pytest.mark.parametrize("parts", [1, 7, 100, 10_000])
def test_a_test_in_parts_is_the_test_in_one(parts: int) -> None:
    for y, x in (tied(300, 20, 5), unrelated(300, 1), (np.ones(100), np.arange(100.0))):
        test = SurrogateTest(y, x, surrogates=499, seed=7)
        while not test.done:
            test.make(parts)
        assert test.result == surrogate_cointegration(y, x, surrogates=499, seed=7)
        test.make(parts)
        assert test.result == surrogate_cointegration(y, x, surrogates=499, seed=7), "nothing is made after the end"


def test_a_test_that_is_not_done_has_no_result() -> None:
    test = SurrogateTest(*tied(300, 20, 5))
    test.make(10)
    with pytest.raises(StatisticsError, match="10 of 999"):
        _ = test.result
