"""The half-life of a spread whose hedge ratio was fitted on the same rows, without bias and with an interval.

The AR(1) coefficient of a fitted residual is too small: least squares bends β until the residual reverts, so a random
walk looks as if it had a half-life of a twelfth of the window. Its distribution depends on c = n (1 − φ) alone (n from
250 to 4,000 give the same to a hundredth), so a table of quantiles over c is inverted: the median gives an estimate
that is as often too long as too short, the outer quantiles an interval that holds the truth 95% of the time, also next
to a random walk, where φ ± 1.96 se does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_series
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats._results import Result

FEWEST_ROWS = 60

# Of n (1 − φ̂) by the true c, 20,000 residuals of 1,440 rows each (`python -m bench evidence` makes them anew): 2.5%,
# 50%, 97.5%.
_TABLE = np.array(
    [
        (0, 0.72, 8.02, 24.16), (1, 1.19, 8.53, 24.78), (2, 1.85, 9.17, 25.48), (3, 2.44, 9.91, 26.33),
        (4, 3.06, 10.70, 27.13),
        (6, 4.29, 12.39, 29.26), (8, 5.48, 14.16, 31.41), (10, 6.75, 16.01, 33.79), (13, 8.84, 18.86, 37.44),
        (16, 10.99, 21.74, 40.85), (20, 13.95, 25.59, 45.53), (25, 17.69, 30.49, 51.43), (32, 23.09, 37.38, 59.76),
        (40, 29.51, 45.33, 69.10), (50, 37.62, 55.30, 80.80), (64, 49.15, 69.24, 97.00), (80, 62.73, 85.24, 115.08),
        (100, 80.07, 105.21, 137.48), (128, 104.77, 133.05, 168.32), (160, 133.29, 165.06, 203.31),
        (200, 169.31, 204.90, 246.46),
        (256, 220.43, 260.73, 306.55), (320, 279.83, 324.58, 374.21),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpreadHalfLife(Result, title="Half-life of a fitted spread, without bias"):
    """In rows (or the unit of ``dt``): the median-unbiased estimate and its 95% interval.

    ``half_life`` is None with reason ``NOT_MEAN_REVERTING`` where a random walk is as good an explanation, with
    ``NOT_OU`` where the spread goes back within a row (φ of 0 or less), so that there is none to be said. ``high``
    None: no upper bound, a random walk cannot be excluded; or no interval, when ``low`` is None too. A ``low`` of 0:
    a spread that goes back within a row cannot be excluded. ``phi`` is the raw coefficient, ``n`` the rows.
    """

    half_life: float | None
    low: float | None
    high: float | None
    phi: float | None
    n: int
    reason: Reason | None


@labelled
def spread_half_life(residual: ArrayLike, *, dt: float = 1.0) -> SpreadHalfLife:
    """Returns the half-life of the residual of an ordinary least-squares hedge (with intercept, one regressor).

    ``residual``: n rows; gaps (NaN) are closed up. ``dt``: the time between rows. Needs 60 rows.
    Source: inversion of quantiles after Stock (1991) and Andrews (1993), with a table of our own for fitted residuals.

    >>> rng = np.random.default_rng(2)
    >>> x, e = np.cumsum(rng.standard_normal(1440)), np.zeros(1440)
    >>> for t in range(1, 1440):
    ...     e[t] = 0.5 ** (1 / 30) * e[t - 1] + rng.standard_normal()
    >>> beta = np.polyfit(x, x + e, 1)
    >>> life = spread_half_life(x + e - np.polyval(beta, x))
    >>> life.low < 30 < life.high
    True
    """
    if not (dt > 0.0 and math.isfinite(dt)):
        raise StatisticsError(f"dt is {dt}; give the time between rows, such as 60.0")
    spread = as_series(residual, "residual")
    spread = spread[np.isfinite(spread)]
    n = int(spread.size)
    if n < FEWEST_ROWS:
        return SpreadHalfLife(None, None, None, None, n, Reason.TOO_FEW_ROWS)
    after, before = np.ascontiguousarray(spread[1:]), np.ascontiguousarray(spread[:-1])
    _, _, _, squares, products, _, peak = pair_moments(after, before, 0, n - 1)
    if is_constant(squares, n - 1, peak):
        return SpreadHalfLife(None, None, None, None, n, Reason.CONSTANT_SPREAD)
    phi = products / squares
    c = n * (1.0 - phi)
    low, middle, high = (_inverse(c, column) for column in (3, 2, 1))
    if high is None:
        return SpreadHalfLife(None, None, None, phi, n, Reason.NOT_OU)
    half_life, longest = _life(middle, n, dt), _life(low, n, dt)
    if low and longest is None:
        return SpreadHalfLife(None, None, None, phi, n, Reason.NOT_OU)
    reason = None if half_life is not None else Reason.NOT_OU if middle else Reason.NOT_MEAN_REVERTING
    # The lower end is 0 where φ may be 0 or less, and none where all of the interval is a random walk.
    shortest = (_life(high, n, dt) or 0.0) if high else None
    return SpreadHalfLife(half_life, shortest, longest, phi, n, reason)


def _inverse(c: float, column: int) -> float | None:
    """Returns the true c of which this is that quantile.

    0 where even a random walk gives more, None where no half-life is left.
    """
    quantiles, truths = _TABLE[:, column], _TABLE[:, 0]
    if c <= quantiles[0]:
        return 0.0
    if c <= quantiles[-1]:
        return float(np.interp(c, quantiles, truths))
    # Beyond the table the quantile is c + a √c + b: what is left of a at its end is kept.
    scale = (quantiles[-1] - truths[-1]) / math.sqrt(truths[-1])
    root = (-scale + math.sqrt(scale * scale + 4.0 * c)) / 2.0
    return root * root if root > 0 else None


def _life(c: float | None, n: int, dt: float) -> float | None:
    """Returns the half-life of a true c; None where φ would not be positive."""
    if not c:
        return None
    phi = 1.0 - c / n
    return math.log(0.5) / math.log(phi) * dt if phi > 0.0 else None
