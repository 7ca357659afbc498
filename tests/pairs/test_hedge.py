"""Hedge models: each against an independent computation, and one z for everything that speaks of a row."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from scipy.stats import theilslopes  # type: ignore[import-untyped]

from spreadscope.alerts import RuleError
from spreadscope.alerts.definition import validate_rule
from spreadscope.alerts.language.vocabulary import SUBJECTS
from spreadscope.engine import Engine
from spreadscope.model.config import AnalyticsConfig, Config, SignalConfig
from spreadscope.model.events import Event, Floats, MarketTime, SetRule, Trades, WatchPair
from spreadscope.model.facts import (
    Alert,
    Fact,
    PairRow,
    Signal,
)
from spreadscope.model.hedge import HedgeName, Space
from spreadscope.model.instrument import Pair
from spreadscope.model.states import SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason
from spreadscope.pairs.hedge import MODELS
from spreadscope.pairs.legs import Leg
from spreadscope.pairs.tracker import PairTracker
from spreadscope.stats import KalmanHedge
from tests.support.facts import store

PAIR = Pair("BTCUSDT", "ETHUSDT")
W, ZW = 40, 20
START = 1_700_000_000_000
EVERY = list(product(HedgeName, Space, (True, False), ("y_on_x", "x_on_y")))


def config(hedge: HedgeName = HedgeName.OLS, space: Space = Space.LOG, **other: object) -> AnalyticsConfig:
    return AnalyticsConfig.model_validate(
        {
            "hedge": hedge,
            "space": space,
            "hedge_window": W,
            "z_window": ZW,
            "correlation_window": 20,
            "max_lags": 1,
            **other,
        }
    )


def prices(n: int = 160, seed: int = 5) -> tuple[Floats, Floats]:
    """Two legs that hang together, of different size, and a few bad prints."""
    rng = np.random.default_rng(seed)
    x = 50.0 * np.exp(np.cumsum(rng.standard_normal(n)) * 2e-3)
    noise = np.zeros(n)
    for i in range(1, n):
        noise[i] = 0.6 * noise[i - 1] + rng.standard_normal() * 1.5e-3
    y = 3.0 * x**0.9 * np.exp(noise)
    y[70] *= 1.05
    return y, x


def track(settings: AnalyticsConfig, y: Floats, x: Floats) -> list[PairRow]:
    tracker = PairTracker(PAIR, Timeframe.S1, settings)
    return [
        tracker.step(
            START + 1_000 * i,
            Leg(a, a, 0, complete=True),
            Leg(b, b, 0, complete=True),
            halted=False,
            state=SignalState.FLAT,
        )
        for i, (a, b) in enumerate(zip(y.tolist(), x.tolist(), strict=True))
    ]


def line(hedge: HedgeName, y: Floats, x: Floats, *, intercept: bool) -> tuple[float, float]:
    """(β, α) of a window by other people's code."""
    design = np.column_stack([x, np.ones_like(x)]) if intercept else x[:, None]
    if hedge in {HedgeName.OLS, HedgeName.ROLLING_OLS}:
        found = np.linalg.lstsq(design, y, rcond=None)[0]
    elif hedge is HedgeName.HUBER:
        found = sm.RLM(y, design, M=sm.robust.norms.HuberT()).fit(tol=1e-13, maxiter=300, update_scale=True).params
    elif hedge is HedgeName.THEIL_SEN:
        if intercept:
            slopes = theilslopes(y, x)
            return float(slopes.slope), float(slopes.intercept)
        return float(np.median(y / x)), 0.0
    elif hedge is HedgeName.TLS:
        centred = np.column_stack([y, x]) - (np.array([y.mean(), x.mean()]) if intercept else 0.0)
        _, _, axes = np.linalg.svd(centred)
        beta = float(axes[0, 0] / axes[0, 1])
        return beta, float(y.mean() - beta * x.mean()) if intercept else 0.0
    else:
        raise AssertionError(hedge)
    return float(found[0]), float(found[1]) if intercept else 0.0


@pytest.mark.parametrize("hedge", [HedgeName.OLS, HedgeName.TLS, HedgeName.HUBER, HedgeName.THEIL_SEN])
@pytest.mark.parametrize(("space", "intercept"), list(product(Space, (True, False))))
def test_a_windows_hedge_is_that_of_other_peoples_code(hedge: HedgeName, space: Space, intercept: bool) -> None:
    y, x = prices()
    rows = track(config(hedge, space, intercept=intercept), y, x)
    seen_y, seen_x = (np.log(y), np.log(x)) if space is Space.LOG else (y, x)
    for t in (60, 90, 150):
        wy, wx = seen_y[t - W + 1 : t + 1], seen_x[t - W + 1 : t + 1]
        beta, alpha = line(hedge, wy, wx, intercept=intercept)
        close = 1e-6 if hedge is HedgeName.HUBER else 1e-8
        assert rows[t].beta.value == pytest.approx(beta, rel=close)
        residual = wy - beta * wx - alpha
        base = residual[-1 - ZW : -1]
        assert rows[t].spread.value == pytest.approx(residual[-1], rel=1e-3, abs=1e-7 * abs(wy[-1]))
        assert rows[t].z.value == pytest.approx((residual[-1] - base.mean()) / base.std(ddof=1), rel=1e-3, abs=1e-5)


def test_the_users_own_definition_is_one_of_them() -> None:
    """Y = βX + ε by least squares without an intercept, spread Y − βX on prices."""
    y, x = prices()
    row = track(config(HedgeName.OLS, Space.LEVEL, intercept=False), y, x)[-1]
    beta = float(x[-W:] @ y[-W:] / (x[-W:] @ x[-W:]))
    assert row.beta.value == pytest.approx(beta, rel=1e-12)
    assert row.alpha.value == 0.0
    assert row.spread.value == pytest.approx(y[-1] - beta * x[-1], abs=1e-9)


def test_rolling_and_weighted_hedges_measure_each_spread_with_its_own_ratio() -> None:
    y, x = prices()
    log_y, log_x = np.log(y), np.log(x)
    rows = track(config(HedgeName.ROLLING_OLS), y, x)
    spreads = []
    for t in range(W - 1, len(y)):
        beta, alpha = line(HedgeName.OLS, log_y[t - W + 1 : t + 1], log_x[t - W + 1 : t + 1], intercept=True)
        spreads.append(log_y[t] - beta * log_x[t] - alpha)
    base = np.array(spreads[-1 - ZW : -1])
    assert rows[-1].spread.value == pytest.approx(spreads[-1], abs=1e-10)
    assert rows[-1].z.value == pytest.approx((spreads[-1] - base.mean()) / base.std(ddof=1), abs=1e-6)
    weights = 0.5 ** (np.arange(len(y))[::-1] / (W / 3))
    weights[0] /= 1.0 - 0.5 ** (1 / (W / 3))  # the first row carries all that came before it
    mean_y, mean_x = np.average(log_y, weights=weights), np.average(log_x, weights=weights)
    beta = np.average((log_y - mean_y) * (log_x - mean_x), weights=weights) / np.average(
        (log_x - mean_x) ** 2, weights=weights
    )
    assert track(config(HedgeName.EW), y, x)[-1].beta.value == pytest.approx(beta, rel=1e-6)


@pytest.mark.parametrize("kalman", ["ml", "chan"])
def test_the_filters_hedge_is_the_estimators(kalman: str) -> None:
    y, x = prices()
    rows = track(config(HedgeName.KALMAN, kalman=kalman), y, x)
    estimator = KalmanHedge(burn_in=W) if kalman == "ml" else KalmanHedge.chan()
    for row, a, b in zip(rows, np.log(y), np.log(x), strict=True):
        twin = estimator.update(math.log(math.exp(a)), math.log(math.exp(b)))
        if twin.z is not None:
            assert row.z.value == pytest.approx(twin.z, rel=1e-6, abs=1e-9)
            assert row.beta.value == pytest.approx(twin.beta, rel=1e-9)
            assert (row["kalman_z"].value, row["kalman_beta"].value) == (row.z.value, row.beta.value)
    assert rows[-1].z.value is not None


@pytest.mark.parametrize(("hedge", "space", "intercept", "direction"), EVERY)
def test_a_ratio_does_not_depend_on_later_rows_and_has_a_reason_or_a_number(
    hedge: HedgeName, space: Space, intercept: bool, direction: str
) -> None:
    y, x = prices(120)
    settings = config(hedge, space, intercept=intercept, direction=direction)
    whole = track(settings, y, x)
    assert track(settings, y[:90], x[:90]) == whole[:90]
    for row in whole:
        for key, value in row.statistics.items():
            assert (value.value is None) == (value.reason is not None), key
            assert value.value is None or math.isfinite(value.value), key
    assert whole[-1].z.value is not None
    assert whole[5].z.reason is not None


def test_turning_the_regression_gives_the_other_line() -> None:
    y, x = prices()
    there = track(config(HedgeName.OLS), y, x)[-1]
    back = track(config(HedgeName.OLS, direction="x_on_y"), y, x)[-1]
    beta, alpha = line(HedgeName.OLS, np.log(x[-W:]), np.log(y[-W:]), intercept=True)
    assert back.beta.value == pytest.approx(1 / beta, rel=1e-8)
    assert back.alpha.value == pytest.approx(-alpha / beta, rel=1e-6)
    assert (there.z.value or 0) * (back.z.value or 0) > 0  # the same side of the spread


def test_robust_ratios_are_not_moved_by_a_bad_print() -> None:
    y, x = prices(80, seed=9)
    spoiled = y.copy()
    spoiled[60] *= 1.5
    for hedge, moved in ((HedgeName.HUBER, 0.25), (HedgeName.THEIL_SEN, 0.25)):
        clean, bad = track(config(hedge), y, x)[-1], track(config(hedge), spoiled, x)[-1]
        ols_clean, ols_bad = track(config(), y, x)[-1], track(config(), spoiled, x)[-1]
        ours = abs((bad.beta.value or 0) - (clean.beta.value or 0))
        theirs = abs((ols_bad.beta.value or 0) - (ols_clean.beta.value or 0))
        assert ours < moved * theirs


def test_a_model_says_what_evidence_it_carries() -> None:
    for name, model in MODELS.items():
        words = str(model.__doc__)
        assert model.label, name
        assert "evidence" in words or name is HedgeName.OLS, name


# --- one z ------------------------------------------------------------------------------------------------------------

KEPT = [key for key in EVERY if key[3] == "y_on_x"] + [
    (HedgeName.OLS, Space.LOG, True, "x_on_y"),
    (HedgeName.KALMAN, Space.LEVEL, True, "x_on_y"),
]


def run_engine(
    settings: Config, rules: tuple[SetRule, ...], n: int = 150
) -> tuple[Engine, list[Fact], list[tuple[PairRow, dict[str, float | int | None]]]]:
    """A trade of each leg a second; with each row of 1 s, the preview at the very prices of that row."""
    engine, facts, previews = Engine(settings, (Timeframe.S1,)), [], []
    first: tuple[Event, ...] = (WatchPair(PAIR), *rules)
    for event in first:
        facts += engine.on(event)
    y, x = prices(n)
    for i in range(n):
        time = START + 1_000 * i
        for symbol, price in zip(PAIR.symbols, (y[i], x[i]), strict=True):
            one = np.array([i + 1]), np.array([time]), np.array([price]), np.array([1.0]), np.array([False])
            facts += engine.on(Trades(symbol, *one))
        said = engine.on(MarketTime(time + 1_000 + settings.bars.grace_ms))
        facts += said
        state = engine.pairs[PAIR][Timeframe.S1]
        previews += [
            (f, state.preview(*(engine.series[s] for s in PAIR.symbols))) for f in said if isinstance(f, PairRow)
        ]
    return engine, facts, previews


@pytest.mark.parametrize(("hedge", "space", "intercept", "direction"), KEPT)
def test_one_z_is_on_the_row_in_the_preview_in_rules_in_scores_and_in_signals(
    hedge: HedgeName, space: Space, intercept: bool, direction: str, tmp_path: Path
) -> None:
    settings = Config(
        analytics=config(hedge, space, intercept=intercept, direction=direction),
        signals=SignalConfig(entry=1.0, exit=0.2, stop=6.0, time_stop_half_lives=0),
    )
    rules = tuple(SetRule(name, f"{name} > -1e9", str(PAIR), Timeframe.S1) for name in ("z", "spread", "beta"))
    engine, facts, previews = run_engine(settings, rules)
    rows = {fact.time: fact for fact in facts if isinstance(fact, PairRow)}
    shown = [(row, preview) for row, preview in previews if row.z.value is not None]
    assert len(shown) > 80
    for row, preview in shown:
        assert preview["z"] == pytest.approx(row.z.value, rel=1e-9, abs=1e-9)
        assert preview["spread"] == pytest.approx(row.spread.value, rel=1e-9, abs=1e-9)
        if hedge is not HedgeName.KALMAN or direction == "y_on_x":
            mean, sd = row.spread_mean.value, row.spread_sd.value
            assert mean is not None
            assert sd is not None
            assert (row.spread.value or 0) - mean == pytest.approx((row.z.value or 0) * sd, rel=1e-9, abs=1e-12)
    signals = [fact for fact in facts if isinstance(fact, Signal)]
    assert signals
    for signal in signals:
        row = rows[signal.time]
        assert (signal.z, signal.spread, signal.space) == (row.z.value, row.spread.value, space)
    fired = {fact.rule_id: fact for fact in facts if isinstance(fact, Alert) and fact.state == "firing"}
    for name in ("z", "spread", "beta"):
        alert = fired[name]
        assert alert.value == rows[alert.time - 1_000][SUBJECTS[name].field].value
        assert (
            engine.alerts.inputs.reader(name, str(PAIR), Timeframe.S1)(engine.market_time)
            == rows[max(rows)][name].value
        )
    with store(tmp_path / "store") as (writer, reader):
        writer.submit(facts=list(rows.values()), ledgers={})
        writer.stop()
        scored = dict(reader.z(PAIR, Timeframe.S1, 0, 10_000))
        assert scored == {time + 1_000: row.z.value for time, row in rows.items()}


def test_a_spread_of_prices_fires_where_the_users_formula_says_so() -> None:
    settings = Config(analytics=config(HedgeName.OLS, Space.LEVEL, intercept=False))
    _, facts, _ = run_engine(settings, (SetRule("low", "Spread < -0.2", str(PAIR), Timeframe.S1),))
    rows = [fact for fact in facts if isinstance(fact, PairRow)]
    below = [row for row in rows if row.spread.value is not None and row.spread.value < -0.2]
    alert = next(fact for fact in facts if isinstance(fact, Alert) and fact.state == "firing")
    assert below
    assert alert.time == below[0].time + 1_000
    assert alert.value == pytest.approx(
        (below[0].price_y or 0) - (below[0].beta.value or 0) * (below[0].price_x or 0), abs=1e-9
    )


def test_a_halted_pair_has_no_hedge_of_any_kind() -> None:
    for hedge in HedgeName:
        tracker = PairTracker(PAIR, Timeframe.S1, config(hedge))
        y, x = prices(80)
        for i in range(60):
            row = tracker.step(
                START + 1_000 * i, Leg(y[i], y[i], 0, complete=True), Leg(x[i], x[i], 0, complete=True),
                halted=i == 59, state=SignalState.FLAT,
            )  # fmt: skip
        assert row.z.reason is Reason.HALTED, hedge


def test_basis_points_of_a_spread_of_prices_are_refused() -> None:
    rule = SetRule("low", "spread < -25bp", str(PAIR), Timeframe.S1)
    assert validate_rule(rule, lambda *_: Space.LOG).text == "spread < -25bp"
    with pytest.raises(RuleError, match="25 bp cannot stand here"):
        validate_rule(rule, lambda *_: Space.LEVEL)
    assert (
        validate_rule(SetRule("low", "spread < -25", str(PAIR), Timeframe.S1), lambda *_: Space.LEVEL).text
        == "spread < -25"
    )
