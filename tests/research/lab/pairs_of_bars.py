"""Bars of two legs, tied or not, made from seeds."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from spreadscope.contract.lab import ParameterSet
from spreadscope.model.config import AnalyticsConfig, SignalConfig
from spreadscope.model.events import Floats
from spreadscope.model.facts import Bar
from spreadscope.model.instrument import Pair
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.lab.study import StudyInput
from spreadscope.research.lab.study_settings import StudySettings, settings_of

PAIR = Pair("AAAUSDT", "BBBUSDT")
START = 1_700_000_100_000  # a whole five minutes


def walk(n: int, seed: int, sd: float = 1e-3) -> Floats:
    return 8.0 + np.cumsum(np.random.default_rng(seed).standard_normal(n)) * sd


def reverting(n: int, seed: int, half_life: float, sd: float = 5e-4) -> Floats:
    noise = np.random.default_rng(seed).standard_normal(n) * sd
    out = np.zeros(n)
    for t in range(1, n):
        out[t] = 0.5 ** (1 / half_life) * out[t - 1] + noise[t]
    return out


def tied(n: int, seed: int = 1, half_life: float = 20.0, beta: float = 0.7) -> tuple[Floats, Floats]:
    x = walk(n, seed)
    return 1.2 + beta * x + reverting(n, seed + 1_000, half_life), x


def bars(
    symbol: str,
    log_prices: Floats,
    timeframe: Timeframe = Timeframe.M1,
    *,
    start: int = START,
    without: Collection[int] = (),
    quoted: bool = False,
) -> list[Bar]:
    """A bar for each price that is there."""
    return [
        Bar(
            symbol,
            timeframe,
            start + place * timeframe.milliseconds,
            price,
            price * 1.0001,
            price * 0.9999,
            price,
            1.0,
            5,
            complete=True,
            bid=price * 0.9999 if quoted else None,
            ask=price * 1.0001 if quoted else None,
        )
        for place, price in enumerate(np.exp(log_prices).tolist())
        if place not in without and np.isfinite(price)
    ]


def settings(**parameters: float | str | bool) -> StudySettings:
    """Settings with windows of 120 and 60 rows and these laid over them; a double underscore stands for the dot."""
    fee = float(parameters.pop("fee_bps", 5.0))
    named = {key.replace("__", "."): value for key, value in parameters.items()}
    base = PairParameters(AnalyticsConfig(), SignalConfig())
    return settings_of(base, Timeframe.M1, ParameterSet(settings=named, fee_bps=fee))


def given(y: Floats, x: Floats, *sets: StudySettings, **bar_options: Collection[int]) -> StudyInput:
    return StudyInput(
        pair=PAIR,
        timeframe=Timeframe.M1,
        bars_y=bars(PAIR.y, y, without=bar_options.get("without_y", ())),
        bars_x=bars(PAIR.x, x, without=bar_options.get("without_x", ())),
        sets=sets or (settings(),),
    )
