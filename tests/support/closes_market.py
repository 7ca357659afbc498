"""Markets of a screen that are known by the closes of bars alone."""

from __future__ import annotations

import numpy as np

from spreadscope.jit import FloatArray, IntArray
from spreadscope.model.instrument import Pair
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import UNIT
from spreadscope.pairs.row_series import LegSeries
from spreadscope.replay.screen_market import LegMarket, ScreenMarket, Tops


def closes_market(
    pair: Pair, timeframe: Timeframe, times: IntArray, y: FloatArray, x: FloatArray, *, half_spread_bps: float = 1.0
) -> ScreenMarket:
    """Returns a market in which each order fills at the close of its own bar, half a spread beside it. ``times`` are
    the open times of bars without a hole (ms); a leg without a bar is NaN, and is not traded there."""
    decided = times + timeframe.milliseconds + 1_000

    def leg(closes: FloatArray) -> LegMarket:
        sides = (np.nan_to_num(closes * (1 + sign * half_spread_bps / 1e4)) for sign in (-1, 1))
        bid, ask = (np.rint(side * UNIT).astype(np.int64) for side in sides)
        tops = Tops(bid, ask, decided - 1)
        return LegMarket(tops, tops)

    made = np.isfinite(y) | np.isfinite(x)
    return ScreenMarket(
        pair=pair, timeframe=timeframe, legs=LegSeries(times, made, y, x, y, x), decided=decided, y=leg(y), x=leg(x),
        first_time=int(times[0]), last_time=int(decided[-1]) - 1, latency=50, seconds=0, quoted=0, trades=0,
    )  # fmt: skip
