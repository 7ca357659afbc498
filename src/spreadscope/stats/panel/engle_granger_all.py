"""Engle–Granger of every ordered pair of a panel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray, IntArray
from spreadscope.model.errors import StatisticsError
from spreadscope.stats._adf_kernel import FIXED, rows_needed
from spreadscope.stats._arrays import as_numbers, check_count
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result
from spreadscope.stats.adf import lag_rule
from spreadscope.stats.mackinnon import pvalue_coefficients
from spreadscope.stats.panel._blas import blas_threads
from spreadscope.stats.panel._kernel import pairs_kernel

COMPLETE, INCOMPLETE, CONSTANT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class PanelResult(Result, title="Engle–Granger of every ordered pair"):
    """n × n arrays, row y and column x; NaN where undefined, with the code of the reason (see ``reason_of``).

    ``stat`` and ``pvalue`` of Engle–Granger, ``lags`` used, ``alpha`` and ``beta`` of y on x with ``se_beta`` and
    ``r_squared``, ``rows`` the joint rows, ``used`` those of the ADF regression, and ``reason``. The diagonal is NaN (a
    leg is collinear with itself); where only one direction was asked for, the lower triangle is NaN with the code −1.
    """

    stat: FloatArray
    pvalue: FloatArray
    lags: IntArray
    beta: FloatArray
    alpha: FloatArray
    se_beta: FloatArray
    r_squared: FloatArray
    rows: FloatArray
    used: FloatArray
    reason: CodeArray


@labelled
def engle_granger_all(
    log_prices: ArrayLike,
    lags: int | str = 1,
    max_lags: int | None = None,
    *,
    both: bool = True,
    smallest: int = 30,
    threads: int = 1,
) -> PanelResult:
    """Returns Engle–Granger (constant) of every ordered pair of ``log_prices``, a T × n array with NaN where missing.

    ``lags`` and ``max_lags`` as in ``engle_granger``: a number, or "aic" / "bic" / "t-stat" over 0 … ``max_lags`` on a
    common sample with the choice refitted, exactly as statsmodels' ``coint``. ``both=False`` tests the upper
    triangle only (y before x). ``threads`` bounds BLAS and the kernel's own threads; the GIL is released.

    Pairs of complete columns come from lagged cross-moments (within 1e-9 of the direct regression). A pair with a
    missing row, or one whose legs are so close that the moments would lose digits, is computed from its joint rows;
    fewer than ``smallest`` of those is "too few rows". Near-collinear and constant legs have a reason, no number.

    Raises ``StatisticsError`` for a panel that is not two-dimensional or has fewer than 2 columns.

    Source: Engle and Granger (1987), Econometrica 55; the moments are this project's (docs/statistics.md).

    >>> rng = np.random.default_rng(5)
    >>> x = np.cumsum(rng.standard_normal(300))
    >>> panel = np.column_stack([x + rng.standard_normal(300), x, np.cumsum(rng.standard_normal(300))])
    >>> found = engle_granger_all(panel, lags="aic", max_lags=5)
    >>> bool(found.pvalue[0, 1] < 0.01), found.beta.shape
    (True, (3, 3))
    """
    data = as_numbers(log_prices, "log_prices")
    if data.ndim != 2 or data.shape[1] < 2:
        raise StatisticsError(f"log_prices has shape {data.shape}; give T rows of at least 2 symbols")
    threads = check_count(threads, "threads", "from 1 to 1024", least=1, most=1024)
    smallest = check_count(smallest, "smallest", "at least 4 rows", least=4)
    rows, n = data.shape
    criterion, k = lag_rule(lags, max_lags, rows, 0)
    if criterion != FIXED:
        while k > 0 and rows - k - 1 < rows_needed(k):
            k -= 1
    least = max(k + 1 + rows_needed(k), smallest)
    if rows < least:
        raise StatisticsError(f"{rows} rows are too few for {k} lags; give at least {least}")
    panel, means, state = prepare(data)
    with blas_threads(threads):
        cross, full = lagged_moments(panel, state, k)
    out = np.full((8, n, n), np.nan)
    lags_out = np.zeros((n, n), dtype=np.int64)
    reason = np.zeros((n, n), dtype=np.int8)
    settings = (criterion, k, smallest, int(both))
    coefficients = pvalue_coefficients(2, "c")

    def work(span: tuple[int, int]) -> None:
        pairs_kernel(panel, means, state, cross, full, settings, coefficients, span, out, lags_out, reason)

    spans = _spans(n, threads, both=both)
    if len(spans) == 1:
        work(spans[0])
    else:
        with ThreadPoolExecutor(max_workers=threads) as pool:
            list(pool.map(work, spans))
    stat, pvalue, alpha, beta, se_beta, r_squared, counted, used = out
    return PanelResult(stat, pvalue, lags_out, beta, alpha, se_beta, r_squared, counted, used, reason)


def prepare(data: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Returns (n × T legs, demeaned where complete; their means; state of each) of a T × n panel."""
    panel = np.ascontiguousarray(data.T)
    finite = np.isfinite(panel)
    complete = finite.all(axis=1)
    means = np.zeros(panel.shape[0])
    means[complete] = panel[complete].mean(axis=1)
    panel = np.where(finite, panel, np.nan) - means[:, None]
    # The second pass takes out what rounding left of the mean.
    rest = np.zeros(panel.shape[0])
    rest[complete] = panel[complete].mean(axis=1)
    panel -= rest[:, None]
    means += rest
    state = np.where(complete, COMPLETE, INCOMPLETE).astype(np.int64)
    spread = np.sqrt((panel**2).mean(axis=1))
    state[complete & (spread <= 1.8e-15 * np.maximum(np.abs(means), 1e-300))] = CONSTANT
    return panel, means, state


def lagged_moments(panel: FloatArray, state: IntArray, k: int) -> tuple[FloatArray, FloatArray]:
    """Returns (S_b[i, j] = Σ_t L_i(t) L_j(t − b) over t > k for b = 0 … k + 1; Σ L_i L_j over all rows).

    Columns with missing rows are zero here: their pairs never look at the moments.
    """
    legs = panel if (state != INCOMPLETE).all() else np.where((state != INCOMPLETE)[:, None], panel, 0.0)
    n, rows = legs.shape
    cross = np.empty((k + 2, n, n))
    now = legs[:, k + 1 :]
    for b in range(k + 2):
        np.matmul(now, legs[:, k + 1 - b : rows - b].T, out=cross[b])
    head = legs[:, : k + 1]
    return cross, cross[0] + head @ head.T


def _spans(n: int, threads: int, *, both: bool) -> list[tuple[int, int]]:
    """Returns the row blocks for the threads; small ones, because in a triangle the first rows hold most of the
    pairs."""
    if threads == 1:
        return [(0, n)]
    pieces = 4 * threads if not both else threads
    edges = np.linspace(0, n, pieces + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges) if b > a]
