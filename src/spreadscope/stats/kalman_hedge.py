"""The hedge ratio as a hidden random walk: a Kalman filter over [β, level]."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spreadscope.jit import CodeArray, FloatArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.stats._arrays import (
    NOT_FINITE,
    WARMING_UP,
    as_pair,
    check_count,
    check_number,
    check_positive,
    is_number,
)
from spreadscope.stats._kalman_step import LOG_2_PI, Filter, correct, filter_rows, filter_through, predict
from spreadscope.stats._labels import labelled
from spreadscope.stats._moments import is_constant, pair_moments
from spreadscope.stats._results import Result
from spreadscope.stats._state import State, expect, flag, floats, integer, number, optional
from spreadscope.stats.kalman_fit import SMALLEST_BURN_IN, KalmanFit, kalman_fit

DEFAULT_BURN_IN = 250
_COLLINEAR = 1e-12  # 1 − R² below which a burn-in holds nothing but rounding


@dataclass(frozen=True, slots=True)
class KalmanRow:
    """The estimates of the filter after one more joint row; None with a ``reason`` where undefined.

    ``beta`` and ``alpha`` are filtered (they know this row); ``e`` and its variance ``s`` are the innovation
    against the state **before** it, and ``z`` = e/√s is what is traded. ``p00, p01, p11`` are the variances of
    [β, level at x = center] after the row.
    """

    n: int
    beta: float | None
    alpha: float | None
    e: float | None
    s: float | None
    z: float | None
    p00: float | None
    p01: float | None
    p11: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class KalmanHedgeResult(Result, title="Kalman hedge"):
    """The same as arrays, one entry for each row; NaN where undefined, with the code of the reason (see ``reason_of``).

    ``loglik`` is over the filtered rows; ``sd_z`` near 1 says that Q and R fit; the variances used stand beside.
    """

    beta: FloatArray
    alpha: FloatArray
    e: FloatArray
    s: FloatArray
    z: FloatArray
    p00: FloatArray
    p01: FloatArray
    p11: FloatArray
    reason: CodeArray
    loglik: float | None
    sd_z: float | None
    q_beta: float | None
    q_alpha: float | None
    r: float | None
    center: float | None


def _chan_variance(delta: float) -> float:
    if not 0.0 < delta < 1.0:
        raise StatisticsError(f"delta is {delta}; it must lie between 0 and 1 (1e-4 is usual)")
    return delta / (1.0 - delta)


class KalmanHedge:
    """Online Kalman hedge: y = β (x − c) + level + e, [β, level] a random walk; updated in Joseph form.

    By default (q_β, q_α, R) come from maximum likelihood on the first ``burn_in`` joint rows (``kalman_fit``);
    give all three to fix them, or use ``KalmanHedge.chan`` for the preset, which is blind to scale. The burn-in
    also sets the start (OLS with a weak prior, then filtered through) and the centre c of x; until it is over
    every row is None with ``WARMING_UP``. With ``initial_state`` (β, level) and ``initial_p`` (variance of each)
    the filter starts on the first row instead, with ``center`` 0 unless given.

    Without ``intercept`` the level stays at 0 and x is not centred: y = β x + e.

    A row with a leg missing gives None with ``NOT_FINITE``; the state's variance grows by Q, for time has passed.
    A Kalman spread carries fit diagnostics (``sd_z``, ``loglik``), never a p-value: plain ADF on its innovations
    "finds" cointegration in 97–100% of unrelated pairs.

    >>> estimator = KalmanHedge.chan(delta=1e-4, r=1e-3)
    >>> first, second = estimator.update(2.0, 1.0), estimator.update(2.1, 1.0)
    >>> first.beta, first.e, round(second.beta, 3)
    (0.0, 2.0, 0.175)
    """

    __slots__ = (
        "_between",
        "_burn_x",
        "_burn_y",
        "_filter",
        "_logs",
        "_n",
        "_squares",
        "before",
        "burn_in",
        "center",
        "intercept",
        "q_alpha",
        "q_beta",
        "r",
    )

    def __init__(
        self,
        *,
        q_beta: float | None = None,
        q_alpha: float | None = None,
        r: float | None = None,
        burn_in: int | None = None,
        center: float | None = None,
        initial_state: tuple[float, float] | None = None,
        initial_p: float | None = None,
        q_before_first: bool = False,
        intercept: bool = True,
    ) -> None:
        self.intercept = intercept
        self.before: Filter | None = None  # the state before the newest row
        given = [value is not None for value in (q_beta, q_alpha, r)]
        if any(given) and not all(given):
            raise StatisticsError("give q_beta, q_alpha and r together, or none of them for maximum likelihood")
        q_beta, q_alpha = (
            None if q is None else check_number(q, name, least=0.0)
            for q, name in ((q_beta, "q_beta"), (q_alpha, "q_alpha"))
        )
        r = None if r is None else check_positive(r, "r")
        center = None if center is None else check_number(center, "center")
        if initial_state is not None and not all(given):
            raise StatisticsError("an initial_state needs q_beta, q_alpha and r; leave it out for maximum likelihood")
        smallest = 10 if all(given) else SMALLEST_BURN_IN
        self.burn_in = DEFAULT_BURN_IN if burn_in is None else check_count(burn_in, "burn_in", "of rows")
        if initial_state is None and self.burn_in < smallest:
            raise StatisticsError(f"burn_in is {self.burn_in} rows; it must be at least {smallest}")
        self.q_beta, self.q_alpha, self.r = q_beta, q_alpha, r
        self.center = center
        self._burn_y: list[float] = []
        self._burn_x: list[float] = []
        self._filter: Filter | None = None
        # Whether Q is due before the next row: not before the very first one of a given start.
        self._between = True
        self._n = 0
        self._squares = self._logs = 0.0
        if initial_state is not None:
            variance = 0.0 if initial_p is None else check_number(initial_p, "initial_p", least=0.0)
            beta, level = (check_number(value, "initial_state") for value in initial_state)
            self.center = 0.0 if center is None else center
            of_level = variance if intercept else 0.0
            self._filter = (beta, level, variance, 0.0, of_level)
            self._between = q_before_first

    @classmethod
    def chan(cls, *, delta: float = 1e-4, r: float = 1e-3, initial_p: float = 0.0, intercept: bool = True) -> Self:
        """Returns the preset of Chan (2013), Algorithmic Trading, ch. 3: Q = δ/(1−δ) I, state 0, x not centred."""
        q = _chan_variance(delta)
        q_alpha = q if intercept else 0.0
        return cls(q_beta=q, q_alpha=q_alpha, r=r, initial_state=(0.0, 0.0), initial_p=initial_p, intercept=intercept)

    @classmethod
    def from_fit(cls, fit: KalmanFit, *, burn_in: int = DEFAULT_BURN_IN) -> Self:
        """Returns a filter with the variances of ``fit``; it still starts from its own ``burn_in`` rows."""
        if fit.reason is not None:
            raise StatisticsError(f"this fit has no variances ({fit.reason}); fit on more rows")
        return cls(q_beta=fit.q_beta, q_alpha=fit.q_alpha, r=fit.r, burn_in=burn_in, center=fit.center)

    @property
    def loglik(self) -> float | None:
        """Returns the log-likelihood of the filtered rows, None before the first."""
        return None if self._n == 0 else -0.5 * (self._n * LOG_2_PI + self._logs + self._squares)

    @property
    def sd_z(self) -> float | None:
        """Returns the root mean square of z so far: about 1 when Q and R fit."""
        return None if self._n == 0 else math.sqrt(self._squares / self._n)

    def update(self, y: float | None, x: float | None) -> KalmanRow:
        """Take one joint row. Returns the estimates after it."""
        if y is None or x is None or not (is_number(y) and is_number(x)):
            if self._filter is not None and self._between:
                self._filter = predict(self._filter, self.q_beta or 0.0, self.q_alpha or 0.0)
            return self._nothing(Reason.NOT_FINITE)
        if self._filter is None:
            return self._nothing(self._warm_up(y, x))
        center = self.center or 0.0
        prior = predict(self._filter, self.q_beta or 0.0, self.q_alpha or 0.0) if self._between else self._filter
        f, e, s = correct(prior, y, x - center, self.r or 0.0)
        if not (s > 0.0 and math.isfinite(e * e / s) and math.isfinite(f[2] + f[3] + f[4])):
            # Beyond what float64 holds: a row that the filter cannot take is a row that was missed.
            return self.update(None, None)
        self.before = prior
        self._filter, self._between = f, True
        self._n += 1
        self._squares += e * e / s
        self._logs += math.log(s)
        return KalmanRow(self._n, f[0], f[1] - f[0] * center, e, s, e / math.sqrt(s), f[2], f[3], f[4], None)

    def _nothing(self, reason: Reason) -> KalmanRow:
        return KalmanRow(self._n, None, None, None, None, None, None, None, None, reason)

    def _warm_up(self, y: float, x: float) -> Reason:
        """Collect the burn-in rows and start the filter when there are enough; until then rows are None."""
        self._burn_y.append(y)
        self._burn_x.append(x)
        if len(self._burn_y) < self.burn_in:
            return Reason.WARMING_UP
        burn_y, burn_x = np.array(self._burn_y), np.array(self._burn_x)
        mean_y, mean_x, syy, sxx, sxy, peak_y, peak_x = pair_moments(burn_y, burn_x, 0, burn_y.size)
        if is_constant(sxx, burn_y.size, peak_x) or is_constant(syy, burn_y.size, peak_y):
            # Nothing can start from a leg that does not move: let the burn-in slide along until it does.
            del self._burn_y[0], self._burn_x[0]
            return Reason.CONSTANT_LEG
        if self.r is None and sxy * sxy >= (1.0 - _COLLINEAR) * sxx * syy:
            # Only rounding is left to fit R to: the innovation's variance would come out as 0, or below it.
            del self._burn_y[0], self._burn_x[0]
            return Reason.COLLINEAR
        if self.r is None:
            fit = kalman_fit(burn_y, burn_x, intercept=self.intercept)
            if fit.r is None or not (fit.r > 0.0 and math.isfinite(fit.r + (fit.q_beta or 0.0))):
                del self._burn_y[0], self._burn_x[0]
                return fit.reason or Reason.COLLINEAR
            self.q_beta, self.q_alpha, self.r = fit.q_beta, fit.q_alpha, fit.r
        if self.intercept:
            self.center = mean_x if self.center is None else self.center
            beta = sxy / sxx
            start = (beta, mean_y + beta * (self.center - mean_x), syy / sxx, 0.0, syy / burn_y.size)
        else:
            self.center = self.q_alpha = 0.0
            start = (float(burn_x @ burn_y) / float(burn_x @ burn_x), 0.0, syy / sxx, 0.0, 0.0)
        self._filter = filter_through(
            burn_y,
            burn_x - self.center,
            start,
            (self.q_beta or 0.0, self.q_alpha or 0.0),
            self.r or 0.0,
        )
        self._burn_y, self._burn_x = [], []
        return Reason.WARMING_UP

    def state(self) -> State:
        """Returns a snapshot, from which ``restore`` continues bit for bit."""
        return {
            "kind": "KalmanHedge",
            "q_beta": self.q_beta,
            "q_alpha": self.q_alpha,
            "r": self.r,
            "burn_in": self.burn_in,
            "center": self.center,
            "intercept": self.intercept,
            "burn_y": list(self._burn_y),
            "burn_x": list(self._burn_x),
            "filter": None if self._filter is None else list(self._filter),
            "between": self._between,
            "n": self._n,
            "squares": self._squares,
            "logs": self._logs,
        }

    @classmethod
    def restore(cls, state: State) -> Self:
        """Returns the estimator of a snapshot."""
        expect(state, "KalmanHedge")
        estimator = cls(burn_in=max(integer(state, "burn_in"), SMALLEST_BURN_IN), center=optional(state, "center"))
        estimator.burn_in = integer(state, "burn_in")
        estimator.intercept = bool(state.get("intercept", True))
        estimator.q_beta, estimator.q_alpha = optional(state, "q_beta"), optional(state, "q_alpha")
        estimator.r = optional(state, "r")
        estimator._burn_y, estimator._burn_x = floats(state, "burn_y"), floats(state, "burn_x")
        if state.get("filter") is not None:
            a, b, c, d, e = floats(state, "filter")
            estimator._filter = (a, b, c, d, e)
        estimator._between = flag(state, "between")
        estimator._n = integer(state, "n")
        estimator._squares, estimator._logs = number(state, "squares"), number(state, "logs")
        return estimator

    def absorb(self, out: FloatArray, reason: CodeArray, y: FloatArray, x: FloatArray, start: int) -> None:
        """Filter the rows from ``start`` on, compiled, as ``update`` would; write them into ``out``."""
        if self._filter is None:
            raise StatisticsError("the filter has not started; feed the burn-in through update first")
        self._filter, self._n, self._squares, self._logs, self._between = filter_rows(
            y,
            x,
            start,
            (self._filter, self.q_beta or 0.0, self.q_alpha or 0.0, self.r or 0.0, self.center or 0.0),
            (self._n, self._squares, self._logs, self._between),
            out,
            reason,
        )

    @property
    def started(self) -> bool:
        """Returns whether the burn-in is over."""
        return self._filter is not None


@labelled
def kalman_hedge(
    y: ArrayLike,
    x: ArrayLike,
    *,
    delta: float | None = None,
    q_beta: float | None = None,
    q_alpha: float | None = None,
    r: float | None = None,
    burn_in: int | None = None,
    center: float | None = None,
    initial_state: tuple[float, float] | None = None,
    initial_p: float | None = None,
    q_before_first: bool = False,
) -> KalmanHedgeResult:
    """Returns the estimates at every row: the batch version of ``KalmanHedge``: n joint rows of log prices, NaN where a
    leg is missing.

    Without variances: maximum likelihood on the first ``burn_in`` rows. ``delta`` with ``r`` is Chan's preset
    (Q = δ/(1−δ) I, start at (0, 0) with variance ``initial_p``); ``q_beta``, ``q_alpha``, ``r`` fix them singly.
    Row t uses rows ≤ t only. Raises ``StatisticsError`` when the settings contradict each other.

    >>> out = kalman_hedge([2.0, 2.1], [1.0, 1.0], delta=1e-4, r=1e-3)
    >>> float(out.e[0]), round(float(out.beta[1]), 3)
    (2.0, 0.175)
    """
    leg_y, leg_x = as_pair(y, x)
    if delta is not None:
        if q_beta is not None or q_alpha is not None or r is None:
            raise StatisticsError("the preset takes delta and r; leave q_beta and q_alpha out")
        q_beta = q_alpha = _chan_variance(delta)
        initial_state = (0.0, 0.0) if initial_state is None else initial_state
    estimator = KalmanHedge(
        q_beta=q_beta,
        q_alpha=q_alpha,
        r=r,
        burn_in=burn_in,
        center=center,
        initial_state=initial_state,
        initial_p=initial_p,
        q_before_first=q_before_first,
    )
    out = np.full((8, leg_y.size), np.nan)
    reason = np.full(leg_y.size, WARMING_UP, dtype=np.int8)
    start = 0
    while not estimator.started and start < leg_y.size:
        row = estimator.update(leg_y[start], leg_x[start])
        if row.reason is Reason.NOT_FINITE:
            reason[start] = NOT_FINITE
        start += 1
    if estimator.started:
        reason[start:] = 0
        estimator.absorb(out, reason, leg_y, leg_x, start)
    beta, alpha, e, variance, z, p00, p01, p11 = out
    return KalmanHedgeResult(
        beta,
        alpha,
        e,
        variance,
        z,
        p00,
        p01,
        p11,
        reason,
        estimator.loglik,
        estimator.sd_z,
        estimator.q_beta,
        estimator.q_alpha,
        estimator.r,
        estimator.center,
    )
