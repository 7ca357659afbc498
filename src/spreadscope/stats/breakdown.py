"""A monitor of whether the relation of a pair has broken since its β was frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import as_pair, check_count, is_number
from spreadscope.stats._moments import is_constant, pair_moments, residual_ss
from spreadscope.stats._state import State, expect, floats, integer, number
from spreadscope.stats.engle_granger import COLLINEAR_LIMIT

# Chu, Stinchcombe and White (1996): a² of the boundary that is crossed with this probability, ever.
BOUNDARY = {0.05: 7.78, 0.10: 6.25}
# What estimating β adds to Kendall's bias of φ, in units of 1/m; chosen by simulation: at m = 300 and over 600 later
# rows
# 0.5%, 4% and 7% of unbroken pairs alarm at φ = 0.7, 0.9 and 0.97 (level 5%), and 100%, 94% and 55% of broken ones.
BETA_BIAS = 3.0
_LARGEST = 3.0  # sds of an innovation that count, where volatility is measured: one bad bar or the first of a storm


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """A row since the freeze; None with a ``reason`` where undefined.

    ``spread`` = y − α − β x with the frozen coefficients; ``z`` scales it by its **out-of-sample** standard
    deviation, which grows with the distance of x from where β was estimated. ``excursion`` is the cumulative sum
    of the spread's AR(1) innovations in their own sd and √m, ``boundary`` the limit it must not cross, and ``broken``
    stays true from the first crossing on.
    """

    n: int
    spread: float | None
    z: float | None
    excursion: float | None
    boundary: float | None
    broken: bool
    reason: Reason | None


class BreakdownMonitor:
    """An online alarm on the frozen-β spread of one pair, from a formation window of m joint rows.

    A bare |z| ≥ 4 with the formation's sd is a false alarm on half of the unbroken pairs, for two reasons this
    takes out: β's own error (leverage: sd² (1 + τ (1/m + (x − x̄)²/Sxx)), with τ = (1 + φ)/(1 − φ) for the serial
    correlation of the spread) and the spread's inertia, by summing AR(1) innovations instead of the spread.
    The boundary √(v (a² + ln((1 + t)/t))) with t = n/m and v = t + t² + (Σ(x − x̄))²/(m Sxx) allows for the errors of
    the frozen mean and β, and is meant to be crossed by an unbroken pair with probability ``level`` **over all time**.

    A storm of volatility makes innovations larger, and three times as many unbroken pairs cross. With
    ``volatility_rows`` an innovation is divided by the volatility of the moment where that is above the formation's:
    the root mean square of the spread's last changes, weighted over about so many rows; and it counts for three sds at
    most. A walk's changes are no larger than those of the spread that it was, so a break is seen as soon.

    Source: Chu, Stinchcombe and White (1996), Econometrica 64.

    >>> rng = np.random.default_rng(8)
    >>> x = np.cumsum(rng.standard_normal(600)) * 0.01
    >>> y = 0.9 * x + 0.01 * rng.standard_normal(600)
    >>> monitor = BreakdownMonitor.freeze(y[:300], x[:300])
    >>> any(monitor.update(a, b).broken for a, b in zip(y[300:], x[300:]))
    False
    >>> any(monitor.update(a + 0.05, b).broken for a, b in zip(y[300:], x[300:]))
    True
    """

    __slots__ = (
        "_broken",
        "_excess",
        "_last",
        "_lever",
        "_n",
        "_sum",
        "alpha",
        "beta",
        "formation",
        "level",
        "volatility_rows",
    )

    def __init__(
        self,
        alpha: float,
        beta: float,
        formation: tuple[float, ...],
        *,
        level: float = 0.05,
        volatility_rows: int | None = None,
    ) -> None:
        if level not in BOUNDARY:
            raise StatisticsError(f"level is {level}; the boundary is tabulated for 0.05 and 0.10")
        if len(formation) != 6:
            raise StatisticsError("formation is (rows, mean of x, Sxx, residual sd, φ, innovation sd); use freeze()")
        rows, _, sxx, spread_sd, phi, innovation_sd = formation
        if not (rows > 0 and sxx > 0 and spread_sd > 0 and 0 <= phi < 1 and innovation_sd > 0):
            raise StatisticsError("the formation's rows, Sxx and standard deviations are above 0, and φ in [0, 1)")
        self.alpha, self.beta = alpha, beta
        self.formation = formation
        self.level = level
        self.volatility_rows = (
            None if volatility_rows is None else check_count(volatility_rows, "volatility_rows", "2 or more", least=2)
        )
        self._excess = 1.0  # variance of the moment over the formation's
        self._n = 0
        self._sum = 0.0
        self._lever = 0.0
        self._last: float | None = None
        self._broken = False

    @classmethod
    def freeze(
        cls,
        y: ArrayLike,
        x: ArrayLike,
        *,
        beta: float | None = None,
        level: float = 0.05,
        volatility_rows: int | None = None,
    ) -> Self:
        """Estimate β on a formation window (joint rows; NaN rows are left out), or take the traded ``beta``, and freeze
        it.

        α is such that the spread has mean 0 over the window: a distance that was there before is no breakdown.

        Raises ``StatisticsError`` when the window has no β: fewer than 20 joint rows or a constant leg.
        """
        leg_y, leg_x = as_pair(y, x)
        joint = np.isfinite(leg_y) & np.isfinite(leg_x)
        leg_y, leg_x = np.ascontiguousarray(leg_y[joint]), np.ascontiguousarray(leg_x[joint])
        n = leg_y.size
        if n < 20:
            raise StatisticsError(f"the formation window has {n} joint rows; it needs at least 20")
        mean_y, mean_x, syy, sxx, sxy, peak_y, peak_x = pair_moments(leg_y, leg_x, 0, n)
        if is_constant(sxx, n, peak_x) or is_constant(syy, n, peak_y):
            raise StatisticsError("a leg is constant over the formation window; choose a window in which both move")
        beta = sxy / sxx if beta is None else beta
        sse = residual_ss(leg_y, leg_x, 0, n, mean_y, mean_x, beta)
        if not sse > COLLINEAR_LIMIT * syy:
            raise StatisticsError("the spread is constant over the formation window; the legs are collinear")
        spread = (leg_y - mean_y) - beta * (leg_x - mean_x)
        before, after = spread[:-1], spread[1:]
        square = float(before @ before)
        if not square > COLLINEAR_LIMIT * sse:
            raise StatisticsError(
                "the spread moves in the last row alone; choose a window in which it moves throughout"
            )
        phi = float(before @ after) / square
        # Both stages pull φ down (OLS bends the spread towards its mean, Kendall's bias follows): unless that is put
        # back the innovations drift.
        phi = min(max(phi + (1.0 + 3.0 * phi + BETA_BIAS) / n, 0.0), 0.999)
        innovation = after - phi * before
        sd = math.sqrt(float(innovation @ innovation) / (n - 2))
        if not sd * sd * n > COLLINEAR_LIMIT * sse:
            raise StatisticsError("the spread follows from its last value alone; no break in it can be detected")
        formation = (float(n), mean_x, sxx, math.sqrt(sse / (n - 2)), phi, sd)
        monitor = cls(mean_y - beta * mean_x, beta, formation, level=level, volatility_rows=volatility_rows)
        monitor._last = float(spread[-1])
        if volatility_rows is not None:
            changes = np.diff(spread[-volatility_rows - 1 :])
            monitor._excess = float(changes @ changes) / changes.size / monitor._variance_of_changes()
        return monitor

    def update(self, y: float | None, x: float | None) -> BreakdownRow:
        """Take one joint row. Returns whether the relation still holds."""
        if y is None or x is None or not (is_number(y) and is_number(x)):
            return self._skip_row()
        m, mean_x, sxx, sd, phi, noise = self.formation
        spread = y - self.alpha - self.beta * x
        distance = x - mean_x
        inertia = (1.0 + phi) / (1.0 - phi)
        z = spread / (sd * math.sqrt(1.0 + inertia * (1.0 / m + distance * distance / sxx)))
        total, lever = self._sum, self._lever + distance
        excess = self._excess
        if self._last is not None:
            innovation = (spread - phi * self._last) / noise
            if self.volatility_rows is not None:
                innovation = min(max(innovation / math.sqrt(max(1.0, excess)), -_LARGEST), _LARGEST)
                change = spread - self._last
                excess += (change * change / self._variance_of_changes() - excess) / self.volatility_rows
            total += innovation
        elapsed = (self._n + 1) / m
        # The last two terms are what the errors of the frozen mean and of the frozen β add up to.
        variance = elapsed + elapsed * elapsed + lever * lever / (m * sxx)
        excursion = total / math.sqrt(m)
        boundary = math.sqrt(variance * (BOUNDARY[self.level] + math.log((1.0 + elapsed) / elapsed)))
        if not all(map(math.isfinite, (z, excursion, boundary, excess))):
            # Beyond what float64 holds: such a price is no evidence, and must not stay in the sums.
            return self._skip_row()
        self._sum, self._lever, self._last, self._excess = total, lever, spread, excess
        self._n += 1
        self._broken = self._broken or abs(excursion) > boundary
        return BreakdownRow(self._n, spread, z, excursion, boundary, self._broken, None)

    def _variance_of_changes(self) -> float:
        """Returns the variance of the changes of an AR(1) with the formation's φ and innovations."""
        _, _, _, _, phi, noise = self.formation
        return 2.0 * noise * noise / (1.0 + phi)

    def _skip_row(self) -> BreakdownRow:
        """Returns a row without numbers; the next innovation would reach across it."""
        self._last = None
        return BreakdownRow(self._n, None, None, None, None, self._broken, Reason.NOT_FINITE)

    def state(self) -> State:
        """Returns a snapshot, from which ``restore`` continues bit for bit."""
        return {
            "kind": "BreakdownMonitor",
            "alpha": self.alpha,
            "beta": self.beta,
            "formation": list(self.formation),
            "level": self.level,
            "n": self._n,
            "sum": self._sum,
            "lever": self._lever,
            "last": self._last,
            "broken": self._broken,
            "volatility_rows": self.volatility_rows,
            "excess": self._excess,
        }

    @classmethod
    def restore(cls, state: State) -> Self:
        """Returns the monitor of a snapshot."""
        expect(state, "BreakdownMonitor")
        monitor = cls(
            number(state, "alpha"),
            number(state, "beta"),
            tuple(floats(state, "formation")),
            level=number(state, "level"),
            volatility_rows=None if state.get("volatility_rows") is None else integer(state, "volatility_rows"),
        )
        monitor._excess = number(state, "excess") if "excess" in state else 1.0
        monitor._n, monitor._sum = integer(state, "n"), number(state, "sum")
        monitor._lever = number(state, "lever")
        monitor._last = None if state.get("last") is None else number(state, "last")
        monitor._broken = bool(state.get("broken"))
        return monitor
