"""What a portfolio's page shows of an equity curve: P&L by day, falls from the high, how far trades went both ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason
from spreadscope.performance._checks import as_returns
from spreadscope.stats._labels import labelled
from spreadscope.stats._results import Result

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class DailyPnl(Result, title="P&L by UTC day"):
    """A row for each UTC day with a point: its start (ms), its last equity, P&L in currency, and P&L over the equity
    at its beginning (NaN where that was not above 0)."""

    day_ms: IntArray
    equity: FloatArray
    pnl: FloatArray
    share: FloatArray


@dataclass(frozen=True, slots=True)
class DrawdownSeries(Result, title="Falls of equity from its high"):
    """A row for each point: how far equity is below its high so far, in currency and as a share of the high (both 0 or
    negative; the share is NaN while the high is not above 0), and the row of that high."""

    amount: FloatArray
    share: FloatArray
    peak: IntArray


@dataclass(frozen=True, slots=True)
class Excursions(Result, title="Excursions of an open position"):
    """The best and the worst P&L while a position was open (0 at the entry), and the rows where they were.

    A row is None where P&L was never above (or below) 0. ``given_back`` is the best P&L less the last one.
    """

    favourable: float | None
    adverse: float | None
    favourable_row: int | None
    adverse_row: int | None
    given_back: float | None
    n: int
    reason: Reason | None


def daily_pnl(times_ms: ArrayLike, equity: ArrayLike) -> DailyPnl:
    """Returns P&L by UTC day of points of equity (whole milliseconds since 1970, in order).

    A day's P&L is its last equity less that of the day before that has a point, for the first day less its first point;
    so all days sum to the whole. A day without a point has no row: what happened then is in the next row. A point at
    midnight belongs to the day that begins; of points at one time the last counts. No point: arrays without rows.

    Errors: times that go back or are no whole numbers, a missing equity, unlike lengths.

    >>> found = daily_pnl([0, 1_000, 86_400_000, 260_000_000], [100.0, 90.0, 120.0, 60.0])
    >>> found.pnl.tolist(), found.share.tolist(), (found.day_ms // 86_400_000).tolist()
    ([-10.0, 30.0, -60.0], [-0.1, 0.3333333333333333, -0.5], [0, 1, 3])
    """
    times, values = _times(times_ms), as_returns(equity, "equity points")
    if times.size != values.size:
        raise StatisticsError(f"there are {times.size} times and {values.size} equity points; give one for each")
    if not times.size:
        return DailyPnl(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0))
    days = times // DAY_MS
    last = np.append(np.flatnonzero(np.diff(days)), days.size - 1)
    closing = values[last]
    opening = np.append(values[0], closing[:-1])
    pnl = closing - opening
    return DailyPnl(days[last] * DAY_MS, closing, pnl, _share(pnl, opening))


@labelled
def drawdown_series(equity: ArrayLike) -> DrawdownSeries:
    """Returns how far equity is below its high at each point; the first point is the first high.

    The smallest ``share`` is the depth that ``max_drawdown`` gives for the returns of the same equity.
    Errors: a missing equity.

    >>> found = drawdown_series([100.0, 120.0, 90.0, 130.0])
    >>> found.amount.tolist(), found.share.tolist(), found.peak.tolist()
    ([0.0, 0.0, -30.0, 0.0], [0.0, 0.0, -0.25, 0.0], [0, 1, 1, 3])
    """
    values = as_returns(equity, "equity points")
    high = np.maximum.accumulate(values) if values.size else values
    amount = values - high
    rose = np.append(True, high[1:] > high[:-1]) if values.size else np.zeros(0, dtype=np.bool_)
    peak = np.maximum.accumulate(np.where(rose, np.arange(values.size), 0)).astype(np.int64)
    return DrawdownSeries(amount, _share(amount, high), peak)


@labelled
def excursions(pnl: ArrayLike) -> Excursions:
    """Returns the maximum favourable and adverse excursion of a position.

    ``pnl``: its P&L since the entry, at each time it was marked (not its changes), in any unit; the result has that
    unit. The favourable one is 0 or more, the adverse one 0 or less. Undefined: no mark. Errors: a missing P&L.

    Source: Sweeney (1996), Maximum Adverse Excursion.

    >>> found = excursions([-2.0, 5.0, 3.0])
    >>> found.favourable, found.adverse, found.given_back
    (5.0, -2.0, 2.0)
    """
    values = as_returns(pnl, "P&L values")
    if not values.size:
        return Excursions(None, None, None, None, None, 0, Reason.TOO_FEW_ROWS)
    best, worst = int(np.argmax(values)), int(np.argmin(values))
    favourable, adverse = max(0.0, float(values[best])), min(0.0, float(values[worst]))
    return Excursions(
        favourable=favourable,
        adverse=adverse,
        favourable_row=best if favourable > 0.0 else None,
        adverse_row=worst if adverse < 0.0 else None,
        given_back=favourable - float(values[-1]),
        n=values.size,
        reason=None,
    )


def _times(times_ms: ArrayLike) -> IntArray:
    held = np.asarray(times_ms)
    if held.ndim != 1 or (held.size and held.dtype.kind not in "iu"):
        raise StatisticsError("times_ms must be one series of whole milliseconds since 1970")
    times: NDArray[np.int64] = held.astype(np.int64)
    if (np.diff(times) < 0).any():
        raise StatisticsError("times_ms go back; sort the points by their time first")
    return times


def _share(amount: FloatArray, of: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(of > 0.0, amount / of, np.nan)
