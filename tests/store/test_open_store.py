"""``open_store``: what was written comes back as frames, and what is no store is refused in one sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import spreadscope
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.model.facts import Gap
from spreadscope.model.states import GapState
from spreadscope.store.directory import DATABASE, bind_source
from spreadscope.tape.tape import Tape
from tests.support.facts import PAIR, accepted, alert, bar, row, signal, store
from tests.support.market import START, trades

TIME = pl.Datetime("ms", "UTC")
FIRST = datetime.fromtimestamp(START / 1000, UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("open")
    with store(path) as (writer, _):
        bind_source(path / DATABASE, "live", "https://fapi.binance.com")
        writer.submit(*accepted(Tape("BTCUSDT"), [*range(10), *range(20, 30)]))
        writer.submit([bar(START), bar(START + 60_000, complete=False, bid=1.0)], {})
        writer.submit([row(START), row(START + 60_000), signal(START), signal(START + 60_000)], {})
        writer.submit([alert()], {})
        writer.submit([Gap("BTCUSDT", 10, 19, GapState.UPSTREAM, 5, 6, 7, "REST skips them")], {})
    return path


def test_trades_come_back_equal(data: Path) -> None:
    opened = spreadscope.open_store(data)
    frame, expected = opened.trades("btcusdt"), trades([*range(10), *range(20, 30)])
    assert frame.schema == {
        "id": pl.Int64, "time": TIME, "price": pl.Float64, "quantity": pl.Float64, "buyer_maker": pl.Boolean,
    }  # fmt: skip
    assert frame["id"].to_list() == expected.ids.tolist()
    assert frame["time"].cast(pl.Int64).to_list() == expected.times.tolist()
    assert frame["price"].to_list() == expected.prices.tolist()
    assert frame["quantity"].to_list() == expected.quantities.tolist()
    assert frame["buyer_maker"].to_list() == expected.buyer_maker.tolist()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START + 10, START + 50),
        (FIRST + timedelta(milliseconds=10), FIRST + timedelta(milliseconds=50)),
        ((FIRST + timedelta(milliseconds=10)).isoformat(), (FIRST + timedelta(milliseconds=50)).replace(tzinfo=None)),
    ],
)
def test_bounds_are_half_open_and_of_any_kind(data: Path, start: object, end: object) -> None:
    frame = spreadscope.open_store(data).trades("BTCUSDT", start, end)  # type: ignore[arg-type]
    assert frame["id"].to_list() == [1, 2, 3, 4]


def test_bars_analytics_and_the_rest(data: Path) -> None:
    opened = spreadscope.open_store(data / DATABASE)
    bars = opened.bars("BTCUSDT", "1m")
    assert bars["open_time"].to_list() == [FIRST, FIRST + timedelta(minutes=1)]
    assert bars["complete"].to_list() == [True, False]
    assert bars["volume"].to_list() == [0.30000000000000004] * 2
    assert bars["bid"].to_list() == [None, 1.0]
    assert bars["origin"].to_list() == ["tape", "tape"]
    rows = opened.analytics(str(PAIR), "1m", end=START + 60_000)
    assert rows["beta"].to_list() == [1 / 3]
    assert rows["z"].to_list() == [None]
    assert rows["reasons"].to_list() == ["z: stale leg"]
    assert rows["state"].to_list() == ["SHORT"]
    assert opened.signals()["pair"].to_list() == [str(PAIR)] * 2
    assert opened.signals(PAIR, "1m", end=START + 60_000)["cause"].to_list() == ["z +2.50 beyond ±2"]
    assert opened.alerts()["state"].to_list() == ["firing"]
    assert opened.gaps()["evidence"].to_list() == ["REST skips them"]
    assert opened.ledger("BTCUSDT").select("first", "last").rows() == [(0, 9), (20, 29)]
    assert opened.meta == {"mode": "live", "source": "https://fapi.binance.com"}
    assert "BTCUSDT" in repr(opened)


def test_what_is_not_there_is_an_empty_frame_of_the_same_shape(data: Path) -> None:
    opened = spreadscope.open_store(data)
    for full, empty in (
        (opened.trades("BTCUSDT"), opened.trades("NONE")),
        (opened.bars("BTCUSDT"), opened.bars("BTCUSDT", "5m")),
        (opened.analytics(PAIR), opened.analytics("A/B")),
        (opened.signals(), opened.signals("A/B")),
        (opened.alerts(), opened.alerts(end=1)),
        (opened.gaps(), opened.gaps("NONE")),
        (opened.ledger("BTCUSDT"), opened.ledger("NONE")),
    ):
        assert empty.is_empty()
        assert empty.schema == full.schema


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_bytes(b"no database at all, but long enough to be taken for one" * 40)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    for path in (tmp_path, tmp_path / "nowhere", text, other):
        with pytest.raises(StoreError, match="store") as caught:
            spreadscope.open_store(path)
        assert "\n" not in str(caught.value)


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    with store(tmp_path):
        pass
    connection = sqlite3.connect(tmp_path / DATABASE)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StoreError, match="newer Spreadscope"):
        spreadscope.open_store(tmp_path)


def test_wrong_arguments_are_named(data: Path) -> None:
    opened = spreadscope.open_store(data)
    with pytest.raises(ConfigError, match="is not ISO"):
        opened.trades("BTCUSDT", "yesterday")
    with pytest.raises(ConfigError, match="unknown timeframe"):
        opened.bars("BTCUSDT", "1h")


def test_the_package_alone_loads_nothing() -> None:
    code = "import sys, spreadscope; assert not {'polars', 'numpy', 'sqlite3'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="nothing"):
        _ = spreadscope.nothing
