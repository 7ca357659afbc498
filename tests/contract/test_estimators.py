"""What every online estimator promises, on friendly and hostile streams.

A new estimator is added to ``ESTIMATORS`` and to nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope import stats
from spreadscope.model.errors import StatisticsError
from spreadscope.model.validity import Reason

N = 700
Array = np.ndarray


@dataclass(frozen=True)
class Subject:
    """One estimator: how to make it, how many legs it takes, and which of its fields are variances or correlations."""

    name: str
    make: Callable[[], Any]
    legs: int
    batch: Callable[[Array, Array], dict[str, Array]] | None = None
    variances: tuple[str, ...] = ()
    correlations: tuple[str, ...] = ()
    forgets_after: int | None = None
    tolerance: float = 1e-9


def _result(result: Any, names: dict[str, str] | None = None) -> dict[str, Array]:
    """Array fields of a batch result, under the names the online row uses."""
    return {
        (names or {}).get(f.name, f.name): getattr(result, f.name)
        for f in fields(result)
        if isinstance(getattr(result, f.name), np.ndarray) and f.name != "reason"
    }


def _frozen(volatility_rows: int | None = None) -> stats.BreakdownMonitor:
    rng = np.random.default_rng(9)
    x = np.cumsum(rng.standard_normal(200))
    return stats.BreakdownMonitor.freeze(x + rng.standard_normal(200), x, volatility_rows=volatility_rows)


ESTIMATORS = [
    Subject(
        "RollingMoments",
        lambda: stats.RollingMoments(50),
        1,
        lambda y, x: _result(stats.rolling_moments(y, 50)),
        variances=("variance", "sd"),
        forgets_after=50,
    ),
    Subject(
        "RollingOLS",
        lambda: stats.RollingOLS(50),
        2,
        lambda y, x: _result(stats.rolling_ols(y, x, 50)),
        variances=("se_beta", "residual_sd", "r_squared"),
        correlations=("correlation",),
        forgets_after=50,
    ),
    Subject(
        "RollingCorrelation",
        lambda: stats.RollingCorrelation(50),
        2,
        lambda y, x: _result(stats.rolling_correlation(y, x, 50)),
        correlations=("correlation",),
        forgets_after=50,
    ),
    Subject(
        "EwMoments",
        lambda: stats.EwMoments(halflife=10.0),
        1,
        lambda y, x: _result(stats.ew_moments(y, halflife=10.0)),
        variances=("variance", "sd"),
    ),
    Subject(
        "EwCovariance",
        lambda: stats.EwCovariance(halflife=10.0),
        2,
        lambda y, x: _result(stats.ew_covariance(y, x, halflife=10.0)),
        variances=("variance_y", "variance_x"),
        correlations=("correlation",),
    ),
    Subject(
        "KalmanHedge",
        lambda: stats.KalmanHedge(burn_in=60),
        2,
        lambda y, x: _result(stats.kalman_hedge(y, x, burn_in=60)),
        variances=("s", "p00", "p11"),
    ),
    Subject(
        "KalmanHedge.chan",
        stats.KalmanHedge.chan,
        2,
        lambda y, x: _result(stats.kalman_hedge(y, x, delta=1e-4, r=1e-3)),
        variances=("s", "p00", "p11"),
    ),
    Subject("BreakdownMonitor", _frozen, 2, None, variances=("boundary",)),
    Subject("BreakdownMonitor that measures volatility", lambda: _frozen(30), 2, None, variances=("boundary",)),
]
BATCHED = [subject for subject in ESTIMATORS if subject.batch is not None]


def _friendly() -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    x = np.cumsum(0.01 * rng.standard_normal(N))
    return 0.3 + 0.8 * x + 0.02 * rng.standard_normal(N), x


def _streams() -> dict[str, tuple[Array, Array]]:
    y, x = _friendly()
    spike_y, spike_x = y.copy() + 5.0, x.copy() + 5.0
    spike_y[300] *= 10.0
    spike_x[320] *= 10.0
    spike_y[300:] = np.where(np.arange(300, N) == 300, spike_y[300], 5.0 + 1e-6 * y[300:])
    constant_y, constant_x = y.copy(), x.copy()
    constant_y[200:400], constant_x[250:450] = 0.1, 0.3
    holes_y, holes_x = y.copy(), x.copy()
    holes_y[[0, 5, 77, 78, 300]], holes_x[[1, 5, 120, 301]] = np.nan, np.nan
    gap_y, gap_x = y.copy(), x.copy()
    gap_y[220:420] = np.nan
    infinite_y = y.copy()
    infinite_y[[3, 150]] = np.inf, -np.inf
    return {
        "friendly": (y, x),
        "spike, then quiet": (spike_y, spike_x),
        "constant": (constant_y, constant_x),
        "all constant": (np.full(N, 0.1), np.full(N, 0.3)),
        "NaN": (holes_y, holes_x),
        "gap": (gap_y, gap_x),
        "infinite": (infinite_y, x),
        "offset 1e5": (y + 1e5, x + 1e5),
        "scale 1e-6": (y * 1e-6, x * 1e-6),
    }


STREAMS = _streams()


def feed(estimator: Any, legs: int, y: Array, x: Array) -> list[Any]:
    """Every row of the stream through ``update``."""
    if legs == 1:
        return [estimator.update(value) for value in y.tolist()]
    return [estimator.update(a, b) for a, b in zip(y.tolist(), x.tolist(), strict=True)]


def values_of(row: Any) -> dict[str, float | None]:
    """The numbers of a row."""
    skipped = ("reason", "n", "broken")
    return {f.name: getattr(row, f.name) for f in fields(row) if f.name not in skipped}


@pytest.mark.parametrize("stream", STREAMS, ids=list(STREAMS))
@pytest.mark.parametrize("subject", ESTIMATORS, ids=lambda s: s.name)
class TestEveryEstimatorOnEveryStream:
    def test_numbers_are_finite_and_every_none_has_a_reason(self, subject: Subject, stream: str) -> None:
        for row in feed(subject.make(), subject.legs, *STREAMS[stream]):
            values = values_of(row)
            assert all(value is None or math.isfinite(value) for value in values.values()), row
            if any(value is None for value in values.values()):
                assert isinstance(row.reason, Reason), row
            else:
                assert row.reason is None, row

    def test_variances_are_never_negative_and_correlations_stay_inside_one(self, subject: Subject, stream: str) -> None:
        for row in feed(subject.make(), subject.legs, *STREAMS[stream]):
            for name in subject.variances:
                value = getattr(row, name)
                assert value is None or value >= 0.0, row
            for name in subject.correlations:
                value = getattr(row, name)
                assert value is None or -1.0 <= value <= 1.0, row

    def test_a_restart_from_a_snapshot_is_bit_identical(self, subject: Subject, stream: str) -> None:
        y, x = STREAMS[stream]
        straight = feed(subject.make(), subject.legs, y, x)
        for cut in (1, 40, 333):
            first = subject.make()
            feed(first, subject.legs, y[:cut], x[:cut])
            text = json.dumps(first.state(), allow_nan=False)
            second = type(first).restore(json.loads(text))
            assert feed(second, subject.legs, y[cut:], x[cut:]) == straight[cut:]
            # Taking the snapshot changed nothing.
            assert feed(first, subject.legs, y[cut:], x[cut:]) == straight[cut:]

    def test_missing_rows_are_none(self, subject: Subject, stream: str) -> None:
        y, x = STREAMS[stream]
        missing = ~np.isfinite(y) if subject.legs == 1 else ~(np.isfinite(y) & np.isfinite(x))
        rows = feed(subject.make(), subject.legs, y, x)
        for t in np.flatnonzero(missing):
            assert set(values_of(rows[t]).values()) == {None}
            assert rows[t].reason is Reason.NOT_FINITE


@pytest.mark.parametrize("stream", STREAMS, ids=list(STREAMS))
@pytest.mark.parametrize("subject", BATCHED, ids=lambda s: s.name)
class TestBatchTwins:
    def test_the_stream_equals_the_batch_at_every_row(self, subject: Subject, stream: str) -> None:
        assert subject.batch is not None
        y, x = STREAMS[stream]
        rows = feed(subject.make(), subject.legs, y, x)
        for name, column in subject.batch(y, x).items():
            streamed = np.array([np.nan if getattr(row, name) is None else getattr(row, name) for row in rows])
            assert (np.isnan(streamed) == np.isnan(column)).all(), name
            known = np.isfinite(column)
            scale = np.maximum(np.abs(column[known]), 1e-300)
            assert (np.abs(streamed[known] - column[known]) <= subject.tolerance * scale).all(), name

    def test_a_prefix_is_bit_identical(self, subject: Subject, stream: str) -> None:
        assert subject.batch is not None
        y, x = STREAMS[stream]
        whole = subject.batch(y, x)
        for cut in (1, 55, 301, 333, N - 1):
            for name, column in subject.batch(y[:cut].copy(), x[:cut].copy()).items():
                assert column.tobytes() == whole[name][:cut].tobytes(), (name, cut)

    def test_the_future_changes_nothing(self, subject: Subject, stream: str) -> None:
        assert subject.batch is not None
        y, x = STREAMS[stream]
        other_y, other_x = y.copy(), x.copy()
        other_y[400:] = other_y[400:] * -3.0 + 1.0
        other_x[400:] = 7.0
        whole, altered = subject.batch(y, x), subject.batch(other_y, other_x)
        for name, column in whole.items():
            assert column[:400].tobytes() == altered[name][:400].tobytes(), name

    def test_every_nan_of_a_result_has_a_code(self, subject: Subject, stream: str) -> None:
        result = _raw(subject, *STREAMS[stream])
        undefined = np.zeros(N, dtype=bool)
        for column in _result(result).values():
            undefined |= np.isnan(column)
        assert ((result.reason != 0) == undefined).all()
        assert all(isinstance(stats.reason_of(int(c)), Reason) for c in set(result.reason[undefined].tolist()))


def _raw(subject: Subject, y: Array, x: Array) -> Any:
    made: dict[str, Callable[[], Any]] = {
        "RollingMoments": lambda: stats.rolling_moments(y, 50),
        "RollingOLS": lambda: stats.rolling_ols(y, x, 50),
        "RollingCorrelation": lambda: stats.rolling_correlation(y, x, 50),
        "EwMoments": lambda: stats.ew_moments(y, halflife=10.0),
        "EwCovariance": lambda: stats.ew_covariance(y, x, halflife=10.0),
        "KalmanHedge": lambda: stats.kalman_hedge(y, x, burn_in=60),
        "KalmanHedge.chan": lambda: stats.kalman_hedge(y, x, delta=1e-4, r=1e-3),
    }
    return made[subject.name]()


@pytest.mark.parametrize("subject", [s for s in ESTIMATORS if s.forgets_after], ids=lambda s: s.name)
def test_a_window_is_exact_as_soon_as_a_bad_tick_has_left_it(subject: Subject) -> None:
    y, x = _friendly()
    bad_y, bad_x = y.copy(), x.copy()
    bad_y[300], bad_x[300] = 1e6, -1e6
    clean, dirty = feed(subject.make(), subject.legs, y, x), feed(subject.make(), subject.legs, bad_y, bad_x)
    assert subject.forgets_after is not None
    # One row more: z measures against the window before it.
    assert dirty[300 + subject.forgets_after + 1 :] == clean[300 + subject.forgets_after + 1 :]
    assert dirty[301] != clean[301]


@pytest.mark.parametrize("subject", ESTIMATORS, ids=lambda s: s.name)
def test_a_snapshot_of_another_estimator_is_refused(subject: Subject) -> None:
    with pytest.raises(StatisticsError, match="snapshot"):
        type(subject.make()).restore({"kind": "something else"})


@pytest.mark.parametrize("subject", ESTIMATORS, ids=lambda s: s.name)
@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(min_value=-1e9, max_value=1e9),
            st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e-12, 0.1]),
        ),
        min_size=1,
        max_size=130,
    )
)
def test_any_stream_gives_finite_numbers_or_reasons(subject: Subject, values: list[float]) -> None:
    stream = np.array(values * 2)
    for row in feed(subject.make(), subject.legs, stream, stream[::-1].copy()):
        numbers = values_of(row)
        assert all(value is None or math.isfinite(value) for value in numbers.values()), row
        assert row.reason is not None or None not in numbers.values()
        for name in subject.variances:
            assert getattr(row, name) is None or getattr(row, name) >= 0.0
        for name in subject.correlations:
            assert getattr(row, name) is None or abs(getattr(row, name)) <= 1.0
