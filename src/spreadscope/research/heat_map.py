"""The heat map of a scan: which symbols move alike, side by side, with the correlation and p of every pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spreadscope.contract import HeatMap, ScanRow
from spreadscope.jit import FloatArray
from spreadscope.stats._scipy import leaf_order

_DIGITS = 4


def heat_map(rows: Sequence[ScanRow]) -> HeatMap:
    """Returns the symbols of a scan's pairs ordered by linkage, and the values of every pair of them."""
    names = sorted({name for row in rows for name in (row.y, row.x)})
    place_of = {name: place for place, name in enumerate(names)}
    correlation = np.full((len(names), len(names)), np.nan)
    pvalue = np.full((len(names), len(names)), np.nan)
    for row in rows:
        y, x = place_of[row.y], place_of[row.x]
        pvalue[y, x] = pvalue[x, y] = row.pvalue
        if row.return_correlation is not None:
            correlation[y, x] = correlation[x, y] = row.return_correlation
    order = linkage_order(correlation)
    upper = np.triu_indices(len(names), 1)
    return HeatMap(
        tuple(names[place] for place in order),
        _values(correlation[np.ix_(order, order)][upper]),
        _values(pvalue[np.ix_(order, order)][upper]),
    )


def linkage_order(correlation: FloatArray) -> list[int]:
    """Returns the places of an n × n matrix in the order of average linkage, neighbours as alike as can be.

    The distance of two series is sqrt((1 − correlation) / 2); where it is not known it is that of unrelated ones.

    >>> both = np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]])
    >>> linkage_order(both)
    [0, 2, 1]
    """
    size = correlation.shape[0]
    if size < 3:
        return list(range(size))
    known = np.nan_to_num(correlation, nan=0.0)
    distance = np.sqrt(np.clip((1.0 - known) / 2.0, 0.0, 1.0))[np.triu_indices(size, 1)]
    ordered = leaf_order(distance)
    # Both directions are as good: the one that begins with the earlier name is taken, so that the same scan looks so.
    return ordered if ordered[0] < ordered[-1] else ordered[::-1]


def _values(values: FloatArray) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(f"{value:.{_DIGITS}g}") for value in values.tolist())
