"""Adjustment of the p-values of many tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.stats._arrays import as_numbers
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result


@dataclass(frozen=True, slots=True)
class AdjustedPValues(Result, title="Adjusted p-values"):
    """Adjusted p-values in the order and shape given; NaN where the test was undefined. ``n`` counts the tests.

    ``bh`` and ``by`` bound the false discovery rate, ``by`` under any dependence; ``holm`` and ``bonferroni`` the
    probability of any false discovery.
    """

    bh: FloatArray
    by: FloatArray
    holm: FloatArray
    bonferroni: FloatArray
    n: int


@labelled
def adjust_pvalues(p: ArrayLike) -> AdjustedPValues:
    """Returns the Benjamini–Hochberg, Benjamini–Yekutieli, Holm and Bonferroni adjustments of ``p`` (any shape).

    A NaN is a test that was not made: it stays NaN and does not count. Raises ``StatisticsError`` for values
    outside [0, 1].

    Source: Benjamini and Hochberg (1995), JRSS B 57; Benjamini and Yekutieli (2001), Annals of Statistics 29;
    Holm (1979), Scandinavian Journal of Statistics 6.

    >>> adjust_pvalues([0.01, 0.02, 0.03, 0.5]).bh.round(4).tolist()
    [0.04, 0.04, 0.04, 0.5]
    """
    values = as_numbers(p, "p")
    if np.isinf(np.asarray(p, dtype=np.float64)).any():
        raise StatisticsError("p-values lie between 0 and 1; pass the raw ones")
    flat = values.ravel()
    made = ~np.isnan(flat)
    if ((flat[made] < 0) | (flat[made] > 1)).any():
        raise StatisticsError("p-values lie between 0 and 1; pass the raw ones")
    tests = flat[made]
    n = tests.size
    order = np.argsort(tests, kind="stable")
    ranked = tests[order]
    rank = np.arange(1, n + 1)
    harmonic = float((1.0 / rank).sum())
    step_up = ranked * n / rank

    def back(adjusted: FloatArray) -> FloatArray:
        out = np.full(flat.size, np.nan)
        unsorted = np.empty(n)
        unsorted[order] = np.minimum(adjusted, 1.0)
        out[made] = unsorted
        return out.reshape(values.shape)

    bh = np.minimum.accumulate(step_up[::-1])[::-1]
    by = np.minimum.accumulate((step_up * harmonic)[::-1])[::-1]
    holm = np.maximum.accumulate(ranked * (n - rank + 1))
    return AdjustedPValues(back(bh), back(by), back(holm), back(ranked * n), n)
