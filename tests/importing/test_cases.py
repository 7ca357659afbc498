"""Cases that other people's files brought, each by its name: the command as it was typed, and what is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import spreadscope as product
from tests.support.command import spreadscope

pytestmark = pytest.mark.shared
MINUTE = 60_000
T0 = 1_761_990_600_000


@pytest.fixture
def cases(shared: Path) -> Path:
    if not (shared / "cases").is_dir():
        pytest.skip("needs the cases beside the checkout")
    return shared / "cases"


def bars(data: Path, symbol: str, timeframe: str) -> list[list[str]]:
    out = spreadscope("export", "bars", "--symbol", symbol, "--timeframe", timeframe, "--data", data).stdout
    return [line.split(",") for line in out.splitlines()[1:] if not line.startswith("#")]


def test_case_1_collector_ndjson_without_ids(cases: Path, tmp_path: Path) -> None:
    file = cases / "1-collector-ndjson-without-ids" / "ticks_2025-11-01T09-54-08.557Z.ndjson"
    first = spreadscope("import", file, "--data", tmp_path)
    assert "6 rows of ticks (BTCUSDT, ETHUSDT): 6 new" in first.stdout
    assert "without the exchange's ids" in first.stderr
    assert [row[:7] for row in bars(tmp_path, "BTCUSDT", "1s")] == [
        [str(T0), *["110000.4"] * 4, "0.04", "1"],
        [str(T0 + 1000), *["110000.5"] * 4, "0.02", "2"],
        [str(T0 + 2000), *["110001.0"] * 4, "0.02", "1"],
    ]
    assert [row[1] + " " + row[5] for row in bars(tmp_path, "ETHUSDT", "1s")] == ["3875.68 0.187", "3875.7 0.023"]
    assert {row[7] for row in bars(tmp_path, "BTCUSDT", "1s")} == {"false"}
    assert "0 new, 6 already held" in spreadscope("import", file, "--data", tmp_path).stdout
    assert "unprovable" in spreadscope("doctor", "--data", tmp_path).stdout
    assert product.open_store(tmp_path).ledger("BTCUSDT")["evidence"][0].startswith("unprovable")
    # An export of it says so, and comes back as what it is.
    out = tmp_path / "BTCUSDT-ticks.csv"
    spreadscope("export", "ticks", "--symbol", "BTCUSDT", "--data", tmp_path, "--out", out)
    assert out.read_text().startswith("# trades without the exchange's ids: ")
    assert "without the exchange's ids" in spreadscope("import", out, "--data", tmp_path / "again").stderr


@pytest.mark.parametrize(("file", "column"), [("bars_iso.csv", "datetime"), ("bars_seconds.csv", "time")])
@pytest.mark.parametrize("helped", [True, False])
def test_case_2_times_of_bars(cases: Path, tmp_path: Path, file: str, column: str, helped: bool) -> None:
    help_ = ("--columns", f"open_time={column}", "--timeframe", "1m") if helped else ()
    source = cases / "2-times-in-words-seconds-floats" / file
    spreadscope("import", source, *help_, "--symbol", "BTCUSDT", "--data", tmp_path)
    found = [(int(row[0]), float(row[4])) for row in bars(tmp_path, "BTCUSDT", "1m")]
    assert found == [(T0 + i * MINUTE, 110_001.0 + i) for i in range(5)]


@pytest.mark.parametrize("file", ["ticks_iso.csv", "ticks_floats.csv"])
def test_case_2_times_of_ticks(cases: Path, tmp_path: Path, file: str) -> None:
    spreadscope("import", cases / "2-times-in-words-seconds-floats" / file, "--data", tmp_path)
    held = product.open_store(tmp_path).trades("BTCUSDT")
    assert held["time"].dt.timestamp("ms").to_list() == [T0 + 123, T0 + 1500]


def test_case_2_a_file_none_of_whose_rows_enters_has_a_status(tmp_path: Path) -> None:
    file = tmp_path / "BTCUSDT.csv"
    file.write_text("id,time,price,quantity\n1,now,1,1\n2,then,1,1\n")
    done = spreadscope("import", file, "--data", tmp_path / "d", expect=2)
    assert "2 bad, quarantined" in done.stdout
    assert "entered the store" in done.stderr
    answer = json.loads(spreadscope("import", file, "--data", tmp_path / "d", "--json", expect=2).stdout)
    assert answer["files"][0]["new"] == 0


def test_case_3_recording_lost_trades(cases: Path, tmp_path: Path) -> None:
    spreadscope("replay", cases / "3-recording-lost-trades" / "lost.txt", "--data", tmp_path)
    complete = {int(row[0]): row[7] for row in bars(tmp_path, "BTCUSDT", "1m")}
    assert complete[1_762_000_020_000] == "false"
    assert complete[1_762_000_080_000] == "true"
    store = product.open_store(tmp_path)
    assert store.gaps().select("first", "last").rows() == [(41, 60)]
    assert store.ledger("BTCUSDT").select("first", "last").rows() == [(1, 40), (61, 170)]
    assert "BTCUSDT: 20 trades are missing" in spreadscope("doctor", "--data", tmp_path).stdout


def test_case_3_an_archive_of_raw_trades_that_lost_some(tmp_path: Path) -> None:
    file = tmp_path / "BTCUSDT-trades-2025-11-01.csv"
    ids = [*range(100, 150), *range(170, 300)]
    rows = [f"{i},100.{i % 7},1,1,{T0 + 1000 * (i - 100)},true" for i in ids]
    file.write_text("id,price,qty,quote_qty,time,is_buyer_maker\n" + "\n".join(rows))
    done = spreadscope("import", file, "--data", tmp_path / "d")
    assert "20 trades between the first and the last one are missing" in done.stderr
    assert [row[7] for row in bars(tmp_path / "d", "BTCUSDT", "1m")] == ["false", "false", "true", "false"]
    assert product.open_store(tmp_path / "d").gaps().select("first", "last").rows() == [(51, 70)]


def test_case_8_layouts_of_candle_files(cases: Path, tmp_path: Path) -> None:
    folder = cases / "8-layouts-of-candle-files"
    for file, help_ in (
        ("BTC_USDT_USDT-1m-futures.feather", ()),
        (
            "BTC_USDT_USDT-1m-futures.feather",
            ("--columns", "open_time=date", "--symbol", "BTCUSDT", "--timeframe", "1m"),
        ),
        ("with_link_line.csv", ()),
        ("with_link_line.csv", ("--columns", "open_time=Unix,volume=Volume BTC", "--timeframe", "1m")),
        ("array.json", ("--symbol", "BTCUSDT")),
    ):
        data = tmp_path / f"{file}{len(help_)}"
        spreadscope("import", folder / file, *help_, "--data", data)
        found = [(int(row[0]), float(row[4])) for row in bars(data, "BTCUSDT", "1m")]
        assert found == [(T0 + i * MINUTE, 110_001.0 + i) for i in range(5)]
    spreadscope("import", folder / "semicolons.csv", "--symbol", "BTCUSDT", "--data", tmp_path / "s")
    held = product.open_store(tmp_path / "s").trades("BTCUSDT")
    assert held.select("id", "price", "quantity").rows() == [(1, 110_000.1, 0.01)]
    refused = spreadscope("import", folder / "BTCUSDT-15m-2025-11.csv", "--data", tmp_path / "f", expect=2).stderr
    assert "scan --bars, which takes any length" in refused
    refused = spreadscope("import", folder / "wide.csv", "--data", tmp_path / "w", expect=2).stderr
    assert "spreadscope scan --bars reads them" in refused


def test_case_11_zero_price(cases: Path, tmp_path: Path) -> None:
    spreadscope("replay", cases / "11-zero-price" / "zero.txt", "--data", tmp_path / "a")
    out = tmp_path / "t.csv"
    spreadscope("export", "ticks", "--symbol", "BTCUSDT", "--data", tmp_path / "a", "--out", out)
    done = spreadscope("import", out, "--symbol", "BTCUSDT", "--data", tmp_path / "b")
    assert "missing" not in done.stderr
    for data in (tmp_path / "a", tmp_path / "b"):
        held = {int(row[0]): row[1:] for row in bars(data, "BTCUSDT", "1s")}
        assert held[1_761_955_201_000] == ["101.0", "102.0", "99.0", "100.5", "4.0", "4", "true"]
        assert 0.0 not in product.open_store(tmp_path / "b").trades("BTCUSDT")["price"].to_list()
    assert product.open_store(tmp_path / "b").ledger("BTCUSDT").height == 1
    assert spreadscope("doctor", "--data", tmp_path / "b").returncode == 0


@pytest.mark.parametrize("demo", [False, True])
def test_case_12_archive_file_imported_scaled(cases: Path, tmp_path: Path, demo: bool) -> None:
    source = cases / "12-archive-file-imported-scaled" / "BTCUSDT-aggTrades-2025-11-01.csv"
    if demo:
        marked = tmp_path / "DEMO-BTCUSDT-ticks.csv"
        marked.write_text("# DEMO DATA, not a market: seed 7\n" + source.read_text())
        source = marked
    spreadscope("import", source, "--symbol", "BTCUSDT", "--data", tmp_path / "a")
    spreadscope("archive", "--data", tmp_path / "a")
    file = tmp_path / "elsewhere.parquet"  # a copy, far from the store and its folders
    file.write_bytes((tmp_path / "a/archive/trades/BTCUSDT/2025-11-01.parquet").read_bytes())
    spreadscope("import", file, "--data", tmp_path / "b")
    first = product.open_store(tmp_path / "b").trades("BTCUSDT").row(0, named=True)
    assert (first["price"], first["quantity"]) == (110_001.5, 0.011)
    assert product.open_store(tmp_path / "b").meta["mode"] == ("demo" if demo else "import")
    candles = tmp_path / "candles.parquet"
    candles.write_bytes((tmp_path / "a/archive/bars/BTCUSDT/1s/2025-11-01.parquet").read_bytes())
    spreadscope("import", candles, "--data", tmp_path / "c")
    assert bars(tmp_path / "c", "BTCUSDT", "1s") == bars(tmp_path / "a", "BTCUSDT", "1s")


def scanned(*arguments: object) -> dict[str, object]:
    return json.loads(spreadscope("scan", *arguments, "--json").stdout)  # type: ignore[no-any-return]


def test_case_13_scan_times_in_seconds(cases: Path) -> None:
    folder = cases / "13-scan-times-in-seconds"
    one = scanned("--bars", folder / "closes_ms.csv", "--surrogates", 200)
    other = scanned("--bars", folder / "closes_seconds.csv", "--surrogates", 200)
    assert one == other
    assert round(float(one["familywise"]), 2) == 0.01  # type: ignore[arg-type]


def test_case_6_and_8_scan_times_in_words_and_a_wide_table(cases: Path) -> None:
    words = scanned("--bars", cases / "6-scan-times-in-words" / "closes_iso.csv", "--surrogates", 0)
    wide = scanned("--bars", cases / "8-layouts-of-candle-files" / "wide.csv", "--surrogates", 0)
    for found in (words, wide):
        best = found["pairs"][0]  # type: ignore[index]
        assert {best["y"], best["x"]} == {"AUSDT", "BUSDT"}
        assert best["pvalue"] < 0.05


def test_case_7_scan_closes_holes(cases: Path, tmp_path: Path) -> None:
    file = cases / "7-scan-closes-holes" / "closes_with_holes.csv"
    done = spreadscope("scan", "--bars", file, "--surrogates", 0)
    assert "bars that are missing stay holes: AUSDT 66.2%" in done.stderr
    found = scanned("--bars", file, "--surrogates", 0)
    best = found["pairs"][0]  # type: ignore[index]
    assert 0.06 < best["pvalue"] < 0.1
    assert 6.0 < best["half_life"] < 7.0
    # From a store the same.
    as_bars = tmp_path / "bars.csv"
    rows = [line.split(",") for line in file.read_text().splitlines()[1:]]
    as_bars.write_text(
        "symbol,open_time,open,high,low,close,volume\n" + "\n".join(f"{s},{t},{c},{c},{c},{c},1" for s, t, c in rows)
    )
    spreadscope("import", as_bars, "--timeframe", "5m", "--data", tmp_path / "d")
    again = scanned("--data", tmp_path / "d", "--surrogates", 0)
    assert again["pairs"] == found["pairs"]


def test_case_15_scan_of_one_pair(cases: Path) -> None:
    done = spreadscope("scan", "--bars", cases / "15-scan-of-one-pair" / "closes.csv", "--surrogates", 20)
    for words in (
        "AUSDT/BUSDT",
        "family-wise p",
        "second half",
        "what persists from half to half is left out: 1 pairs",
    ):
        assert words in done.stdout


def test_a_recording_of_trades_and_aggregates_keeps_the_exchanges_ids(tmp_path: Path) -> None:
    file = tmp_path / "both.txt"
    lines = []
    for i in range(30):
        moment = 1_762_000_000_000 + 500 * i
        common = {"E": moment + 5, "T": moment, "s": "BTCUSDT", "p": "100.0", "q": "1", "m": False}
        raw = {"e": "trade", "t": 5_000 + i, "X": "MARKET", **common}
        lines.append(f"{moment}000020 " + json.dumps({"stream": "btcusdt@trade", "data": raw}))
        if i > 2:  # the other stream began later
            own = {"e": "aggTrade", "a": 3_466_782_900 + i, "f": 5_000 + i, "l": 5_000 + i, **common, "E": moment + 105}
            lines.append(f"{moment + 120}000000 " + json.dumps({"stream": "btcusdt@aggTrade", "data": own}))
    file.write_text("\n".join(lines) + "\n")
    spreadscope("replay", file, "--data", tmp_path / "d")
    store = product.open_store(tmp_path / "d")
    assert store.ledger("BTCUSDT").select("first", "last").rows() == [(3_466_782_903, 3_466_782_929)]
    assert store.gaps().height == 0
