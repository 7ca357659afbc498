"""The pair tracker against numpy and statsmodels, and what it says where a number is not there."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest

from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.events import Floats
from spreadscope.model.facts import Bar, PairRow
from spreadscope.model.instrument import Pair
from spreadscope.model.states import PriceSource, SignalState
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.validity import Reason, Value
from spreadscope.pairs.legs import NO_LEG, Leg, leg_at
from spreadscope.pairs.tracker import PairTracker
from spreadscope.store.tables import VALUE_COLUMNS

PAIR = Pair("BTCUSDT", "ETHUSDT")
CONFIG = AnalyticsConfig(hedge_window=60, z_window=30, correlation_window=20, max_lags=3, minimum_rows=0.8)
W, ZW, CW = 60, 30, 20


def legs(y: float | None, x: float | None, before: tuple[Leg, Leg] = (NO_LEG, NO_LEG)) -> tuple[Leg, Leg]:
    def leg(log_price: float | None, old: Leg) -> Leg:
        if log_price is None or math.isnan(log_price):
            return leg_at(0, 1000, None, None, old)
        return Leg(math.exp(log_price), math.exp(log_price), 0, complete=True)

    return leg(y, before[0]), leg(x, before[1])


def track(y: Floats, x: Floats, config: AnalyticsConfig = CONFIG, *, halted: bool = False) -> list[PairRow]:
    tracker = PairTracker(PAIR, Timeframe.S1, config)
    return [
        tracker.step(i * 1000, *legs(float(a), float(b), tracker.legs), halted=halted, state=SignalState.FLAT)
        for i, (a, b) in enumerate(zip(y, x, strict=True))
    ]


def market(n: int = 200, seed: int = 3) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    x = 8 + np.cumsum(rng.standard_normal(n)) * 1e-3
    noise = np.zeros(n)
    for i in range(1, n):
        noise[i] = 0.7 * noise[i - 1] + rng.standard_normal() * 5e-4
    return 1.2 + 0.7 * x + noise, x


def values(row: PairRow) -> dict[str, Value]:
    return {name: row[name] for name in VALUE_COLUMNS}


def counted(row: PairRow) -> dict[str, object]:
    """All of a row but ``breakdown``, whose monitor freezes β anew on a row with prices only."""
    return {name: value for name, value in msgspec.structs.asdict(row).items() if name != "breakdown"}


def number(value: Value) -> float:
    assert value.value is not None
    assert value.reason is None
    return value.value


def dickey_fuller(x: Floats, most: int, *, constant: bool) -> float:
    """t of γ in Δx = γ x₋₁ + Σ δ Δx₋ᵢ (+ c): lags by AIC on the common sample, refitted on the longest one."""

    def fit(lags: int, skip: int) -> tuple[float, float]:
        change = np.diff(x)
        rows = np.arange(skip, len(change))
        columns = [
            x[rows],
            *(change[rows - i] for i in range(1, lags + 1)),
            *([np.ones(len(rows))] if constant else []),
        ]
        design = np.column_stack(columns)
        coefficients = np.linalg.lstsq(design, change[rows], rcond=None)[0]
        sse = float(((change[rows] - design @ coefficients) ** 2).sum())
        variance = sse / (len(rows) - design.shape[1]) * np.linalg.inv(design.T @ design)[0, 0]
        return len(rows) * math.log(sse / len(rows)) + 2 * design.shape[1], float(coefficients[0] / math.sqrt(variance))

    best = min(range(most + 1), key=lambda lags: fit(lags, most)[0])
    return fit(best, best)[1]


@pytest.mark.parametrize("seed", [3, 4])
def test_every_value_equals_an_independent_computation(seed: int) -> None:
    y, x = market(seed=seed)
    # What the tracker sees has gone through prices; so must what it is held to.
    seen_y, seen_x = np.log(np.exp(y)), np.log(np.exp(x))
    rows = track(y, x)
    for t in (125, 160, 199):
        row, window = rows[t], slice(t - W + 1, t + 1)
        wy, wx = seen_y[window], seen_x[window]
        beta, alpha = np.polyfit(wx - wx.mean(), wy, 1)
        alpha -= beta * wx.mean()
        residual = wy - beta * wx - alpha
        base = residual[-1 - ZW : -1]
        lagged, now = residual[:-1] - residual[:-1].mean(), residual[1:] - residual[1:].mean()
        phi = float(lagged @ now / (lagged @ lagged))
        formation = slice(t - 2 * W + 1, t - W + 1)
        old_beta = np.polyfit(seen_x[formation] - seen_x[formation].mean(), seen_y[formation], 1)[0]
        returns = slice(t - CW, t + 1)
        expected: dict[str, float] = {
            "beta": beta,
            "alpha": alpha,
            "beta_se": math.sqrt(residual @ residual / (W - 2) / ((wx - wx.mean()) ** 2).sum()),
            "r_squared": 1 - residual @ residual / ((wy - wy.mean()) ** 2).sum(),
            "spread": residual[-1],
            "spread_mean": base.mean(),
            "spread_sd": base.std(ddof=1),
            "z": (residual[-1] - base.mean()) / base.std(ddof=1),
            "correlation": np.corrcoef(np.diff(seen_y[returns]), np.diff(seen_x[returns]))[0, 1],
            "half_life": math.log(2) / -math.log(phi),
            "eg_stat": dickey_fuller(residual, 3, constant=False),
            "adf_stat": dickey_fuller(wy - old_beta * wx, 3, constant=True),
        }
        for name, value in expected.items():
            assert number(row[name]) == pytest.approx(value, rel=1e-6, abs=1e-9), name
        assert 0 <= number(row["eg_p"]) <= 1
        assert 0 <= number(row["adf_p"]) <= 1
        assert (row.n, row.time, row.age_y, row.age_x, row.stale, row.incomplete) == (W, t * 1000, 0, 0, False, False)


def test_the_kalman_values_are_the_estimators() -> None:
    from spreadscope.stats import KalmanHedge

    y, x = market()
    filtered = KalmanHedge(burn_in=W)
    for row, a, b in zip(track(y, x), y, x, strict=True):
        twin = filtered.update(math.log(math.exp(a)), math.log(math.exp(b)))
        shown = (row["kalman_beta"].value, row["kalman_alpha"].value, row["kalman_spread"].value, row["kalman_z"].value)
        assert shown == (twin.beta, twin.alpha, twin.e, twin.z)
    assert twin.z is not None


def test_a_value_is_there_exactly_when_there_is_no_reason() -> None:
    y, x = market()
    y[90:95] = math.nan
    x[130:150] = math.nan
    for row in track(y, x):
        for name, value in values(row).items():
            assert (value.value is None) == (value.reason is not None), name
            assert value.value is None or math.isfinite(value.value), name


def test_warming_up() -> None:
    rows = track(*market())
    for name in ("beta", "z", "eg_p", "half_life"):
        assert [row[name].reason for row in rows[: W - 1]] == [Reason.WARMING_UP] * (W - 1)
        assert rows[W - 1][name].value is not None
    assert [row["correlation"].value is None for row in rows[: CW + 2]] == [True] * CW + [False] * 2
    assert rows[2 * W - 2]["adf_p"].reason is Reason.WARMING_UP
    assert rows[2 * W - 1]["adf_p"].value is not None
    assert rows[W - 2]["kalman_z"].reason is Reason.WARMING_UP


def test_a_prefix_is_bit_identical() -> None:
    y, x = market(150)
    y[70] = math.nan
    whole = track(y, x)
    for cut in (61, 100, 149):
        assert track(y[:cut], x[:cut]) == whole[:cut]


def test_too_many_missing_rows_are_a_reason() -> None:
    y, x = market()
    y[100:113] = math.nan  # 13 of 60: fewer than 80% are left
    rows = track(y, x)
    assert rows[113].n == W - 13
    assert rows[113].z.reason is Reason.TOO_FEW_ROWS
    assert rows[99 + W].n == W - 13
    assert rows[99 + W + 1].z.value is not None


def test_missing_rows_never_enter_as_old_prices() -> None:
    y, x = market()
    y[110:115] = math.nan
    rows = track(y, x)
    kept = np.isfinite(y[120 - W + 1 : 121])
    wy, wx = y[120 - W + 1 : 121][kept], x[120 - W + 1 : 121][kept]
    assert rows[120].n == W - 5
    assert number(rows[120].beta) == pytest.approx(np.polyfit(wx - wx.mean(), wy, 1)[0], rel=1e-8)
    # On a row without a trade the spread is restated at the newest price while that is not stale.
    spread = y[109] - number(rows[112].beta) * x[112] - number(rows[112].alpha)
    assert number(rows[112].spread) == pytest.approx(spread, abs=1e-9)
    assert (rows[112].age_y, rows[112].age_x) == (3000, 0)


def test_a_stale_leg_has_no_z() -> None:
    y, x = market()
    y[110:] = math.nan
    config = CONFIG.model_copy(update={"stale_seconds": 3.0})
    rows = track(y, x, config)
    assert [row.stale for row in rows[109:115]] == [False, False, False, False, True, True]
    assert rows[112].z.value is not None
    assert rows[113].z.reason is Reason.STALE_LEG
    assert rows[113].spread.reason is Reason.STALE_LEG
    assert rows[111]["kalman_z"].reason is Reason.STALE_LEG


def test_halted_is_the_reason_of_everything_fitted() -> None:
    rows = track(*market(100), halted=True)
    assert {rows[-1][name].reason for name in ("beta", "z", "spread", "eg_p", "adf_p")} == {Reason.HALTED}


def test_a_constant_leg() -> None:
    y, x = market(100)
    for a, b in ((np.full(100, 2.0), x), (y, np.full(100, 2.0))):
        row = track(a, b)[-1]
        assert {row.beta.reason, row.z.reason, row["eg_p"].reason} == {Reason.CONSTANT_LEG}
        assert row["correlation"].reason is Reason.CONSTANT_LEG
        assert math.isfinite(row["kalman_z"].value or 0.0)


def test_collinear_legs_have_no_statistic() -> None:
    _, x = market(150)
    row = track(1.5 * x - 2, x)[-1]
    assert number(row.beta) == pytest.approx(1.5)
    assert row.z.reason is Reason.CONSTANT_SPREAD
    assert row.spread_sd.reason is Reason.CONSTANT_SPREAD
    assert row["eg_p"].reason is Reason.COLLINEAR
    assert row["adf_p"].reason is not None
    assert row["half_life"].reason is not None


def test_a_constant_spread_with_a_missing_last_row() -> None:
    _, x = market(150)
    y = 1.5 * x - 2
    y[-1] = math.nan
    row = track(y, x)[-1]
    assert row.z.reason is Reason.CONSTANT_SPREAD
    assert math.isfinite(number(row.spread))


def test_time_without_bars_stands_as_missing_rows() -> None:
    y, x = market(130)
    tracker = PairTracker(PAIR, Timeframe.S1, CONFIG)
    padded_y, padded_x = np.insert(y, 100, [math.nan] * 5), np.insert(x, 100, [math.nan] * 5)
    expected = track(padded_y, padded_x)
    for i in range(130):
        time = i + (5 if i >= 100 else 0)
        row = tracker.step(time * 1000, *legs(y[i], x[i], tracker.legs), halted=False, state=SignalState.FLAT)
        assert counted(row) == counted(expected[time])
    later = tracker.step(10**9, *legs(None, x[0], tracker.legs), halted=False, state=SignalState.FLAT)
    assert (later.stale, later.age_y, later.n) == (True, 10**9 - 134 * 1000, 0)
    assert later.z.reason is Reason.TOO_FEW_ROWS


def test_a_correlation_window_longer_than_the_hedge_window() -> None:
    config = AnalyticsConfig(hedge_window=30, z_window=20, correlation_window=150, max_lags=0)
    y, x = market(700)
    rows = track(y, x, config)
    assert all(row["correlation"].value is not None for row in rows[150:])
    expected = np.corrcoef(np.diff(y[-151:]), np.diff(x[-151:]))[0, 1]
    assert number(rows[-1]["correlation"]) == pytest.approx(expected, rel=1e-8)


def test_memory_of_the_window_is_bounded() -> None:
    tracker = PairTracker(PAIR, Timeframe.S1, CONFIG)
    y, x = market(700)
    for i in range(700):
        tracker._window.append(i * 1000, y[i], x[i])
    assert tracker._window._y.size == 4 * (2 * W + 1)
    assert tracker._window.rows(W)[0].tolist() == y[-W:].tolist()
    assert tracker._window.rows(W, back=W)[0].tolist() == y[-2 * W : -W].tolist()


# --- legs -----------------------------------------------------------------------------------------------------------


def bar(time: int, **other: Any) -> Bar:
    return Bar("BTCUSDT", Timeframe.S1, time, 1.0, 2.0, 0.5, 1.5, 3.0, 4, **{"complete": True, **other})


MID, LAST = PriceSource.MID, PriceSource.LAST


def test_a_leg_is_its_mid_then_its_trade_then_what_was_known() -> None:
    before = Leg(9.0, 9.0, 2000, complete=True)
    assert leg_at(5000, 1000, bar(5000), None, before) == Leg(1.5, 1.5, 0, complete=True, source=LAST, value=4.5)
    assert leg_at(5000, 1000, bar(5000, bid=1.0, ask=3.0, complete=False), None, before) == Leg(
        2.0, 2.0, 0, complete=False, source=MID, value=4.5
    )
    assert leg_at(5000, 1000, None, 7.0, before) == Leg(7.0, 7.0, 0, complete=True, source=MID)
    assert leg_at(5000, 1000, bar(4000), None, before) == Leg(9.0, None, 3000, complete=True)
    assert leg_at(5000, 1000, None, None, NO_LEG) == NO_LEG
