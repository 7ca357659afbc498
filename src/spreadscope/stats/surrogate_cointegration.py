"""Engle–Granger with a p-value from surrogates of the pair: its size holds in storms, bounce and with bad bars.

Tables of critical values are of legs whose changes have one variance for ever and no bounce. Here the null is made from
the pair: the changes of each leg get random signs, block by block, so that a surrogate has the volatility of every
moment, the bounce within a block and the bad bar where the pair has them, and nothing else ties its legs. The p-value
is the share of surrogates whose statistic is as small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_pair, check_count
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats._results import Result
from spreadscope.stats._surrogate_kernel import AS_SMALL, COLUMNS, MADE, first_states, make_surrogates, pair_statistic
from spreadscope.stats.engle_granger import COLLINEAR_LIMIT

FEWEST_ROWS = 60
BLOCK = 10
_MOST_SURROGATES = 100_000
_MOST_OFFSETS = 64  # of blocks whose sums are kept; with longer blocks they are taken anew for each surrogate


@dataclass(frozen=True, slots=True)
class SurrogateResult(
    Result,
    title="Cointegration test by surrogates of the pair",
    decides={"pvalue": "{surrogates} surrogates, both directions"},
):
    """The test of one window.

    ``stat`` is the smaller Engle–Granger statistic of the two directions (one lag), ``pvalue`` its p by surrogates.

    ``surrogates`` says how many were made: fewer than asked for where it was clear early that the p-value is large.
    ``n`` counts the joint rows. With a ``reason`` both are None.
    """

    stat: float | None
    pvalue: float | None
    surrogates: int
    n: int
    reason: Reason | None


@labelled
def surrogate_cointegration(
    y: ArrayLike,
    x: ArrayLike,
    *,
    block: int = BLOCK,
    surrogates: int = 999,
    enough: int = 20,
    seed: int = 0,
) -> SurrogateResult:
    """Test whether two legs of log prices are tied, at a size that holds whatever their volatility does.

    ``y``, ``x``: n rows each; rows without both are left out. ``block``: rows whose changes get one sign.
    ``surrogates``: how many are made at the most; after ``enough`` of them were as extreme as the pair the rest is not
    made (Besag and Clifford 1991), and the p-value is valid all the same. ``seed``: the same seed gives the same
    p-value. Both directions count in one statistic, so nothing is to be multiplied.

    The smallest p-value is 1 / (surrogates + 1). Raises ``StatisticsError`` for arguments that make no test. Source:
    sign randomisation after Lehmann and Romano (2005), chapter 15; wild bootstrap of unit-root tests: Cavaliere and
    Taylor (2008).

    >>> rng = np.random.default_rng(3)
    >>> x = np.cumsum(rng.standard_normal(500))
    >>> surrogate_cointegration(x + rng.standard_normal(500), x).pvalue
    0.001
    >>> surrogate_cointegration(np.cumsum(rng.standard_normal(500)), x).pvalue > 0.05
    True
    """
    test = SurrogateTest(y, x, block=block, surrogates=surrogates, enough=enough, seed=seed)
    test.make(surrogates)
    return test.result


class SurrogateTest:
    """The test of ``surrogate_cointegration`` in parts: each ``make`` makes some surrogates, until ``done``.

    Whatever the parts, the result is the same.

    >>> rng = np.random.default_rng(3)
    >>> x = np.cumsum(rng.standard_normal(500))
    >>> test = SurrogateTest(x + rng.standard_normal(500), x)
    >>> while not test.done:
    ...     test.make(100)
    >>> test.result.pvalue
    0.001
    """

    def __init__(
        self,
        y: ArrayLike,
        x: ArrayLike,
        *,
        block: int = BLOCK,
        surrogates: int = 999,
        enough: int = 20,
        seed: int = 0,
    ) -> None:
        self._block = check_count(block, "block", "at least 1 row", least=1)
        self._enough = check_count(enough, "enough", "at least 1", least=1)
        self._surrogates = check_count(
            surrogates, "surrogates", f"at least 1 and at most {_MOST_SURROGATES}", least=1, most=_MOST_SURROGATES
        )
        self._states = first_states(check_count(seed, "seed", "from 0 to 2^62", most=2**62))
        leg_y, leg_x = as_pair(y, x)
        joint = np.isfinite(leg_y) & np.isfinite(leg_x)
        self._y, self._x = leg_y[joint], leg_x[joint]
        self._counts = np.zeros(2, dtype=np.int64)
        self._stat = 0.0
        self._reason = self._checked()
        if self._reason is None:
            offsets = self._block if self._block <= _MOST_OFFSETS else 1
            self._sums = np.empty((offsets, self.rows // self._block + 2, COLUMNS))
            self._blocks = np.zeros(offsets, dtype=np.int64)

    def _checked(self) -> Reason | None:
        """Compute the statistic. Returns why there is no test."""
        y, x, n = self._y, self._x, self.rows
        if n < FEWEST_ROWS:
            return Reason.TOO_FEW_ROWS
        _, _, syy, sxx, _, peak_y, peak_x = pair_moments(y, x, 0, n)
        if is_constant(syy, n, peak_y) or is_constant(sxx, n, peak_x):
            return Reason.CONSTANT_LEG
        self._stat, unexplained = pair_statistic(y, x)
        return Reason.COLLINEAR if unexplained < COLLINEAR_LIMIT**2 or not np.isfinite(self._stat) else None

    @property
    def rows(self) -> int:
        """Returns the number of joint rows."""
        return int(self._y.size)

    @property
    def done(self) -> bool:
        """Returns whether the result is there."""
        return (
            self._reason is not None
            or int(self._counts[AS_SMALL]) >= self._enough
            or int(self._counts[MADE]) >= self._surrogates
        )

    def make(self, surrogates: int) -> None:
        """Make so many surrogates more, or as many as are needed."""
        if self.done:
            return
        until = min(int(self._counts[MADE]) + surrogates, self._surrogates)
        make_surrogates(
            self._y,
            self._x,
            self._stat,
            self._block,
            self._enough,
            until,
            self._states,
            self._counts,
            self._sums,
            self._blocks,
        )

    @property
    def result(self) -> SurrogateResult:
        """Returns the result. Raises ``StatisticsError`` while surrogates are missing."""
        if self._reason is not None:
            return SurrogateResult(None, None, 0, self.rows, self._reason)
        made, as_small = int(self._counts[MADE]), int(self._counts[AS_SMALL])
        if as_small >= self._enough:
            return SurrogateResult(self._stat, as_small / made, made, self.rows, None)
        if made < self._surrogates:
            raise StatisticsError(f"{made} of {self._surrogates} surrogates are made; call make() until done")
        return SurrogateResult(self._stat, (as_small + 1) / (made + 1), made, self.rows, None)
