"""Series and frames of pandas and polars: the same numbers, labels kept, unlike indices refused."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pytest

from spreadscope import performance, stats
from spreadscope.model.errors import StatisticsError
from spreadscope.stats.huber import huber
from spreadscope.stats.scan import scan
from spreadscope.stats.theil_sen import theil_sen

ROWS = 300
RNG = np.random.default_rng(11)
X = np.cumsum(RNG.standard_normal(ROWS))
Y = 1.2 * X + RNG.standard_normal(ROWS)
TIMES = pd.date_range("2024-03-01", periods=ROWS, freq="1min", name="open_time")
PANDAS = pd.DataFrame({"BTCUSDT": Y, "ETHUSDT": X}, index=TIMES)
POLARS = pl.DataFrame({"time": TIMES.to_numpy(), "BTCUSDT": Y, "ETHUSDT": X})

OF_TWO: dict[str, Callable[..., Any]] = {
    "ols": stats.ols,
    "tls": stats.tls,
    "huber": huber,
    "theil_sen": theil_sen,
    "engle_granger": stats.engle_granger,
    "engle_granger_both": stats.engle_granger_both,
    "evidence": stats.cointegration_evidence,
    "surrogates": lambda y, x: stats.surrogate_cointegration(y, x, surrogates=20),
    "phillips_ouliaris": stats.phillips_ouliaris,
    "kalman_fit": stats.kalman_fit,
    "kalman_hedge": lambda y, x: stats.kalman_hedge(y, x, delta=1e-4, r=1e-3),
    "rolling_ols": lambda y, x: stats.rolling_ols(y, x, 30),
    "realised_correlation": stats.realised_correlation,
    "rolling_correlation": lambda y, x: stats.rolling_correlation(y, x, 30),
    "rolling_spearman": lambda y, x: stats.rolling_spearman(y, x, 30),
    "ew_covariance": lambda y, x: stats.ew_covariance(y, x, halflife=10),
    "cusum": stats.cusum,
    "fit_diagnostics": lambda y, x: stats.fit_diagnostics(y, x, "ols"),
    "hedge_spread": lambda y, x: stats.hedge_spread(y, x, "rolling"),
    "beta_to_market": performance.beta_to_market,
    "coint": stats.coint,
}


def plain(found: Any) -> Any:
    """A result as something that compares."""
    if isinstance(found, (np.ndarray, pd.Series, pl.Series)):
        return np.asarray(found, dtype=float).tobytes()
    if isinstance(found, tuple):
        return [plain(entry) for entry in found]
    return found if isinstance(found, float) else found.summary().splitlines()[1:]


@pytest.mark.parametrize("name", OF_TWO)
def test_series_give_the_numbers_of_their_arrays(name: str) -> None:
    function = OF_TWO[name]
    want = plain(function(Y, X))
    assert plain(function(PANDAS["BTCUSDT"], PANDAS["ETHUSDT"])) == want
    assert plain(function(POLARS["BTCUSDT"], POLARS["ETHUSDT"])) == want
    assert plain(function(POLARS.select("time", "BTCUSDT"), POLARS.select("time", "ETHUSDT"))) == want
    assert plain(function(PANDAS["BTCUSDT"], X)) == want  # an array has no labels that could differ


UNLIKE = {
    "moved by a minute": PANDAS["ETHUSDT"].shift(1, freq="1min"),
    "one row fewer": PANDAS["ETHUSDT"].iloc[1:],
    "no times": PANDAS["ETHUSDT"].reset_index(drop=True),
    "with a zone": PANDAS["ETHUSDT"].tz_localize("UTC"),
    "newest first": PANDAS["ETHUSDT"].iloc[::-1],
    "of the other library": POLARS.select("time", "ETHUSDT"),
}


@pytest.mark.parametrize("name", OF_TWO)
@pytest.mark.parametrize("unlike", UNLIKE)
def test_two_legs_of_unlike_indices_are_refused_everywhere(name: str, unlike: str) -> None:
    with pytest.raises(StatisticsError) as refused:
        OF_TWO[name](PANDAS["BTCUSDT"], UNLIKE[unlike])
    said = str(refused.value)
    assert "\n" not in said
    assert ";" in said or "pass both" in said


def test_polars_frames_of_unlike_times_are_refused() -> None:
    y, x = POLARS.select("time", "BTCUSDT"), POLARS.select("time", "ETHUSDT")
    for other in (x[1:], x.with_columns(pl.col("time").dt.offset_by("1m")), x.reverse()):
        with pytest.raises(StatisticsError, match=r"unlike indices|goes back in time"):
            stats.ols(y, other)


def test_the_sentence_says_what_differs_and_what_to_do() -> None:
    with pytest.raises(StatisticsError) as refused:
        stats.engle_granger(PANDAS["BTCUSDT"], PANDAS["ETHUSDT"].iloc[2:])
    assert str(refused.value) == (
        "y and x have unlike indices: 300 and 298 rows share 298 labels, and row 0 is 2024-03-01 00:00:00 in y and "
        "2024-03-01 00:02:00 in x; join them first, such as y, x = y.align(x, join='inner')"
    )
    numbered = PANDAS["BTCUSDT"].reset_index(drop=True)
    with pytest.raises(StatisticsError, match="the same labels in another order"):
        stats.ols(numbered, numbered.iloc[::-1])


def test_times_of_one_instant_in_other_units_are_alike() -> None:
    other = PANDAS["ETHUSDT"].copy()
    other.index = other.index.as_unit("ms")
    assert stats.ols(PANDAS["BTCUSDT"], other).n == ROWS


def test_arrays_come_back_with_the_index() -> None:
    frame = stats.rolling_ols(PANDAS["BTCUSDT"], PANDAS["ETHUSDT"], 30).to_frame()
    assert frame.index.equals(TIMES)
    assert list(frame.columns) == [
        "alpha", "beta", "se_beta", "r_squared", "correlation", "residual", "residual_sd", "reason",
    ]  # fmt: skip
    assert frame["reason"].iloc[0] == "warming up"
    assert frame["beta"].iloc[:29].isna().all()
    assert not frame["beta"].iloc[29:].isna().any()
    table = stats.rolling_zscore(POLARS.select("time", "BTCUSDT"), 30).to_frame()
    assert table.columns == ["time", "z", "reason"]
    assert table["time"].equals(POLARS["time"])
    assert table["z"].null_count() == 30
    assert table["reason"].dtype == pl.String
    bare = stats.rolling_zscore(Y, 30).to_frame()
    assert isinstance(bare, pl.DataFrame)
    assert bare.columns == ["z", "reason"]
    spread = stats.hedge_spread(PANDAS["BTCUSDT"], PANDAS["ETHUSDT"], "ols")
    assert spread.index.equals(TIMES)  # type: ignore[attr-defined]  # a series where one was given


def test_a_path_that_leaves_rows_out_has_the_labels_of_those_it_has() -> None:
    holed = PANDAS["BTCUSDT"].copy()
    holed.iloc[[0, 100]] = np.nan
    path = stats.cusum(holed, PANDAS["ETHUSDT"]).to_frame()
    assert path.index.equals(TIMES.delete([0, 100]))
    later = stats.cusum(holed, PANDAS["ETHUSDT"], kind="recursive").to_frame()
    assert later.index.equals(TIMES.delete([0, 100])[2:])


def test_a_panel_keeps_the_names_of_its_legs() -> None:
    for panel, kind in ((PANDAS, pd.DataFrame), (POLARS, pl.DataFrame)):
        pairs = stats.panel.engle_granger_all(panel).to_frame()
        assert isinstance(pairs, kind)
        assert list(pairs["y"]) == ["BTCUSDT", "BTCUSDT", "ETHUSDT", "ETHUSDT"]
        assert list(pairs["x"]) == ["BTCUSDT", "ETHUSDT"] * 2
        ranks = stats.johansen(panel).to_frame()
        assert list(ranks["weight_BTCUSDT"]) == [1.0, 1.0]
        assert ranks["weight_ETHUSDT"][0] == pytest.approx(-1.2, abs=0.05)
    one = stats.panel.engle_granger_all(np.column_stack([Y, X])).to_frame()
    assert one["y"].to_list() == [0, 0, 1, 1]


def test_a_scan_of_frames_wants_the_same_columns() -> None:
    walks = pl.DataFrame(
        {name: np.cumsum(np.random.default_rng(i).standard_normal(400)) for i, name in enumerate("ABC")}
    )
    now, after = walks[:200], walks[200:]
    found = scan(now, "ABC", next_prices=after, surrogates=2, keep="ABC").to_frame()
    assert found.height == 3
    assert {"y", "x", "pvalue", "decides", "kind"} <= set(found.columns)
    with pytest.raises(StatisticsError, match=r"columns of log_prices and symbols differ \(C and D\)"):
        scan(now, "ABD", next_prices=after, surrogates=2)
    with pytest.raises(StatisticsError, match="columns of log_prices and next_prices differ"):
        scan(now, "ABC", next_prices=after.select("B", "A", "C"), surrogates=2)


def test_missing_values_of_both_libraries_are_missing() -> None:
    for values in (
        pd.Series([1, None, 3, 4], dtype="Int64"),
        pd.Series([1.0, np.nan, 3.0, 4.0]),
        pd.Series([1.0, None, 3.0, 4.0], dtype="Float64"),
        pl.Series([1, None, 3, 4]),
        pl.Series([1.0, float("nan"), 3.0, 4.0]),
    ):
        assert stats.moments(values).n == 3
        assert stats.rolling_moments(values, 2).mean[3] == 3.5


WRONG: dict[str, tuple[Any, str]] = {
    "two columns": (PANDAS, "one-dimensional"),
    "two columns of polars": (POLARS, "one-dimensional"),
    "times alone": (POLARS["time"], "times alone"),
    "times as values": (pd.Series(TIMES), "holds times"),
    "words": (pd.Series(["a", "b"]), "must hold numbers"),
    "words of polars": (pl.Series("close", ["1.0", "2.0"]), "must hold numbers, but 'close' is String"),
    "a plan": (POLARS.lazy(), "collect"),
    "newest first": (PANDAS["BTCUSDT"].iloc[::-1], "goes back in time"),
    "two columns of times": (POLARS.with_columns(pl.col("time").alias("close_time")), "2 columns of times"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_series_is_refused_in_one_sentence(name: str) -> None:
    values, said = WRONG[name]
    with pytest.raises(StatisticsError, match=said):
        stats.adf(values)


def test_labels_go_through_a_pickle() -> None:
    found = stats.rolling_zscore(PANDAS["BTCUSDT"], 30)
    again = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    assert again.to_frame().equals(found.to_frame())


def test_ticks_may_have_times_of_any_library() -> None:
    seconds = np.arange(ROWS) * 60.0
    want = stats.hayashi_yoshida(seconds, Y, seconds, X)
    for times in (TIMES, pd.Series(TIMES), TIMES.to_numpy(), POLARS["time"]):
        assert stats.hayashi_yoshida(times, PANDAS["BTCUSDT"], POLARS["time"], X) == want


def test_pandas_is_imported_by_nobody_who_does_not_use_it() -> None:
    program = (
        "import sys, numpy as np, polars as pl\n"
        "from spreadscope import stats, performance\n"
        "legs = pl.DataFrame({'a': np.arange(90.0) % 7, 'b': np.arange(90.0) % 5})\n"
        "rolling, single = stats.rolling_ols(legs['a'], legs['b'], 20), stats.ols(legs['a'], legs['b'])\n"
        "print(rolling.to_frame().height, single.to_frame().height)\n"
        "stats.adf(legs['a'])._repr_html_(), stats.rolling_zscore(np.arange(9.0), 3).summary()\n"
        "print('pandas' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["90", "1", "False"]
