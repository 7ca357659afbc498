"""The hedge of a pair at every row of a stretch at once: the batch twin of what the tracker makes row by row.

It has what signals and trades need (β, α, spread, mean, sd, z, the half-life of the time stop) and no other statistic.
A test holds it to the tracker: z to 1e-9, the same rows without a number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.errors import ConfigError
from spreadscope.model.events import Bools
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.timeframe import SECOND
from spreadscope.pairs.evidence_watch import half_life_of_rows, refresh_every
from spreadscope.pairs.series_kernels import ALPHA, BETA, MEAN, SD, SPREAD, Z, ols_series, rolling_ols_series
from spreadscope.stats import KalmanHedge, kalman_hedge
from spreadscope.stats._arrays import as_pair

#: Hedge models that have a batch twin.
BATCH_MODELS = (HedgeName.OLS, HedgeName.ROLLING_OLS, HedgeName.KALMAN)


@dataclass(frozen=True, slots=True)
class LegSeries:
    """What the rows of a pair saw of its legs, on a regular grid of n bars from the first row on.

    ``times`` are open times (ms). ``made``: whether there was a row (one leg had a bar). ``y`` and ``x`` are the prices
    seen inside the bar, NaN where a leg has none; ``last_y`` and ``last_x`` the newest known ones, NaN where stale.
    """

    times: IntArray
    made: Bools
    y: FloatArray
    x: FloatArray
    last_y: FloatArray
    last_x: FloatArray

    @property
    def length(self) -> int:
        """Returns the length of a bar in ms; 0 of fewer than two rows."""
        return int(self.times[1] - self.times[0]) if len(self.times) > 1 else 0


@dataclass(frozen=True, slots=True)
class RowSeries:
    """The traded hedge at every row; NaN where the row has no such number. ``y`` and ``x`` are the prices that it was
    fitted to, in its space; ``fitted`` says where the hedge window was full enough for statistics of it."""

    fitted: Bools
    y: FloatArray
    x: FloatArray
    beta: FloatArray
    alpha: FloatArray
    spread: FloatArray
    mean: FloatArray
    sd: FloatArray
    z: FloatArray


def require_batch_twin(config: AnalyticsConfig) -> None:
    """Raise ``ConfigError`` for a hedge that has no batch twin."""
    if config.hedge not in BATCH_MODELS:
        known = ", ".join(name.value for name in BATCH_MODELS)
        raise ConfigError(f"analytics.hedge={config.hedge.value} has no fast rows: use {known}, or the whole core")
    if not config.intercept:
        raise ConfigError("analytics.intercept=false has no fast rows: use the whole core")
    if config.direction == "x_on_y" and config.hedge is not HedgeName.OLS:
        raise ConfigError(f"analytics.direction=x_on_y has no fast rows with {config.hedge.value}: use the whole core")


def row_series(legs: LegSeries, config: AnalyticsConfig) -> RowSeries:
    """Returns the hedge at every row. Raises ``ConfigError`` for a hedge that has no batch twin."""
    require_batch_twin(config)
    y, x = in_space(legs.y, config.space), in_space(legs.x, config.space)
    missing = ~(np.isfinite(y) & np.isfinite(x))
    y, x = np.where(missing, np.nan, y), np.where(missing, np.nan, x)
    window, z_window = config.hedge_window, config.z_window
    fewest, fewest_z = config.minimum_rows * window, config.minimum_rows * z_window
    level = config.space is Space.LEVEL
    if config.hedge is HedgeName.OLS:
        last_y, last_x = in_space(legs.last_y, config.space), in_space(legs.last_x, config.space)
        found = ols_series(
            y, x, last_y, last_x, window, z_window, fewest, fewest_z, config.direction == "x_on_y", level
        )
    elif config.hedge is HedgeName.ROLLING_OLS:
        found = rolling_ols_series(y, x, window, z_window, fewest, fewest_z, level)
    else:
        found = _kalman(y, x, legs, config)
    found[:, ~legs.made] = np.nan
    rows = np.arange(1, len(y) + 1)
    joint = np.concatenate(([0], np.cumsum(~missing)))
    fitted = (rows >= window) & (joint[rows] - joint[np.maximum(0, rows - window)] >= fewest)
    return RowSeries(fitted, y, x, *(found[row] for row in (BETA, ALPHA, SPREAD, MEAN, SD, Z)))


def longest_half_lives(legs: LegSeries, config: AnalyticsConfig) -> FloatArray:
    """Returns the statistic ``half_life_high`` at every row, in seconds; NaN where it has no number.

    It rests on the evidence's own window, so it is the same for every hedge.
    """
    found = np.full(len(legs.times), np.nan)
    window = config.evidence_rows(legs.length)
    every = refresh_every(window)
    log_y, log_x = np.log(legs.y), np.log(legs.x)
    whole = np.isfinite(log_y) & np.isfinite(log_x)
    joint_y, joint_x, joint = log_y[whole], log_x[whole], np.cumsum(whole)
    rows = np.flatnonzero(legs.made)
    measured = rows[every - 1 :: every]
    for place, row in enumerate(measured.tolist()):
        end = int(joint[row])
        first = max(0, end - window)
        life = half_life_of_rows(joint_y[first:end], joint_x[first:end], legs.length / SECOND)
        until = measured[place + 1] if place + 1 < len(measured) else len(found)
        if life is not None and life.high is not None:
            found[row:until] = life.high
    return found


def in_space(prices: FloatArray, space: Space) -> FloatArray:
    """Returns prices in the space of the hedge."""
    return np.log(prices) if space is Space.LOG else prices


def _kalman(y: FloatArray, x: FloatArray, legs: LegSeries, config: AnalyticsConfig) -> FloatArray:
    """The filter sees every bar: one without both legs only lets its variance grow. Its mean is 0."""
    out = np.full((6, len(y)), np.nan)
    seen = _without_long_gaps(legs.made, config.hedge_window)
    leg_y, leg_x = as_pair(y[seen], x[seen])
    if config.kalman == "chan":
        chan = KalmanHedge.chan(delta=config.kalman_delta, r=config.kalman_r)
        rows = kalman_hedge(leg_y, leg_x, q_beta=chan.q_beta, q_alpha=chan.q_alpha, r=chan.r, initial_state=(0.0, 0.0))
    else:
        rows = kalman_hedge(leg_y, leg_x, burn_in=config.hedge_window)
    places = np.flatnonzero(seen)
    sd = np.sqrt(rows.s)
    for row, values in ((BETA, rows.beta), (ALPHA, rows.alpha), (SPREAD, rows.e), (SD, sd), (Z, rows.z)):
        out[row, places] = values
    out[MEAN, places] = np.where(np.isfinite(rows.z), 0.0, np.nan)
    return out


def _without_long_gaps(made: Bools, most: int) -> Bools:
    """Returns which bars the filter sees: of those without a row, the first ``most`` of each gap."""
    rows = np.arange(len(made))
    newest = np.maximum.accumulate(np.where(made, rows, -1))
    seen: Bools = made | (rows - newest <= most)
    return seen
