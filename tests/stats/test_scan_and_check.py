"""The scan's honesty and the self-check."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spreadscope import stats
from spreadscope.model.errors import StatisticsError
from spreadscope.stats import check
from spreadscope.stats.scan import LegVerdict, check_legs, pair_pvalues, scan, sign_flipped

BARS = Path(__file__).parents[2] / ".." / "shared" / "data" / "bars" / "binance_um_5m_2023-07_08_60sym.parquet"


def walks(rows: int, n: int, seed: int) -> np.ndarray:
    return np.cumsum(0.01 * np.random.default_rng(seed).standard_normal((rows, n)), axis=0)


def test_a_tied_pair_is_found_and_untied_ones_are_not() -> None:
    panel = walks(800, 8, 1)
    panel[:, 1] = 0.9 * panel[:, 0] + 0.01 * np.random.default_rng(2).standard_normal(800)
    found = scan(panel[:400], "ABCDEFGH", next_prices=panel[400:], surrogates=30)
    best = found.pairs[0]
    assert {best.y, best.x} == {"A", "B"}
    assert best.bh < 0.05
    assert best.next_pvalue is not None
    assert best.next_pvalue < 0.05
    assert [p for p in found.pairs[1:] if p.bh <= 0.05] == []
    assert found.tests == len(found.pairs)
    assert found.familywise is not None
    assert found.familywise <= 0.1
    chosen, again, others, _ = found.survival("bh")
    assert (chosen, again, chosen + others) == (1, 1, found.tests)


def test_pegged_stationary_and_silent_legs_are_no_candidates() -> None:
    rng = np.random.default_rng(3)
    panel = walks(500, 6, 3)
    panel[:, 0] = 1e-6 * rng.standard_normal(500)
    panel[:, 1] = 0.01 * rng.standard_normal(500)
    panel[:, 2] = np.repeat(walks(100, 1, 9)[:, 0], 5)
    panel[:100, 3] = np.nan
    verdicts = [leg.verdict for leg in check_legs(panel, "PSIMAB")]
    assert verdicts[:4] == [LegVerdict.PEGGED, LegVerdict.STATIONARY, LegVerdict.INACTIVE, LegVerdict.INCOMPLETE]
    assert LegVerdict.CANDIDATE in verdicts[4:]


def test_surrogates_keep_the_volatility_and_lose_the_tie() -> None:
    panel = walks(1200, 2, 4)
    panel[:, 1] = panel[:, 0]
    flipped = sign_flipped(panel, 12, np.random.default_rng(5))
    moves, kept = np.diff(panel, axis=0), np.diff(flipped, axis=0)
    np.testing.assert_allclose(np.abs(kept), np.abs(moves), atol=1e-12)
    assert abs(np.corrcoef(kept[:, 0], kept[:, 1])[0, 1]) < 0.3


def test_pair_pvalues_are_the_decisions_own() -> None:
    panel = walks(300, 4, 6)
    p = pair_pvalues(panel, lags="aic", max_lags=6)
    evidence = stats.cointegration_evidence(panel[:, 0], panel[:, 1], max_lags=6)
    assert p[0, 1] == pytest.approx(evidence.pvalue, rel=1e-3)


def test_the_evidence_is_one_for_every_hedge_and_fixed_weights_use_plain_adf() -> None:
    x = walks(400, 1, 7)[:, 0]
    y = x + 0.01 * np.random.default_rng(8).standard_normal(400)
    assert stats.cointegration_evidence(y, x).test.startswith("Engle-Granger on OLS")
    fixed = stats.cointegration_evidence(y, x, fixed_beta=1.0)
    assert fixed.test == "ADF on fixed weights"
    assert fixed.cointegrated is True
    assert stats.cointegration_evidence(y, np.full(400, 1.0)).cointegrated is None


def test_the_check_table_has_a_row_a_mode_and_keeps_its_bounds() -> None:
    rows = list(check.run_check(n_sim=150, rows=200, universes=20, coins=8))
    assert {row.hedge for row in rows if row.what == "size"} == {"ols", "tls", "rolling", "ew", "kalman"}
    for row in rows:
        assert 0.0 <= row.rate.low <= row.rate.rate <= row.rate.high <= 1.0
        if row.what == "size":
            assert row.rate.low <= 0.07
    naive = {row.hedge: row.rate.rate for row in rows if row.what.startswith("size of plain")}
    assert naive["kalman"] > 0.9
    with pytest.raises(StatisticsError, match="at least"):
        list(check.run_check(n_sim=0))


@pytest.mark.shared
@pytest.mark.slow
def test_a_real_scan_is_honest() -> None:
    if not BARS.exists():
        pytest.skip(f"the recorded bars are not beside the checkout ({BARS})")
    polars = pytest.importorskip("polars")
    frame = polars.read_parquet(BARS).pivot(on="symbol", index="open_time", values="close").sort("open_time")
    symbols = [name for name in frame.columns if name != "open_time"]
    prices = frame.select(symbols).to_numpy().astype(float)
    rows = np.flatnonzero(np.isfinite(prices).all(axis=1))
    prices = np.log(prices[rows[0] : rows[-1] + 1])
    half = prices.shape[0] // 2
    found = scan(prices[:half], symbols, next_prices=prices[half:], surrogates=100)
    assert {leg.symbol for leg in found.legs if leg.verdict is LegVerdict.PEGGED} == {"USDCUSDT"}
    assert found.survival("calibrated_bh")[0] == 0
    p, correlation, volatility = found.persistence()
    assert p < 0.2 < 0.3 < volatility
    assert correlation > 0.5


def test_a_leg_that_is_to_be_kept_stays_whatever_its_own_test_says() -> None:
    panel = walks(400, 4, 3)
    panel[:, 2] = 0.01 * np.random.default_rng(9).standard_normal(400)
    left = check_legs(panel, "ABCD")
    assert left[2].verdict is LegVerdict.STATIONARY
    kept = check_legs(panel, "ABCD", keep="C")
    assert kept[2].verdict is LegVerdict.CANDIDATE
    assert kept[2].adf_pvalue == left[2].adf_pvalue
    panel[::2, 3] = np.nan
    assert check_legs(panel, "ABCD", keep="D")[3].verdict is LegVerdict.INCOMPLETE
    with pytest.raises(StatisticsError, match="E is to be kept, but is none of the symbols"):
        scan(panel[:200], "ABCD", next_prices=panel[200:], surrogates=0, keep="E")
