"""The probability of backtest overfitting: against loops over all splits, noise, skill, edges."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata  # type: ignore[import-untyped]

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from tests.support.numbers import known


def by_hand(returns: np.ndarray, blocks: int) -> dict[tuple[int, ...], tuple[float, float, float]]:
    """(logit, Sharpe where chosen, Sharpe where judged) by the blocks that choose."""
    cut = [returns[b * len(returns) // blocks : (b + 1) * len(returns) // blocks] for b in range(blocks)]
    found = {}
    for chosen in combinations(range(blocks), blocks // 2):
        halves = [
            np.concatenate([cut[b] for b in range(blocks) if (b in chosen) == inside]) for inside in (True, False)
        ]
        inside, outside = (half.mean(axis=0) / half.std(axis=0, ddof=1) for half in halves)
        best = int(np.argmax(inside))
        rank = rankdata(outside)[best]
        found[chosen] = (
            math.log(rank / (returns.shape[1] + 1 - rank)), float(inside[best]), float(outside[best]),
        )  # fmt: skip
    return found


@pytest.mark.parametrize(("rows", "trials", "blocks"), [(64, 5, 8), (101, 6, 6), (50, 2, 4), (40, 9, 2)])
def test_all_splits_are_what_loops_give(rows: int, trials: int, blocks: int) -> None:
    returns = 0.002 + 0.01 * np.random.default_rng(rows).standard_normal((rows, trials))
    expected = sorted(by_hand(returns, blocks).values())
    found = performance.overfitting_probability(returns, blocks=blocks)
    assert found.logits.size == math.comb(blocks, blocks // 2)
    got = sorted(zip(found.logits, found.in_sample, found.out_of_sample, strict=True))
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
    logits, inside, outside = (np.array(column) for column in zip(*expected, strict=True))
    assert found.value == np.mean(logits <= 0)
    assert found.loss_probability == np.mean(outside < 0)
    assert found.slope == pytest.approx(float(np.polyfit(inside, outside, 1)[0]), rel=1e-8)


def test_noise_is_overfit_in_half_of_the_splits() -> None:
    """Over data sets: one alone may have any value, because its splits share their rows."""
    rng = np.random.default_rng(8)
    values = [known(performance.overfitting_probability(rng.standard_normal((1_000, 100))).value) for _ in range(16)]
    assert 0.35 <= float(np.mean(values)) <= 0.65


def test_one_trial_with_skill_among_a_hundred_is_found() -> None:
    """A true annual Sharpe ratio of 3, five years of days."""
    rng = np.random.default_rng(9)
    values = []
    for _ in range(10):
        returns = 0.01 * rng.standard_normal((5 * 365, 100))
        returns[:, 42] += 0.01 * 3 / math.sqrt(365)
        values.append(known(performance.overfitting_probability(returns).value))
    assert float(np.mean(values)) <= 0.10
    assert float(np.median(values)) <= 0.02


def test_a_choice_that_reverses_is_always_overfit() -> None:
    """What was good in one half was bad in the other: two trials that take turns."""
    rng = np.random.default_rng(1)
    turns = np.where(np.arange(400) < 200, 1.0, -1.0)
    returns = 0.01 * rng.standard_normal((400, 2)) + 0.02 * np.column_stack((turns, -turns))
    found = performance.overfitting_probability(returns, blocks=2)
    assert (found.value, found.loss_probability) == (1.0, 1.0)


def test_twins_share_their_rank() -> None:
    returns = np.repeat(np.random.default_rng(3).standard_normal((80, 1)), 3, axis=1)
    found = performance.overfitting_probability(returns, blocks=4)
    assert (found.logits == 0.0).all()
    assert found.value == 1.0


def test_a_trial_without_trades_has_a_ratio_of_0() -> None:
    rng = np.random.default_rng(4)
    idle = np.column_stack((-0.5 + rng.standard_normal((200, 1)), np.zeros(200)))
    found = performance.overfitting_probability(idle, blocks=4)
    assert (found.out_of_sample == 0.0).all()
    assert (found.value, found.loss_probability, found.slope) == (0.0, 0.0, None)


def test_a_constant_return_is_refused_and_named() -> None:
    returns = np.random.default_rng(5).standard_normal((80, 3))
    returns[:40, 1] = 0.001
    with pytest.raises(StatisticsError, match="trial 1"):
        performance.overfitting_probability(returns, blocks=4)


def test_small_moves_on_a_large_mean_keep_their_digits() -> None:
    rng = np.random.default_rng(6)
    returns = 1.0 + 1e-6 * rng.standard_normal((160, 4))
    expected = np.array(sorted(by_hand(returns, 4).values()))
    found = performance.overfitting_probability(returns, blocks=4)
    got = np.array(sorted(zip(found.logits, found.in_sample, found.out_of_sample, strict=True)))
    np.testing.assert_allclose(got, expected, rtol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=0, max_value=2**32 - 1), st.sampled_from([2, 4, 6]))
def test_neither_scale_nor_the_order_of_trials_matters(seed: int, blocks: int) -> None:
    rng = np.random.default_rng(seed)
    returns = rng.standard_normal((60, 7))
    one = performance.overfitting_probability(returns, blocks=blocks)
    order = rng.permutation(7)
    other = performance.overfitting_probability(returns[:, order] * 1e-4, blocks=blocks)
    np.testing.assert_allclose(other.logits, one.logits)
    assert other.value == one.value
    assert one.value is not None
    assert 0.0 <= one.value <= 1.0


def test_undefined_and_wrong_arguments() -> None:
    noise = np.random.default_rng(7).standard_normal((40, 3))
    for few in (noise[:, :1], noise[:31]):
        found = performance.overfitting_probability(few)
        assert found.reason is Reason.TOO_FEW_ROWS
        assert found.value is None
        assert found.logits.size == 0
    for blocks in (3, 0, 22, 1.5):
        with pytest.raises(StatisticsError, match="blocks"):
            performance.overfitting_probability(noise, blocks=blocks)  # type: ignore[arg-type]
    with pytest.raises(StatisticsError, match="cannot be squared"):
        performance.overfitting_probability(noise * 1e200)
