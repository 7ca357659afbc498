"""The Phillips–Ouliaris residual tests of cointegration, without a choice of lags."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import FloatArray
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_pair, check_choice, check_count
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant
from spreadscope.stats._results import Result
from spreadscope.stats.engle_granger import COLLINEAR_LIMIT
from spreadscope.stats.kpss import long_run_variance
from spreadscope.stats.mackinnon import mackinnon_pvalue

# MacKinnon (1994), tables 5 and 6 for N = 2: (where the two join, cubic in ln|Z|, quartic in Z). The last number of
# "c" is mistyped as 4.364e-6 in statsmodels: p would jump from .168 to .090 where the two join.
Z_ALPHA = {
    "c": (-14.3, (1.1662, 0.1814, -0.36707, 0.0), (2.2394, 0.42377, 2.432e-2, 9.241e-4, 1.4364e-5)),
    "ct": (-19.6, (7.2453, -4.7021, 1.127, -0.15665), (3.0972, 0.40873, 1.8982e-2, 5.796e-4, 7.384e-6)),
}


@dataclass(frozen=True, slots=True)
class PhillipsOuliarisResult(
    Result, title="Phillips–Ouliaris test of cointegration", decides={"pvalue": "MacKinnon (1994), {test}, N = 2"}
):
    """``stat`` and ``pvalue`` of the test named; ``bandwidth`` is the Bartlett truncation."""

    stat: float | None
    pvalue: float | None
    test: str
    trend: str
    bandwidth: int
    n: int
    reason: Reason | None


def _pvalue_z_alpha(stat: float, trend: str) -> float:
    join, small, large = Z_ALPHA[trend]
    if stat >= 0:
        return 1.0
    powers = small if stat <= join else large
    argument = math.log(-stat) if stat <= join else stat
    u = sum(c * argument**i for i, c in enumerate(powers))
    return 0.5 * math.erfc(-u / math.sqrt(2.0))


def _residual(y: FloatArray, x: FloatArray, trend: str, smallest: int) -> FloatArray | Reason:
    """Returns what the fitted legs leave, or why there is nothing to test."""
    n = y.size
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        return Reason.NOT_FINITE
    if n < smallest:
        return Reason.TOO_FEW_ROWS
    columns = [np.ones(n), np.arange(n) - 0.5 * (n - 1)][: 1 if trend == "c" else 2]
    basis = np.linalg.qr(np.column_stack(columns))[0]
    pure_y, pure_x = y - basis @ (basis.T @ y), x - basis @ (basis.T @ x)
    peak_y, peak_x = float(np.abs(y).max()), float(np.abs(x).max())
    if is_constant(float(pure_x @ pure_x), n, peak_x) or is_constant(float(pure_y @ pure_y), n, peak_y):
        return Reason.CONSTANT_LEG
    residual: FloatArray = pure_y - pure_x * float(pure_x @ pure_y) / float(pure_x @ pure_x)
    return residual if float(residual @ residual) > COLLINEAR_LIMIT * float(pure_y @ pure_y) else Reason.COLLINEAR


@labelled
def phillips_ouliaris(
    y: ArrayLike, x: ArrayLike, *, test: str = "Za", trend: str = "c", bandwidth: int | None = None
) -> PhillipsOuliarisResult:
    """Returns Phillips–Ouliaris Z_α ("Za") or Z_t ("Zt") of log prices y on x, n joint rows without gaps.

    The residual e of y = α + β x (+ trend) gives ρ = Σ e_t e_{t−1}/Σ e²_{t−1}; serial correlation enters
    through the Bartlett long-run variance of e_t − ρ e_{t−1} with truncation ``bandwidth``
    (⌊4 (n/100)^¼⌋ unless given). p-values: MacKinnon (1994), N = 2.

    Undefined (with a reason): a NaN, too few rows, a constant leg, collinear legs.

    Source: Phillips and Ouliaris (1990), Econometrica 58.

    >>> rng = np.random.default_rng(7)
    >>> x = np.cumsum(rng.standard_normal(400))
    >>> phillips_ouliaris(x + rng.standard_normal(400), x).pvalue < 0.01
    True
    """
    leg_y, leg_x = as_pair(y, x)
    check_choice(test, "test", ("Za", "Zt"))
    check_choice(trend, "trend", ("c", "ct"))
    n = leg_y.size
    width = int(4.0 * (n / 100.0) ** 0.25)
    if bandwidth is not None:
        width = check_count(bandwidth, "bandwidth", "0 or more")

    def undefined(reason: Reason) -> PhillipsOuliarisResult:
        return PhillipsOuliarisResult(None, None, test, trend, width, n, reason)

    residual = _residual(leg_y, leg_x, trend, max(10, width + 3))
    if isinstance(residual, Reason):
        return undefined(residual)
    before, after = residual[:-1], residual[1:]
    steps, square = n - 1, float(before @ before)
    if not square > COLLINEAR_LIMIT * float(residual @ residual):
        return undefined(Reason.CONSTANT_SPREAD)
    rho = float(before @ after) / square
    shock = after - rho * before
    short = float(shock @ shock) / steps
    long = long_run_variance(shock, width)
    stat = steps * (rho - 1.0) - 0.5 * (long - short) * steps**2 / square
    if test == "Za":
        return PhillipsOuliarisResult(stat, _pvalue_z_alpha(stat, trend), test, trend, width, n, None)
    if not long * steps > 1e-14 * square:
        return undefined(Reason.CONSTANT_SPREAD)
    stat = (rho - 1.0) * math.sqrt(square / long) - 0.5 * (long - short) * steps / math.sqrt(long * square)
    return PhillipsOuliarisResult(stat, mackinnon_pvalue(stat, 2, trend), test, trend, width, n, None)
