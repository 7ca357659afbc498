"""A row of a study is the row that the live engine makes of the same bars."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from spreadscope.engine import Engine
from spreadscope.model.config import Config
from spreadscope.model.events import MarketTime, Origin, Quote, SetParameters, Trades, WatchPair, WatchSymbol
from spreadscope.model.facts import Bar, Fact, PairRow, Signal
from spreadscope.model.hedge import HedgeName
from spreadscope.model.parameter_layers import PairParameters, plain_values
from spreadscope.model.timeframe import Timeframe
from spreadscope.research.lab.hedge_paths import OtherModels
from spreadscope.research.lab.live_rows import live_rows
from tests.research.lab.pairs_of_bars import PAIR, START, bars, settings, tied
from tests.support.facts import of

ROWS = 700
Settings = dict[str, float | str | bool]


def trades_of(symbol: str, prices: list[float], skipped: set[int]) -> list[Trades]:
    """A trade in the middle of each second; in ``skipped`` there is none."""
    made: list[Trades] = []
    for place, price in enumerate(prices):
        if place not in skipped:
            number, time = len(made) + 1, START + 1_000 * place + 500
            columns = np.array([number]), np.array([time]), np.array([price]), np.array([1.0]), np.array([False])
            made.append(Trades(symbol, *columns, Origin.LIVE))
    return made


def live(parameters: PairParameters, *, quoted: bool) -> list[Fact]:
    """What an engine says of two tied legs: the one trades each second, the other misses some."""
    y, x = (np.exp(leg).tolist() for leg in tied(ROWS))
    engine = Engine(Config(), (Timeframe.S1,))
    values = plain_values(parameters.analytics, parameters.signals)
    facts: list[Fact] = engine.on(SetParameters("", Timeframe.S1, values))
    for event in (WatchSymbol(PAIR.y), WatchSymbol(PAIR.x), WatchPair(PAIR)):
        facts += engine.on(event)
    trades = [*trades_of(PAIR.y, y, set()), *trades_of(PAIR.x, x, set(range(300, 309)) | {400, 402})]
    for batch in sorted(trades, key=lambda each: int(each.times[0])):
        time = int(batch.times[0])
        if quoted:
            price = float(batch.prices[0])
            facts += engine.on(Quote(batch.symbol, time + 10, price * 0.9995, price * 1.0007))
        facts += engine.on(batch)
        facts += engine.on(MarketTime(time))
    return facts + engine.on(MarketTime(START + 1_000 * (ROWS + 10)))


def comparable(row: PairRow) -> PairRow:
    """A row without the ages of its prices, which are counted in whole bars where only bars are known, and without
    the names of where they come from."""
    return msgspec.structs.replace(row, age_y=None, age_x=None, source_y=None, source_x=None)


@pytest.mark.parametrize("hedge", ["ols", "kalman"])
def test_rows_and_signals_of_bars_are_those_of_the_engine(hedge: str) -> None:
    parameters = settings(
        analytics__hedge=hedge, analytics__hedge_window=60, analytics__z_window=30, analytics__evidence_window=240
    ).parameters
    facts = live(parameters, quoted=False)
    stored = [bar for bar in of(facts, Bar) if not bar.revised]
    steps = list(live_rows(PAIR, Timeframe.S1, parameters, *_of_legs(stored)))
    rows, signals = of(facts, PairRow), of(facts, Signal)
    assert len(rows) > 600
    assert len(signals) > 10
    assert [comparable(step.row) for step in steps] == [comparable(row) for row in rows]
    assert [step.signal for step in steps if step.signal] == signals


def test_a_bar_with_quotes_has_its_mid() -> None:
    parameters = settings(analytics__hedge_window=60, analytics__z_window=30).parameters
    facts = live(parameters, quoted=True)
    stored = of(facts, Bar)
    assert all(bar.bid for bar in stored)
    steps = list(live_rows(PAIR, Timeframe.S1, parameters, *_of_legs(stored)))
    first_gap = START + 300_000
    live_rows_before = [comparable(row) for row in of(facts, PairRow) if row.time < first_gap]
    assert [comparable(step.row) for step in steps if step.row.time < first_gap] == live_rows_before


def _of_legs(stored: list[Bar]) -> tuple[list[Bar], list[Bar]]:
    return [bar for bar in stored if bar.symbol == PAIR.y], [bar for bar in stored if bar.symbol == PAIR.x]


@pytest.mark.parametrize("name", list(HedgeName))
@pytest.mark.parametrize("space", ["log", "level"])
def test_the_path_of_a_model_is_what_it_would_be_if_it_were_traded(name: HedgeName, space: str) -> None:
    windows: Settings = {"analytics__hedge_window": 60, "analytics__z_window": 30, "analytics__space": space}
    other = "huber" if name is HedgeName.OLS else "ols"
    y, x = tied(220)
    y[130:135] = math.nan
    legs = bars(PAIR.y, y), bars(PAIR.x, x, without=range(150, 190))
    traded = settings(**{**windows, "analytics__hedge": name.value}).parameters
    compared = settings(**{**windows, "analytics__hedge": other}).parameters
    models = OtherModels(compared.analytics, Timeframe.M1)
    for step in live_rows(PAIR, Timeframe.M1, compared, *legs):
        models.add(step.row, step.legs)
    rows = [step.row for step in live_rows(PAIR, Timeframe.M1, traded, *legs)]
    path = models.paths[name]
    assert len(rows) == len(path.z) == 220
    assert [path.beta[place] for place in range(220)] == [row.beta for row in rows]
    assert [path.spread[place] for place in range(220)] == [row.spread for row in rows]
    assert [path.z[place] for place in range(220)] == [row.z for row in rows]
    assert any(row.z.value is not None for row in rows)


def test_many_bars_take_little_memory() -> None:
    """The series is trimmed: what a row reads is the bar at its own time."""
    y, x = tied(9_000, half_life=5.0)
    parameters = settings(analytics__hedge_window=30, analytics__z_window=10, analytics__max_lags=0).parameters
    legs = bars(PAIR.y, y, Timeframe.S1), bars(PAIR.x, x, Timeframe.S1)
    rows = [step.row for step in live_rows(PAIR, Timeframe.S1, parameters, *legs)]
    assert len(rows) == 9_000
    assert all(row.n == 30 for row in rows[40:])
