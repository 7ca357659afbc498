"""Concentration of exposures and clusters of series."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope import performance
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from tests.support.numbers import known


def test_concentration_by_hand() -> None:
    found = performance.concentration([50.0, -30.0, 20.0, 0.0])
    assert found.index == pytest.approx(0.25 + 0.09 + 0.04)
    assert found.effective_number == pytest.approx(1 / 0.38)
    assert found.n == 3
    assert performance.concentration([7.0]).index == 1.0
    assert performance.concentration([1e300] * 4).effective_number == pytest.approx(4.0)
    for none in ([], [0.0, 0.0]):
        assert performance.concentration(none).reason is Reason.TOO_FEW_ROWS
    with pytest.raises(StatisticsError, match="exposures"):
        performance.concentration([math.inf])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(min_value=0.01, max_value=100.0), min_size=1, max_size=30), st.floats(0.1, 10.0))
def test_the_effective_number_is_between_one_and_all(sizes: list[float], scale: float) -> None:
    found = performance.concentration(sizes)
    assert 1.0 - 1e-12 <= known(found.effective_number) <= len(sizes) + 1e-9
    assert performance.concentration([-scale * size for size in sizes]).index == pytest.approx(found.index)


def panel(loadings: list[list[float]], rows: int = 4_000) -> np.ndarray:
    """Series of independent sources; their correlations are those of the loadings."""
    sources = np.linalg.qr(np.random.default_rng(3).standard_normal((rows, 1 + len(loadings[0]))))[0]
    return np.asarray(sources[:, 1:] @ np.array(loadings).T)


def test_clusters_are_joined_through_a_third() -> None:
    # a–b and b–c correlate 0.8, a–c 0.28; d is apart, e moves against a.
    a, b, c = [1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.28, 0.96, 0.0]
    found = performance.correlation_clusters(panel([[0.0, 0.0, 1.0], a, b, c, [-1.0, 0.0, 0.0]]))
    assert found.clusters == ((1, 2, 3), (0,), (4,))
    higher = performance.correlation_clusters(panel([a, b, c]), threshold=0.85)
    assert higher.clusters == ((0,), (1,), (2,))


def test_a_series_that_never_changes_is_alone() -> None:
    moving = np.random.default_rng(1).standard_normal(50)
    found = performance.correlation_clusters(np.column_stack((np.zeros(50), moving, 2 * moving, np.full(50, 0.3))))
    assert found.clusters == ((1, 2), (0,), (3,))
    assert performance.correlation_clusters(np.zeros((10, 2))).clusters == ((0,), (1,))
    small = performance.correlation_clusters(np.column_stack((1e-200 * moving, moving)))
    assert small.clusters == ((0, 1),)


def test_undefined_and_wrong_arguments() -> None:
    found = performance.correlation_clusters(np.zeros((2, 2)))
    assert found.clusters is None
    assert found.reason is Reason.TOO_FEW_ROWS
    for returns, threshold in (
        ([0.1, 0.2], 0.6),
        ([[math.nan, 1.0]], 0.6),
        ([[1e80, 1.0]], 0.6),
        ([[0.1, 0.2]] * 5, 1.5),
    ):
        with pytest.raises(StatisticsError):
            performance.correlation_clusters(returns, threshold=threshold)


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=2**32 - 1), st.integers(1, 8), st.floats(-0.9, 0.9))
def test_every_column_is_in_one_cluster_and_no_two_clusters_correlate(seed: int, columns: int, bound: float) -> None:
    rng = np.random.default_rng(seed)
    returns = rng.standard_normal((30, columns)) + rng.standard_normal((30, 1))
    found = performance.correlation_clusters(returns, threshold=bound)
    assert found.clusters is not None
    assert sorted(column for cluster in found.clusters for column in cluster) == list(range(columns))
    correlation = np.corrcoef(returns.T).reshape(columns, columns)
    cluster_of = {column: number for number, cluster in enumerate(found.clusters) for column in cluster}
    for i in range(columns):
        for j in range(columns):
            assert cluster_of[i] == cluster_of[j] or correlation[i, j] <= bound + 1e-9
