"""Rolling, weighted and filtered estimators, processes, performance."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from spreadscope import performance, stats
from spreadscope.model.validity import Reason
from tests.reference.compare import Checks, there
from tests.reference.parameters import Parameters, Tolerance


def moments(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    values = [float(v) for v in inputs["x" if "x" in inputs else "y"]]

    def compare(label: str, found: stats.Moments) -> None:
        checks.absolute(f"{label} n", found.n, expected["n"], 0.0)
        checks.relative(f"{label} mean", found.mean, expected["mean"], tolerance["mean_rel"])
        checks.relative(f"{label} sd", found.sd, expected["sd"], tolerance["sd_rel"])
        checks.absolute(f"{label} autocorr1", found.autocorr1, expected["autocorr1"], tolerance["autocorr_abs"])

    compare("batch", stats.moments(values))
    stream = stats.RollingMoments(window=len(values))
    for value in values:
        row = stream.update(value)
    checks.relative("stream mean", row.mean, expected["mean"], tolerance["mean_rel"])
    checks.relative("stream sd", row.sd, expected["sd"], tolerance["sd_rel"])
    compare("stream", stream.moments())
    # Many periods through the window: at every full period it holds the same values again.
    result = stats.rolling_moments(np.tile(values, params.find("repeats")), len(values))
    at = slice(len(values) - 1, None, len(values))
    checks.relative(
        "periods, worst sd", float(_farthest(result.sd[at], expected["sd"])), expected["sd"], tolerance["sd_rel"]
    )
    checks.relative(
        "periods, worst mean",
        float(_farthest(result.mean[at], expected["mean"])),
        expected["mean"],
        tolerance["mean_rel"],
    )


def _farthest(values: np.ndarray, want: float) -> float:
    return float(values[np.argmax(np.abs(values - want))])


def rolling(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    y, x, window = inputs["y"], inputs["x"], params["window"]
    moment, fit = stats.rolling_moments(y, window), stats.rolling_ols(y, x, window)
    lagged = stats.rolling_zscore(y, window).z
    inside = stats.rolling_zscore(y, window, include_current=True).z
    correlation = stats.rolling_correlation(y, x, window).correlation
    columns = {
        "mean": moment.mean,
        "sd": moment.sd,
        "z": inside,
        "z_lag": lagged,
        "cor": correlation,
        "beta": fit.beta,
        "alpha": fit.alpha,
        "resid_last": fit.residual,
        "se_beta": fit.se_beta,
    }
    for row in expected["rows"]:
        for name, value in row.items():
            if name != "i0":
                checks.relative(f"{name}[{row['i0']}]", float(columns[name][row["i0"]]), value, tolerance["rel"])
    first = expected["first_valid_row"]
    for name, column in columns.items():
        start = first + 1 if name == "z_lag" else first
        checks.true(f"{name} starts at {start}", bool(np.isnan(column[:start]).all() and np.isfinite(column[start])))


def rolling_return_correlation(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    y, x, window = inputs["y"], inputs["x"], params["window"]
    pearson = stats.rolling_correlation(y, x, window).correlation
    spearman = stats.rolling_spearman(y, x, window).correlation
    for row in expected["rows"]:
        i = row["i0"]
        checks.relative(f"cor[{i}]", float(pearson[i]), row["cor"], tolerance["rel"])
        if "spearman" in row:
            checks.relative(f"spearman[{i}]", float(spearman[i]), row["spearman"], tolerance["rel"])


def ew_moments(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    settings = params.given(("alpha", "halflife")) | {"warm_up": params.find("warm_up")}
    single = stats.ew_moments(inputs["y"], **settings)
    pair = stats.ew_covariance(inputs["y"], inputs["x"], **settings)
    columns = {
        "mean": single.mean,
        "var": single.variance,
        "cov": pair.covariance,
        "cor": pair.correlation,
        "beta": pair.beta,
    }
    for row in expected["rows"]:
        for name, value in row.items():
            if name != "i0":
                checks.relative(f"{name}[{row['i0']}]", float(columns[name][row["i0"]]), value, tolerance["rel"])


def kalman_hedge(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = stats.kalman_hedge(
        inputs["y"],
        inputs["x"],
        r=params.find("R"),
        initial_state=tuple(params["initial_state"]) if "initial_state" in params else None,
        initial_p=params.get("initial_P"),
        q_before_first=params.get("Q_before_first", False),
        **params.given(("delta", "q_beta", "q_alpha", "center")),
    )
    columns = {
        "beta": found.beta,
        "alpha": found.alpha,
        "innovation": found.e,
        "S": found.s,
        "z": found.z,
        "P00": found.p00,
        "P01": found.p01,
        "P11": found.p11,
    }
    for row in expected["rows"]:
        i = row["i0"]
        for name, value in row.items():
            if name == "z":
                checks.absolute(f"z[{i}]", float(found.z[i]), value, tolerance["z_abs"])
            elif name == "innovation":
                # e is z √S, so it is held to the same absolute accuracy.
                checks.absolute(f"e[{i}]", float(found.e[i]), value, tolerance["z_abs"])
            elif name in columns:
                checks.relative(f"{name}[{i}]", float(columns[name][i]), value, tolerance["beta_rel"])
    checks.relative("loglik", found.loglik, expected["loglik"], tolerance["loglik_rel"])


def kalman_hedge_ols_limit(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    r = params.find("limit_R")
    found = stats.kalman_hedge(
        inputs["y"],
        inputs["x"],
        q_beta=0.0,
        q_alpha=0.0,
        r=r,
        initial_state=(0.0, 0.0),
        initial_p=params.get("initial_P", params.find("limit_P_over_R") * r),
        center=inputs["x"][0],
    )
    checks.relative("beta", float(found.beta[-1]), expected["beta"], tolerance["rel"])
    checks.relative("alpha", float(found.alpha[-1]), expected["alpha"], tolerance["rel"])


def local_level_fit(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = stats.local_level_fit(inputs["y"])
    checks.relative("sigma2_eps", found.sigma2_eps, expected["sigma2_eps"], tolerance["rel"])
    checks.relative("sigma2_eta", found.sigma2_eta, expected["sigma2_eta"], tolerance["rel"])
    checks.relative("steady P", found.steady_p, expected["steady_state_P_pred"], tolerance["rel"])
    checks.absolute("loglik", found.loglik, expected["loglik_excluding_first_obs"], tolerance["loglik_abs"])


def ou_fit(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    dt = params.get("dt", 1.0)
    found, exact = stats.ou_fit(inputs["y"], dt=dt), stats.ou_fit(inputs["y"], dt=dt, method="exact")
    pairs = {"loglik_cond": found.loglik}
    for name in ("phi", "kappa", "theta", "sigma", "half_life", "sd_stationary"):
        pairs[name] = getattr(found, name)
    for name, got in pairs.items():
        if name in expected:
            checks.relative(name, got, expected[name], tolerance["rel"])
    for name, got in (("exactML_phi", exact.phi), ("exactML_loglik", exact.loglik)):
        if name in expected:
            checks.relative(name, got, expected[name], tolerance["exactML_rel"])
    if "half_life_euler_must_not_be_used" in expected:
        euler = expected["half_life_euler_must_not_be_used"]
        checks.nearer("not Euler's half-life", found.half_life, expected["half_life"], euler)


def half_life(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    for name, want in expected.items():
        found = stats.half_life(inputs[name], dt=params.get("dt", 1.0))
        if isinstance(want, (int, float)):
            checks.relative(name, found.half_life, want, tolerance["rel"])
            continue
        reason = Reason.NOT_OU if "not OU" in want else Reason.NOT_MEAN_REVERTING
        checks.true(f"{name} undefined", found.half_life is None, f"{found.half_life} {found.reason}")
        checks.true(f"{name} reason", found.reason is reason, str(found.reason))


def bertram(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    found = stats.bertram_thresholds(inputs["kappa"], inputs["sigma"], inputs["cost"])
    for ours, theirs in (
        ("entry", "entry"),
        ("exit", "exit"),
        ("rate", "expected_return_rate"),
        ("cycle", "expected_cycle"),
    ):
        checks.relative(theirs, getattr(found, ours), expected[theirs], tolerance["rel"])


def _figure(name: str, r: list[float], params: Parameters) -> performance.PerformanceFigure | None:
    """The figure that a name like sharpe365, sortino252, var99_type7 or es95 stands for."""
    named = re.fullmatch(r"(sharpe|sortino|var|es)(\d*)(_type7)?", name)
    if named is None:
        return None
    kind, number = named[1], named[2]
    if kind in ("sharpe", "sortino"):
        ratio = performance.sharpe if kind == "sharpe" else performance.sortino
        return ratio(r, periods=params.find("periods", float(number) if number else None))
    tail = performance.value_at_risk if kind == "var" else performance.expected_shortfall
    return tail(r, level=float(f"0.{number}"))


def performance_case(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    r = inputs["y"]
    shape, fall = performance.return_moments(r), performance.max_drawdown(r)
    values = {
        "maxdd": fall.depth,
        "mean": shape.mean,
        "sd": shape.sd,
        "skew": shape.skewness,
        "kurt": shape.kurtosis,
        "downside_dev0": shape.downside_deviation,
        "total": shape.total,
    }
    for name, want in expected.items():
        if name in values:
            checks.relative(name, values[name], want, tolerance["rel"])
        elif (figure := _figure(name, r, params)) is not None:
            checks.relative(name, figure.value, want, tolerance["rel"])
    checks.absolute("n", shape.n, expected["n"], 0.0)
    checks.absolute("peak", fall.peak, expected["i_peak0"], 0.0)
    checks.absolute("trough", fall.trough, expected["i_trough0"], 0.0)


def beta(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    found = performance.beta_to_market(inputs["y"], inputs["x"])
    checks.relative("beta", found.beta, expected["beta"], tolerance["rel"])
    checks.relative("alpha", found.alpha, expected["alpha"], tolerance["rel"])
    checks.relative("r2", found.r_squared, expected["r2"], tolerance["rel"])


def deflated_sharpe(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = performance.deflated_sharpe(
        inputs["sr_per_obs"],
        inputs["T"],
        trials=inputs["N"],
        trials_variance=inputs["var_trials_per_obs"],
        skewness=params.find("skew"),
        kurtosis=params.find("kurtosis"),
    )
    checks.absolute("sr0", found.threshold, expected["sr0"], tolerance["abs"])
    checks.absolute("dsr", found.value, expected["dsr"], tolerance["abs"])


def probabilistic_sharpe(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = performance.probabilistic_sharpe(
        inputs["sr"],
        inputs["T"],
        skewness=params.find("skew"),
        kurtosis=params.find("kurtosis"),
        benchmark=params.find("benchmark"),
    )
    checks.absolute("psr", found.value, expected["psr"], tolerance["abs"])


def minimum_track_record(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = performance.minimum_track_record(
        inputs["sr"],
        benchmark=params.find("benchmark"),
        alpha=params.find("alpha"),
        skewness=params.find("skew"),
        kurtosis=params.find("kurtosis"),
    )
    checks.relative("obs", found.value, expected["obs"], tolerance["rel"])
    if "years" in expected:
        years = there(found.value) / params.find("track_record_periods")
        checks.relative("years", years, expected["years"], tolerance["rel"])


def hayashi_yoshida(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = stats.hayashi_yoshida(inputs["tx"], inputs["x"], inputs["ty"], inputs["y"])
    ours = {"cov": found.covariance, "rv_x": found.variance_x, "rv_y": found.variance_y, "corr": found.correlation}
    for name, want in expected.items():
        checks.absolute(name, ours[name], want, tolerance["abs"])


def stream_moments(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    """A stream of whole numbers over a divisor: every value through the online estimator, and the batch beside it."""
    checkpoints = sorted(expected["checkpoints"], key=lambda c: c["i0"])
    window, base = int(params.find("stream_window")), float(params.find("base"))
    values = _stream(max(inputs.get("N", 0), checkpoints[-1]["i0"] + 1), params)
    result = stats.rolling_moments(values, window)
    online = stats.RollingMoments(window=window)
    fed = iter(values.tolist())
    at = 0
    for checkpoint in checkpoints:
        i = checkpoint["i0"]
        while at <= i:
            row = online.update(next(fed))
            at += 1
        for label, variance, mean, z in (
            ("batch", float(result.variance[i]), float(result.mean[i]), float(result.z_inclusive[i])),
            ("stream", row.variance, row.mean, row.z_inclusive),
        ):
            checks.relative(f"{label} var[{i}]", variance, checkpoint["var"], tolerance["var_rel"])
            checks.absolute(f"{label} z[{i}]", z, checkpoint["z"], tolerance["z_abs"])
            # The mean is held to the accuracy z needs, in units of the sd.
            allowed = tolerance["z_abs"] * math.sqrt(checkpoint["var"])
            checks.absolute(
                f"{label} mean[{i}]", None if mean is None else mean - base, checkpoint["mean_minus_base"], allowed
            )


def _stream(n: int, params: Parameters) -> np.ndarray:
    names = ("start", "multiplier", "addend", "modulus", "shift", "span", "offset", "spike_every", "spike_at", "spike")
    # In Python integers, as the case defines it.
    s, multiplier, addend, modulus, shift, span, offset, every, spike_at, spike = (int(params.find(n)) for n in names)
    base, divisor = float(params.find("base")), float(params.find("divisor"))
    out = np.empty(n)
    for i in range(n):
        s = (multiplier * s + addend) % modulus
        k = ((s >> shift) % span) - offset
        if every and i % every == spike_at:
            k = spike
        out[i] = base + k / divisor
    return out


MAPPINGS = {
    "moments": moments,
    "rolling": rolling,
    "rolling_return_correlation": rolling_return_correlation,
    "ew_moments": ew_moments,
    "kalman_hedge": kalman_hedge,
    "kalman_hedge_ols_limit": kalman_hedge_ols_limit,
    "local_level_fit": local_level_fit,
    "ou_fit": ou_fit,
    "half_life": half_life,
    "bertram_thresholds": bertram,
    "performance": performance_case,
    "beta": beta,
    "deflated_sharpe": deflated_sharpe,
    "probabilistic_sharpe": probabilistic_sharpe,
    "minimum_track_record": minimum_track_record,
    "hayashi_yoshida": hayashi_yoshida,
    "stream_moments": stream_moments,
}
