"""A surrogate made of sums over blocks is the surrogate made row by row."""

from __future__ import annotations

import numpy as np
import pytest

from spreadscope.stats._surrogate_kernel import (
    COLUMNS,
    _block_sums,
    _surrogate_statistic,
    first_states,
    make_surrogates,
    pair_statistic,
)
from spreadscope.stats.synthetic_pairs import storm, tied, unrelated, with_bad_bar, with_bounce


def by_rows(leg: np.ndarray, signs: np.ndarray, block_of_row: np.ndarray) -> np.ndarray:
    """The surrogate of one leg, row by row."""
    return np.concatenate([[0.0], np.cumsum(signs[block_of_row] * np.diff(leg))])


@pytest.mark.parametrize("kind", [unrelated, storm, with_bad_bar, with_bounce, lambda n, seed: tied(n, 10, seed)])
@pytest.mark.parametrize(
    ("rows", "block", "offset"), [(60, 10, 0), (61, 10, 9), (233, 7, 3), (400, 1, 0), (90, 100, 5)]
)
def test_the_statistic_of_blocks_is_that_of_rows(kind, rows: int, block: int, offset: int) -> None:  # type: ignore[no-untyped-def]
    y, x = kind(rows, 3)
    y, x = 1e3 + y, x - 50.0  # an offset of the level is no part of a change
    sums = np.empty((rows // block + 2, COLUMNS))
    blocks = _block_sums(y, x, block, offset, sums)
    t = np.arange(1, rows)
    block_of_row = np.cumsum((t > 1) & ((t + offset) % block == 0))
    assert blocks == block_of_row[-1] + 1
    rng = np.random.default_rng(rows)
    for _ in range(25):
        signs = rng.choice([-1.0, 1.0], (2, blocks))
        found = _surrogate_statistic(
            sums[:blocks],
            signs,
            np.empty((2, blocks)),
            rows,
            float((np.diff(y) ** 2).sum()),
            float((np.diff(x) ** 2).sum()),
        )
        expected, unexplained = pair_statistic(by_rows(y, signs[0], block_of_row), by_rows(x, signs[1], block_of_row))
        assert found == pytest.approx(expected, rel=1e-9 / min(1.0, unexplained), abs=1e-9)


@pytest.mark.parametrize(("block", "places"), [(10, 10), (10, 1), (90, 90), (90, 1), (1_000, 1)])
def test_sums_that_are_kept_and_sums_taken_anew_give_the_same_surrogates(block: int, places: int) -> None:
    y, x = unrelated(150, 5)
    made = []
    for kept in (block if block < 100 else 1, places):
        counts, states = np.zeros(2, dtype=np.int64), first_states(7)
        room = np.empty((kept, 150 // block + 2, COLUMNS))
        make_surrogates(y, x, -2.0, block, 10**6, 300, states, counts, room, np.zeros(kept, dtype=np.int64))
        made.append((counts.tolist(), states.tolist()))
    assert made[0] == made[1]
    assert made[0][0][0] == 300


def test_a_surrogate_that_is_the_pair_itself_is_as_small_as_the_pair() -> None:
    y, x = tied(60, 4, 3)
    stat, _ = pair_statistic(y, x)
    counts = np.zeros(2, dtype=np.int64)
    room = np.empty((1, 2, COLUMNS))
    # Blocks as long as the pair: each surrogate is ± y and ± x, or lacks a first part.
    make_surrogates(y, x, stat, 10**6, 10**6, 400, first_states(1), counts, room, np.zeros(1, dtype=np.int64))
    assert counts.tolist() == [400, 400]
