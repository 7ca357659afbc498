"""Stored closes of several symbols on one grid of times, and what the positions of today would have earned there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from spreadscope.jit import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """Closes by symbol at equal steps; NaN where a bar is not stored. ``times`` are the ends of the bars (ms)."""

    step: int
    times: IntArray
    closes: Mapping[str, FloatArray]

    def newest(self, length: int) -> PriceHistory:
        """Returns the last ``length`` ms."""
        rows = slice(max(0, len(self.times) - length // self.step - 1), None)
        return PriceHistory(self.step, self.times[rows], {name: each[rows] for name, each in self.closes.items()})

    def every(self, step: int) -> PriceHistory:
        """Returns the closes at whole multiples of a longer ``step`` (ms)."""
        rows = self.times % step == 0
        return PriceHistory(step, self.times[rows], {name: each[rows] for name, each in self.closes.items()})

    def lacking(self, symbols: Iterable[str]) -> list[str]:
        """Returns the symbols of which nothing is stored."""
        return [name for name in symbols if name not in self.closes or bool(np.isnan(self.closes[name]).all())]

    def returns(self, symbol: str, periods: int = 1) -> FloatArray:
        """Returns simple returns over ``periods`` steps, one for each step at which they can begin; NaN at a hole."""
        closes = self.closes.get(symbol)
        if closes is None or len(closes) <= periods:
            return np.full(max(0, len(self.times) - periods), np.nan)
        found: FloatArray = closes[periods:] / closes[:-periods] - 1.0
        return found

    def pnl(self, values: Mapping[str, float], periods: int = 1) -> FloatArray:
        """Returns what positions of these ``values`` (USDT, signed) would have earned over ``periods`` steps.

        Each is a full revaluation: value · (P(t + periods) / P(t) − 1), summed over the symbols. NaN where a close of
        any symbol with a position is missing.
        """
        total = np.zeros(max(0, len(self.times) - periods))
        for symbol, value in values.items():
            if value:
                total = total + value * self.returns(symbol, periods)
        return total


def price_history(step: int, series: Mapping[str, tuple[IntArray, FloatArray]], *, shift: int = 0) -> PriceHistory:
    """Returns series of (times, closes) on one grid; a time that is no multiple of ``step`` is left out.

    ``shift`` (ms) is added to the times: the length of a bar makes its end of its opening.
    """
    kept = {name: (times + shift, closes) for name, (times, closes) in series.items() if len(times)}
    if not kept:
        return PriceHistory(step, np.zeros(0, dtype=np.int64), {})
    first = min(int(times[0]) for times, _ in kept.values())
    last = max(int(times[-1]) for times, _ in kept.values())
    grid = np.arange(-(-first // step) * step, last + 1, step, dtype=np.int64)
    closes_by_symbol = {}
    for name, (times, closes) in kept.items():
        fits = (times % step == 0) & (closes > 0)
        closes_of = np.full(len(grid), np.nan)
        closes_of[(times[fits] - grid[0]) // step] = closes[fits]
        closes_by_symbol[name] = closes_of
    return PriceHistory(step, grid, closes_by_symbol)


def known(values: FloatArray) -> FloatArray:
    """Returns the values that are not missing."""
    found: FloatArray = values[~np.isnan(values)]
    return found
