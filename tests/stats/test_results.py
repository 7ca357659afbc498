"""Results can be read: a short repr, a summary that names the p-value that decides, HTML, one frame of many results."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import polars as pl
import pytest

from spreadscope import performance, stats
from spreadscope.stats import check
from spreadscope.stats._results import Result
from spreadscope.stats.scan import scan

RNG = np.random.default_rng(7)
X = np.cumsum(RNG.standard_normal(300))
Y = 1.2 * X + RNG.standard_normal(300)
WALKS = np.cumsum(RNG.standard_normal((400, 3)), axis=0)


def several() -> list[Result]:
    """One result of every kind."""
    evidence = stats.SequentialEvidence(240)
    looks = [look for look in (evidence.update(y, x) for y, x in zip(Y, X, strict=True)) if look is not None]
    scanned = scan(WALKS[:200], "ABC", next_prices=WALKS[200:], surrogates=5, keep="ABC")
    verdict = stats.stationarity(Y)
    return [
        stats.ols(Y, X), stats.tls(Y, X), stats.adf(Y), stats.engle_granger(Y, X), stats.engle_granger_both(Y, X),
        stats.cointegration_evidence(Y, X), stats.surrogate_cointegration(Y, X), stats.phillips_ouliaris(Y, X),
        stats.johansen(WALKS), stats.kpss(Y), verdict, stats.variance_ratio(Y, 2), stats.ou_fit(Y - 1.2 * X),
        stats.half_life(Y - 1.2 * X), stats.spread_half_life(Y - 1.2 * X), stats.kalman_fit(Y, X),
        stats.kalman_hedge(Y, X, delta=1e-4, r=1e-3), stats.local_level_fit(Y), stats.moments(Y),
        stats.rolling_ols(Y, X, 30), stats.rolling_moments(Y, 30), stats.rolling_zscore(Y, 30),
        stats.rolling_correlation(Y, X, 30), stats.rolling_spearman(Y, X, 30), stats.ew_moments(Y, halflife=9),
        stats.ew_covariance(Y, X, halflife=9), stats.cusum(Y, X), stats.ljung_box(Y),
        stats.fit_diagnostics(Y, X, "ols"),
        stats.adjust_pvalues([0.1, 0.2]), stats.adjust_pvalues([[0.1, 0.2], [0.3, np.nan]]),
        stats.bertram_thresholds(1.0, 1.0, 0.1), stats.hayashi_yoshida([0, 1, 2], [0, 1, 0], [0, 1, 2], [0, 1, 0]),
        stats.panel.engle_granger_all(WALKS), stats.mackinnon_critical_values(2), scanned, scanned.pairs[0],
        scanned.legs[0], looks[-1], evidence.standing, check.clopper_pearson(3, 10),
        performance.sharpe([0.1, -0.1, 0.2]),
        performance.max_drawdown([0.1, -0.1]), performance.beta_to_market(Y, X), performance.return_moments(Y),
        performance.historical_tail_risk(Y), performance.forecast_tail_risk(Y), performance.kupiec_test([0, 1]),
        performance.christoffersen_test([0, 1, 0]), performance.overfitting_probability(WALKS, blocks=4),
        performance.block_bootstrap(Y, resamples=100), performance.daily_pnl([0, 1], [1.0, 2.0]),
        performance.drawdown_series([1.0, 2.0]), performance.excursions([1.0, -1.0]), performance.concentration([1.0]),
        performance.correlation_clusters(WALKS), performance.equal_risk_weights([[1.0, 0.2], [0.2, 1.0]]),
        performance.deflated_sharpe(0.1, 100, trials=5, trials_variance=0.1), stats.adf([1.0] * 5), stats.ols([], []),
        stats.rolling_zscore([], 30), stats.cusum([1.0, 2.0]),
    ]  # fmt: skip


def test_every_result_can_be_read_and_becomes_a_frame() -> None:
    for result in several():
        name = type(result).__name__
        short, text, page = repr(result), result.summary(), result._repr_html_()
        assert short.startswith(f"{name}("), name
        assert len(short) < 420, short
        assert "\n" not in short
        assert 2 <= len(text.splitlines()) <= 18, text
        assert "array(" not in short + text + page
        assert "None" not in text, text
        assert page.startswith("<table>")
        assert page.endswith("</table>")
        assert page.count("<tr>") == len(text.splitlines()) - 1
        frame = result.to_frame()
        assert isinstance(frame, pl.DataFrame), name
        assert repr(copy.copy(result)) == short


def test_every_public_result_is_one() -> None:
    kinds = [getattr(stats, name) for name in stats.__all__]
    results = [kind for kind in kinds if isinstance(kind, type) and dataclasses.is_dataclass(kind)]
    assert len(results) > 30
    assert [
        kind.__name__ for kind in results if not issubclass(kind, Result) and not kind.__name__.endswith("Row")
    ] == []


def test_numbers_have_six_digits_and_reasons_are_words() -> None:
    assert repr(stats.half_life([1.0, 1.1])) == "HalfLife(n=1, reason='too few rows')"
    assert repr(stats.mackinnon_critical_values(2)) == "CriticalValues(one=-3.89644, five=-3.33613, ten=-3.04445)"
    rolled = stats.rolling_zscore([1.0, 2.0, 3.0, 5.0], 3)
    assert repr(rolled) == "RollingZScoreResult(4 rows, 1 with a value; at 3: z=3)"


def test_a_summary_leads_with_the_reason_or_the_p_value_that_decides() -> None:
    undefined = stats.adf([1.0] * 5).summary().splitlines()
    assert undefined[:2] == ["Augmented Dickey–Fuller test of a unit root", "  undefined  too few rows"]
    found = stats.engle_granger_both(Y, X)
    assert found.deciding_pvalue == found.pvalue
    assert "p, decides" in found.summary().splitlines()[1]
    assert "2·min p of both directions" in found.summary().splitlines()[1]


@pytest.mark.parametrize(
    ("result", "field", "kind"),
    [
        (stats.engle_granger(Y, X), "pvalue", "MacKinnon (1994), asymptotic, N = 2"),
        (stats.engle_granger_both(Y, X), "pvalue", "2·min p of both directions, MacKinnon (1994)"),
        (
            stats.cointegration_evidence(Y, X),
            "pvalue",
            "MacKinnon, finite sample; Engle-Granger on OLS, both directions",
        ),
        (stats.surrogate_cointegration(Y, X, surrogates=99), "pvalue", "99 surrogates, both directions"),
        (stats.phillips_ouliaris(Y, X, test="Zt"), "pvalue", "MacKinnon (1994), Zt, N = 2"),
        (stats.variance_ratio(Y, 2), "pvalue", "normal, two-sided, of z_robust"),
        (
            stats.SequentialEvidence(240).standing,
            "pvalue",
            "smallest p of the looks since the last break, each for its share of the level",
        ),
    ],
)
def test_the_p_value_that_decides_has_its_kind(result: Result, field: str, kind: str) -> None:
    assert result.deciding_pvalue == getattr(result, field)
    assert result.pvalue_kind == kind


def test_a_pair_of_a_scan_is_decided_by_the_calibrated_q_where_there_is_one() -> None:
    with_them = scan(WALKS[:200], "ABC", next_prices=WALKS[200:], surrogates=5, keep="ABC").pairs[0]
    assert with_them.deciding_pvalue == with_them.calibrated_bh
    assert "calibrated on surrogates" in (with_them.pvalue_kind or "")
    without = scan(WALKS[:200], "ABC", next_prices=WALKS[200:], surrogates=0, keep="ABC").pairs[0]
    assert without.deciding_pvalue == without.bh
    assert "not calibrated" in (without.pvalue_kind or "")


def test_results_of_many_pairs_are_one_frame() -> None:
    frames = [stats.engle_granger(Y, X).to_frame(), stats.engle_granger(Y[:9], X[:9]).to_frame()]
    together = pl.concat(frames, how="diagonal_relaxed")
    assert together["reason"].to_list() == [None, "too few rows"]
    assert together["critical_five"][0] == pytest.approx(-3.35, abs=0.01)


def test_html_of_a_name_is_text() -> None:
    found = stats.adf(pl.Series("<script>", Y))
    assert "<script>" not in found._repr_html_()
    assert "&lt;script&gt;" in found._repr_html_()


def test_a_result_is_frozen_and_equal_to_its_like() -> None:
    found = stats.ols(Y, X)
    assert found == stats.ols(Y, X) != stats.ols(X, Y)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.beta = 1.0  # type: ignore[misc]
    assert dataclasses.asdict(found)["n"] == 300
