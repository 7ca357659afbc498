"""``check`` and ``scan`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from spreadscope.model.parameter_layers import Scope
from spreadscope.stats.check import ROWS_OF_CHECK
from spreadscope.store.directory import DATABASE, DataDirectory, connect
from spreadscope.store.parameters_table import store_parameters
from tests.support.command import spreadscope

SMALL = ("check", "--simulations", 60, "--rows", 120, "--universes", 6)
WINDOWS = "[analytics]\nhedge_window = 60\nz_window = 30\ncorrelation_window = 30\nevidence_window = 480\n"


@pytest.fixture
def store(tmp_path: Path) -> tuple[str | Path, ...]:
    """Options for a configuration with short windows, and a store in which parameters of a pair are set."""
    with DataDirectory(tmp_path / "data"):
        connection = connect(tmp_path / "data" / DATABASE)
        saved = store_parameters(Scope("AAAUSDT/BBBUSDT", "5m"), {"signals.entry": 2.75})
        connection.execute(saved.sql, saved.values)
        connection.close()
    (tmp_path / "short.toml").write_text(WINDOWS, encoding="utf-8")
    return "--data", tmp_path / "data", "--config", tmp_path / "short.toml"


def test_check_measures_every_hedge_mode_and_keeps_its_bounds(store: tuple[str | Path, ...]) -> None:
    options = ("--timeframe", "5m", "--pair", "aaausdt/bbbusdt", "--json")
    answer = json.loads(spreadscope(*SMALL, *store, *options).stdout)
    sizes = {row["hedge"]: row for row in answer["rows"] if row["what"] == "size"}
    assert set(sizes) == {"ols", "tls", "rolling", "ew", "kalman"}
    for row in sizes.values():
        assert row["rate"]["n"] == 60
        assert 0 <= row["rate"]["low"] <= row["rate"]["rate"] <= row["rate"]["high"] <= 1
    assert len(answer["rows"]) == ROWS_OF_CHECK
    own = {row["what"]: row for row in answer["settings"]}
    assert own["unrelated: ever called cointegrated"]["rate"]["n"] == 20
    assert "unrelated: rows with |z| of 2.75 or more" in own, "as it was set for the pair"


def test_check_prints_both_tables(store: tuple[str | Path, ...]) -> None:
    text = spreadscope(*SMALL, *store).stdout
    assert "Size and power of what the product says (seed 20230704, 60 pairs a row)" in text
    assert "The same with your settings at 1m (seed 20230704, 20 pairs a row)" in text
    assert "rows with |z| of 2 or more" in text
    assert "not independent" in text


def test_a_mistake_in_the_options_of_check_is_one_sentence(store: tuple[str | Path, ...]) -> None:
    for option, value, words in (("--timeframe", "3m", "unknown timeframe '3m'"), ("--pair", "AAA", "AAA")):
        assert words in spreadscope(*SMALL, *store, option, value, expect=2).stderr


@pytest.fixture
def universe(tmp_path: Path) -> Path:
    """Four walks, one pair of them tied, and a peg."""
    rng = np.random.default_rng(5)
    walks = np.cumsum(0.01 * rng.standard_normal((800, 4)), axis=0)
    walks[:, 1] = walks[:, 0] + 0.01 * rng.standard_normal(800)
    columns = {name: np.exp(walks[:, place]) for place, name in enumerate("ABCD")}
    columns["PEG"] = 1 + 1e-5 * rng.standard_normal(800)
    frame = pl.concat(
        pl.DataFrame({"symbol": [name] * 800, "open_time": np.arange(800) * 300_000, "close": values})
        for name, values in columns.items()
    )
    file = tmp_path / "closes.parquet"
    frame.write_parquet(file)
    return file


def test_scan_finds_the_tied_pair_and_leaves_the_peg_out(universe: Path) -> None:
    answer = json.loads(spreadscope("scan", "--bars", universe, "--surrogates", 20, "--json").stdout)
    assert {answer["pairs"][0]["y"], answer["pairs"][0]["x"]} == {"A", "B"}
    assert answer["pairs"][0]["bh"] < 0.01
    assert answer["tests"] == 6
    assert [leg["symbol"] for leg in answer["legs"] if leg["verdict"] != "candidate"] == ["PEG"]
    text = spreadscope("scan", "--bars", universe, "--surrogates", 5).stdout
    assert "no candidate: PEG" in text
    assert "--keep PEG tests it all the same" in text
    kept = json.loads(spreadscope("scan", "--bars", universe, "--surrogates", 0, "--keep", "PEG", "--json").stdout)
    assert kept["tests"] == 10
    assert "pass again" in text


def test_scan_of_nothing_is_one_clear_line(tmp_path: Path) -> None:
    assert "there is no store" in spreadscope("scan", "--data", tmp_path, expect=2).stderr
    assert "no file" in spreadscope("scan", "--bars", tmp_path / "no.parquet", expect=2).stderr
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "no table with columns" in spreadscope("scan", "--bars", tmp_path / "other.csv", expect=2).stderr
