"""How much of a portfolio is in few positions: concentration of exposures, and series that move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.model.validity import Reason
from spreadscope.performance._checks import as_return_matrix, as_returns, is_flat
from spreadscope.stats._arrays import check_number
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats._scipy import connected_components


@dataclass(frozen=True, slots=True)
class Concentration(Result, title="Concentration of exposures"):
    """Herfindahl–Hirschman index (1/n: all equal, 1: all in one) and 1 / index, the effective number of positions."""

    index: float | None
    effective_number: float | None
    n: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class CorrelationClusters(Result, title="Series that move together"):
    """Clusters of columns (numbers from 0), the largest first, then by their first column; ``n`` counts the rows.

    None with a reason where no correlation could be computed.
    """

    clusters: tuple[tuple[int, ...], ...] | None
    threshold: float
    n: int
    reason: Reason | None


@labelled
def concentration(exposures: ArrayLike) -> Concentration:
    """Returns the Herfindahl–Hirschman index of the sizes |exposure| (notionals, weights; the sign does not matter).

    Σ (|eᵢ| / Σ|e|)². ``n`` counts the positions other than 0. Undefined: no such position. Errors: a missing exposure.

    Source: Hirschman (1945), National Power and the Structure of Foreign Trade; Herfindahl (1950).

    >>> concentration([100.0, -100.0, 0.0]).effective_number
    2.0
    """
    sizes = np.abs(as_returns(exposures, "exposures"))
    n = int(np.count_nonzero(sizes))
    if n == 0:
        return Concentration(None, None, 0, Reason.TOO_FEW_ROWS)
    # In units of the largest: their sum and squares then stay within float64.
    shares = sizes / sizes.max()
    shares = shares / shares.sum()
    index = float(shares @ shares)
    return Concentration(index, 1.0 / index, n, None)


@labelled
def correlation_clusters(returns: ArrayLike, *, threshold: float = 0.6) -> CorrelationClusters:
    """Returns clusters of series: two whose Pearson correlation is above ``threshold`` are in one cluster.

    ``returns``: periods × k. Clusters are connected components, so two series may be in one through a third without
    being correlated themselves. A negative correlation joins nothing; a column that never changes is a cluster of its
    own. Undefined: fewer than 3 rows. Errors: a missing return, a threshold outside [−1, 1].

    >>> t = np.arange(40.0)
    >>> correlation_clusters(np.column_stack((np.cos(t), np.sin(t), np.cos(t) + 0.1 * np.sin(9 * t)))).clusters
    ((0, 2), (1,))
    """
    matrix = as_return_matrix(returns)
    threshold = check_number(threshold, "threshold", least=-1.0, most=1.0)
    if matrix.shape[0] < 3:
        return CorrelationClusters(None, threshold, matrix.shape[0], Reason.TOO_FEW_ROWS)
    # In units of the largest return of each: squares of tiny ones would be 0.
    largest = np.abs(matrix).max(axis=0)
    scaled = matrix / np.where(largest > 0.0, largest, 1.0)
    moves = np.array([not is_flat(column) for column in scaled.T])
    centred = scaled[:, moves] - scaled[:, moves].mean(axis=0)
    unit = centred / np.sqrt((centred**2).sum(axis=0))
    tied = np.zeros((moves.size, moves.size), dtype=np.bool_)
    tied[np.ix_(moves, moves)] = unit.T @ unit > threshold
    of_each = connected_components(tied)
    clusters: dict[int, list[int]] = {}
    for column, cluster in enumerate(of_each):
        clusters.setdefault(cluster, []).append(column)
    ordered = sorted(map(tuple, clusters.values()), key=lambda held: (-len(held), held))
    return CorrelationClusters(tuple(ordered), threshold, matrix.shape[0], None)
