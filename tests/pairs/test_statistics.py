"""The registry of statistics: each is declared whole, and what is derived from it agrees with it."""

from __future__ import annotations

import math
import re

import msgspec
import numpy as np
import pytest
from scipy.stats import theilslopes  # type: ignore[import-untyped]

from spreadscope.alerts.language.parser import parse
from spreadscope.alerts.language.vocabulary import MEASURES, SUBJECTS
from spreadscope.engine.digest import FactsDigest
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.facts import PairRow
from spreadscope.model.fault_log import FaultLog
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.legs import Leg
from spreadscope.pairs.row_evidence import KALMAN
from spreadscope.pairs.statistics import ONLINE, STATISTICS, fill_in, label
from spreadscope.pairs.theil_sen_window import TheilSenWindow
from spreadscope.pairs.tracker import PairTracker
from spreadscope.stats.theil_sen import theil_sen
from spreadscope.store.tables import VALUE_COLUMNS
from tests.support.facts import row


@pytest.mark.parametrize("key", STATISTICS)
def test_a_declaration_is_whole(key: str) -> None:
    each = STATISTICS[key]
    assert each.key == key
    assert each.label
    assert each.help.endswith(".")
    assert each.source
    assert key in VALUE_COLUMNS
    if each.card is not None:
        for named in re.findall(r"\{(\w+)", each.card.note):
            assert named == "state" or named in STATISTICS, named
    if each.line is not None and each.line.bands is not None:
        assert set(each.line.bands) <= set(STATISTICS)
    if each.rule is not None:
        name = each.rule.name or key
        assert SUBJECTS[name].field == key
        assert MEASURES[name] is each.measure
        assert parse(each.rule.example).text == each.rule.example


def test_keys_are_names_of_columns() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in STATISTICS)
    assert len(set(ONLINE)) == len(ONLINE)


def test_labels_say_which_hedge_is_traded() -> None:
    ols, kalman = AnalyticsConfig(), AnalyticsConfig(hedge=HedgeName.KALMAN)
    z, beta = STATISTICS["z"], STATISTICS["beta"]
    assert [label(z, ols), label(beta, ols)] == ["z-score", "β (OLS)"]
    assert [label(z, kalman), label(beta, kalman)] == ["z-score (Kalman)", "β (Kalman)"]
    level = AnalyticsConfig(space=Space.LEVEL, intercept=False)
    assert fill_in("Spread {spread}", level) == "Spread Y − βX"


def test_one_more_statistic_leaves_the_hash_of_a_session_as_it_is() -> None:
    before = row()
    then, now = FactsDigest(tuple(STATISTICS)), FactsDigest(tuple(STATISTICS))
    then.add(before)
    now.add(msgspec.structs.replace(before, statistics={**before.statistics, "newer": Value(3.0)}))
    assert then.hexdigest() == now.hexdigest()
    changed = FactsDigest(tuple(STATISTICS))
    changed.add(row(beta=Value(0.5)))
    assert changed.hexdigest() != then.hexdigest()


# --- single statistics ------------------------------------------------------------------------------------------------

PAIR = Pair("BTCUSDT", "ETHUSDT")
SMALL = AnalyticsConfig(hedge_window=30, z_window=20, correlation_window=10, max_lags=0)


def step(tracker: PairTracker, time: int, y: float, x: float, values: tuple[float, float] = (1.0, 1.0)) -> PairRow:
    legs = (Leg(price, price, 0, complete=True, value=value) for price, value in zip((y, x), values, strict=True))
    return tracker.step(time, *legs, halted=False, state=SignalState.FLAT)


def walk(n: int, seed: int = 4) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(seed)
    x = 50 * np.exp(np.cumsum(rng.standard_normal(n)) * 2e-3)
    y = 3 * x**0.8 * np.exp(rng.standard_normal(n) * 1e-3)
    return y.tolist(), x.tolist()


def test_theil_sens_ratio_is_scipys() -> None:
    y, x = walk(60)
    tracker = PairTracker(PAIR, Timeframe.S1, SMALL)
    rows = [step(tracker, 1_000 * i, *legs) for i, legs in enumerate(zip(y, x, strict=True))]
    expected = theilslopes(np.log(y[-30:]), np.log(x[-30:])).slope
    assert rows[-1]["theil_sen_beta"].value == pytest.approx(expected, rel=1e-9)
    assert rows[28]["theil_sen_beta"].reason is Reason.WARMING_UP


def test_the_drift_of_a_ratio_is_against_that_of_a_day_ago() -> None:
    y, x = walk(700)
    tracker = PairTracker(PAIR, Timeframe.M5, SMALL)
    rows = [step(tracker, 300_000 * i, *legs) for i, legs in enumerate(zip(y, x, strict=True))]
    day = 288  # rows of five minutes
    assert rows[29 + day - 1]["beta_drift"].reason is Reason.WARMING_UP
    for t in (29 + day, 400, 699):
        change = (rows[t].beta.value or 0) - (rows[t - day].beta.value or 0)
        assert rows[t]["beta_drift"].value == pytest.approx(change, abs=1e-12)


def test_the_ratio_of_values_is_over_the_window_and_needs_trades_in_x() -> None:
    y, x = walk(40)
    tracker = PairTracker(PAIR, Timeframe.S1, SMALL)
    values = [(2.0 * i, 1.0 + i) for i in range(30)] + [(5.0, 0.0)] * 10
    rows = [step(tracker, 1_000 * i, y[i], x[i], values[i]) for i in range(40)]
    expected = sum(one for one, _ in values[15:25]) / sum(other for _, other in values[15:25])
    assert rows[24]["value_ratio"].value == pytest.approx(expected)
    assert rows[8]["value_ratio"].reason is Reason.WARMING_UP
    assert rows[39]["value_ratio"].reason is Reason.NO_TRADES


def test_one_estimator_that_fails_costs_what_reads_it_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ArithmeticError("injected")

    y, x = walk(60)
    sound = PairTracker(PAIR, Timeframe.S1, SMALL)
    before = [step(sound, 1_000 * i, *legs) for i, legs in enumerate(zip(y, x, strict=True))]
    monkeypatch.setattr("spreadscope.pairs.row_evidence.KalmanComparison.update", broken)
    faults = FaultLog()
    tracker = PairTracker(PAIR, Timeframe.S1, SMALL, faults)
    rows = [step(tracker, 1_000 * i, *legs) for i, legs in enumerate(zip(y, x, strict=True))]
    reads = {key for key, each in STATISTICS.items() if each.online is KALMAN}
    for one, other in zip(before, rows, strict=True):
        for key in STATISTICS:
            assert other[key] == (Value(None, Reason.FAILED) if key in reads else one[key]), key
    assert {part for part, _ in faults.active} == {"Kalman filter"}


def test_theil_sen_is_of_the_window_again_on_the_row_after_a_failure_and_over_skipped_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    y, x = walk(90)
    tracker = PairTracker(PAIR, Timeframe.S1, SMALL)
    push = TheilSenWindow.push

    def sometimes_broken(regression: TheilSenWindow, one: float, other: float) -> tuple[int, int, float]:
        if one == math.log(y[50]):
            monkeypatch.undo()
            raise ArithmeticError("injected")
        return push(regression, one, other)

    monkeypatch.setattr(TheilSenWindow, "push", sometimes_broken)
    window = SMALL.hedge_window
    legs = np.full((2, 90), np.nan)
    for i in range(90):
        if i in {70, 71, 72}:
            continue  # rows that nobody made: they have a place in the window all the same
        made = step(tracker, 1_000 * i, y[i], x[i])
        legs[:, i] = math.log(y[i]), math.log(x[i])
        if i == 50:
            assert made["theil_sen_beta"].reason is Reason.FAILED
        elif i >= window - 1:
            since = i - window + 1
            assert made["theil_sen_beta"].value == theil_sen(*legs[:, since : i + 1]).beta, i
