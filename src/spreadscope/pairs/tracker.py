"""The tracker of one pair at one timeframe.

Everything at row t uses rows up to t. β, α come from OLS of log prices over the last ``hedge_window`` rows; the spread is
ln Y − β ln X − α; z measures it against the mean and standard deviation (ddof 1) of the ``z_window`` rows **before** it,
taken with the same β. Definitions: ``docs/statistics.md``.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec
import numpy as np

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.events import Floats
from spreadscope.model.facts import PairRow, SignalState, Value
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.model.validity import Reason
from spreadscope.pairs.evidence import WARMING, BreakdownWatch, KalmanDiagnostics, cointegration, out_of_sample_adf
from spreadscope.pairs.kernels import count_mean_sd, return_moments
from spreadscope.pairs.legs import NO_LEG, Leg
from spreadscope.pairs.sources import SourceWindow
from spreadscope.pairs.window import PairWindow
from spreadscope.stats import KalmanHedge, OLSResult, half_life, ols

_TINY = 1e-12


class Standing:
    """What the newest row knows and a price that moves before the next one needs: enough to restate z and spread."""

    __slots__ = ("alpha", "beta", "mean", "sd")

    def __init__(self, beta: float, alpha: float, mean: float, sd: float) -> None:
        self.beta, self.alpha, self.mean, self.sd = beta, alpha, mean, sd


class PairTracker:
    """One pair, one timeframe. ``step`` takes the legs at the close of a bar and gives the row."""

    def __init__(
        self, pair: Pair, timeframe: Timeframe, config: AnalyticsConfig, faults: FaultLog | None = None
    ) -> None:
        """``faults`` takes the exceptions of single statistics: one that fails has no number, and the row its others."""
        self.pair = pair
        self.timeframe = timeframe
        self._faults = faults or FaultLog()
        self._subject = f"{pair} {timeframe}"
        self._failed_parts: tuple[str, ...] = ()  # of the newest row
        self._config = config
        self._length = timeframe.milliseconds
        self._window = PairWindow(max(2 * config.hedge_window, config.correlation_window) + 1, self._length)
        self._sources = SourceWindow(config.hedge_window)
        self._betas: deque[tuple[int, Value]] = deque(maxlen=config.hedge_window + 1)  # by rows entered until then
        self._start_kalman()
        self._breakdown = BreakdownWatch(config.hedge_window)
        self._legs: tuple[Leg, Leg] = (NO_LEG, NO_LEG)
        self.standing: Standing | None = None
        self.row: PairRow | None = None

    @property
    def last_time(self) -> int | None:
        """Open time of the newest row."""
        return self._window.last_time

    @property
    def legs(self) -> tuple[Leg, Leg]:
        """The legs as of the newest row."""
        return self._legs

    def limit_ms(self) -> int:
        """Age (ms) beyond which a leg is stale: never less than one bar."""
        return max(int(self._config.stale_seconds * SECOND), self._length)

    def step(self, time: int, leg_y: Leg, leg_x: Leg, *, halted: bool, state: SignalState) -> PairRow:
        """The row at ``time`` (the bar's open time, ms, later than the last one)."""
        skipped = 0 if self.last_time is None else (time - self.last_time) // self._length - 1
        if skipped > 0:
            leg_y, leg_x = _aged(leg_y, skipped * self._length), _aged(leg_x, skipped * self._length)
        self._legs = (leg_y, leg_x)
        joint = leg_y.fresh is not None and leg_x.fresh is not None
        log_y = math.log(leg_y.fresh) if leg_y.fresh is not None and joint else math.nan
        log_x = math.log(leg_x.fresh) if leg_x.fresh is not None and joint else math.nan
        self._window.append(time, log_y, log_x)
        mixed = self._sources.push(leg_y.source, leg_x.source, max(0, skipped))
        self._failed_parts = ()
        try:
            kalman = self._kalman_values(log_y, log_x, skipped, joint=joint)
        except Exception as error:  # noqa: BLE001 - see _failed
            kalman = self._failed(_KALMAN_PART, _KALMAN, error)
            self._start_kalman()
        y, x = self._window.rows(self._config.hedge_window)
        joint_rows = int(np.count_nonzero(np.isfinite(y)))
        stale = _is_stale(leg_y, self.limit_ms()) or _is_stale(leg_x, self.limit_ms())
        reason = self._not_ready(len(y), joint_rows, halted=halted)
        values = self._values(y, x, leg_y, leg_x, reason, stale=stale)
        try:
            breakdown = self._breakdown_value(y, x, reason, flat=state is SignalState.FLAT, skipped=skipped)
        except Exception as error:  # noqa: BLE001 - see _failed
            breakdown = self._failed("breakdown", ("breakdown",), error)["breakdown"]
            self._breakdown = BreakdownWatch(self._config.hedge_window)
        if self._faults.active:
            self._tell_what_works()
        self.row = PairRow(
            pair=self.pair,
            timeframe=self.timeframe,
            time=time,
            price_y=leg_y.price,
            price_x=leg_x.price,
            age_y=leg_y.age,
            age_x=leg_x.age,
            n=joint_rows,
            state=state,
            stale=stale,
            incomplete=not (leg_y.complete and leg_x.complete),
            breakdown=breakdown,
            **values,
            **kalman,
            source_y=leg_y.source,
            source_x=leg_x.source,
            mixed=mixed,
        )
        return self.row

    def _failed(self, part: str, names: tuple[str, ...], error: Exception) -> dict[str, Value]:
        """One statistic must not cost the row, whatever is wrong with it: it has no number, and the others have theirs."""
        self._failed_parts += (part,)
        self._faults.note(part, self._subject, error, f"{self._subject} has no {part} until it works again")
        return dict.fromkeys(names, FAILED)

    def _tell_what_works(self) -> None:
        for part in _PARTS:
            if part not in self._failed_parts:
                self._faults.recovered(part, self._subject)

    def _start_kalman(self) -> None:
        config = self._config
        self._kalman = (
            KalmanHedge.chan(delta=config.kalman_delta, r=config.kalman_r)
            if config.kalman == "chan"
            else KalmanHedge(burn_in=config.hedge_window)
        )
        self._fit = KalmanDiagnostics(config.z_window)

    def freeze(self) -> None:
        """Freeze β for the breakdown monitor: a position was entered on the newest row."""
        self._breakdown.freeze(*self._window.rows(self._config.hedge_window))

    def _breakdown_value(self, y: Floats, x: Floats, reason: Reason | None, *, flat: bool, skipped: int) -> Value:
        if reason is not None:
            return Value(None, reason)
        return self._breakdown.update(y, x, flat=flat, skipped=skipped)

    def restate(self, state: SignalState) -> PairRow:
        """The newest row with the signal's state after it."""
        if self.row is None:
            raise ValueError("there is no row yet")
        self.row = msgspec.structs.replace(self.row, state=state)
        return self.row

    def _not_ready(self, rows: int, joint_rows: int, *, halted: bool) -> Reason | None:
        if halted:
            return Reason.HALTED
        if rows < self._config.hedge_window:
            return Reason.WARMING_UP
        if joint_rows < self._config.minimum_rows * self._config.hedge_window:
            return Reason.TOO_FEW_ROWS
        return None

    def _values(
        self, y: Floats, x: Floats, leg_y: Leg, leg_x: Leg, reason: Reason | None, *, stale: bool
    ) -> dict[str, Value]:
        try:
            correlation = self._correlation()
        except Exception as error:  # noqa: BLE001 - see _failed
            correlation = self._failed("correlation", ("correlation",), error)["correlation"]
        if reason is not None:
            self.standing = None
            return dict.fromkeys(_FITTED, Value(None, reason)) | {"correlation": correlation}
        try:
            fitted = self._fitted(y, x, leg_y, leg_x, stale=stale)
        except Exception as error:  # noqa: BLE001 - see _failed
            self.standing = None
            fitted = self._failed("hedge ratio", _FITTED, error)
        fitted["correlation"] = correlation
        return fitted

    def _fitted(self, y: Floats, x: Floats, leg_y: Leg, leg_x: Leg, *, stale: bool) -> dict[str, Value]:
        fit = ols(y, x)
        self._betas.append((self._window.pushed, Value(fit.beta, fit.reason)))
        if fit.beta is None or fit.alpha is None:
            self.standing = None
            return dict.fromkeys(_FITTED, Value(None, fit.reason))
        residual = y - fit.beta * x - fit.alpha
        return {
            "beta": Value(fit.beta),
            "alpha": Value(fit.alpha),
            "beta_se": _value(fit.se_beta, fit),
            "r_squared": _value(fit.r_squared, fit),
            **self._spread(fit.beta, fit.alpha, residual, leg_y, leg_x, stale=stale),
            **self._tests(y, x, residual),
        }

    def _spread(
        self, beta: float, alpha: float, residual: Floats, leg_y: Leg, leg_x: Leg, *, stale: bool
    ) -> dict[str, Value]:
        """Spread and z at the newest prices; the baseline is the rows before this one."""
        n, mean, sd = count_mean_sd(residual[-1 - self._config.z_window : -1], 1)
        if n < max(2, self._config.minimum_rows * self._config.z_window):
            self.standing = None
            few = Value(None, Reason.TOO_FEW_ROWS)
            return {"spread": few, "z": few, "spread_mean": few, "spread_sd": few}
        if stale or leg_y.price is None or leg_x.price is None:
            shown = Value(None, Reason.STALE_LEG)
        else:
            shown = Value(math.log(leg_y.price) - beta * math.log(leg_x.price) - alpha)
        if sd <= _TINY:
            self.standing = None
            flat = Value(None, Reason.CONSTANT_SPREAD)
            return {"spread": shown, "z": flat, "spread_mean": Value(mean), "spread_sd": flat}
        self.standing = Standing(beta, alpha, mean, sd)
        z = shown if shown.value is None else Value((shown.value - mean) / sd)
        return {"spread": shown, "z": z, "spread_mean": Value(mean), "spread_sd": Value(sd)}

    def _tests(self, y: Floats, x: Floats, residual: Floats) -> dict[str, Value]:
        try:
            values = cointegration(y, x, self._config)
        except Exception as error:  # noqa: BLE001 - see _failed
            values = self._failed("cointegration test", _EG, error)
        try:
            values |= out_of_sample_adf(y, x, self._beta_before(), self._config)
        except Exception as error:  # noqa: BLE001 - see _failed
            values |= self._failed("ADF test", _ADF, error)
        try:
            values["half_life"] = self._half_life(residual)
        except Exception as error:  # noqa: BLE001 - see _failed
            values |= self._failed("half-life", ("half_life",), error)
        return values

    def _beta_before(self) -> Value | None:
        """β of the window that ends where this one begins: as a rule it was worked out there, and is not again."""
        size = self._config.hedge_window
        y, x = self._window.rows(size, back=size)
        if len(y) < size:
            return None
        wanted = self._window.pushed - size
        while self._betas and self._betas[0][0] < wanted:
            self._betas.popleft()
        if self._betas and self._betas[0][0] == wanted:
            return self._betas[0][1]
        fit = ols(y, x)
        return Value(fit.beta, fit.reason)

    def _half_life(self, residual: Floats) -> Value:
        _, _, sd = count_mean_sd(residual, 0)  # of collinear legs only rounding noise is left, and noise reverts fast
        life = half_life(residual, dt=self._length / SECOND)
        return Value(life.half_life, life.reason) if sd > _TINY else Value(None, Reason.CONSTANT_SPREAD)

    def _correlation(self) -> Value:
        """Pearson correlation of one-row log returns over the correlation window; returns across a gap are left out."""
        y, x = self._window.rows(self._config.correlation_window + 1)
        if len(y) <= self._config.correlation_window:
            return WARMING
        n, syy, sxx, sxy = return_moments(y, x)
        if n < max(3, self._config.minimum_rows * self._config.correlation_window):
            return Value(None, Reason.TOO_FEW_ROWS)
        norm = math.sqrt(syy * sxx)
        if norm <= _TINY * _TINY:
            return Value(None, Reason.CONSTANT_LEG)
        return Value(max(-1.0, min(1.0, sxy / norm)))

    def _kalman_values(self, log_y: float, log_x: float, skipped: int, *, joint: bool) -> dict[str, Value]:
        for _ in range(min(skipped, self._config.hedge_window)):
            self._kalman.update(None, None)
        row = self._kalman.update(log_y if joint else None, log_x if joint else None)
        reason = row.reason if joint else Reason.STALE_LEG
        return {
            "kalman_beta": Value(row.beta, None if row.beta is not None else reason),
            "kalman_alpha": Value(row.alpha, None if row.alpha is not None else reason),
            "kalman_spread": Value(row.e, None if row.e is not None else reason),
            "kalman_z": Value(row.z, None if row.z is not None else reason),
            **self._fit.update(row),
        }


FAILED = Value(None, Reason.FAILED)
_KALMAN_PART = "kalman"
_PARTS = (_KALMAN_PART, "breakdown", "correlation", "hedge ratio", "cointegration test", "ADF test", "half-life")
_EG = ("eg_stat", "eg_p")
_ADF = ("adf_stat", "adf_p")
_KALMAN = ("kalman_beta", "kalman_alpha", "kalman_spread", "kalman_z", "kalman_sd_z", "kalman_ljung_box_p")
_FITTED = (
    "beta",
    "alpha",
    "beta_se",
    "r_squared",
    "spread",
    "z",
    "spread_mean",
    "spread_sd",
    "half_life",
    *_ADF,
    *_EG,
)


def _value(number: float | None, fit: OLSResult) -> Value:
    return Value(number, None if number is not None else fit.reason or Reason.NOT_FINITE)


def _is_stale(leg: Leg, limit: int) -> bool:
    return leg.price is None or leg.age is None or leg.age > limit


def _aged(leg: Leg, by: int) -> Leg:
    """A leg whose newest price is older by the rows that were skipped."""
    if leg.fresh is not None or leg.age is None:
        return leg
    return leg._replace(age=leg.age + by)
