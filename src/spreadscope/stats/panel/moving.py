"""Every pair of a universe, bar by bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray, IntArray
from spreadscope.model.errors import StatisticsError
from spreadscope.stats._arrays import CONSTANT_LEG, EPS, WARMING_UP, as_numbers, check_count, check_window
from spreadscope.stats.panel import _moving as kernels
from spreadscope.stats.panel._blas import blas_threads

#: Rebuild once the rounding a spike has left behind could reach this share of a variance.
LOSS = 1e-11
#: 8 eps: a spread below this share of the level is the rounding of the values themselves.
NOISE = 1.8e-15


@dataclass(frozen=True, slots=True)
class PanelRow:
    """n × n arrays of one bar, row y and column x, upper triangle; NaN where undefined.

    ``z`` measures the newest spread against the coefficients and sd (ddof 1) of the window **before** it;
    ``correlation`` is of log returns, ``half_life`` in bars. ``reason`` holds the code of the first thing missing (−1
    off the upper triangle). The arrays are the panel's own buffers: copy what must outlive the next ``update``.
    """

    beta: FloatArray
    alpha: FloatArray
    se_beta: FloatArray
    sd: FloatArray
    z: FloatArray
    correlation: FloatArray
    half_life: FloatArray
    reason: CodeArray
    rows: int


@dataclass(frozen=True, slots=True)
class PanelKalmanRow:
    """β, α and z = e/√S (prior state) of every pair's filter after one bar; buffers as in ``PanelRow``."""

    beta: FloatArray
    alpha: FloatArray
    z: FloatArray
    reason: CodeArray


class MovingPanel:
    """Online β, α, se, z, return correlation and half-life of every pair over the last ``window`` bars.

    Moments follow each bar by rank-one updates, relative to a reference level, and are rebuilt from the rows every
    ``window`` bars and whenever a spike has left more rounding behind than 1e-11 of a variance: nothing drifts. A bar
    in which a symbol did not trade is NaN, enters no moment, and its pairs are computed from their joint rows (at least
    ``smallest``) until it has left the window. Warm-up: ``window`` bars.

    500 symbols and a window of 600: about 4 ms a bar on one core, 2 more for the filters.

    >>> rng = np.random.default_rng(3)
    >>> x = np.cumsum(0.01 * rng.standard_normal(200))
    >>> panel = MovingPanel(2, window=100)
    >>> for y, v in zip(0.5 + 0.8 * x + 0.01 * rng.standard_normal(200), x):
    ...     row = panel.update([y, v])
    >>> abs(row.beta[0, 1] - 0.8) < 0.05
    np.True_
    """

    def __init__(self, symbols: int, window: int, *, smallest: int = 30, threads: int = 1) -> None:
        if symbols < 2:
            raise StatisticsError(f"a panel of {symbols} symbols has no pair; give at least 2")
        self.n = symbols
        self.window = check_window(window, minimum=10)
        self.smallest = min(check_count(smallest, "smallest", "at least 4 rows", least=4), self.window)
        self.threads = check_count(threads, "threads", "from 1 to 1024", least=1, most=1024)
        self.rebuilds = 0
        self._count = 0
        # Every value twice, one window apart, so that the window is always one contiguous slice a symbol.
        self._legs: FloatArray = np.full((symbols, 2 * self.window), np.nan)
        self._reference: FloatArray = np.zeros(symbols)
        self._moments: FloatArray = np.zeros((3, symbols, symbols))
        self._sums: FloatArray = np.zeros(symbols)
        self._missing: IntArray = np.zeros(symbols, dtype=np.int64)
        self._state: IntArray = np.zeros(symbols, dtype=np.int64)
        self._peak: FloatArray = np.zeros(symbols)
        self._since_rebuild = 0
        self._out: FloatArray = np.full((kernels.PLANES, symbols, symbols), np.nan)
        self._reason: CodeArray = np.full((symbols, symbols), -1, dtype=np.int8)
        self._reason[np.triu_indices(symbols, 1)] = WARMING_UP
        self._kalman: tuple[FloatArray, FloatArray, FloatArray] | None = None
        self._kalman_out: FloatArray = np.zeros((0, 0, 0))
        self._kalman_reason: CodeArray = np.zeros((0, 0), dtype=np.int8)

    def _span(self) -> tuple[int, int]:
        """Returns (lo, hi) of the window in the ring."""
        at = self._count % self.window
        if self._count < self.window:
            return 0, self._count
        return at, at + self.window

    def update(self, log_prices: ArrayLike) -> PanelRow:
        """Take one bar: n log prices, NaN for a symbol that did not trade."""
        now = np.array(log_prices, dtype=np.float64)
        if now.shape != (self.n,):
            raise StatisticsError(f"a bar has shape {now.shape}; give one log price for each of the {self.n} symbols")
        now[~np.isfinite(now)] = np.nan
        full = self._count >= self.window
        if full:
            ready: IntArray = ((self._state != 2) & np.isfinite(now)).astype(np.int64)
            kernels.score(self._out, now, ready)
        lo, hi = self._span()
        leaving = self._legs[:, lo].copy() if full else np.zeros(self.n)
        previous = self._legs[:, hi - 1].copy() if hi > lo else np.full(self.n, np.nan)
        at = self._count % self.window
        self._legs[:, at] = self._legs[:, at + self.window] = now
        self._count += 1
        self._missing += np.isnan(now)
        if full:
            self._missing -= np.isnan(leaving)
        if self._count < self.window:
            return self._row()
        lo, hi = self._span()
        if not full:
            self._rebuild(lo, hi)
        else:
            self._roll(now, previous, leaving, lo, hi)
        edges = self._relative(np.stack((self._legs[:, lo], self._legs[:, hi - 1])))
        kernels.derive(
            self._moments, self._sums, edges, self._reference, self.window, self._state, self._out, self._reason
        )
        if (self._state == 1).any():
            kernels.derive_incomplete(self._legs, lo, hi, self._state, self.smallest, self._out, self._reason)
        return self._row()

    def _relative(self, rows: FloatArray) -> FloatArray:
        """Returns the rows relative to the reference, 0 for symbols whose window is not complete."""
        return np.where(self._state == 1, 0.0, rows - self._reference)

    def _roll(self, now: FloatArray, previous: FloatArray, leaving: FloatArray, lo: int, hi: int) -> None:
        was = self._state == 1
        became = (self._missing > 0) & ~was
        returned = (self._missing == 0) & was
        # A leg that stood still and moves again has no moments yet.
        woke = (self._state == 2) & (np.abs(now - self._reference) > NOISE * np.abs(self._reference))
        self._since_rebuild += 1
        if woke.any() or returned.any() or became.any() or self._since_rebuild >= self.window:
            self._rebuild(lo, hi)
            return
        new, old = self._relative(now), self._relative(leaving)
        kernels.roll_moments(self._moments, new, self._relative(previous), old, self._relative(self._legs[:, lo]))
        self._sums += new - old
        np.maximum(self._peak, np.abs(new), out=self._peak)
        variance = np.diagonal(self._moments[kernels.LEVEL]) / self.window - (self._sums / self.window) ** 2
        suspect = EPS * self._peak**2 > LOSS * np.maximum(variance, 0.0)
        lost: IntArray = np.flatnonzero((self._state == 0) & suspect)
        if lost.size and self._spike_has_left(lost, lo, hi):
            self._rebuild(lo, hi)

    def _spike_has_left(self, lost: IntArray, lo: int, hi: int) -> bool:
        """Returns whether a spike has left the window but its rounding is still in the moments."""
        inside = np.abs(self._legs[lost, lo:hi].T - self._reference[lost]).max(axis=0)
        return bool((inside < 0.5 * self._peak[lost]).any())

    def _rebuild(self, lo: int, hi: int) -> None:
        """Compute everything again from the rows of the window, around their means."""
        rows = self._legs[:, lo:hi]
        missing = np.asarray(np.isnan(rows).any(axis=1))
        self._reference = np.where(missing, 0.0, rows.mean(axis=1))
        legs = np.where(missing[:, None], 0.0, rows - self._reference[:, None])
        spread = np.sqrt((legs**2).mean(axis=1))
        constant = ~missing & (spread <= NOISE * np.maximum(np.abs(self._reference), 1e-300))
        self._state = np.where(missing, 1, np.where(constant, 2, 0)).astype(np.int64)
        with blas_threads(self.threads):
            np.matmul(legs, legs.T, out=self._moments[kernels.LEVEL])
            np.matmul(legs[:, 1:], legs[:, :-1].T, out=self._moments[kernels.LAG_X])
        self._moments[kernels.LAG_Y] = self._moments[kernels.LAG_X].T
        self._sums = legs.sum(axis=1)
        self._peak = np.abs(legs).max(axis=1)
        self._since_rebuild = 0
        self.rebuilds += 1

    def _row(self) -> PanelRow:
        beta, alpha, se, sd, z, correlation, half_life = self._out
        return PanelRow(beta, alpha, se, sd, z, correlation, half_life, self._reason, min(self._count, self.window))

    def start_kalman(self, *, beta_ratio: float = 1e-4, level_ratio: float = 1e-2) -> None:
        """Start a Kalman filter on every pair from the OLS fits of the current window.

        R is each pair's residual variance; q_α = ``level_ratio`` · R and q_β = ``beta_ratio`` · R over x's variance, so
        the filters know the scale of their pair. Raises ``StatisticsError`` before the window is full.
        """
        if self._count < self.window:
            raise StatisticsError(f"{self._count} of {self.window} bars have come; start the filters after the warm-up")
        lo, hi = self._span()
        rows = self._legs[:, lo:hi]
        seen = np.maximum(np.isfinite(rows).sum(axis=1), 1)
        center = np.nansum(rows, axis=1) / seen
        spread = np.nansum((rows - center[:, None]) ** 2, axis=1) / seen
        variance = np.where(spread > 0.0, spread, np.nan)
        r = np.nan_to_num(self._out[kernels.SD] ** 2)
        noise = np.stack([np.nan_to_num(beta_ratio * r / variance[None, :]), level_ratio * r, r])
        beta = np.nan_to_num(self._out[kernels.BETA])
        level = np.nan_to_num(self._out[kernels.ALPHA]) + beta * center[None, :]
        start = np.stack(
            [beta, level, np.nan_to_num(r / (self.window * variance[None, :])), np.zeros_like(r), r / self.window]
        )
        self._kalman = (start, noise, center)
        self._kalman_out = np.full((3, self.n, self.n), np.nan)
        self._kalman_reason = np.where(self._reason == -1, -1, CONSTANT_LEG).astype(np.int8)

    def update_kalman(self, log_prices: ArrayLike) -> PanelKalmanRow:
        """One step of every pair's filter with one bar of log prices (NaN: the leg did not trade)."""
        if self._kalman is None:
            raise StatisticsError("the filters have not started; call start_kalman after the warm-up")
        state, noise, center = self._kalman
        now = as_numbers(log_prices, "log_prices")
        kernels.filter_all(state, noise, now, center, self._kalman_out, self._kalman_reason)
        beta, alpha, z = self._kalman_out
        return PanelKalmanRow(beta, alpha, z, self._kalman_reason)
