"""Johansen's tests with regressors of one's own beside the relation."""

from __future__ import annotations

import numpy as np
import pytest

from spreadscope import stats
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason


def legs(rows: int = 240) -> np.ndarray:
    rng = np.random.default_rng(4)
    x = np.cumsum(rng.standard_normal(rows))
    seasons = np.tile([0.6, -0.4, 0.5, -0.7], rows // 4)
    return np.column_stack([x + rng.standard_normal(rows) + seasons, x])


def dummies(rows: int) -> np.ndarray:
    season = np.arange(rows) % 4
    return np.column_stack([(season == s) - 0.25 for s in (1, 2, 3)])


@pytest.mark.parametrize("deterministic", ["none", "restricted constant", "unrestricted constant"])
def test_centred_dummies_of_ones_own_are_the_seasonal_ones(deterministic: str) -> None:
    data = legs()
    built_in = stats.johansen(data, deterministic=deterministic, seasonal=4)
    own = stats.johansen(data, deterministic=deterministic, exog=dummies(240))
    assert own.trace == pytest.approx(built_in.trace, rel=1e-10)
    assert own.eigenvalues == pytest.approx(built_in.eigenvalues, rel=1e-10)
    assert own.vectors is not None
    assert own.vectors[:, 0] == pytest.approx(built_in.vectors[:, 0], rel=1e-8)  # type: ignore[index]
    assert own.trace != stats.johansen(data, deterministic=deterministic).trace


def test_the_relation_is_that_of_statsmodels_with_the_same_regressors() -> None:
    peer = pytest.importorskip("statsmodels.tsa.vector_ar.vecm")
    data = legs()
    event = np.zeros(240)
    event[100:105] = [3.0, -1.0, 2.0, 0.5, -4.5]
    theirs = peer.VECM(data, exog=event[:, None], k_ar_diff=1, coint_rank=1, deterministic="ci").fit()
    ours = stats.johansen(data, exog=event)
    assert ours.vectors is not None
    assert ours.vectors[:2, 0] == pytest.approx(theirs.beta[:, 0], rel=1e-7)
    assert ours.vectors[2, 0] == pytest.approx(float(theirs.const_coint[0, 0]), rel=1e-6)


def test_an_event_that_breaks_a_pair_is_taken_out() -> None:
    data = legs()
    data[120:, 0] += 40.0  # a split that nobody adjusted: its change is one row, its level a step
    step = np.zeros(240)
    step[120] = 1.0
    plain, mended = stats.johansen(data), stats.johansen(data, exog=np.column_stack([step, np.roll(step, 1)]))
    assert plain.trace is not None
    assert mended.trace is not None
    assert mended.trace != plain.trace


def test_what_cannot_be_partialled_out_has_a_reason_or_is_refused() -> None:
    data = legs()
    constant = np.ones(240)
    assert stats.johansen(data, deterministic="unrestricted constant", exog=constant).reason is Reason.COLLINEAR
    assert stats.johansen(data, exog=np.zeros(240)).reason is Reason.COLLINEAR
    assert stats.johansen(data, seasonal=4, exog=dummies(240)).reason is Reason.COLLINEAR
    holed = dummies(240)
    holed[7, 1] = np.nan
    assert stats.johansen(data, exog=holed).reason is Reason.NOT_FINITE
    assert stats.johansen(data[:12], exog=np.random.default_rng(1).random((12, 8))).reason is Reason.TOO_FEW_ROWS
    with pytest.raises(StatisticsError, match="one row for each of the 240"):
        stats.johansen(data, exog=constant[:-1])
