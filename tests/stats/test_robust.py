"""Robust regressions against scipy and statsmodels, on rows with ties, holes and bad prints."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import theilslopes  # type: ignore[import-untyped]

from spreadscope.model.validity import Reason
from spreadscope.stats.huber import huber
from spreadscope.stats.theil_sen import MOST_ROWS, theil_sen


@given(st.integers(0, 10_000), st.integers(3, 90), st.booleans())
def test_theil_sen_is_scipys(seed: int, n: int, coarse: bool) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal(n).cumsum(), rng.standard_t(2, n)
    if coarse:
        x, y = np.round(x), np.round(y, 1)  # ties in both
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return
    expected = theilslopes(y, x)
    found = theil_sen(y, x)
    assert found.beta == pytest.approx(expected.slope, rel=1e-12, abs=1e-12)
    assert found.alpha == pytest.approx(expected.intercept, rel=1e-12, abs=1e-12)


def test_rows_with_a_hole_are_left_out_and_long_windows_are_thinned() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal(900).cumsum()
    y = 0.7 * x + rng.standard_normal(900) * 0.1
    y[5] = x[9] = np.nan
    found = theil_sen(y, x)
    whole = np.isfinite(y) & np.isfinite(x)
    kept = [int(t * 897 / (MOST_ROWS - 1)) for t in range(MOST_ROWS - 1)] + [897]
    assert found.n == 898
    assert found.beta == pytest.approx(theilslopes(y[whole][kept], x[whole][kept]).slope, rel=1e-12)


@given(st.integers(0, 10_000), st.integers(20, 80))
def test_huber_is_statsmodels(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = 8 + rng.standard_normal(n).cumsum() * 1e-2
    y = 1.2 + 0.7 * x + rng.standard_t(3, n) * 1e-2
    expected = sm.RLM(y, sm.add_constant(x), M=sm.robust.norms.HuberT()).fit(maxiter=200, tol=1e-12)
    found = huber(y, x)
    assert found.beta == pytest.approx(expected.params[1], rel=1e-5, abs=1e-7)
    assert found.scale == pytest.approx(expected.scale, rel=1e-4)


@pytest.mark.parametrize("fit", [huber, theil_sen])
def test_what_has_no_line_has_a_reason(fit: object) -> None:
    assert fit([1.0, 2.0], [1.0, 2.0]).reason is Reason.TOO_FEW_ROWS  # type: ignore[operator]
    assert fit([1.0, 2.0, 4.0], [5.0, 5.0, 5.0]).reason is Reason.CONSTANT_LEG  # type: ignore[operator]
    exact = fit([1.0, 3.0, 5.0, 7.0], [0.0, 1.0, 2.0, 3.0])  # type: ignore[operator]
    assert (round(exact.beta, 12), round(exact.alpha, 12)) == (2.0, 1.0)
