"""The evidence of a pair while one watches: looks that hold their size, and the half-life with its interval.

Both are on a long window.

The hedge window is short, so that β follows; what it can see of a tie is little. Evidence has a window of its own, as
long as a tie needs to show itself, and is decided in looks (``stats.sequential_evidence``), never at a row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.events import Floats
from spreadscope.model.timeframe import SECOND
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.row import OnlineSource, RowContext
from spreadscope.stats import SequentialEvidence, SpreadHalfLife, Standing, spread_half_life
from spreadscope.stats.surrogate_cointegration import FEWEST_ROWS

_WARMING = Value(None, Reason.WARMING_UP)
_REFRESHES = 24  # of the half-life within a window: it moves slowly, and costs as much as a row
_WORK = 1_000_000  # rows of surrogates at a row: about a millisecond, so that a look never holds up the market


class EvidenceFigures(NamedTuple):
    """What the looks say (None before the first), and the half-life of the long window (None while it is too short).

    ``since_break``: seconds since a tie that was found broke, None where there is no such break.
    """

    standing: Standing | None
    life: SpreadHalfLife | None
    since_break: float | None = None


class EvidenceWatch:
    """Feeds every row's prices to the looks."""

    def __init__(self, config: AnalyticsConfig, length: int) -> None:
        self._evidence = SequentialEvidence(
            config.evidence_rows(length), level=config.evidence_level, seed=length, work=_WORK
        )
        self._seconds = length / SECOND
        self._every = refresh_every(self._evidence.window)
        self._rows = 0
        self._figures = EvidenceFigures(None, None)

    def update(self, row: RowContext) -> EvidenceFigures:
        y, x = row.log_prices(1)
        before = self._evidence.since_break
        look = self._evidence.update(float(y[0]), float(x[0]))
        self._rows += 1
        since = self._evidence.since_break
        if look is not None or since != before:
            seconds = None if since is None else since * self._seconds
            self._figures = self._figures._replace(standing=self._evidence.standing, since_break=seconds)
        if self._rows % self._every == 0:
            self._figures = self._figures._replace(life=self._measured())
        return self._figures

    def _measured(self) -> SpreadHalfLife | None:
        return half_life_of_rows(*self._evidence.rows(), self._seconds)


def refresh_every(window: int) -> int:
    """Returns after how many rows the half-life of the long window is measured again."""
    return max(1, window // _REFRESHES)


def half_life_of_rows(y: Floats, x: Floats, seconds: float) -> SpreadHalfLife | None:
    """Returns the half-life of the residual of a line through joint rows, each so many seconds long; None of too few
    rows."""
    if len(y) < FEWEST_ROWS:
        return None
    y, x = y - y.mean(), x - x.mean()
    squares = float(x @ x)
    if squares <= 0.0:
        return SpreadHalfLife(None, None, None, None, len(y), Reason.CONSTANT_LEG)
    beta = float(x @ y) / squares
    residual = y - beta * x
    # Of collinear legs only rounding noise is left, and noise reverts fast.
    if float(np.sqrt(residual @ residual)) <= 1e-9 * float(np.sqrt(y @ y)):
        return SpreadHalfLife(None, None, None, None, len(y), Reason.COLLINEAR)
    return spread_half_life(residual, dt=seconds)


EVIDENCE = OnlineSource("evidence", EvidenceWatch)


def of_looks(read: Callable[[Standing], float | None]) -> Callable[[RowContext], Value]:
    """Returns the function of a statistic that reads the looks; before the first one it is warming up."""

    def value(row: RowContext) -> Value:
        found: EvidenceFigures = row.read(EVIDENCE)
        number = None if found.standing is None else read(found.standing)
        return _WARMING if number is None else Value(number)

    return value


def life_value(bound: float | None, life: SpreadHalfLife | None) -> Value:
    """Returns a figure of the half-life, or why there is none."""
    if life is None:
        return _WARMING
    return Value(bound) if bound is not None else Value(None, life.reason or Reason.NOT_MEAN_REVERTING)


def life(row: RowContext) -> SpreadHalfLife | None:
    """Returns the half-life of the long window; None while it is too short."""
    found: EvidenceFigures = row.read(EVIDENCE)
    return found.life
