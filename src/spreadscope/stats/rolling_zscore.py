"""The rolling z-score of a spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray
from spreadscope.stats._arrays import CONSTANT_SPREAD, NOT_FINITE, WARMING_UP, as_series, check_window
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats.rolling_moments import rolling_moments


@dataclass(frozen=True, slots=True)
class RollingZScoreResult(Result, title="Rolling z-score"):
    """z one entry a row, NaN where undefined, and the code of the reason there (see ``reason_of``)."""

    z: FloatArray
    reason: CodeArray


@labelled
def rolling_zscore(x: ArrayLike, window: int, *, include_current: bool = False) -> RollingZScoreResult:
    """Returns (x_t − mean)/sd, ddof 1, over the ``window`` rows **before** t: the point is outside its own baseline.

    ``include_current`` puts it inside, as many charts do; |z| can then never exceed (w − 1)/√w (see
    ``largest_reachable_zscore``). NaN rows are missing and enter no window. Warm-up ``window`` rows, one more
    without ``include_current``. The online version is ``RollingMoments`` (``z`` and ``z_inclusive``).

    >>> rolling_zscore([1.0, 2.0, 3.0, 5.0], 3).z.round(1).tolist()
    [nan, nan, nan, 3.0]
    """
    series = as_series(x, "x")
    full = rolling_moments(series, check_window(window, minimum=2))
    z = full.z_inclusive if include_current else full.z
    reason = np.where(np.isfinite(z), 0, WARMING_UP).astype(np.int8)
    reason[~np.isfinite(series)] = NOT_FINITE
    # Past the warm-up only a constant baseline leaves a finite row without a z.
    rows = np.cumsum(np.isfinite(series)) - (0 if include_current else 1)
    reason[(reason == WARMING_UP) & (rows >= window)] = CONSTANT_SPREAD
    return RollingZScoreResult(z, reason)


def largest_reachable_zscore(window: int) -> float:
    """Returns the bound (w − 1)/√w on |z| when the point is inside its own window of w rows.

    A threshold above it can never fire and is refused when a rule is configured.

    >>> round(largest_reachable_zscore(10), 3)
    2.846
    """
    w = check_window(window, minimum=2)
    return (w - 1) / math.sqrt(w)
