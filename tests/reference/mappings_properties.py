"""Measured rates, properties, signals and pair P&L."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from spreadscope import stats
from spreadscope.stats import check
from tests.reference.compare import Checks, there
from tests.reference.parameters import DEFAULTS, Parameters, Tolerance


def _decision(params: Parameters, direction: str, lags: int | str) -> check.Decision:
    """The product's decision at the case's level."""
    level = params.find("level")

    def decide(y: np.ndarray, x: np.ndarray) -> bool:
        return bool(stats.cointegration_evidence(y, x, direction=direction, lags=lags, level=level).cointegrated)

    return decide


def size_engle_granger(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    decide = _decision(params, params.get("direction", "y_on_x"), params.find("lags"))
    rate = check.rejection_rate(
        lambda rng: check.random_walks(rng, inputs["T"], noise_sd=params.find("noise_sd")),
        decide,
        n_sim=inputs["n_sim"],
        seed=params.find("seed"),
    )
    low, high = expected["rate_range"]
    checks.at_least("size", rate.rate, low)
    checks.at_most("size", rate.rate, high)


def power_engle_granger(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    decide = _decision(params, params.get("direction", "y_on_x"), params.find("lags"))
    rate = check.rejection_rate(
        lambda rng: check.cointegrated_pair(rng, inputs["T"], phi=params.find("phi")),
        decide,
        n_sim=inputs["n_sim"],
        seed=params.find("seed"),
    )
    checks.at_least("power", rate.rate, expected["min_rate"])


def size_any_mode(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    """The product's decision is one for every hedge mode; either direction fixed, and both.

    The case asks for at least its number of pairs: with more the rate has a smaller standard error.
    """
    for number, direction in enumerate(("y_on_x", "x_on_y", "both")):
        rate = check.rejection_rate(
            lambda rng: check.random_walks(rng, inputs["T"], noise_sd=params.find("noise_sd")),
            _decision(params, direction, params.get("lags", "aic")),
            n_sim=params.find("times_the_pairs") * inputs["n_sim"],
            seed=params.find("seed") + number,
        )
        checks.at_most(f"size, {direction}", rate.rate, expected["max_rate"])


def size_bounce(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    rate = check.rejection_rate(
        lambda rng: check.random_walks(rng, inputs["T"], noise_sd=inputs["noise_sd"]),
        _decision(params, params.get("direction", "both"), params.get("lags", "aic")),
        n_sim=inputs["n_sim"],
        seed=params.find("seed"),
    )
    checks.at_most("size", rate.rate, expected["max_rate"])


def fdr_universe(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    # The words give the fewest universes; more of them make the rate surer.
    given = params.given(("universes", "n_universes", "n_sim"))
    rate = check.false_pair_rate(
        coins=params.find("coins"),
        rows=params.find("universe_rows"),
        universes=params.find("universes") if given else max(params.find("universes"), DEFAULTS["universes"]),
        seed=params.find("seed"),
        level=params.find("level"),
    )
    checks.at_most("P(any pair)", rate.rate, expected["max_rate"])


def _columns(y: np.ndarray, x: np.ndarray, params: Parameters) -> dict[str, np.ndarray]:
    """Every rolling, weighted and filtered output of one pair of legs."""
    window, halflife = params.find("window"), params.find("halflife")
    moment, fit = stats.rolling_moments(y, window), stats.rolling_ols(y, x, window)
    weighted, pair = stats.ew_moments(y, halflife=halflife), stats.ew_covariance(y, x, halflife=halflife)
    filtered = stats.kalman_hedge(y, x, burn_in=params.find("burn_in"))
    preset = stats.kalman_hedge(y, x, delta=params.find("delta"), r=params.find("R"))
    return {
        "mean": moment.mean,
        "sd": moment.sd,
        "z": moment.z,
        "beta": fit.beta,
        "alpha": fit.alpha,
        "se": fit.se_beta,
        "correlation": stats.rolling_correlation(y, x, window).correlation,
        "spearman": stats.rolling_spearman(y, x, window).correlation,
        "ew mean": weighted.mean,
        "ew z": weighted.z,
        "ew beta": pair.beta,
        "ew correlation": pair.correlation,
        "kalman beta": filtered.beta,
        "kalman z": filtered.z,
        "preset beta": preset.beta,
        "preset z": preset.z,
    }


def no_lookahead(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    y, x = np.array(inputs["y"]), np.array(inputs["x"])
    whole = _columns(y, x, params)
    rng = np.random.default_rng(params.find("seed"))
    first = min(params.find("first_draw"), y.size // 2)
    for t in rng.integers(first, y.size - 1, int(params.find("draws"))):
        prefix = _columns(y[: t + 1].copy(), x[: t + 1].copy(), params)
        other_y, other_x = y.copy(), x.copy()
        other_y[t + 1 :] += rng.standard_normal(y.size - t - 1)
        other_x[t + 1 :] *= 1.5
        altered = _columns(other_y, other_x, params)
        for name, column in whole.items():
            same = column[: t + 1].tobytes() == prefix[name].tobytes() == altered[name][: t + 1].tobytes()
            checks.true(f"{name} at {t}", same is expected["equal"])


def batch_equals_stream(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    y, x = np.array(inputs["y"], dtype=float), np.array(inputs["x"], dtype=float)
    whole = _columns(y, x, params)
    window, halflife = params.find("window"), params.find("halflife")
    moment, fit, correlation = stats.RollingMoments(window), stats.RollingOLS(window), stats.RollingCorrelation(window)
    weighted, pair = stats.EwMoments(halflife=halflife), stats.EwCovariance(halflife=halflife)
    filtered = stats.KalmanHedge(burn_in=params.find("burn_in"))
    preset = stats.KalmanHedge.chan(delta=params.find("delta"), r=params.find("R"))
    streamed: dict[str, list[float | None]] = {name: [] for name in whole if name != "spearman"}
    for a, b in zip(y.tolist(), x.tolist(), strict=True):
        m, f, w, p = moment.update(a), fit.update(a, b), weighted.update(a), pair.update(a, b)
        k, c = filtered.update(a, b), preset.update(a, b)
        row = {
            "mean": m.mean,
            "sd": m.sd,
            "z": m.z,
            "beta": f.beta,
            "alpha": f.alpha,
            "se": f.se_beta,
            "correlation": correlation.update(a, b).correlation,
            "ew mean": w.mean,
            "ew z": w.z,
            "ew beta": p.beta,
            "ew correlation": p.correlation,
            "kalman beta": k.beta,
            "kalman z": k.z,
            "preset beta": c.beta,
            "preset z": c.z,
        }
        for name, value in row.items():
            streamed[name].append(value)
    for name, values in streamed.items():
        got = np.array([np.nan if v is None else v for v in values])
        want = whole[name]
        checks.true(f"{name}: defined on the same rows", bool((np.isnan(got) == np.isnan(want)).all()))
        known = np.isfinite(want) & (want != 0.0)
        worst = float(np.abs(got[known] / want[known] - 1.0).max(initial=0.0))
        checks.absolute(f"{name}: worst relative difference", worst, 0.0, expected["max_rel"])


def invariance(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    y, x = np.array(inputs["y"], dtype=float), np.array(inputs["x"], dtype=float)
    a, b, c, d = (inputs[name] for name in "abcd")
    moved_y, moved_x = a + b * y, c + d * x
    allowed = expected["max_rel"]

    def worst(label: str, got: np.ndarray, want: np.ndarray) -> None:
        known = np.isfinite(want)
        scale = np.maximum(np.abs(want[known]), 1e-3 * np.abs(want[known]).max())
        checks.absolute(label, float((np.abs(got[known] - want[known]) / scale).max()), 0.0, allowed)

    window = params.find("window")
    worst(
        "rolling correlation",
        stats.rolling_correlation(moved_y, moved_x, window).correlation,
        stats.rolling_correlation(y, x, window).correlation,
    )
    worst("z", stats.rolling_zscore(moved_y, window).z, stats.rolling_zscore(y, window).z)
    fit, moved = stats.rolling_ols(y, x, window), stats.rolling_ols(moved_y, moved_x, window)
    worst("rolling beta", moved.beta, fit.beta * b / d)
    worst("rolling alpha", moved.alpha, a + b * fit.alpha - fit.beta * (b / d) * c)
    first, second = (
        stats.engle_granger(y, x, lags=params.find("lags")),
        stats.engle_granger(moved_y, moved_x, lags=params.find("lags")),
    )
    checks.relative("EG statistic", there(second.stat), there(first.stat), allowed)
    checks.relative("EG p", there(second.pvalue), there(first.pvalue), allowed)
    checks.relative("beta", second.beta, first.beta * b / d, allowed)
    checks.relative("alpha", second.alpha, a + b * first.alpha - first.beta * (b / d) * c, allowed)
    residual = y - first.alpha - first.beta * x
    moved_residual = moved_y - second.alpha - second.beta * moved_x
    lives = [stats.half_life(residual), stats.half_life(moved_residual)]
    if lives[0].half_life is None:
        checks.true("half-life undefined for the same reason", lives[1].reason is lives[0].reason)
    else:
        checks.relative("half-life", lives[1].half_life, lives[0].half_life, allowed)


def time_gap(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    """Missing rows give None, and everything after equals the estimator that never saw them."""
    gone = np.array(inputs["rows_removed"])
    window = params.find("window")
    if "y" in inputs:
        y, x = np.array(inputs["y"], dtype=float), np.array(inputs["x"], dtype=float)
    else:
        rng = np.random.default_rng(params.find("seed"))
        rows = max(params.find("gap_rows"), int(gone.max()) + 2 * window)
        x = np.cumsum(rng.standard_normal(rows))
        y = 0.7 * x + rng.standard_normal(rows)
    holed = y.copy()
    holed[gone] = np.nan
    kept = np.delete(np.arange(y.size), gone)
    for name, with_holes, without in (
        ("rolling OLS", stats.rolling_ols(holed, x, window).beta, stats.rolling_ols(y[kept], x[kept], window).beta),
        (
            "correlation",
            stats.rolling_correlation(holed, x, window).correlation,
            stats.rolling_correlation(y[kept], x[kept], window).correlation,
        ),
        ("variance", stats.rolling_moments(holed, window).variance, stats.rolling_moments(y[kept], window).variance),
        ("z", stats.rolling_zscore(holed, window).z, stats.rolling_zscore(y[kept], window).z),
    ):
        checks.true(f"{name}: None at the missing rows", bool(np.isnan(with_holes[gone]).all()))
        checks.true(f"{name}: nothing filled enters", with_holes[kept].tobytes() == without.tobytes())
    documented = "never filled" in (stats.engle_granger.__doc__ or "") and "missing" in (
        stats.rolling_ols.__doc__ or ""
    )
    checks.true("the policy is documented", documented is expected["documented"])


def _thresholds(params: Parameters) -> dict[str, float]:
    return {"entry": params.find("entry"), "exit_level": params.find("exit"), "stop": params.find("stop")}


def constant_x(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    from spreadscope.signals import signal_actions

    y, x = inputs["y"], inputs["x"]
    n = len(x)
    fit = stats.ols(y, x)
    checks.true("beta", fit.beta is expected["beta"] and fit.alpha is None and str(fit.reason) == "constant leg")
    estimator, regression = stats.RollingCorrelation(n), stats.RollingOLS(n)
    for a, b in zip(y, x, strict=True):
        row, rolled = estimator.update(a, b), regression.update(a, b)
    checks.true("corr", row.correlation is expected["corr"] and row.reason is not None)
    checks.true("rolling beta", rolled.beta is None and str(rolled.reason) == "constant leg")
    actions = signal_actions([rolled.residual], **_thresholds(params))
    checks.true("signal", [getattr(a, "value", a) for a in actions] == ["HOLD"])


def zero_variance_spread(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    from spreadscope.signals import signal_actions

    window = params.find("window")
    estimator = stats.RollingMoments(window)
    rows = [estimator.update(value) for value in inputs["s"]]
    checks.true("z", all(row.z is expected["z"] and row.z_inclusive is None and row.reason for row in rows))
    checks.true("batch z", bool(np.isnan(stats.rolling_zscore(inputs["s"], window).z).all()))
    actions = signal_actions([row.z for row in rows], **_thresholds(params))
    checks.true("state machine holds", {getattr(a, "value", a) for a in actions} == {"HOLD"})


def signals(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    from spreadscope.signals import signal_actions

    actions = signal_actions(inputs["z"], **_thresholds(params))
    got = [getattr(action, "value", action) for action in actions]
    checks.true("length", len(got) == len(expected["actions"]))
    for i, (ours, theirs) in enumerate(zip(got, expected["actions"], strict=False)):
        checks.true(f"action[{i}]", ours == theirs, f"got {ours}, want {theirs}")


def paid(leg: list[list[str]]) -> tuple[tuple[Decimal, Decimal], ...]:
    """Rates and marks of one leg's fundings."""
    return tuple((Decimal(rate), Decimal(mark)) for rate, mark in leg)


def pair_pnl(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    from spreadscope.trading import pair_pnl as settle

    found = settle(
        quantities=(Decimal(inputs["qty_y"]), Decimal(inputs["qty_x"])),
        mid_entry=(Decimal(inputs["mid_entry"][0]), Decimal(inputs["mid_entry"][1])),
        mid_exit=(Decimal(inputs["mid_exit"][0]), Decimal(inputs["mid_exit"][1])),
        fee_bps=Decimal(inputs["fee_bps"]),
        slippage_bps=Decimal(inputs["slippage_bps"]),
        funding=(paid(inputs["funding"][0]), paid(inputs["funding"][1])),
    )
    ours = {
        "gross_at_mid": found.gross,
        "slippage_cost": found.slippage,
        "fees": found.fees,
        "funding": found.funding,
        "net": found.net,
    }
    for name, value in ours.items():
        checks.absolute(name, float(value), expected[name], tolerance["abs"])
    checks.true("exact net", Fraction(found.net) == Fraction(expected["exact_net"]), f"{found.net}")


MAPPINGS = {
    "size_engle_granger": size_engle_granger,
    "power_engle_granger": power_engle_granger,
    "size_any_mode": size_any_mode,
    "size_bounce": size_bounce,
    "fdr_universe": fdr_universe,
    "property_no_lookahead": no_lookahead,
    "property_batch_equals_stream": batch_equals_stream,
    "property_invariance": invariance,
    "property_time_gap": time_gap,
    "property_degenerate_constant_x": constant_x,
    "property_degenerate_zero_variance_spread": zero_variance_spread,
    "signals": signals,
    "pair_pnl": pair_pnl,
}
