"""Regressions, unit-root and cointegration tests, tables, multiplicity."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from spreadscope import stats
from tests.reference.compare import Checks, there
from tests.reference.parameters import Parameters, Tolerance


def ols(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    fit = stats.ols(inputs["y"], inputs["x"], intercept=params.get("intercept", True), degree=params.get("degree", 1))
    # A certified standard error of 0 is compared on the scale of the coefficients.
    scale = max(abs(v) for v in expected["coef"])
    checks.relative_each("coef", fit.coef, expected["coef"], tolerance["coef_rel"])
    checks.relative_each("se", fit.se, expected["se"], tolerance["se_rel"], floor=scale)
    checks.relative("residual_sd", fit.residual_sd, expected["residual_sd"], tolerance["se_rel"], floor=scale)
    checks.relative("r_squared", fit.r_squared, expected["r_squared"], tolerance["coef_rel"])


def tls(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    fit, swapped = stats.tls(inputs["y"], inputs["x"]), stats.tls(inputs["x"], inputs["y"])
    checks.relative("beta", fit.beta, expected["beta"], tolerance["rel"])
    checks.relative("alpha", fit.alpha, expected["alpha"], tolerance["rel"])
    checks.relative("reciprocal", there(fit.beta) * there(swapped.beta), 1.0, tolerance["rel"])


def adf(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    found = stats.adf(inputs["y"], trend=params.get("trend", "c"), lags=params["lags"], max_lags=params.get("max_lags"))
    checks.relative("stat", found.stat, expected["stat"], tolerance["stat_rel"])
    if "nobs_used" in expected:
        checks.absolute("nobs_used", found.n, expected["nobs_used"], 0.0)
    for key in ("lag", "lags", "lags_used"):
        if key in expected:
            checks.absolute(key, found.lags, expected[key], 0.0)
    if "p_mackinnon1994" in expected:
        # The convention documented is MacKinnon's of 1994.
        checks.absolute("p (1994)", found.pvalue, expected["p_mackinnon1994"], tolerance["p_abs_vs_1994"])
    if "p_R_interpolated_table" in expected:
        # R interpolates in Fuller's table; the same convention is a public function here, beside MacKinnon's default.
        table = stats.dickey_fuller_table_pvalue(there(found.stat), len(inputs["y"]) - 1)
        checks.absolute("p (R's table)", table, expected["p_R_interpolated_table"], tolerance["p_abs"])
    for level, value in expected.get("crit_mackinnon2010", {}).items():
        checks.absolute(f"critical {level}", found.critical.as_dict()[level], value, tolerance["crit_abs"])


def engle_granger(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = stats.engle_granger(
        inputs["y"], inputs["x"], trend=params.get("trend", "c"), lags=params["lags"], max_lags=params.get("max_lags")
    )
    for ours, theirs in (
        (found.alpha, "alpha"),
        (found.beta, "beta"),
        (found.se_beta, "se_beta"),
        (found.r_squared, "r2"),
    ):
        if theirs in expected:
            checks.relative(theirs, ours, expected[theirs], tolerance["coef_rel"])
    checks.relative("stat", found.stat, expected["stat"], tolerance["stat_rel"])
    for key in ("p_1994", "p_1996_asym"):
        if key in expected:
            checks.absolute(key, found.pvalue, expected[key], tolerance["p_abs"])
    for level, value in expected.get("crit", {}).items():
        checks.absolute(f"critical {level}", found.critical.as_dict()[level], value, tolerance["crit_abs"])
    if "must_not_equal_p" in expected:
        right = expected.get("p_1994", expected.get("p_1996_asym"))
        checks.nearer("not the plain ADF p-value", found.pvalue, right, expected["must_not_equal_p"])


def kpss(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    found = stats.kpss(inputs["y"], trend=params.get("trend", "c"), lags=params["lags"])
    checks.relative("stat", found.stat, expected["stat"], tolerance["stat_rel"])
    if "crit_10_5_2p5_1" in expected:
        checks.absolute_each("critical", found.critical, expected["crit_10_5_2p5_1"], tolerance["crit_abs"])


def phillips_ouliaris(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = stats.phillips_ouliaris(
        inputs["y"],
        inputs["x"],
        test=params.get("test", "Za"),
        trend=params.get("trend", "c"),
        bandwidth=params.get("bandwidth"),
    )
    checks.relative("Z_alpha", found.stat, expected["Z_alpha"], tolerance["rel"])
    checks.absolute("p", found.pvalue, expected["p_R"], tolerance["p_abs"])


def johansen(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    columns = inputs["columns"] if "columns" in inputs else [inputs["y"], inputs["x"]]
    found = stats.johansen(
        np.column_stack(columns),
        lag_differences=params["lag_differences"],
        deterministic=params["deterministic"],
        seasonal=params.get("seasonal"),
    )
    checks.relative_each("eigenvalues", found.eigenvalues or (), expected["eigenvalues"], tolerance["eig_rel"])
    checks.relative_each("trace", found.trace or (), expected["trace"], tolerance["stat_rel"])
    checks.relative_each("max_eig", found.max_eigenvalue or (), expected["max_eig"], tolerance["stat_rel"])
    want = expected["first_vector_normalised_on_first"]
    checks.relative_each("vector", there(found.vectors)[:, 0].tolist(), want, tolerance["vector_rel"])
    families = {"crit_trace_10_5_1_OsterwaldLenum": "Osterwald", "crit_trace_90_95_99_MHM1999": "MacKinnon-Haug"}
    for key, name in families.items():
        if key in expected:
            table = next(c for c in found.critical if c.family.startswith(name))
            for got, row in zip(table.trace, expected[key], strict=True):
                checks.absolute_each(name, got, row, tolerance["crit_abs"])


def critical_values(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    observations = math.inf if params["T"] in ("inf", None) else float(params["T"])
    found = stats.mackinnon_critical_values(params["variables"], params["trend"], observations).as_dict()
    for level, value in expected.items():
        checks.absolute(level, found[level], value, tolerance["abs"])


def pvalue(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    def found(observations: float) -> list[float]:
        return [stats.mackinnon_pvalue(t, params["variables"], params["trend"], observations) for t in inputs["t"]]

    for name, want in expected.items():
        if name in ("p_1996", "p_1994_statsmodels"):
            checks.absolute_each(name, found(math.inf), want, tolerance["abs_vs_1996"])
        elif sized := re.fullmatch(r"p_1996_T(\d+)", name):
            checks.absolute_each(name, found(float(sized[1])), want, tolerance["abs_vs_1996"])


def variance_ratio(
    inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks
) -> None:
    found = stats.variance_ratio(inputs["y"], params["q"])
    checks.relative("vr", found.vr, expected["vr"], tolerance["vr_rel"])
    checks.relative("z_homo", found.z, expected["z_homo"], tolerance["z_rel"])
    checks.relative("z_hetero", found.z_robust, expected["z_hetero"], tolerance["z_rel"])


def cusum(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    found = stats.cusum(inputs["y"], inputs.get("x"), kind=params["kind"])
    checks.relative("stat", found.stat, expected["stat"], tolerance["stat_rel"])
    checks.absolute("p", found.pvalue, expected["p"], tolerance["p_abs"])


def adjust(inputs: dict[str, Any], params: Parameters, expected: Any, tolerance: Tolerance, checks: Checks) -> None:
    found = stats.adjust_pvalues(inputs["p"])
    level = params.find("level")
    for name, want in expected.items():
        counted = re.fullmatch(r"(\w+?)_rejections(?:_at_([\d.]+))?", name)
        if counted is None:
            checks.absolute_each(name, getattr(found, name).tolist(), want, tolerance["abs"])
            continue
        # Where only one of the counts names its level, it is the level of all of them.
        at = float(counted[2]) if counted[2] else next(iter(_levels(expected)), level)
        checks.absolute(name, int((getattr(found, counted[1]) <= at).sum()), want, 0.0)


def _levels(expected: dict[str, Any]) -> list[float]:
    return [float(found[1]) for name in expected if (found := re.search(r"_at_([\d.]+)$", name))]


MAPPINGS = {
    "ols": ols,
    "tls": tls,
    "adf": adf,
    "engle_granger": engle_granger,
    "kpss": kpss,
    "phillips_ouliaris": phillips_ouliaris,
    "johansen": johansen,
    "mackinnon_critical_values": critical_values,
    "mackinnon_pvalue": pvalue,
    "variance_ratio": variance_ratio,
    "cusum": cusum,
    "adjust_pvalues": adjust,
}
