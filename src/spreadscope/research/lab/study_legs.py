"""Both legs of a study on one grid of times, and what each is by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from spreadscope.contract.lab import Heat, HeatCell, LegStudy, StudyFigure
from spreadscope.model.events import Floats, Ints
from spreadscope.model.facts import Bar
from spreadscope.model.timeframe import SECOND, Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.legs import bar_price
from spreadscope.performance import return_moments
from spreadscope.research.lab.correlograms import autocorrelation
from spreadscope.stats import adf

_YEAR_SECONDS = 365 * 86_400
_HOUR_MS = 3_600_000
_MONDAY = 3  # 1 January 1970 was a Thursday
_FEWEST_RETURNS = 3
BPS = 10_000.0
_MAX_LAGS = 10


class Legs(msgspec.Struct, frozen=True):
    """Log prices of both legs at every bar time from first to last; NaN where a leg has no bar."""

    times: Ints
    y: Floats
    x: Floats
    length: int

    @property
    def joint(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Returns which rows have both legs."""
        return np.isfinite(self.y) & np.isfinite(self.x)


def legs_of(bars_y: Sequence[Bar], bars_x: Sequence[Bar], length: int) -> Legs:
    """Returns both legs on the grid of the span in which both have bars. Each leg needs a bar."""
    first = max(bars_y[0].open_time, bars_x[0].open_time)
    last = max(bars_y[-1].open_time, bars_x[-1].open_time)
    times = np.arange(first, last + 1, length, dtype=np.int64)
    y, x = (_log_prices(bars, first, len(times), length) for bars in (bars_y, bars_x))
    return Legs(times, y, x, length)


def _log_prices(bars: Sequence[Bar], first: int, count: int, length: int) -> Floats:
    prices = np.full(count, math.nan)
    for bar in bars:
        place = (bar.open_time - first) // length
        if 0 <= place < count:
            prices[place] = math.log(bar_price(bar))
    return prices


def study_leg(symbol: str, bars: Sequence[Bar], log_prices: Floats, timeframe: Timeframe, source: str) -> LegStudy:
    """Returns the statistics of one leg; ``log_prices`` are on the study's grid."""
    returns = np.diff(log_prices)
    finite = returns[np.isfinite(returns)]
    present = np.isfinite(log_prices)
    rows = len(log_prices)
    moments = return_moments(finite)
    seconds = timeframe.milliseconds / SECOND
    yearly = None if moments.sd is None else moments.sd * math.sqrt(_YEAR_SECONDS / seconds)
    few = Value(None, Reason.TOO_FEW_ROWS)
    none = few if len(finite) < _FEWEST_RETURNS else Value(None, moments.reason or Reason.CONSTANT_LEG)
    unit_root = adf(log_prices, lags="aic", max_lags=_MAX_LAGS)
    share = Value(1.0 - float(present.mean())) if rows else few
    zero = Value(float(np.mean(finite == 0.0))) if len(finite) else few
    figures = [
        StudyFigure(
            key="bars", label="Bars", help="Bars of this leg in the range.", format="fixed:0",
            value=Value(float(present.sum())),
        ),
        StudyFigure(
            key="missing", label="Bars missing", format="percent",
            help="The share of the range without a bar of this leg. No price is filled in there.", value=share,
        ),
        StudyFigure(
            key="longest_gap", label="Longest gap", format="duration", help="The longest time without a bar.",
            value=Value(_longest_gap(present) * seconds),
        ),
        StudyFigure(
            key="incomplete", label="Bars with trades missing", format="percent",
            help="The share of the bars that are not proved to be whole.",
            value=Value(sum(not bar.complete for bar in bars) / len(bars)) if bars else few,
        ),
        StudyFigure(
            key="volatility", label="Volatility a year", format="percent",
            help="Standard deviation of log returns times √(bars a year). Bounce between bid and ask adds to it.",
            value=_or(yearly, none),
        ),
        StudyFigure(
            key="sd", label="Deviation of a return (bp)", format="fixed:2",
            help="Standard deviation of log returns from one bar to the next.",
            value=_or(None if moments.sd is None else BPS * moments.sd, none),
        ),
        StudyFigure(
            key="mean", label="Mean return", format="bp", help="Mean log return from one bar to the next.",
            value=_or(moments.mean, none),
        ),
        StudyFigure(
            key="skewness", label="Skewness", format="signed:2", help="0 for symmetric returns.",
            value=_or(moments.skewness, none),
        ),
        StudyFigure(
            key="kurtosis", label="Kurtosis", format="fixed:1",
            help="3 for normal returns; more means more very large ones.", value=_or(moments.kurtosis, none),
        ),
        StudyFigure(
            key="zero_returns", label="Returns of zero", format="percent",
            help="The share of returns that are exactly 0: the leg did not move, or its tick is coarse.", value=zero,
        ),
        StudyFigure(
            key="adf_p", label="Unit root p", format="p",
            help=(
                "ADF of the log price with a constant. Small: this leg goes back to a level by itself (a peg), and any"
                " tie with it is no news."
            ),
            value=Value(unit_root.pvalue, unit_root.reason if unit_root.pvalue is None else None),
        ),
    ]  # fmt: skip
    return LegStudy(symbol=symbol, source=source, figures=figures, autocorrelation=autocorrelation(returns, symbol))


def _or(number: float | None, otherwise: Value) -> Value:
    return otherwise if number is None or not math.isfinite(number) else Value(number)


def _longest_gap(present: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """Returns the longest run of rows without a bar."""
    places = np.flatnonzero(present)
    if len(places) == 0:
        return len(present)
    edges = np.concatenate(([-1], places, [len(present)]))
    return int(np.diff(edges).max()) - 1


def heat(name: str, log_prices: Floats, times: Ints) -> Heat:
    """Returns means and deviations of log changes by the hour and weekday (UTC) in which they end."""
    changes = np.diff(log_prices)
    hours = times[1:] // _HOUR_MS
    cell = (hours // 24 + _MONDAY) % 7 * 24 + hours % 24
    finite = np.isfinite(changes)
    cell, changes = cell[finite], changes[finite]
    counts = np.bincount(cell, minlength=168)
    sums = np.bincount(cell, changes, minlength=168)
    means = np.divide(sums, counts, out=np.zeros(168), where=counts > 0)
    squares = np.bincount(cell, (changes - means[cell]) ** 2, minlength=168)
    return Heat(
        name=name,
        cells=[
            HeatCell(
                weekday=place // 24,
                hour=place % 24,
                n=int(counts[place]),
                mean=float(means[place]) if counts[place] else None,
                deviation=math.sqrt(squares[place] / (counts[place] - 1)) if counts[place] > 1 else None,
            )
            for place in range(168)
        ],
    )
