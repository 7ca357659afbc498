"""The runner takes every parameter from the case: other rows, periods, seeds, margins and streams than usual."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from spreadscope import performance, stats
from spreadscope.stats import check
from tests.reference.parameters import DEFAULTS, WORDS, Parameters, Tolerance
from tests.reference.run_cases import Outcome, run_case


def run(
    name: str,
    expected: dict[str, Any],
    *,
    inputs: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    tolerance: dict[str, float] | None = None,
    words: str = "",
) -> Outcome:
    case = {
        "id": name,
        "priority": "must",
        "call": {"name": name, "params": params or {}},
        "inputs": inputs or {},
        "expected": expected,
        "tolerance": tolerance or {},
        "function": words,
    }
    return run_case(case, {})


def passes(outcome: Outcome) -> bool:
    assert outcome.status in ("passed", "failed"), outcome.detail
    return outcome.status == "passed"


def stream_case(places: list[int], *, window: int, base: int, divisor: int, spikes: bool) -> list[dict[str, Any]]:
    """Checkpoints of a stream that the known file does not have, in exact arithmetic."""
    s, ks = 77, []
    for i in range(max(places) + 1):
        s = (69069 * s + 5) % 2**31
        k = ((s >> 8) % 4097) - 2048
        ks.append(900 * 512 if spikes and i % 700 == 33 else k)
    found = []
    for i in places:
        values = [Fraction(k, divisor) for k in ks[i - window + 1 : i + 1]]
        mean = sum(values) / window
        variance = sum((v - mean) ** 2 for v in values) / (window - 1)
        z = float(values[-1] - mean) / math.sqrt(variance)
        found.append({"i0": i, "var": float(variance), "mean_minus_base": float(mean), "z": z})
    return found


STREAM = (
    "x_i = 5000 + k_i/1024, s_0=77, s=(69069 s+5) mod 2^31 (updated before use), k=((s>>8) mod 4097)-2048{spikes}. "
    "Sliding window 40: sample variance, mean, z of last value"
)


@pytest.mark.parametrize("spikes", [False, True])
def test_a_wider_stream_is_read_from_the_words_of_its_case(spikes: bool) -> None:
    checkpoints = stream_case([39, 74, 1500], window=40, base=5000, divisor=1024, spikes=spikes)
    words = STREAM.format(spikes="; if i mod 700==33 then k=900*512" if spikes else "")
    tolerance = {"var_rel": 1e-9, "z_abs": 1e-7}
    assert passes(
        run("stream_moments", {"checkpoints": checkpoints}, inputs={"N": 1600}, tolerance=tolerance, words=words)
    )
    wrong = words.replace("window 40", "window 41")
    assert not passes(
        run("stream_moments", {"checkpoints": checkpoints}, inputs={"N": 1600}, tolerance=tolerance, words=wrong)
    )


def test_a_stream_may_be_given_as_inputs() -> None:
    checkpoints = stream_case([60], window=40, base=5000, divisor=1024, spikes=False)
    given = {
        "N": 61, "s0": 77, "multiplier": 69069, "addend": 5, "modulus": 2**31, "shift": 8, "mod": 4097, "offset": 2048,
        "base": 5000, "divisor": 1024, "window": 40,
    }  # fmt: skip
    assert passes(run("stream_moments", {"checkpoints": checkpoints}, inputs=given))


def test_ratios_of_other_years() -> None:
    r = [0.01, -0.004, 0.006, -0.012, 0.003]
    for periods in (252, 52):
        want = performance.sharpe(r, periods=periods).value
        rest = {"n": 5, "i_peak0": performance.max_drawdown(r).peak, "i_trough0": performance.max_drawdown(r).trough}
        es = performance.expected_shortfall(r, level=0.9).value
        assert passes(run("performance", {f"sharpe{periods}": want, "es90": es, **rest}, inputs={"y": r}))
        named = {"sharpe": want, **rest}
        assert passes(run("performance", named, inputs={"y": r}, params={"periods": periods}))
        assert not passes(run("performance", named, inputs={"y": r}))


@pytest.mark.parametrize(
    ("words", "params", "years"), [("52 obs/yr", {}, 52), ("", {"periods": 365}, 365), ("", {}, 250)]
)
def test_the_years_of_a_track_record(words: str, params: dict[str, Any], years: float) -> None:
    inputs = {"sr": 0.2, "benchmark": 0.05, "alpha": 0.01, "skew": -1.0, "kurtosis": 6.0}
    found = performance.minimum_track_record(0.2, benchmark=0.05, alpha=0.01, skewness=-1.0, kurtosis=6.0).value
    assert found is not None
    expected = {"obs": found, "years": found / years}
    assert passes(run("minimum_track_record", expected, inputs=inputs, params=params, words=words))


def test_universes_of_other_rows_seeds_levels_and_numbers() -> None:
    want = check.false_pair_rate(coins=4, rows=120, universes=9, seed=5, level=0.4).rate
    assert want > 0
    inputs = {"n": 4, "rows": 120, "universes": 9, "seed": 5, "level": 0.4}
    assert passes(run("fdr_universe", {"max_rate": want}, inputs=inputs))
    assert not passes(run("fdr_universe", {"max_rate": want - 1e-9}, inputs=inputs))


def test_size_and_power_of_another_seed_lag_and_persistence() -> None:
    rate = check.rejection_rate(
        lambda rng: check.tied(rng, 120, phi=0.8), check.decision(direction="y_on_x", lags=2), n_sim=60, seed=9
    ).rate
    assert 0 < rate < 1
    inputs = {"T": 120, "n_sim": 60, "seed": 9}
    words = "pair y=x+u, u AR(1) phi=0.8, length 120: 5% EG (lag 2) rejection rate at least"
    assert passes(run("power_engle_granger", {"min_rate": rate}, inputs=inputs, words=words))
    assert not passes(run("power_engle_granger", {"min_rate": rate + 1e-9}, inputs=inputs, words=words))
    size = check.rejection_rate(
        lambda rng: check.walks(rng, 90), check.decision(direction="y_on_x", lags=1), n_sim=80, seed=11
    ).rate
    exact = {"rate_range": [size, size]}
    assert passes(run("size_engle_granger", exact, inputs={"T": 90, "n_sim": 80, "seed": 11}))


def test_properties_of_short_series_at_other_windows() -> None:
    rng = np.random.default_rng(2)
    x = np.cumsum(rng.standard_normal(90))
    legs = {"y": (0.5 * x + rng.standard_normal(90)).tolist(), "x": x.tolist()}
    params = {"window": 15, "halflife": 5.0, "burn_in": 30, "seed": 4, "draws": 3}
    assert passes(run("property_no_lookahead", {"equal": True}, inputs=legs, params=params))
    assert passes(run("property_batch_equals_stream", {"max_rel": 1e-9}, inputs=legs, params=params))
    moved = legs | {"a": 3.0, "b": 0.5, "c": 1.0, "d": 4.0}
    assert passes(run("property_invariance", {"max_rel": 1e-6}, inputs=moved, params=params))


def test_rows_that_are_missing_beyond_the_usual_length() -> None:
    assert passes(run("property_time_gap", {"documented": True}, inputs={"rows_removed": [3, 750]}))
    assert passes(run("property_time_gap", {"documented": True}, inputs={"rows_removed": [70]}, params={"window": 20}))


def test_a_wrong_value_close_to_the_right_one_is_told_apart() -> None:
    """Margins are those of the case: a fixed one of 0.001 fails right results where both p are small, or φ is near 1."""
    rng = np.random.default_rng(8)
    x = np.cumsum(rng.standard_normal(400))
    y = x + rng.standard_normal(400)
    found = stats.engle_granger(y, x, lags=1)
    assert found.stat is not None
    assert found.pvalue is not None
    plain = stats.mackinnon_pvalue(found.stat, 1, "c")
    assert abs(plain - found.pvalue) < 1e-3
    expected = {"stat": found.stat, "p_1994": found.pvalue, "must_not_equal_p": plain}
    legs = {"y": y.tolist(), "x": x.tolist()}
    assert passes(run("engle_granger", expected, inputs=legs, params={"lags": 1}))
    swapped = {"stat": found.stat, "p_1994": plain, "must_not_equal_p": found.pvalue}
    assert not passes(run("engle_granger", swapped, inputs=legs, params={"lags": 1}, tolerance={"p_abs": 1.0}))


def test_counts_of_rejections_at_another_level() -> None:
    p = [0.01, 0.02, 0.03, 0.5]
    found = stats.adjust_pvalues(p)
    expected = {"bh": found.bh.tolist(), "bh_rejections_at_0.03": 0, "by_rejections_at_0.1": 3, "holm_rejections": 0}
    assert passes(run("adjust_pvalues", expected, inputs={"p": p}))
    assert not passes(run("adjust_pvalues", expected | {"bh_rejections_at_0.03": 3}, inputs={"p": p}))


def test_half_lives_by_any_name() -> None:
    series = {"rising": [1, 1.1, 1.23, 1.37, 1.55, 1.8], "jumping": [1, -1, 1.1, -0.9, 1, -1.05, 0.97, -1]}
    assert passes(run("half_life", {"rising": "undefined", "jumping": "not OU"}, inputs=series))
    assert not passes(run("half_life", {"rising": "not OU"}, inputs=series))


def test_filters_and_weights_with_settings_of_their_own() -> None:
    rng = np.random.default_rng(3)
    x = np.cumsum(rng.standard_normal(60))
    y = x + rng.standard_normal(60)
    legs = {"y": y.tolist(), "x": x.tolist()}
    filtered = stats.kalman_hedge(y, x, q_beta=1e-3, q_alpha=1e-2, r=0.5, initial_state=(0.0, 0.0), initial_p=4.0)
    settings = {"q_beta": 1e-3, "q_alpha": 1e-2, "R": 0.5, "initial_state": [0.0, 0.0], "initial_P": 4.0}
    rows = [{"i0": 50, "beta": float(filtered.beta[50]), "z": float(filtered.z[50])}]
    assert passes(run("kalman_hedge", {"rows": rows, "loglik": filtered.loglik}, inputs=legs, params=settings))
    weighted = stats.ew_moments(y, halflife=7.0, warm_up=1)
    rows = [{"i0": 20, "mean": float(weighted.mean[20]), "var": float(weighted.variance[20])}]
    assert passes(run("ew_moments", {"rows": rows}, inputs=legs, params={"halflife": 7.0}))


def test_where_a_case_is_silent_the_default_has_a_name() -> None:
    silent = Parameters({}, {}, "")
    for name, value in DEFAULTS.items():
        assert silent.find(name) == value
    assert set(WORDS) <= set(DEFAULTS)
    assert (Tolerance({"rel": 0.5})["stat_rel"], Tolerance({})["p_abs"], Tolerance({"abs": 2.0})["z_abs"]) == (
        0.5,
        1e-4,
        2.0,
    )
