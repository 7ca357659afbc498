"""Tests of cointegration on stored bars, with chosen lags and trend."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from spreadscope import contract
from spreadscope.model.hedge import Space
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.legs import bar_price
from spreadscope.stats import adf, engle_granger, ols
from spreadscope.store.reader import StoreReader

Floats = npt.NDArray[np.float64]
_TREND_WORDS = {"c": "a constant", "ct": "a constant and a trend"}
_LEVEL = 0.05


def run_tests(
    reader: StoreReader, pair: Pair, timeframe: Timeframe, *, rows: int, lags: int | str, trend: str, space: Space
) -> contract.PairTests:
    """Returns Engle–Granger of both directions on the newest ``rows`` bars, and ADF of the spread of their second half
    with the β of the first.

    ADF is valid only for weights from other data, so that the spread of a β fitted on the same rows is never tested by
    it. ``lags`` is a number, or ``aic``. Reads the store.
    """
    times, y, x = _closes(reader, pair, timeframe, rows, space)
    joint = int(np.count_nonzero(np.isfinite(y) & np.isfinite(x)))
    tests = [
        _engle_granger(f"Engle–Granger, {first} on {second}", legs, lags, trend)
        for first, second, legs in ((pair.y, pair.x, (y, x)), (pair.x, pair.y, (x, y)))
    ]
    tests.append(_adf(y, x, lags, trend))
    return contract.PairTests(
        pair=str(pair),
        timeframe=timeframe,
        rows=rows,
        joint_rows=joint,
        start=int(times[0]) if times.size else None,
        end=int(times[-1]) if times.size else None,
        tests=tests,
        words=_words(tests),
    )


def _closes(
    reader: StoreReader, pair: Pair, timeframe: Timeframe, rows: int, space: Space
) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Returns the times of the newest bars and the prices of both legs; NaN where a leg has no bar."""
    length = timeframe.milliseconds
    legs = [
        {bar.open_time: bar_price(bar) for bar in reader.bars(symbol, timeframe, limit=rows)} for symbol in pair.symbols
    ]
    if not all(legs):
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    end = max(max(leg) for leg in legs) + length
    start = max(end - rows * length, *(min(leg) for leg in legs))
    times = np.arange(start, end, length, dtype=np.int64)
    y, x = (np.array([leg.get(time, math.nan) for time in times.tolist()]) for leg in legs)
    return (times, np.log(y), np.log(x)) if space is Space.LOG else (times, y, x)


def _engle_granger(name: str, legs: tuple[Floats, Floats], lags: int | str, trend: str) -> contract.PairTest:
    what = f"the residual of the regression with {_TREND_WORDS[trend]}"
    if legs[0].size < 2:
        return _missing(name, what)
    test = engle_granger(*legs, trend=trend, lags=lags)
    return _shaped(name, what, test.stat, test.pvalue, test.lags, test.n, test.critical, test.reason)


def _adf(y: Floats, x: Floats, lags: int | str, trend: str) -> contract.PairTest:
    name, half = "ADF of the spread", y.size // 2
    what = f"the second half, with the β of the first half, and {_TREND_WORDS[trend]}"
    if half < 2:
        return _missing(name, what)
    fit = ols(y[:half], x[:half])
    if fit.beta is None:
        return _missing(name, what, fit.reason or Reason.TOO_FEW_ROWS)
    scale = float(np.nanmax(np.abs(y[half:]), initial=0.0))
    test = adf(y[half:] - fit.beta * x[half:], trend=trend, lags=lags, scale=scale)
    return _shaped(name, what, test.stat, test.pvalue, test.lags, test.n, test.critical, test.reason)


def _shaped(
    name: str,
    what: str,
    stat: float | None,
    pvalue: float | None,
    lags: int,
    n: int,
    critical: object,
    reason: Reason | None,
) -> contract.PairTest:
    levels = [getattr(critical, level, None) for level in ("one", "five", "ten")]
    known = [float(level) for level in levels if level is not None]
    return contract.PairTest(
        name=name, what=what, stat=Value(stat, reason), pvalue=Value(pvalue, reason), lags=lags, n=n,
        critical=(known[0], known[1], known[2]) if len(known) == len(levels) else None,
    )  # fmt: skip


def _missing(name: str, what: str, reason: Reason = Reason.TOO_FEW_ROWS) -> contract.PairTest:
    return _shaped(name, what, None, None, 0, 0, None, reason)


def _words(tests: list[contract.PairTest]) -> str:
    """Returns what both directions of Engle–Granger say together: 2·min p is paid for looking at two."""
    values = [test.pvalue.value for test in tests[:2]]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return "Engle–Granger cannot be computed on these rows: the reason stands beside it."
    both = min(1.0, 2.0 * min(known))
    verdict = "there is evidence that the pair is tied" if both < _LEVEL else "there is no evidence that it is tied"
    return (
        f"Both directions together: p {both:.3g}; on these rows {verdict}. It is one look: whoever looks again and"
        " again will see a small p by chance, for which the evidence on the page is corrected."
    )
